"""Keeping data no longer than said: one row a class of data, removed by a daily job.

A wrong clock would remove everything, or nothing at all. So nothing is done where the clock is
before what was recorded last, or far behind it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from smashpass.core.decks.pace import DAY_US
from smashpass.core.errors import NotPossible
from smashpass.core.timestamps import moment_text

BEHIND_US = 3_600_000_000
"""How far the clock may be behind the newest record: machines differ a little."""
AHEAD_US = 2 * DAY_US
"""How far it may be ahead: this job leaves a record each day."""


@dataclass(frozen=True, slots=True)
class RetentionRule:
    """A class of data.

    Attributes:
        name: What the command line calls it.
        what: What it is, and when its time begins.
        days: How long it is kept.
        count: Counts what is older than a moment, in microseconds.
        remove: Removes it, and returns how much there was.
    """

    name: str
    what: str
    days: int
    count: Callable[[int], int]
    remove: Callable[[int], int]


@dataclass(frozen=True, slots=True)
class RemovedData:
    """What became of a class: how much was too old, and was removed unless only looked at."""

    name: str
    days: int
    removed: int


def check_clock(now: int, newest: int, *, force: bool = False) -> None:
    """Refuse to go on with a clock that is wrong.

    Args:
        now: What the clock says.
        newest: The newest moment that was recorded, 0 if there is none.
        force: Whether somebody looked, and a clock that is far ahead is right.

    Raises:
        NotPossible: It is before what was recorded, or days behind it and not forced.
    """
    times = f"it is {moment_text(now)}, but the newest record is of {moment_text(newest)}"
    if now < newest - BEHIND_US:
        raise NotPossible(f"nothing is removed: {times}", hint="set the clock of this machine")
    if newest and now > newest + AHEAD_US and not force:
        raise NotPossible(
            f"nothing is removed: {times}",
            hint="set the clock, or use --force-clock if it is right",
        )


def retain(kinds: Sequence[RetentionRule], now: int, *, dry_run: bool = False) -> list[RemovedData]:
    """Remove what is too old; with ``dry_run`` only count it."""
    removed = []
    for kind in kinds:
        before = now - kind.days * DAY_US
        process = kind.count if dry_run else kind.remove
        removed.append(RemovedData(kind.name, kind.days, process(before)))
    return removed
