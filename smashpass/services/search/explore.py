"""What else images have: tags that go together with those of a query, and counts of a facet."""

from __future__ import annotations

from dataclasses import dataclass

from smashpass.core.explore.related import Measure, canonical_tags, counts, related
from smashpass.core.imageset import ImageSet
from smashpass.core.library.index import Index
from smashpass.core.query.evaluate import MySets
from smashpass.core.query.phrases import Finder
from smashpass.services.search.search import matching, read_query

DEFAULT_LIMIT = 20
MAX_LIMIT = 200
_DIGITS = 4


@dataclass(frozen=True, slots=True)
class RelatedTags:
    """How many images a query matches, and what was found out about their tags."""

    query: str
    matched: int
    tags: tuple[dict[str, object], ...]

    def as_json(self) -> dict[str, object]:
        """The form of the interface."""
        return {"query": self.query, "matched": self.matched, "tags": list(self.tags)}


def related_tags(
    index: Index,
    text: str,
    *,
    by: Measure = "cosine",
    limit: int = DEFAULT_LIMIT,
    mine: MySets | None = None,
    finder: Finder | None = None,
) -> RelatedTags:
    """Return the tags that go best together with the images of a query, exactly counted.

    Raises:
        BadQuery: The text cannot be parsed, or a word is not a tag name.
    """
    images = _images(index, text, mine, finder)
    rows = related(images, index, limit, measure=by)
    tags = [
        {
            "name": index.vocabulary.names[row.tag],
            "both": row.both,
            "count": row.count,
            "jaccard": round(row.jaccard, _DIGITS),
            "cosine": round(row.cosine, _DIGITS),
            "lift": round(row.lift, _DIGITS),
        }
        for row in rows
    ]
    return RelatedTags(text, len(images), tuple(tags))


def tag_counts(
    index: Index,
    text: str,
    prefix: str,
    *,
    limit: int = DEFAULT_LIMIT,
    mine: MySets | None = None,
    finder: Finder | None = None,
) -> RelatedTags:
    """Return how many images of a query have each tag that begins with ``prefix``, most first.

    Raises:
        BadQuery: The text cannot be parsed, or a word is not a tag name.
    """
    images = _images(index, text, mine, finder)
    counts_by_tag = counts(images, canonical_tags(index, prefix), index)
    names = index.vocabulary.names
    rows = sorted((-count, names[tag]) for tag, count in counts_by_tag.items())[:limit]
    return RelatedTags(text, len(images), tuple({"name": name, "both": -n} for n, name in rows))


def _images(index: Index, text: str, mine: MySets | None, finder: Finder | None) -> ImageSet:
    return matching(read_query(text, index, finder), index, mine)
