"""Breaks and daily limits: how long somebody has been swiping, and which limits they may set.

Time between two swipes counts as swiping if it is five minutes at most; a longer time is a rest,
after which the counting begins anew. All times are microseconds since 1970, UTC, by our clock.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from smashpass.core.protection.minors import protected

MINUTE_US = 60_000_000
DAY_US = 24 * 60 * MINUTE_US
BREAK_AFTER_US = 30 * MINUTE_US
BREAK_US = 5 * MINUTE_US
GAP_US = 5 * MINUTE_US
DAILY_MINUTES = (5, 1_440)
"""The least and the most minutes that a viewer may set as the limit of a day."""


@dataclass(frozen=True, slots=True)
class Limits:
    """The limits of a viewer: whether breaks are due, and how long a day may be."""

    reminder: bool = False
    daily_us: int | None = None

    @property
    def any(self) -> bool:
        """Whether any limit applies."""
        return self.reminder or self.daily_us is not None


@dataclass(frozen=True, slots=True)
class Pace:
    """The swiping time of a viewer.

    Attributes:
        since: When the current swiping began.
        last: Its last moment.
        day: Number of the day, since 1970 and in UTC, that ``today`` is of.
        today: Time swiped on that day.
    """

    since: int = 0
    last: int = 0
    day: int = 0
    today: int = 0

    def after(self, moments: Iterable[int]) -> Pace:
        """Return the pace after swipes at ``moments``; those before the last one add nothing."""
        since, last, day, today = self.since, self.last, self.day, self.today
        ordered = sorted(moments)
        if ordered and last > ordered[-1] + GAP_US:
            # Our clock was ahead and was set back: what it made is worth nothing.
            since = last = day = today = 0
        for moment in ordered:
            if moment <= last:
                continue
            gap = moment - last
            if gap > GAP_US or moment >= since + BREAK_AFTER_US + BREAK_US:
                since = moment
            if moment // DAY_US != day:
                day, today = moment // DAY_US, 0
            if gap <= GAP_US:
                today += min(gap, moment % DAY_US)
            last = moment
        return Pace(since, last, day, today)


NO_PACE = Pace()
"""That of somebody who has not swiped, or for whom nothing is measured."""


@dataclass(frozen=True, slots=True)
class Rest:
    """A time without cards, now or to come if the swiping goes on.

    ``daily`` is that of the limit of a day, which ends at midnight; others are short breaks.
    """

    begin: int
    until: int
    daily: bool = False

    def holds(self, now: int) -> bool:
        """Whether the rest is in progress."""
        return self.begin <= now < self.until


def next_rest(limits: Limits, pace: Pace, now: int) -> Rest | None:
    """Return the current rest, else the next one, or None if none is near.

    Looking at cards counts as swiping: a request within five minutes of the last swipe continues
    it.
    """
    if not pace.last or pace.last > now + GAP_US:
        # A clock that was wrong and was set back must not keep anybody out.
        return None
    going_on = now - pace.last <= GAP_US
    rests: list[Rest] = []
    due = pace.since + BREAK_AFTER_US
    if limits.reminder and going_on and now < due + BREAK_US:
        rests.append(Rest(due, due + BREAK_US))
    if limits.daily_us is not None and now // DAY_US == pace.day:
        left = max(0, limits.daily_us - pace.today)
        midnight = (pace.day + 1) * DAY_US
        if pace.last + left < midnight and (going_on or not left):
            rests.append(Rest(pace.last + left, midnight, daily=True))
    holding = [candidate for candidate in rests if candidate.holds(now)]
    if holding:
        return max(holding, key=lambda candidate: candidate.until)
    return min(rests, key=lambda candidate: candidate.begin, default=None)


def swipe_times(swiped: Sequence[int], now: int) -> list[int]:
    """Return the times of swipes by our clock; ``swiped`` are those of the client's clock.

    Swipes sent soon after they were made end now, whatever the client's clock shows; what was kept
    for longer, without a network, is taken at the client's word. The moment of sending counts too.
    """
    newest = max(swiped, default=now)
    shift = now - newest if abs(now - newest) <= GAP_US else 0
    return [min(now, moment + shift) for moment in swiped] + [now]


def limits_of(
    age_band: str,
    reminder: bool | None,
    daily_minutes: int | None,
    minor_minutes: int | None = None,
) -> Limits:
    """Return the limits for a viewer of an age band with these choices; None is the default.

    ``minor_minutes`` is the limit of a day for viewers under 18 who set none.
    """
    if daily_minutes is None and protected(age_band, "daily_limit"):
        daily_minutes = minor_minutes
    daily = None if daily_minutes is None else daily_minutes * MINUTE_US
    return Limits(protected(age_band, "break") or bool(reminder), daily)
