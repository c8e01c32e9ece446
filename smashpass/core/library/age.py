"""``image.age_days``: how many days ago an image came, as of a library version."""

from __future__ import annotations

from math import ceil, floor, isinf

from smashpass.core.imageset import EMPTY, ImageSet, Ordinal, outermost
from smashpass.core.library.column import Column

DAY_S = 86_400
AGE, ADDED = "image.age_days", "image.added"


class AgeColumn:
    """Ages computed from the times images were added; has the interface of a ``Column``.

    Days are those of the calendar in UTC, so all ages change at midnight, together. What came
    after the day of the version has the age 0.
    """

    __slots__ = ("_added", "_day", "name", "present")

    def __init__(self, added_column: Column, day: int) -> None:
        """Keep seconds since 1970 by image, and the day of the version since 1970."""
        self.name = AGE
        self.present = added_column.present
        self._added = added_column
        self._day = day

    def value(self, ordinal: Ordinal) -> float | None:
        """Return the age of one image in whole days, or None if its date is unknown."""
        added_at = self._added.value(ordinal)
        return None if added_at is None else float(self._age(added_at))

    def between(
        self,
        low: float | None,
        high: float | None,
        include_low: bool = True,
        include_high: bool = True,
    ) -> ImageSet:
        """Return the images whose age lies between two ends; None is an open end.

        Cost: that of one range of a column.
        """
        if low is not None and isinf(low):
            if low > 0:
                return EMPTY
            low = None
        if high is not None and isinf(high):
            if high < 0:
                return EMPTY
            high = None
        youngest = 0
        if low is not None:
            youngest = max(0, ceil(low) if include_low else floor(low) + 1)
        oldest = None
        if high is not None:
            oldest = floor(high) if include_high else ceil(high) - 1
            if oldest < youngest:
                return EMPTY
        first = None if oldest is None else float((self._day - oldest) * DAY_S)
        end = float((self._day - youngest + 1) * DAY_S) if youngest else None
        return self._added.between(first, end, include_high=False)

    def top(self, images: ImageSet, n: int, *, descending: bool) -> list[Ordinal]:
        """Return the first ``n`` of ``images`` by age; those without one come last.

        Equal ages are ordered by ordinal: highest first if ``descending``, else lowest first.
        Cost: a range of a column for each day that is met on the way.
        """
        ordinals: list[Ordinal] = []
        rest = images & self.present
        while rest and len(ordinals) < n:
            (outer,) = self._added.top(rest, 1, descending=not descending)
            added_at = self._added.value(outer)
            assert added_at is not None
            age = self._age(added_at)
            alike = rest & self.between(age, age)
            ordinals += outermost(alike, n - len(ordinals), descending=descending)
            rest = rest - alike
        if len(ordinals) < n:
            ordinals += outermost(images - self.present, n - len(ordinals), descending=descending)
        return ordinals

    def _age(self, added_at: float) -> int:
        return max(0, self._day - floor(added_at / DAY_S))
