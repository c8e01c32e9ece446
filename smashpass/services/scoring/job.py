"""Filling as a job: asked for on a page, watched and cancelled like others."""

from __future__ import annotations

import time
from collections.abc import Callable

from smashpass.core.errors import Conflict, NotPossible
from smashpass.core.operations.audit import AuditAction
from smashpass.services.ports.operations import AuditTrail, JobQueue
from smashpass.services.scoring.fill_report import ScorerFill
from smashpass.services.scoring.service import ScoreService, warning_of

KIND = "scores"
HEARTBEAT_S = 1.0
"""Seconds between two reports; a call of a scorer may add half a minute, a lease is longer."""


def request(
    service: ScoreService, jobs: JobQueue, trail: AuditTrail, *, by: str, origin: str
) -> int:
    """Leave filling to the job process; return the number of the job.

    Raises:
        NotPossible: No scorer is configured.
        Conflict: A job of this kind has not ended yet.
    """
    service.require_scorers()
    if jobs.waiting(KIND):
        raise Conflict("the library is being scored already", hint="look at the jobs")
    number = jobs.enqueue(KIND, {"by": by}, total=100)
    trail.append(by, AuditAction.SCORES_FILL, str(number), {"origin": origin})
    return number


def do(service: ScoreService, report_progress: Callable[[int], None]) -> None:
    """Fill, and report how far it is in percent.

    Args:
        service: Fills.
        report_progress: Raises Conflict once the job was cancelled.

    Raises:
        Busy: Another fill is running.
        NotPossible: No scorer is configured, or one could not be asked to the end.
        DatabaseUnavailable: The database does not answer.
    """
    watch = _Watch(report_progress)
    fills = service.fill(stopping=watch.is_stopping, progressed=watch.progressed)
    warnings = [text for fill in fills if (text := warning_of(fill))]
    if warnings:
        raise NotPossible("; ".join(warnings))


class _Watch:
    """Renews the lease of a job while it fills, and notices when it is cancelled."""

    def __init__(self, report_progress: Callable[[int], None]) -> None:
        self._report_progress = report_progress
        self._percent = 0
        self._is_stopping = False
        self._next_at = 0.0

    def progressed(self, fill: ScorerFill) -> None:
        """Take note of how far it is."""
        whole = fill.asked + fill.left
        self._percent = 100 * fill.asked // whole if whole else 0

    def is_stopping(self) -> bool:
        """Report every few seconds; tell whether the job was cancelled."""
        now = time.monotonic()
        if not self._is_stopping and now >= self._next_at:
            self._next_at = now + HEARTBEAT_S
            try:
                self._report_progress(self._percent)
            except Conflict:
                self._is_stopping = True
        return self._is_stopping
