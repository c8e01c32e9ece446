"""Which images come next for a viewer: matching, unseen images in some order.

The random order is a keyed permutation: the place of an image depends on the seed and its
ordinal alone, never on what was seen or matched, so a deck goes on where the last one ended.

An ordinal has a high and a low half of 16 bits. The low half is permuted by a Feistel network
with keyed tables; among images with the same low half, a second keyed table orders the high
halves. Both steps can be undone, so no two images share a place.
"""

from __future__ import annotations

from array import array
from dataclasses import dataclass
from functools import lru_cache
from hashlib import shake_128
from itertools import compress

from smashpass.core.imageset import EMPTY, ImageSet, Ordinal, outermost
from smashpass.core.library.index import AnyColumn

_ROUNDS = 4
_HALF = 1 << 16

# What it costs to leave out most images before the rest is looked at one by one, measured in
# nanoseconds for each low half, high half and image; only their ratio matters.
_LOW_NS = 60
_HIGH_NS = 1_000
_SIFT_NS = 30
_GROWTH = 16
_MANY_HIGHS = 1 << 12


@dataclass(frozen=True, slots=True)
class ByAge:
    """Order ``new``: images that came last are first, because ordinals grow; or the reverse."""

    newest_first: bool = True

    def first(self, images: ImageSet, n: int, without: ImageSet = EMPTY) -> list[Ordinal]:
        """Return the ``n`` newest images, or oldest."""
        return outermost(images - without, n, descending=self.newest_first)


@dataclass(frozen=True, slots=True)
class ByValue:
    """Order by an attribute; images without a value come last, equal ones newest first.

    With ``descending=False`` equal ones come oldest first.
    """

    column: AnyColumn
    descending: bool = True

    def first(self, images: ImageSet, n: int, without: ImageSet = EMPTY) -> list[Ordinal]:
        """Return the ``n`` images with the greatest values, or smallest."""
        return self.column.top(images - without, n, descending=self.descending)


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

    def first(self, images: ImageSet, n: int, without: ImageSet = EMPTY) -> list[Ordinal]:
        """Return the ``n`` of ``images`` without ``without`` with the smallest keys, ascending.

        All images whose place is low are cut out by one intersection, and only these are sifted.
        How low is a guess from how dense ``images`` are; where it finds too few (as when a viewer
        has seen the first thousands of this very order) it is raised. At most 1 ms for 2 million
        images; sparse sets are sifted as they are.
        """
        if n <= 0 or not images:
            return []
        count = len(images)
        highs = (images.max() >> 16) + 1
        places = 1 + 2 * n * _HALF // count
        while places < _HALF and places * _LOW_NS + highs * _HIGH_NS < count * _SIFT_NS:
            low = (images & self._below(places, highs)) - without
            if len(low) >= n:
                return self._sift(low, n)
            places *= _GROWTH
        return self._sift(images - without, n)

    def after(self, images: ImageSet, last: Ordinal) -> ImageSet:
        """Return those of ``images`` that come after ``last``, which need not be one of them.

        Costs the same wherever ``last`` is: about 10 ms at 2 million images.
        """
        if not images:
            return images
        key = self.key(last)
        highs = (images.max() >> 16) + 1
        if highs > _MANY_HIGHS:
            return ImageSet(ordinal for ordinal in images if self.key(Ordinal(ordinal)) > key)
        place = key >> 16
        before = self._below(place, highs) if place else EMPTY
        alike = (Ordinal(high << 16 | last & 0xFFFF) for high in range(highs))
        return images - before - ImageSet(ordinal for ordinal in alike if self.key(ordinal) <= key)

    def _below(self, places: int, highs: int) -> ImageSet:
        """The ordinals of all images whose low half has one of the first ``places`` places."""
        below = ImageSet(self._lows(places))
        covered = 1
        while covered < highs:  # each step doubles how many high halves are covered
            below = below | below.shift(covered << 16)
            covered *= 2
        return below

    def _sift(self, images: ImageSet, n: int) -> list[Ordinal]:
        """``first`` by computing all places at once and sorting the few that can be first."""
        ordinals = images.to_array()
        left, right = self._places(ordinals.tobytes())
        if len(left) > 2 * n:
            limit, below = 0, left.count(0)
            while below < n:
                limit += 1
                below += left.count(limit)
            mask = left.translate(bytes([1]) * (limit + 1) + bytes(255 - limit))
            ordinals = array("I", compress(ordinals, mask))
            left, right = bytes(compress(left, mask)), bytes(compress(right, mask))
        keys = self._keys(ordinals.tobytes(), left, right)
        ordered = sorted(zip(keys, ordinals, strict=True))
        return [Ordinal(ordinal) for _, ordinal in ordered[:n]]

    def _place(self, low: int) -> int:
        """Permute a low half."""
        return _mixed(self._low, low)

    def _lows(self, places: int) -> array[int]:
        """The low halves that have the first ``places`` places, in their order."""
        highs = range(-(-places // 256))
        left = b"".join(bytes([high]) * 256 for high in highs)[:places]
        right = (bytes(range(256)) * len(highs))[:places]
        for table in self._low[::-1]:
            left, right = _xor(right, left.translate(table)), left
        lows = bytearray(4 * places)
        lows[0::4], lows[1::4] = right, left
        return array("I", bytes(lows))

    def _rank(self, high: int, place: int) -> int:
        """Permute a high half, in another way for each place."""
        return _mixed(self._high, high ^ place)

    def _places(self, raw: bytes) -> tuple[bytes, bytes]:
        """High and low bytes of the places of little-endian ordinals: ``_place`` on all at once."""
        return _all_mixed(self._low, raw[1::4], raw[0::4])

    def _keys(self, raw: bytes, left: bytes, right: bytes) -> array[int]:
        """The keys of little-endian ordinals with these places: ``key`` of all at once."""
        high, low = _all_mixed(self._high, _xor(raw[3::4], left), _xor(raw[2::4], right))
        keys = bytearray(4 * len(left))
        keys[3::4], keys[2::4], keys[1::4], keys[0::4] = left, right, high, low
        return array("I", bytes(keys))


def _all_mixed(tables: tuple[bytes, ...], left: bytes, right: bytes) -> tuple[bytes, bytes]:
    """Permute many halves of 16 bits, by their high and low bytes: ``_mixed`` on all at once."""
    for table in tables:
        left, right = right, _xor(left, right.translate(table))
    return left, right


def _mixed(tables: tuple[bytes, ...], half: int) -> int:
    """Permute 16 bits by a Feistel network of four rounds, written out."""
    first, second, third, fourth = tables
    left, right = half >> 8, half & 0xFF
    left ^= first[right]
    right ^= second[left]
    left ^= third[right]
    right ^= fourth[left]
    return left << 8 | right


def _xor(left: bytes, right: bytes) -> bytes:
    """Return the bitwise XOR of two byte strings of equal length."""
    mixed = int.from_bytes(left, "little") ^ int.from_bytes(right, "little")
    return mixed.to_bytes(len(left), "little")


@lru_cache(maxsize=256)
def _tables(seed: int) -> tuple[tuple[bytes, ...], tuple[bytes, ...]]:
    """The tables for both halves, one of 256 bytes a round."""
    stream = shake_128(b"smashpass deck %d" % seed).digest(2 * _ROUNDS * 256)
    tables = tuple(stream[start : start + 256] for start in range(0, len(stream), 256))
    return tables[:_ROUNDS], tables[_ROUNDS:]
