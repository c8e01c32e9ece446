"""Completing what somebody types: tags whose name, or an alias of it, begins so."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Protocol

from smashpass.core.errors import BadTag
from smashpass.core.index import Index
from smashpass.core.library import Tag
from smashpass.core.tags import TagId, normalise
from smashpass.core.vocabulary import Vocabulary

DEFAULT_LIMIT = 10
MAX_LIMIT = 100


class Texts(Protocol):
    """Who knows categories and labels."""

    def tags(self) -> Iterable[Tag]:
        """Return every tag name with its texts."""


class Completion:
    """Proposes tags. The texts are read again when the vocabulary has changed."""

    def __init__(self, texts: Texts) -> None:
        self._texts = texts
        self._known: tuple[Vocabulary, Mapping[TagId, Tag]] | None = None

    def complete(self, index: Index, typed: str, limit: int) -> list[dict[str, object]]:
        """Return the most common tags that ``typed`` begins, common ones first.

        ``via`` is the alias that was typed, where it is not the tag's own name.
        """
        vocabulary = index.vocabulary
        try:
            prefix = normalise(typed) if typed.strip() else ""
        except BadTag:
            return []
        found = [tag for tag in vocabulary.matching(prefix) if tag not in vocabulary.deprecated]
        found.sort(key=lambda tag: (-index.count(tag), vocabulary.names[tag]))
        texts = self._of(vocabulary)
        answer = []
        for tag in found[:limit]:
            name, known = vocabulary.names[tag], texts.get(tag)
            entry: dict[str, object] = {
                "name": name,
                "label": known.label if known and known.label else name.replace("_", " "),
                "count": index.count(tag),
                "category": known.category if known else "",
            }
            via = _via(vocabulary, tag, prefix)
            answer.append(entry if via is None else entry | {"via": via})
        return answer

    def _of(self, vocabulary: Vocabulary) -> Mapping[TagId, Tag]:
        """Return the texts of all tags."""
        known = self._known
        if known is None or known[0] is not vocabulary:
            known = (vocabulary, {tag.id: tag for tag in self._texts.tags()})
            self._known = known
        return known[1]


def _via(vocabulary: Vocabulary, tag: TagId, prefix: str) -> str | None:
    """Return the alias by which ``prefix`` led to ``tag``, None if it was the name itself."""
    if vocabulary.names[tag].startswith(prefix):
        return None
    return min(
        (
            vocabulary.names[alias]
            for alias, target in vocabulary.aliases.items()
            if target == tag and vocabulary.names[alias].startswith(prefix)
        ),
        default=None,
    )
