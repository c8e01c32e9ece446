"""Paging: what is left of an order after an image, which stays true while the library changes."""

from __future__ import annotations

from smashpass.core.decks.dealing import Order
from smashpass.core.decks.likeness import ByLikeness
from smashpass.core.decks.order import ByAge, ByValue, Permutation
from smashpass.core.decks.taste import ByTaste
from smashpass.core.imageset import ImageSet, Ordinal


def beyond(images: ImageSet, order: Order, last: Ordinal) -> ImageSet:
    """Return those of ``images`` that come after ``last``, which need not be one of them.

    Raises:
        TypeError: The order is of no kind that can be paged.
    """
    match order:
        case Permutation() | ByLikeness() | ByTaste():
            return order.after(images, last)
        case ByAge(newest_first):
            return _by_age(images, last, descending=newest_first)
        case ByValue():
            return _by_value(images, order, last)
    raise TypeError(f"{type(order).__name__} cannot be paged")


def _by_value(images: ImageSet, order: ByValue, last: Ordinal) -> ImageSet:
    column, descending = order.column, order.descending
    value = column.value(last)
    without = images - column.present
    if value is None:
        return _by_age(without, last, descending=descending)
    if descending:
        further = column.between(None, value, include_high=False)
    else:
        further = column.between(value, None, include_low=False)
    equal = _by_age(images & column.between(value, value), last, descending=descending)
    return (images & further) | equal | without


def _by_age(images: ImageSet, last: Ordinal, *, descending: bool) -> ImageSet:
    """Return those with a smaller ordinal than ``last`` if ``descending``, else a greater one."""
    rank = images.rank(last)
    return images[: rank - (last in images)] if descending else images[rank:]
