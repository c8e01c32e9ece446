"""The history of a tag: the change log entries that affect it, as text."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from smashpass.core.operations.changelog import LARGE_PAYLOAD, Change, ImportBatch, VocabularyEdit
from smashpass.core.tags.names import TagId
from smashpass.core.tags.vocabulary import Vocabulary
from smashpass.services.ports.library import ChangeLog

_LINES = 8
"""Lines that are shown of one entry; an import may affect a tag in many ways."""


@dataclass(frozen=True, slots=True)
class TagEvent:
    """One entry of the log, and what it did to the tag."""

    change: Change
    lines: tuple[str, ...]


def history_of(
    log: ChangeLog, vocabulary: Vocabulary, tag: TagId, limit: int = 20
) -> list[TagEvent]:
    """Return what was done to a tag and to its aliases, newest first."""
    tags = {tag, *(alias for alias, target in vocabulary.aliases.items() if target == tag)}
    return [
        TagEvent(change, _summary(change, vocabulary.names, tags))
        for change in log.vocabulary_edits(tags, limit)
    ]


def _summary(change: Change, names: Sequence[str], tags: Collection[TagId]) -> tuple[str, ...]:
    """Return what an entry did to ``tags``; a very large one is not taken apart for that."""
    if len(change.payload) >= LARGE_PAYLOAD:
        return ("one of many tags in this change",)
    return tuple(_lines(change, names, tags))[:_LINES]


def _lines(change: Change, names: Sequence[str], tags: Collection[TagId]) -> Iterable[str]:
    """Return what an entry did to ``tags``."""
    body = change.body()
    assert isinstance(body, VocabularyEdit)
    return describe_edit(body, names, tags)


def describe_edit(
    body: VocabularyEdit, names: Sequence[str], tags: Collection[TagId]
) -> Iterable[str]:
    """Yield what a vocabulary edit did to ``tags``, line by line."""
    for number, name in enumerate(body.names, body.first_tag):
        if number in tags:
            yield f"new name {name}"
    for pairs, template in (
        (body.aliased, "{} became an alias of {}"),
        (body.unaliased, "{} was no longer an alias of {}"),
        (body.implied, "{} implied {}"),
        (body.unimplied, "{} no longer implied {}"),
    ):
        for first, second in pairs:
            if first in tags or second in tags:
                yield template.format(names[first], names[second])
    for marked, template in ((body.deprecated, "{} deprecated"), (body.restored, "{} restored")):
        for tag in marked:
            if tag in tags:
                yield template.format(names[tag])
    for tag, before, after in body.described:
        if tag in tags:
            for kind, old, new in zip(("category", "label", "description"), before, after,
                                      strict=True):  # fmt: skip
                if old != new:
                    yield f"{kind}: {old or 'none'} → {new or 'none'}"
    for tag, language, old, new in body.labelled:
        if tag in tags:
            yield f"label in {language}: {old or 'none'} → {new or 'none'}"


_AT_ONCE = 1_000


class PastVocabularies:
    """Vocabularies of earlier versions; those asked for are remembered."""

    def __init__(self, log: ChangeLog, now: Vocabulary, version: int) -> None:
        """Start from the vocabulary ``now`` of the library version ``version``."""
        self._log = log
        self._now = now
        self._version = version
        self._by_version: dict[int, Vocabulary] = {}

    def at(self, version: int) -> Vocabulary:
        """Return the vocabulary of an earlier version; the current one if nothing changed since."""
        vocabulary = self._by_version.get(version)
        if vocabulary is None:
            vocabulary = self._by_version[version] = self._back_to(version)
        return vocabulary

    def _back_to(self, version: int) -> Vocabulary:
        """Undo the later vocabulary edits, newest first."""
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
        """Return the vocabulary edits between ``version`` and now, oldest first."""
        edits: list[VocabularyEdit | ImportBatch] = []
        seq = version
        while seq < self._version:
            page = self._log.read_after(seq, _AT_ONCE)
            if not page:
                break
            for change in page:
                if change.seq > self._version:
                    return edits
                body = change.body()
                if isinstance(body, VocabularyEdit) or (
                    isinstance(body, ImportBatch) and body.names
                ):
                    edits.append(body)
            seq = page[-1].seq
        return edits
