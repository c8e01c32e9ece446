"""Finds which adjacent words together name one tag."""

from __future__ import annotations

from collections.abc import Sequence

from smashpass.core.tags.names import MAX_LENGTH, TagId
from smashpass.core.tags.vocabulary import Vocabulary

NAMESPACE_WORDS = 3
"""A namespace that is written behind its value has at most so many words."""


def longest(
    words: Sequence[str], at: int, vocabulary: Vocabulary
) -> tuple[TagId, int] | tuple[None, int]:
    """Return the tag that as many words as possible name from ``at`` on, and where it ends.

    Args:
        words: Folded words; a tag's end never lies within one of them.
        at: Index of the first word.
        vocabulary: Gives tags by name and alias.

    Returns:
        The canonical tag and the index behind its last word; None and ``at + 1`` if the first
        word begins no tag. Cost: some dict lookups for each word that follows.
    """
    length = len(words[at])
    end = at + 1
    while end < len(words) and length + 1 + len(words[end]) <= MAX_LENGTH:
        length += 1 + len(words[end])
        end += 1
    while end > at:
        tag = named("_".join(words[at:end]), vocabulary)
        if tag is not None:
            return tag, end
        end -= 1
    return None, at + 1


def named(name: str, vocabulary: Vocabulary) -> TagId | None:
    """Return the tag that a folded name calls, or else ``namespace:value`` for ``value_namespace``.

    Aliases count as names, and the canonical tag is returned.
    """
    tag = vocabulary.resolve(name)
    if tag is not None or len(name) > MAX_LENGTH:
        return tag
    at = len(name)
    for _ in range(NAMESPACE_WORDS):
        at = name.rfind("_", 0, at)
        if at <= 0:
            return None
        tag = vocabulary.resolve(f"{name[at + 1 :]}:{name[:at]}")
        if tag is not None:
            return tag
    return None
