"""Sums of whole numbers over images, sliced by bit: added for all images at once.

Source of the algorithm: carry-save addition (Wallace, "A suggestion for a fast multiplier",
1964), with one image set in place of each bit.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from heapq import heapify, heappop, heappush

from smashpass.core.imageset import EMPTY, ImageSet


def summed(weighted: Iterable[tuple[int, ImageSet]]) -> list[ImageSet]:
    """Return the sum of weights for each image, as one image set a bit, lowest first.

    An image's sum is that of the weights whose set it is in. The sets with a bit of equal value
    are added three at a time, smallest first, so that rare tags stay small sets: about five
    set operations for each set bit of a weight.

    Raises:
        ValueError: A weight is negative.
    """
    columns: list[list[tuple[int, int, ImageSet]]] = []
    number = 0
    for weight, images in weighted:
        if weight < 0:
            raise ValueError(f"the weight {weight} is negative")
        for bit in range(weight.bit_length()):
            if bit == len(columns):
                columns.append([])
            if weight >> bit & 1:
                columns[bit].append((len(images), number, images))
                number += 1
    slices: list[ImageSet] = []
    bit = 0
    while bit < len(columns):
        column = columns[bit]
        heapify(column)
        carried = []
        while len(column) > 1:
            a, b = heappop(column)[2], heappop(column)[2]
            c = heappop(column)[2] if column else EMPTY
            odd = a ^ b
            carry = (a & b) | (odd & c)
            total = odd ^ c
            number += 1
            heappush(column, (len(total), number, total))
            if carry:
                carried.append((len(carry), number, carry))
        slices.append(column[0][2] if column else EMPTY)
        if carried:
            if bit + 1 == len(columns):
                columns.append([])
            columns[bit + 1].extend(carried)
        bit += 1
    return slices


def complement(slices: Sequence[ImageSet], images: ImageSet) -> list[ImageSet]:
    """Return the greatest number that ``slices`` can hold, minus theirs, for each of ``images``."""
    return [images - marked for marked in slices]


def added(first: Sequence[ImageSet], second: Sequence[ImageSet]) -> list[ImageSet]:
    """Return the sum of two numbers for each image."""
    columns = [
        (1 << bit, images) for slices in (first, second) for bit, images in enumerate(slices)
    ]
    return summed(columns)
