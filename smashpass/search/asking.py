"""Searching an opened word index: every word of a text must match, in any form."""

from __future__ import annotations

import threading
from typing import Any

from whoosh.analysis import STOP_WORDS
from whoosh.filedb.filestore import RamStorage
from whoosh.query import And, Or, Query, Term
from whoosh.searching import Searcher

from smashpass.core.tags.nearest import SHORT
from smashpass.search.fields import ABOUT, NAME, PLAIN

MAX_WORDS = 6
LONGEST = 30
"""A longer word is looked for nowhere: its neighbours would take too long to find."""

_FOUND = 20
_CORRECTIONS = 3
_DIGITS = 3
_REMEMBERED = 1_000


class OpenedWords:
    """One index in memory. Threads take turns: it is only used where no tag has the name."""

    def __init__(self, files: dict[str, bytes]) -> None:
        """Open files made by :mod:`making`; the caller has verified their origin."""
        storage = RamStorage()
        storage.files = files
        self._reader: Any = storage.open_index().reader()
        self._searcher: Any = Searcher(self._reader)
        self._fields = [name for name in self._reader.schema.names() if name != NAME]
        # The words of a query are asked about again in every phrase that they are in.
        self._near: dict[str, list[str]] = {}
        self._turn = threading.Lock()

    def find_by_meaning(self, text: str) -> list[str]:
        """Return the names of the tags that ``text`` may mean, best first.

        Each word is looked for as it is and by its stem in every language, first in names and
        labels, then in descriptions too; a word without matches is corrected.
        """
        words = self._words(text)
        if not 0 < len(words) <= MAX_WORDS or max(map(len, words)) > LONGEST:
            return []
        with self._turn:
            name_fields = [name for name in self._fields if name != ABOUT]
            for fields in (name_fields, self._fields):
                matches = self._search([self._anywhere(word, fields) for word in words])
                if matches:
                    return matches
            corrected = [self._corrected(word, name_fields) for word in words]
            return self._search(corrected)

    def _words(self, text: str) -> list[str]:
        words = [token.text for token in self._reader.schema[PLAIN].analyzer(text)]
        telling = [word for word in words if word not in STOP_WORDS]
        return list(dict.fromkeys(telling or words))

    def _anywhere(self, word: str, fields: list[str]) -> Query | None:
        """Return the query for one word in any of ``fields``, None if none has it."""
        schema, terms = self._reader.schema, []
        for field in fields:
            for token in schema[field].analyzer(word):
                if (field, token.text) in self._reader:
                    terms.append(Term(field, token.text))
        return Or(terms) if terms else None

    def _corrected(self, word: str, fields: list[str]) -> Query | None:
        exact = self._anywhere(word, fields)
        if exact is not None:
            return exact
        near = self._near.get(word)
        if near is None:
            reach = 1 if len(word) <= SHORT else 2
            corrector = self._reader.corrector(PLAIN)
            near = sorted(corrector.suggest(word, limit=_CORRECTIONS, maxdist=reach, prefix=1))
            if len(self._near) == _REMEMBERED:
                self._near.clear()
            self._near[word] = near
        return Or([Term(PLAIN, exact) for exact in near]) if near else None

    def _search(self, parts: list[Query | None]) -> list[str]:
        terms = [part for part in parts if part is not None]
        if len(terms) < len(parts):
            return []
        hits = self._searcher.search(And(terms), limit=_FOUND)
        ranked = sorted((-round(hit.score, _DIGITS), str(hit[NAME])) for hit in hits)
        return [name for _, name in ranked]
