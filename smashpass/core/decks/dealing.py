"""Every order of images, and the next cards in one."""

from __future__ import annotations

from smashpass.core.decks.likeness import ByLikeness
from smashpass.core.decks.order import ByAge, ByValue, Permutation
from smashpass.core.decks.taste import ByTaste
from smashpass.core.imageset import ImageSet, Ordinal

Order = ByAge | ByValue | Permutation | ByLikeness | ByTaste
"""A total order of images."""


def deal(matched: ImageSet, seen_images: ImageSet, order: Order, n: int) -> list[Ordinal]:
    """Return the next ``n`` images of ``matched`` that are not in ``seen_images``, in ``order``."""
    return order.first(matched, n, seen_images)
