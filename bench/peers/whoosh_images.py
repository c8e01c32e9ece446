"""Whoosh over the images, at a size it can bear: it takes minutes a million."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from whoosh.fields import KEYWORD, NUMERIC, Schema
from whoosh.filedb.filestore import FileStorage
from whoosh.query import And, Not, Term

from bench.cases import Case
from bench.library import Picture
from bench.peers.loading import load


class Images:
    """A Whoosh index with one document an image."""

    def __init__(self, folder: str, count: int, seed: int, limit_s: float) -> None:
        place = Path(folder) / "whoosh"
        place.mkdir()
        schema = Schema(image=NUMERIC(stored=True), tags=KEYWORD)
        index = FileStorage(str(place)).create_index(schema)
        self._writer = index.writer(limitmb=512)
        self.images = load(count, seed, limit_s, self._add)
        self._writer.commit(optimize=True)
        self._searcher = index.searcher()

    def size(self) -> int:
        """Return how many images are in it."""
        return self.images

    def count(self, case: Case) -> int:
        """Return how many images match; the query is made without parsing a text."""
        terms = [Term("tags", tag) for tag in case.having]
        terms += [Not(Term("tags", tag)) for tag in case.lacking]
        return sum(1 for _ in And(terms).docs(self._searcher))

    def _add(self, batch: Sequence[Picture]) -> None:
        for picture in batch:
            self._writer.add_document(image=picture.ordinal, tags=" ".join(picture.names))
