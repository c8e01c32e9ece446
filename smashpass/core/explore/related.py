"""Related tags: how many images of a set have each tag, and how significant that is."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from heapq import nsmallest
from math import sqrt
from typing import Literal

from smashpass.core.imageset import ImageSet
from smashpass.core.library.index import Index
from smashpass.core.tags.names import TagId

Measure = Literal["jaccard", "cosine", "lift"]


@dataclass(frozen=True, slots=True)
class Related:
    """The association of a tag with a set of images.

    Attributes:
        tag: The canonical tag.
        both: Images of the set that have it.
        count: Live images that have it.
        jaccard: Those in both, as a share of those in either: 0 to 1.
        cosine: Those in both, by the geometric mean of the two sizes: 0 to 1.
        lift: How many times as often the set has it as the library does.
    """

    tag: TagId
    both: int
    count: int
    jaccard: float
    cosine: float
    lift: float


def counts(images: ImageSet, tags: Iterable[TagId], index: Index) -> dict[TagId, int]:
    """Return how many of ``images``, all live, have each of ``tags``; those of none are left out.

    Cost: one intersection a tag, 2 to 60 µs at 2,000,000 images.
    """
    by_tag = {}
    for tag in tags:
        common = images.intersection_cardinality(index.having(tag))
        if common:
            by_tag[tag] = common
    return by_tag


def related(
    images: ImageSet,
    index: Index,
    limit: int,
    *,
    measure: Measure = "cosine",
    among: Iterable[TagId] | None = None,
) -> list[Related]:
    """Return the tags most associated with ``images``, all live; equal ones by name.

    Tags that no image of the set has are never related, and neither are deprecated ones.

    Args:
        images: The set, such as the images of one tag or of a query.
        index: The library.
        limit: How many tags at most.
        measure: What "best" means. ``lift`` favours rare tags, the others common ones.
        among: The canonical tags that are looked at; all of them by default.
    """
    vocabulary = index.vocabulary
    size, everything = len(images), len(index.live)
    candidates = canonical_tags(index) if among is None else among
    rows = []
    for tag, common in counts(images, candidates, index).items():
        if tag in vocabulary.deprecated:
            continue
        count = index.count(tag)
        rows.append(
            Related(
                tag,
                common,
                count,
                jaccard=common / (count + size - common),
                cosine=common / sqrt(count * size),
                lift=common * everything / (count * size),
            )
        )
    return nsmallest(
        limit, rows, key=lambda row: (-getattr(row, measure), vocabulary.names[row.tag])
    )


def canonical_tags(index: Index, prefix: str = "") -> list[TagId]:
    """Return the tags whose own name begins with ``prefix`` and that are no alias, by name."""
    words = index.vocabulary
    return [
        tag
        for tag in words.matching(prefix)
        if words.names[tag].startswith(prefix) and tag not in words.aliases
    ]
