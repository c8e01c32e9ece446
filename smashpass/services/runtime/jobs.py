"""The job process: takes jobs under a lease, and makes new snapshots of library and scores."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Mapping

from smashpass.core.errors import Conflict, DatabaseUnavailable, SmashpassError
from smashpass.core.operations.job import Job, JobState
from smashpass.services.ports.library import ChangeLog, Snapshots
from smashpass.services.ports.operations import JobQueue
from smashpass.services.runtime.library import LONG_TAIL_IMAGES
from smashpass.services.scoring.columns import ColumnFile

POLL_S = 0.5
TAIL_CHANGES = 2_000
"""Entries of the log from which a new snapshot saves every starting process time."""

_log = logging.getLogger(__name__)

Work = Callable[[Job, Callable[[int], None]], int | None]
"""Does a job and reports progress through the callback; returns its log entry, if any."""


class JobRunner:
    """Works through jobs, one at a time."""

    def __init__(
        self,
        jobs: JobQueue,
        kinds: Mapping[str, Work],
        log: ChangeLog,
        snapshots: Snapshots,
        save_snapshot: Callable[[], object],
        quarantine_withheld: Callable[[], int],
        column_file: ColumnFile,
    ) -> None:
        """Create the runner; ``kinds`` has what does the jobs of each kind."""
        self._jobs = jobs
        self._kinds = kinds
        self._changes = log
        self._snapshots = snapshots
        self._save_snapshot = save_snapshot
        self._quarantine_withheld = quarantine_withheld
        self._column_file = column_file

    def run(self, stopping: Callable[[], bool]) -> None:
        """Work until ``stopping``; a lost database is waited for."""
        lost = False
        while not stopping():
            try:
                busy = self.step()
                lost = False
            except DatabaseUnavailable as error:
                if not lost:
                    _log.warning("waiting for the database", extra={"detail": str(error)})
                lost, busy = True, False
            if not busy:
                time.sleep(POLL_S)

    def step(self) -> bool:
        """Do one thing if there is one to do; tell whether there was."""
        job = self._jobs.take(tuple(self._kinds))
        if job is not None:
            self._do(job)
            self._column_file.save_if_due(busy=True)
            return True
        if self._tail_is_long():
            self._save_snapshot()
            return True
        if self._quarantine_withheld() > 0:
            return True
        return self._column_file.save_if_due(busy=False)

    def _do(self, job: Job) -> None:
        """Do a job and say how it ended; what it raises is kept with it."""

        def report_progress(number: int) -> None:
            self._jobs.heartbeat(job, completed=number)

        state: JobState = "done"
        change, failure = None, ""
        try:
            change = self._kinds[job.kind](job, report_progress)
        except DatabaseUnavailable:
            raise  # the lease runs out, and the job is taken again
        except SmashpassError as error:
            state, failure = "failed", str(error)
            _log.warning("job failed", extra={"job": job.id, "detail": failure})
        try:
            self._jobs.finish(job, state, change=change, error=failure)
        except Conflict:
            _log.info("job was cancelled", extra={"job": job.id})

    def _tail_is_long(self) -> bool:
        """Tell whether the newest snapshot is far behind the change log."""
        newest = self._snapshots.newest_version()
        after = self._changes.read_after(newest or 0, TAIL_CHANGES)
        if newest is None:
            return bool(after)
        images = sum(change.images for change in after)
        return len(after) >= TAIL_CHANGES or images >= LONG_TAIL_IMAGES
