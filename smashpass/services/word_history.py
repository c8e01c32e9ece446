"""What became of a word: the entries of the change log that touch it, in words."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol

from smashpass.core.change import LARGE_PAYLOAD, Change, VocabularyEdit
from smashpass.core.tags import TagId
from smashpass.core.vocabulary import Vocabulary

_LINES = 8
"""Lines of one entry that are told; an import of words may touch a tag in many ways."""


class Log(Protocol):
    """What this needs of the change log."""

    def of_words(self, tags: Collection[TagId], limit: int) -> Sequence[Change]:
        """Return the newest edits of words that touch one of ``tags``, newest first."""


@dataclass(frozen=True, slots=True)
class Told:
    """One entry of the log, and what it did to the word."""

    change: Change
    lines: tuple[str, ...]


def history_of(log: Log, vocabulary: Vocabulary, tag: TagId, limit: int = 20) -> list[Told]:
    """Return what was done to a tag and to its aliases, newest first."""
    tags = {tag, *(alias for alias, target in vocabulary.aliases.items() if target == tag)}
    return [
        Told(change, _told(change, vocabulary.names, tags)) for change in log.of_words(tags, limit)
    ]


def _told(change: Change, names: Sequence[str], tags: Collection[TagId]) -> tuple[str, ...]:
    """Return what an entry did to ``tags``; a very large one is not taken apart for that."""
    if len(change.payload) >= LARGE_PAYLOAD:
        return ("one of very many words of this change",)
    return tuple(_lines(change, names, tags))[:_LINES]


def _lines(change: Change, names: Sequence[str], tags: Collection[TagId]) -> Iterable[str]:
    """Return what an entry did to ``tags``."""
    body = change.body()
    assert isinstance(body, VocabularyEdit)
    return said_of(body, names, tags)


def said_of(body: VocabularyEdit, names: Sequence[str], tags: Collection[TagId]) -> Iterable[str]:
    """Yield what an edit of words did to ``tags``, line by line."""
    for number, name in enumerate(body.names, body.first_tag):
        if number in tags:
            yield f"new name {name}"
    for pairs, words in (
        (body.aliased, "{} became another name of {}"),
        (body.unaliased, "{} was no longer another name of {}"),
        (body.implied, "{} implied {}"),
        (body.unimplied, "{} no longer implied {}"),
    ):
        for one, other in pairs:
            if one in tags or other in tags:
                yield words.format(names[one], names[other])
    for marked, words in ((body.deprecated, "{} deprecated"), (body.restored, "{} restored")):
        for tag in marked:
            if tag in tags:
                yield words.format(names[tag])
    for tag, before, after in body.described:
        if tag in tags:
            for kind, old, new in zip(("category", "label", "description"), before, after,
                                      strict=True):  # fmt: skip
                if old != new:
                    yield f"{kind}: {old or 'none'} → {new or 'none'}"
    for tag, language, old, new in body.labelled:
        if tag in tags:
            yield f"label in {language}: {old or 'none'} → {new or 'none'}"
