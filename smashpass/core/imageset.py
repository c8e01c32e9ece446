"""Sets of images: frozen roaring bitmaps of ordinals.

Source of the algorithm: Lemire et al., "Roaring Bitmaps", 2018, through CRoaring.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NewType, cast

from pyroaring import BitMap, FrozenBitMap

Ordinal = NewType("Ordinal", int)
"""Integer key of an image and its place in every image set: 1 <= ordinal < 2**32, never reused."""

ImageSet = FrozenBitMap
"""A set of ordinals that never changes, so threads and forked processes may share it."""

EMPTY: ImageSet = FrozenBitMap()


def union(sets: Iterable[ImageSet]) -> ImageSet:
    """Return the images that are in at least one of ``sets``; no sets give the empty set."""
    members = list(sets)
    if not members:
        return EMPTY
    if len(members) == 1:
        return members[0]
    return FrozenBitMap.union(*members)


def intersection(sets: Iterable[ImageSet]) -> ImageSet:
    """Return the images that are in every one of ``sets``.

    Cost is bounded by the smallest set, because sets are met smallest first.

    Raises:
        ValueError: No set is passed; the caller must name the whole library.
    """
    ordered = sorted(sets, key=len)
    if not ordered:
        raise ValueError("the intersection of no sets is not defined")
    result = ordered[0]
    for other in ordered[1:]:
        if not result:
            break
        result = result & other
    return result


def at_least(n: int, sets: Iterable[ImageSet]) -> ImageSet:
    """Return the images that are in ``n`` or more of ``sets``; ``n <= 0`` is refused.

    Keeps ``n`` running sets "in k or more so far": ``n`` times as many operations as sets.
    """
    if n <= 0:
        raise ValueError("n must be at least 1")
    reached = [EMPTY] * n
    for images in sets:
        for k in range(n - 1, 0, -1):
            reached[k] = reached[k] | (reached[k - 1] & images)
        reached[0] = reached[0] | images
    return reached[n - 1]


def outermost(images: ImageSet, n: int, *, descending: bool) -> list[Ordinal]:
    """Return up to ``n`` images from one end of ``images``: highest ordinals first, or lowest."""
    count = len(images)
    if descending:
        ordinals = [*images[max(0, count - n) : count]]
        ordinals.reverse()
    else:
        ordinals = [*images[: min(n, count)]]
    return cast("list[Ordinal]", ordinals)


def freeze(images: BitMap) -> ImageSet:
    """Return ``images`` as a set that can be shared; the caller must not change it afterwards."""
    return FrozenBitMap(images)
