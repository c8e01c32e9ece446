"""Whole numbers of images, sliced by bit: the form in which a column evaluates ranges.

Source of the algorithm: O'Neil and Quass, "Improved query performance with variant indexes",
1997 (bit-sliced index; the single-pass comparison is its Horner form).
"""

from __future__ import annotations

import sys
from array import array
from collections.abc import Sequence
from itertools import compress

from smashpass.core.imageset import EMPTY, ImageSet, outermost

SORT_AT_ONCE = 512
"""Candidate sets up to this size are sorted; larger ones are first narrowed by the slices."""

_BITS = [bytes(byte >> bit & 1 for byte in range(256)) for bit in range(8)]


def sliced(ordinals: array[int], codes: array[int], bits: int) -> list[ImageSet]:
    """Return one image set for each of the lowest ``bits`` bits of the codes, lowest first.

    Cost: about 50 ms a bit for 2,000,000 codes: the bits are picked out of the raw bytes, so the
    interpreter sees no single code.

    Args:
        ordinals: ``array("I")``, ascending.
        codes: ``array("I")``, one code for each ordinal.
        bits: How many bits the greatest code has.
    """
    if sys.byteorder == "big":
        codes = codes[:]
        codes.byteswap()
    raw = codes.tobytes()
    slices = []
    for bit in range(bits):
        if bit % 8 == 0:
            column = raw[bit // 8 :: codes.itemsize]
        marks = column.translate(_BITS[bit % 8])
        slices.append(ImageSet(array("I", compress(ordinals, marks))))
    return slices


def by_ordinal(ordinals: array[int], codes: array[int]) -> array[int]:
    """Return the codes in an array whose index is the ordinal; 0 where there is none."""
    if not ordinals:
        return array("I")
    first, last = ordinals[0], ordinals[-1]
    spread = array("I", bytes(4 * (last + 1)))
    if last - first + 1 == len(ordinals):
        spread[first:] = codes
    else:
        for ordinal, code in zip(ordinals, codes, strict=True):
            spread[ordinal] = code
    return spread


def above(slices: Sequence[ImageSet], code: int) -> ImageSet:
    """Return the images with a code greater than ``code``: one set operation a bit.

    From the lowest bit up: where ``code`` has a 0, a set bit decides for the image; where
    it has a 1, only those with a set bit keep what the lower bits said.
    """
    images = EMPTY
    for bit, marked in enumerate(slices):
        images = images & marked if code >> bit & 1 else images | marked
    return images


def narrowed(
    slices: Sequence[ImageSet], candidates: ImageSet, n: int, *, descending: bool
) -> ImageSet:
    """Return the first ``n`` of ``candidates`` by code and ordinal, and few others besides.

    Cost: up to three set operations a bit; at most ``n + SORT_AT_ONCE`` images are returned.
    """
    best = EMPTY
    if len(candidates) > SORT_AT_ONCE:
        for marked in reversed(slices):
            better = candidates & marked if descending else candidates - marked
            if len(best) + len(better) > n:
                candidates = better
            else:
                best = best | better
                candidates = candidates - better
            if len(candidates) <= SORT_AT_ONCE:
                break
    if len(candidates) > SORT_AT_ONCE:
        # All bits are used up, so these have one code: the ordinal decides.
        candidates = ImageSet(outermost(candidates, n - len(best), descending=descending))
    return best | candidates
