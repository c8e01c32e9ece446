"""What the first page of the admin shows: measures by day, and the work that waits."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from smashpass.clock import Clock
from smashpass.core.operations.job import OPEN_STATES, Job
from smashpass.core.operations.run import Run
from smashpass.core.operations.traffic import Traffic, total
from smashpass.services.importing.service import ImportService
from smashpass.services.moderation.service import ModerationService
from smashpass.services.runtime.library import LiveLibrary
from smashpass.services.runtime.service import JobService
from smashpass.services.search.service import SearchService

SHOWN_DAYS = 30
WEEK_DAYS = 7
SUFFICIENT = 30
"""Numbers that rest on fewer cases say little."""
UNTAGGED = "tagcount:<3"
_NEWEST = 50
_DAY_US = 86_400_000_000
_P99 = 0.99

MeasureName = Literal["swipes", "agreement", "errors", "deck_p99"]


@dataclass(frozen=True, slots=True)
class MeasuredValue:
    """One value of a measure.

    Attributes:
        value: Swipes as a number, shares between 0 and 1, durations in seconds; None if unknown.
        cases: How many swipes, requests or decks it rests on.
    """

    value: float | None
    cases: int

    @property
    def is_sufficient(self) -> bool:
        """Whether it rests on enough cases to say something."""
        return self.value is not None and self.cases >= SUFFICIENT


@dataclass(frozen=True, slots=True)
class DailyMeasure:
    """One measure over the last ``SHOWN_DAYS``, today being the last.

    Attributes:
        name: What is measured.
        days: Days since 1970, without gaps.
        values: The value of each of these days.
        week: Of the last seven whole days together; the sum for swipes.
        week_before: Of the seven days before these.
    """

    name: MeasureName
    days: tuple[int, ...]
    values: tuple[MeasuredValue, ...]
    week: MeasuredValue
    week_before: MeasuredValue


@dataclass(frozen=True, slots=True)
class PendingWork:
    """What waits for somebody, in numbers.

    Attributes:
        notices: Notices and appeals awaiting a decision.
        overdue: Those among them that are late.
        quarantined: Images in quarantine, ``QUARANTINE_LIMIT`` at most.
        untagged: Images with fewer than three tags.
        failed_imports: Those of the last runs that failed within a week.
        failed_jobs: Those of the last jobs that failed within a week.
        open_jobs: Jobs that wait or run.
    """

    notices: int
    overdue: int
    quarantined: int
    untagged: int
    failed_imports: tuple[Run, ...]
    failed_jobs: tuple[Job, ...]
    open_jobs: tuple[Job, ...]


QUARANTINE_LIMIT = 100


@dataclass(frozen=True, slots=True)
class _Day:
    """What is known of some time: swipes, judged and agreed ones (None: not counted), traffic."""

    swipes: tuple[int, int, int] | None
    traffic: Traffic


class OverviewService:
    """Collects the figures of the overview; changes nothing."""

    def __init__(
        self,
        *,
        last_figures: Callable[[], Mapping[str, Any] | None],
        traffic_since: Callable[[int], Mapping[int, Traffic]],
        library: Callable[[], LiveLibrary],
        search: SearchService,
        moderation: ModerationService,
        imports: ImportService,
        jobs: JobService,
        clock: Clock,
    ) -> None:
        """Create the service.

        Args:
            last_figures: Returns what the last count of swipes found, None before the first.
            traffic_since: Returns the traffic from a day since 1970 on, by day.
            library: Returns the index that this process answers from.
            search: Finds images.
            moderation: Notices and quarantine.
            imports: Import runs.
            jobs: Work of the job process.
            clock: Gives microseconds since 1970.
        """
        self._last_figures, self._traffic_since = last_figures, traffic_since
        self._library, self._search = library, search
        self._moderation, self._imports, self._jobs = moderation, imports, jobs
        self._clock = clock

    def measures(self) -> tuple[DailyMeasure, ...]:
        """Return swipes, agreement, share of failed requests and p99 of decks, by day (UTC).

        Swipes are known up to the day of the last count; a day that was counted and has none
        has 0.
        """
        today = self._clock() // _DAY_US
        days = range(today - SHOWN_DAYS + 1, today + 1)
        known = self._days(days)
        week = known[-1 - WEEK_DAYS : -1]
        week_before = known[-1 - 2 * WEEK_DAYS : -1 - WEEK_DAYS]
        return tuple(
            DailyMeasure(
                name,
                tuple(days),
                tuple(_value(name, [day]) for day in known),
                _value(name, week),
                _value(name, week_before),
            )
            for name in MEASURES
        )

    def pending_work(self) -> PendingWork:
        """Return what waits for somebody."""
        week_ago = self._clock() - WEEK_DAYS * _DAY_US
        notices, overdue = self._moderation.waiting()
        jobs = self._jobs.newest(None, _NEWEST)
        return PendingWork(
            notices=notices,
            overdue=overdue,
            quarantined=len(self._moderation.quarantined(0, QUARANTINE_LIMIT)),
            untagged=self._search.count(self._library().latest(), UNTAGGED),
            failed_imports=tuple(
                run
                for run in self._imports.latest(_NEWEST, None)
                if run.state == "failed" and run.started_at >= week_ago
            ),
            failed_jobs=tuple(
                job for job in jobs if job.state == "failed" and (job.ended_at or 0) >= week_ago
            ),
            open_jobs=tuple(job for job in jobs if job.state in OPEN_STATES),
        )

    def _days(self, days: range) -> list[_Day]:
        """Return what is known of each day."""
        traffic = self._traffic_since(days[0])
        figures = self._last_figures()
        tallies: dict[int, tuple[int, int, int]] = {}
        counted_until = -1
        if figures is not None:
            counted_until = int(figures["at"]) * 1_000_000 // _DAY_US
            tallies = {
                row["day"]: (row["swipes"], row["judged"], row["agreed"]) for row in figures["days"]
            }
        return [
            _Day(
                tallies.get(day, (0, 0, 0)) if day <= counted_until else None,
                traffic.get(day, Traffic()),
            )
            for day in days
        ]


MEASURES: tuple[MeasureName, ...] = ("swipes", "agreement", "errors", "deck_p99")


def _value(name: MeasureName, days: list[_Day]) -> MeasuredValue:
    """Return a measure of some days together."""
    if name in ("errors", "deck_p99"):
        traffic = total(day.traffic for day in days)
        if name == "errors":
            return _share(traffic.failed, traffic.requests)
        return MeasuredValue(traffic.deck_percentile_s(_P99), traffic.deck_count)
    counted = [day.swipes for day in days if day.swipes is not None]
    swipes, judged, agreed = (sum(column) for column in zip((0, 0, 0), *counted, strict=True))
    if name == "agreement":
        return _share(agreed, judged)
    return MeasuredValue(float(swipes) if len(counted) == len(days) else None, swipes)


def _share(part: int, whole: int) -> MeasuredValue:
    return MeasuredValue(part / whole if whole else None, whole)
