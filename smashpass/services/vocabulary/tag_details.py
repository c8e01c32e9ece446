"""Tags as they are listed and shown: how many images have them, what they are called and imply."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from smashpass.core.imageset import union
from smashpass.core.library.index import Index
from smashpass.core.library.stored import Tag
from smashpass.core.tags.names import TagId, fold
from smashpass.core.tags.vocabulary import Vocabulary


@dataclass(frozen=True, slots=True)
class ListedTag:
    """One line of a list. ``via`` is the alias that a prefix matched, None for the name itself."""

    name: str
    label: str
    count: int
    category: str
    via: str | None = None

    def as_json(self) -> dict[str, object]:
        """The tag as ``GET /tags`` gives it."""
        content: dict[str, object] = {
            "name": self.name,
            "label": self.label,
            "count": self.count,
            "category": self.category,
        }
        return content if self.via is None else content | {"via": self.via}


@dataclass(frozen=True, slots=True)
class TagDetails:
    """Everything about one canonical tag.

    Attributes:
        tag: Its name and texts.
        count: Images that have it, by itself, an alias or an implication.
        own: Images that carry its own name or one of its aliases.
        by_hand: Those of them to which somebody gave it; the others were imported with it.
        aliases: Names that stand for it.
        implies: What it implies directly; ``implies_all`` through others too.
        implied_by: What implies it directly.
        sources: How many of its images each collection has, most first.
    """

    tag: Tag
    count: int
    own: int
    by_hand: int
    aliases: tuple[str, ...]
    implies: tuple[str, ...]
    implies_all: tuple[str, ...]
    implied_by: tuple[str, ...]
    sources: tuple[tuple[str, int], ...]


def list_tags(index: Index, tags: Iterable[Tag], prefix: str, limit: int) -> list[ListedTag]:
    """Return the canonical tags whose name or alias begins with ``prefix``, most images first.

    Args:
        index: The library.
        tags: The texts of all its tags.
        prefix: In any spelling; "" lists all.
        limit: How many at most.
    """
    vocabulary = index.vocabulary
    folded = fold(prefix)
    matching = vocabulary.matching(folded)
    ranked = sorted(matching, key=lambda tag: (-index.count(tag), vocabulary.names[tag]))[:limit]
    texts = {tag.id: tag for tag in tags}
    return [_listed(index, texts.get(tag), tag, folded) for tag in ranked]


def show_tag(index: Index, tag: Tag) -> TagDetails:
    """Return everything about a canonical tag of the library."""
    vocabulary = index.vocabulary
    having = index.having(tag.id)
    raw = [tag.id, *(alias for alias, target in vocabulary.aliases.items() if target == tag.id)]
    carrying = union(
        index.parts.postings[raw_tag] for raw_tag in raw if raw_tag in index.parts.postings
    )
    counts = {
        source: count
        for source, images in index.parts.facets.get("source", {}).items()
        if (count := having.intersection_cardinality(images))
    }
    return TagDetails(
        tag=tag,
        count=len(having),
        own=carrying.intersection_cardinality(index.live),
        by_hand=len(union(index.by_hand(raw_tag) for raw_tag in raw)),
        aliases=_names(vocabulary, raw[1:]),
        implies=_names(vocabulary, vocabulary.implications.get(tag.id, ())),
        implies_all=_names(vocabulary, vocabulary.implied(tag.id)),
        implied_by=_names(
            vocabulary,
            [other for other, others in vocabulary.implications.items() if tag.id in others],
        ),
        sources=tuple(sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))),
    )


def _listed(index: Index, texts: Tag | None, tag: TagId, prefix: str) -> ListedTag:
    vocabulary = index.vocabulary
    name = vocabulary.names[tag]
    via = None
    if not name.startswith(prefix):
        via = min(
            vocabulary.names[alias]
            for alias, target in vocabulary.aliases.items()
            if target == tag and vocabulary.names[alias].startswith(prefix)
        )
    # A tag that is younger than the texts has none.
    label, category = ("", "") if texts is None else (texts.label, texts.category)
    return ListedTag(name, label, index.count(tag), category, via)


def _names(vocabulary: Vocabulary, tags: Iterable[TagId]) -> tuple[str, ...]:
    return tuple(sorted(vocabulary.names[tag] for tag in tags))
