"""Which images come next for a viewer: those that match and were not seen, in some order.

The random order is a keyed permutation: the place of an image depends on the seed and its
ordinal alone, never on what was seen or matched, so a deck goes on where the last one ended.

An ordinal has a high and a low half of 16 bits. The low half is permuted by a Feistel network
with keyed tables; among images with the same low half, a second keyed table orders the high
halves. Both steps can be undone, so no two images share a place.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from hashlib import shake_128
from itertools import compress
from typing import Protocol

from smashpass.core.column import Column
from smashpass.core.imageset import ImageSet, Ordinal, outermost

_ROUNDS = 4
_HALF = 1 << 16

# What the two ways to the first images cost, measured in nanoseconds; only their ratio matters.
_WALK_STEP_NS = 700
_WALK_LOOK_NS = 45
_SIFT_NS = 25


class Order(Protocol):
    """A total order of images."""

    def first(self, images: ImageSet, n: int) -> list[Ordinal]:
        """Return the first ``n`` of ``images`` in this order, or all if there are fewer."""
        ...


def deal(matched: ImageSet, seen: ImageSet, order: Order, n: int) -> list[Ordinal]:
    """Return the next ``n`` images of ``matched`` that are not in ``seen``, in ``order``."""
    return order.first(matched - seen, n)


@dataclass(frozen=True, slots=True)
class ByAge:
    """Order ``new``: images that came last are first, because ordinals grow; or the reverse."""

    newest_first: bool = True

    def first(self, images: ImageSet, n: int) -> list[Ordinal]:
        """Return the ``n`` newest images, or oldest."""
        return outermost(images, n, descending=self.newest_first)


@dataclass(frozen=True, slots=True)
class ByValue:
    """Order by an attribute; images without a value come last, equal ones newest first.

    With ``descending=False`` equal ones come oldest first.
    """

    column: Column
    descending: bool = True

    def first(self, images: ImageSet, n: int) -> list[Ordinal]:
        """Return the ``n`` images with the greatest values, or smallest."""
        return self.column.top(images, n, descending=self.descending)


class Permutation:
    """Order ``random``, fixed by a seed. Frozen; making one takes about 20 µs, so keep none."""

    __slots__ = ("_high", "_low", "seed")

    def __init__(self, seed: int) -> None:
        """Make the tables of any whole number; equal seeds make equal orders."""
        self.seed = seed
        self._low, self._high = _tables(seed)

    def key(self, ordinal: Ordinal) -> int:
        """Return the place of an image: below 2**32, and another for every ordinal."""
        place = self._place(ordinal & 0xFFFF)
        return place << 16 | self._rank(ordinal >> 16, place)

    def first(self, images: ImageSet, n: int) -> list[Ordinal]:
        """Return the ``n`` of ``images`` with the smallest keys, ascending.

        Two ways, chosen by their expected cost, lead to the same answer: where images are dense,
        walk over the low halves in their order and look which images exist; where they are
        sparse, compute one byte of all places at once and sort the few that can be first.
        """
        if n <= 0 or not images:
            return []
        count = len(images)
        if n < count:
            highs = (images.max() >> 16) + 1
            steps = 1 + n * _HALF // count
            if steps * (_WALK_STEP_NS + highs * _WALK_LOOK_NS) < count * _SIFT_NS:
                return self._walk(images, n)
        return self._sift(images, n)

    def _walk(self, images: ImageSet, n: int) -> list[Ordinal]:
        """``first`` for dense sets: by place, all images that share a low half."""
        found: list[Ordinal] = []
        end = images.max() + 1
        for place, low in self._lows():
            here = [Ordinal(o) for o in range(low, end, _HALF) if o in images]
            if len(here) > 1:
                here.sort(key=lambda o: self._rank(o >> 16, place))
            found += here
            if len(found) >= n:
                break
        return found[:n]

    def _sift(self, images: ImageSet, n: int) -> list[Ordinal]:
        """``first`` for sparse sets: drop those whose place begins with too great a byte."""
        candidates = images.to_array()
        count = len(candidates)
        if count > 4 * n:
            left = self._first_bytes(candidates.tobytes(), count)
            # Twice as many as wanted are expected below the limit; else the limit doubles.
            limit = max(1, 2 * n * 256 // count)
            while True:
                below = left.translate(bytes(byte < limit for byte in range(256)))
                if limit >= 256 or below.count(1) >= n:
                    break
                limit *= 2
            candidates = compress(candidates, below)  # type: ignore[assignment]
        return sorted(map(Ordinal, candidates), key=self.key)[:n]

    def _place(self, low: int) -> int:
        """Permute a low half."""
        left, right = low >> 8, low & 0xFF
        for table in self._low:
            left, right = right, left ^ table[right]
        return left << 8 | right

    def _lows(self) -> Iterator[tuple[int, int]]:
        """Places in ascending order, each with the low half that has it."""
        backwards = self._low[::-1]
        for place in range(_HALF):
            left, right = place >> 8, place & 0xFF
            for table in backwards:
                left, right = right ^ table[left], left
            yield place, left << 8 | right

    def _rank(self, high: int, place: int) -> int:
        """Permute a high half, in another way for each place."""
        left, right = (high ^ place) >> 8, (high ^ place) & 0xFF
        for table in self._high:
            left, right = right, left ^ table[right]
        return left << 8 | right

    def _first_bytes(self, raw: bytes, count: int) -> bytes:
        """The first byte of each place, for little-endian ordinals: ``_place`` on all at once."""
        left, right = raw[1::4], raw[0::4]
        for table in self._low:
            mixed = int.from_bytes(left, "little") ^ int.from_bytes(
                right.translate(table), "little"
            )
            left, right = right, mixed.to_bytes(count, "little")
        return left


@lru_cache(maxsize=256)
def _tables(seed: int) -> tuple[tuple[bytes, ...], tuple[bytes, ...]]:
    """The tables for both halves, one of 256 bytes a round."""
    stream = shake_128(b"smashpass deck %d" % seed).digest(2 * _ROUNDS * 256)
    tables = tuple(stream[start : start + 256] for start in range(0, len(stream), 256))
    return tables[:_ROUNDS], tables[_ROUNDS:]
