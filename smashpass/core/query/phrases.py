"""Adjacent words that together mean one tag, though no tag has that name."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from smashpass.core.query.join import named
from smashpass.core.tags.names import MAX_LENGTH, TagId
from smashpass.core.tags.vocabulary import Vocabulary

LONGEST = 6
"""Words of a phrase, at most; a finder answers nothing to longer texts."""

_STARTS_BEFORE = 2

Finder = Callable[[str], Sequence[str]]
"""Returns names of tags that a few words may mean, best first; none if it cannot tell.

It may know an older vocabulary: whoever asks looks up the names once more.
"""


def names_by_meaning(text: str, vocabulary: Vocabulary, finder: Finder | None) -> list[str]:
    """Return the names that ``finder`` finds for ``text`` and that still exist."""
    if finder is None:
        return []
    names = finder(text.replace("_", " "))
    return [name for name in names if vocabulary.resolve(name) is not None]


def phrase_around(
    words: Sequence[str],
    at: int,
    starts: Sequence[int],
    vocabulary: Vocabulary,
    finder: Finder | None,
) -> tuple[list[str], int, int]:
    """Return what a phrase with the unknown word at ``at`` may mean, and where it stands.

    Phrases that begin with the word come first, the longest first; then those that begin with one
    of the last tags before it, as in ``red haired`` where ``red`` is a tag.

    Args:
        words: Adjacent words, folded.
        at: Index of the word that names no tag.
        starts: Where the tags begin that stand before it.
        vocabulary: Gives tags by name.
        finder: Knows what words mean; None finds nothing.

    Returns:
        Names of tags, best first, the index of the first word and that behind the last one; no
        names if no phrase means anything. Cost: one question to the finder a phrase, at most 14.
    """
    if finder is not None:
        for first, after in _windows(len(words), at, starts):
            names = names_by_meaning(" ".join(words[first:after]), vocabulary, finder)
            if names:
                return names, first, after
    return [], at, at + 1


def _windows(length: int, at: int, starts: Sequence[int]) -> Iterator[tuple[int, int]]:
    """Yield the beginnings and ends of the candidate phrases."""
    for first in (at, *reversed(starts[-_STARTS_BEFORE:])):
        shortest = max(at + 1, first + 2)
        for after in range(min(length, first + LONGEST), shortest - 1, -1):
            yield first, after


def nearest_phrase(
    words: Sequence[str], vocabulary: Vocabulary, finder: Finder | None
) -> tuple[frozenset[TagId], int]:
    """Return the tags that ``~`` before ``words`` asks for, and how many of the words it takes.

    It takes as many as possible: the phrase names a tag, is spelled nearly like one, or means one.
    Words that each name a tag are a phrase only if they name one together. A word with a colon is
    a term of its own and ends the phrase. No tags and 1 if not even the first word is near one.

    Cost: as ``Vocabulary.near`` and one question to the finder, for each length of the phrase.
    """
    colon = next((at for at, word in enumerate(words) if at and ":" in word), len(words))
    for length in range(min(colon, LONGEST), 1, -1):
        part = words[:length]
        name = "_".join(part)
        if len(name) > MAX_LENGTH:
            continue
        tag = named(name, vocabulary)
        if tag is not None:
            return frozenset((tag,)), length
        if all(vocabulary.resolve(word) is not None for word in part):
            continue
        tags = _nearest(name, vocabulary, finder)
        if tags:
            return tags, length
    return _nearest(words[0], vocabulary, finder), 1


def _nearest(name: str, vocabulary: Vocabulary, finder: Finder | None) -> frozenset[TagId]:
    names = vocabulary.at_smallest_distance(name) or names_by_meaning(name, vocabulary, finder)
    tags = [vocabulary.resolve(name) for name in names]
    return frozenset(tag for tag in tags if tag is not None)
