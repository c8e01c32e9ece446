"""Requests of a day: how many failed, and how long decks took, in buckets of time.

Bucket ``n`` holds what took at most 2^(n/4) ms, so each percentile is known to within a fifth; the
counts of several processes and days are merged by adding them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from math import ceil, log2

_PER_OCTAVE = 4
_FIRST_S = 0.001
LAST_BUCKET = 64
"""Holds everything slower than 54 s, too."""


def bucket_of(seconds: float) -> int:
    """Return the bucket of a duration."""
    if seconds <= _FIRST_S:
        return 0
    return min(LAST_BUCKET, ceil(_PER_OCTAVE * log2(seconds / _FIRST_S)))


def bound_s(bucket: int) -> float:
    """Return the longest duration of a bucket, in seconds."""
    return float(_FIRST_S * 2 ** (bucket / _PER_OCTAVE))


@dataclass(frozen=True, slots=True)
class Traffic:
    """What was answered in some time.

    Attributes:
        requests: All requests but those of monitoring.
        failed: Those answered with a status of 500 or more.
        decks: Decks that were answered, by bucket of their duration.
    """

    requests: int = 0
    failed: int = 0
    decks: Mapping[int, int] = field(default_factory=dict)

    @property
    def deck_count(self) -> int:
        """How many decks were answered."""
        return sum(self.decks.values())

    def deck_percentile_s(self, share: float) -> float | None:
        """Return within how many seconds ``share`` of the decks were answered, None without any.

        The upper end of a bucket: at most 19 % above the exact percentile.
        """
        remaining = share * self.deck_count
        for bucket in sorted(self.decks):
            remaining -= self.decks[bucket]
            if remaining <= 1e-9:
                return bound_s(bucket)
        return None

    def __add__(self, other: Traffic) -> Traffic:
        """Return both together."""
        decks = dict(self.decks)
        for bucket, count in other.decks.items():
            decks[bucket] = decks.get(bucket, 0) + count
        return Traffic(self.requests + other.requests, self.failed + other.failed, decks)


def total(traffic: Iterable[Traffic]) -> Traffic:
    """Return the sum of some traffic."""
    return sum(traffic, Traffic())
