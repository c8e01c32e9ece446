"""The numbers that one version of a scorer's model gave to the images: ranges and rankings.

The values are kept by bit only: of the whole number that is ordered as the floating-point number
is. With 32 bits, 2,000,000 scores take less than 10 MB, and no scores have to be shared out by
image as well.
"""

from __future__ import annotations

import struct
import sys
from array import array
from collections.abc import Sequence
from math import inf, isfinite

from smashpass.core.imageset import EMPTY, ImageSet, Ordinal, outermost
from smashpass.core.library.bitslices import above, narrowed, sliced
from smashpass.core.library.model_version import ModelVersion

_MAX_SINGLE = struct.unpack("<f", b"\xff\xff\x7f\x7f")[0]
_FORMS = {
    32: (struct.Struct("<f"), struct.Struct("<I")),
    64: (struct.Struct("<d"), struct.Struct("<Q")),
}
"""By width: a number, and its bits."""
_FRACTION_BITS = {32: 23, 64: 52}
"""By width; above them are the exponent and the sign (IEEE 754-2019, table 3.5)."""


class ScoreColumn:
    """A scorer's numbers; never changes, so threads and forks may share it.

    Its cache is one plain write; two threads at worst compute the same set twice.

    Attributes:
        name: Full attribute name, such as ``plugin.aesthetic``.
        source: The version of the model that gave the numbers.
        known: The images that the scorer has answered for, and those without a picture. An
            image that is not in here may get a number yet.
        present: The images that have a number; all of them are known.
    """

    __slots__ = ("_slices", "_whole", "known", "name", "present", "source")

    def __init__(
        self,
        name: str,
        source: ModelVersion,
        slices: Sequence[ImageSet],
        known: ImageSet,
        present: ImageSet,
    ) -> None:
        """Keep the parts; ``build`` makes them, a snapshot stores them.

        Args:
            name: Full attribute name.
            source: The version of the model that gave the numbers.
            slices: 32 or 64 sets, by bit of the key, lowest first: the images whose key has it.
            known: The images whose number, or lack of one, is known.
            present: The images that have a number.

        Raises:
            ValueError: There are not 32 or 64 slices.
        """
        if len(slices) not in _FORMS:
            raise ValueError(f"{name} has {len(slices)} slices, not 32 or 64")
        self.name = name
        self.source = source
        self.known = known
        self.present = present
        self._slices = tuple(slices)
        self._whole: ImageSet | None = None

    @classmethod
    def build(
        cls,
        name: str,
        source: ModelVersion,
        ordinals: array[int],
        values: array[float],
        known: ImageSet,
    ) -> ScoreColumn:
        """Make a column: 32 bits wide if every value is a float32, else 64.

        Args:
            name: Full attribute name.
            source: The version of the model that gave the numbers.
            ordinals: ``array("I")`` of the images that have a number, strictly ascending.
            values: ``array("d")`` of as many numbers; -0.0 becomes 0.0.
            known: The images whose number, or lack of one, is known.

        Raises:
            ValueError: A value is infinite or not a number, the lengths differ, or an image has a
                number and is not known.
        """
        if len(ordinals) != len(values):
            raise ValueError(f"{len(ordinals)} ordinals, but {len(values)} values")
        if not all(map(isfinite, values)):
            raise ValueError(f"a value of {name} is not a finite number")
        present = ImageSet(ordinals)
        if not present.issubset(known):
            raise ValueError(f"an image has a value of {name} and is not known")
        # Adding 0.0 turns -0.0 into 0.0: equal numbers must have equal keys.
        doubles = array("d", [value + 0.0 for value in values])
        singles = array("f", doubles)
        if array("d", singles) == doubles:
            raw = sliced(ordinals, array("I", singles.tobytes()), 32)
        else:
            halves = array("I", doubles.tobytes())
            first, second = halves[0::2], halves[1::2]
            low, high = (first, second) if sys.byteorder == "little" else (second, first)
            raw = sliced(ordinals, low, 32) + sliced(ordinals, high, 32)
        return cls(name, source, _ordered(raw, present), known, present)

    @property
    def bits(self) -> int:
        """How many bits a key has: 32 or 64."""
        return len(self._slices)

    @property
    def parts(self) -> tuple[tuple[ImageSet, ...], ImageSet, ImageSet]:
        """The slices, lowest bit first, then ``known`` and ``present``."""
        return self._slices, self.known, self.present

    def value(self, ordinal: Ordinal) -> float | None:
        """Return the number of one image, or None if it has none; a look at every slice."""
        if ordinal not in self.present:
            return None
        number, bits = _FORMS[self.bits]
        key, sign = self._key(ordinal), 1 << (self.bits - 1)
        raw = key ^ sign if key & sign else key ^ (2 * sign - 1)
        value: float = number.unpack(bits.pack(raw))[0]
        return value

    def between(
        self,
        low: float | None,
        high: float | None,
        include_low: bool = True,
        include_high: bool = True,
    ) -> ImageSet:
        """Return the images whose number lies between two ends; None is an open end.

        Cost: two set operations for each bit.
        """
        last = None if high is None else self._last_below(high, include_high)
        # What lies below the range is what a range with the other kind of end would contain.
        before = None if low is None else self._last_below(low, not include_low)
        if before is not None and last is not None and last <= before:
            return EMPTY
        images = self.present if before is None else above(self._slices, before)
        return images if last is None else images - above(self._slices, last)

    def whole(self) -> ImageSet:
        """Return the images whose number is whole: 3.0, and not 3.5.

        Cost: some ten set operations for each bit of the fraction, the first time.
        """
        if self._whole is None:
            self._whole = self._find_whole()
        return self._whole

    def top(self, images: ImageSet, n: int, *, descending: bool) -> list[Ordinal]:
        """Return the first ``n`` of ``images`` by number; those without one come last.

        Equal numbers are ordered by ordinal: highest first if ``descending``, else lowest first.
        Cost: three set operations for each bit, and a sort of about ``n`` images.
        """
        if n <= 0:
            return []
        first_images = narrowed(self._slices, images & self.present, n, descending=descending)
        ranked = sorted(((self._key(o), o) for o in first_images), reverse=descending)
        ordinals = [Ordinal(ordinal) for _, ordinal in ranked[:n]]
        if len(ordinals) < n:
            rest = images - self.present
            ordinals += outermost(rest, n - len(ordinals), descending=descending)
        return ordinals

    def _find_whole(self) -> ImageSet:
        """A number of at least 2**e and less than 2**(e + 1) is whole if all bits are 0 but e."""
        fraction_bits = _FRACTION_BITS[self.bits]
        negative = self.present - self._slices[-1]
        magnitude = [images ^ negative if negative else images for images in self._slices[:-1]]
        exponents = magnitude[fraction_bits:]
        bias = (1 << (len(exponents) - 1)) - 1
        whole = above(exponents, bias + fraction_bits - 1) | self.between(0.0, 0.0)
        remainder, larger = EMPTY, above(exponents, bias + fraction_bits - 1)
        for exponent in range(fraction_bits - 1, -1, -1):
            remainder = remainder | magnitude[fraction_bits - 1 - exponent]
            as_large = above(exponents, bias + exponent - 1)
            whole = whole | (as_large - larger - remainder)
            larger = as_large
        return whole

    def _key(self, ordinal: int) -> int:
        """Return the key of an image; meaningless for one without a number."""
        key = 0
        for bit, images in enumerate(self._slices):
            if ordinal in images:
                key |= 1 << bit
        return key

    def _last_below(self, end: float, include: bool) -> int:
        """Return the greatest key that belongs to a number below ``end``, or to ``end`` itself."""
        end += 0.0
        nearest = end
        if self.bits == 32:
            nearest = end if abs(end) <= _MAX_SINGLE else inf if end > 0 else -inf
        number, bits = _FORMS[self.bits]
        packed = number.pack(nearest)
        raw: int = bits.unpack(packed)[0]
        sign = 1 << (self.bits - 1)
        key = raw ^ (2 * sign - 1) if raw & sign else raw | sign
        rounded: float = number.unpack(packed)[0]
        return key if rounded < end or (rounded == end and include) else key - 1


def _ordered(raw: list[ImageSet], present: ImageSet) -> list[ImageSet]:
    """Turn slices of floating-point numbers into those of keys, which are ordered as they are.

    The bits of numbers below 0 are turned over, and of others the sign alone.
    """
    negative = raw[-1]
    exponent_and_fraction = raw[:-1]
    if negative:
        exponent_and_fraction = [images ^ negative for images in exponent_and_fraction]
    return [*exponent_and_fraction, present - negative]
