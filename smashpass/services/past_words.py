"""The words of an earlier library version, by going back along the change log."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from smashpass.core.change import Change, ImportBatch, VocabularyEdit
from smashpass.core.tags import TagId
from smashpass.core.vocabulary import Vocabulary

_AT_ONCE = 1_000


class ChangeLog(Protocol):
    """What this needs of the change log."""

    def read_after(self, seq: int, limit: int) -> Sequence[Change]:
        """Return at most ``limit`` entries that follow ``seq``, oldest first."""


class PastWords:
    """Vocabularies of earlier versions; those asked for are remembered."""

    def __init__(self, log: ChangeLog, now: Vocabulary, version: int) -> None:
        """Take the change log, and the words of the library version ``version``."""
        self._log = log
        self._now = now
        self._version = version
        self._known: dict[int, Vocabulary] = {}

    def at(self, version: int) -> Vocabulary:
        """Return the words of an earlier version; those of now if none changed since."""
        found = self._known.get(version)
        if found is None:
            found = self._known[version] = self._back_to(version)
        return found

    def _back_to(self, version: int) -> Vocabulary:
        """Undo what was done to the words since, the latest first."""
        edits = self._edits(version)
        if not edits:
            return self._now
        count = len(self._now.names)
        aliases = dict(self._now.aliases)
        implied = {tag: set(others) for tag, others in self._now.implications.items()}
        for edit in reversed(edits):
            if edit.names:
                count = min(count, edit.first_tag)
            if isinstance(edit, ImportBatch):
                continue
            for alias, _ in edit.aliased:
                aliases.pop(alias, None)
            aliases.update(edit.unaliased)
            for tag, other in edit.implied:
                implied.get(tag, set()).discard(other)
            for tag, other in edit.unimplied:
                implied.setdefault(tag, set()).add(other)
        return Vocabulary(
            self._now.names[:count],
            aliases,
            {TagId(tag): frozenset(others) for tag, others in implied.items() if others},
        )

    def _edits(self, version: int) -> list[VocabularyEdit | ImportBatch]:
        """Return what touched the words between ``version`` and now, oldest first."""
        found: list[VocabularyEdit | ImportBatch] = []
        seq = version
        while seq < self._version:
            page = self._log.read_after(seq, _AT_ONCE)
            if not page:
                break
            for change in page:
                if change.seq > self._version:
                    return found
                body = change.body()
                if isinstance(body, VocabularyEdit) or (
                    isinstance(body, ImportBatch) and body.names
                ):
                    found.append(body)
            seq = page[-1].seq
        return found
