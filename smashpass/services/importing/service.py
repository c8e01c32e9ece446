"""Imports as pages see them: requested, retried, stopped, and their progress."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from smashpass.clock import Clock
from smashpass.core.errors import Conflict, NotFound
from smashpass.core.operations.job import OPEN_STATES, Job
from smashpass.core.operations.run import Run
from smashpass.services.importing.ports import Reasons, RunFiles, Schedule
from smashpass.services.importing.request import KIND, AskedImport, note_start
from smashpass.services.ports.operations import AuditTrail, JobQueue, RunStore
from smashpass.services.runtime.service import JobService

_SEARCHED_RUNS = 200
_MICROSECONDS = 1_000_000


@dataclass(frozen=True, slots=True)
class Throughput:
    """Progress of a run: rows per second, percent done, seconds left; None if unknown."""

    rate: int
    share: int | None = None
    left_s: int | None = None


@dataclass(frozen=True, slots=True)
class RunView:
    """One run with everything that its page shows.

    Attributes:
        run: The run.
        pace: How fast it is, and how far.
        reasons: Why rows were refused.
        dropped: Why tags were dropped from rows.
        lock: Whether an import is running, and which; "" if the run is not running.
        job: The job that does it; None if it was started manually or has ended.
    """

    run: Run
    pace: Throughput
    reasons: Reasons
    dropped: Reasons
    lock: str
    job: Job | None


class ImportService:
    """All that editors and analysts do with imports of the job process."""

    def __init__(
        self,
        *,
        jobs: JobQueue,
        job_service: JobService,
        runs: RunStore,
        files: RunFiles,
        trail: AuditTrail,
        permitted: Callable[[str], Path],
        folders: str,
        lock_state: Callable[[], str],
        read_schedule: Callable[[], Schedule],
        clock: Clock,
    ) -> None:
        """Create the service.

        Args:
            jobs: The queue of the job process.
            job_service: Cancels jobs.
            runs: The imports.
            files: The files of imports.
            trail: The audit trail.
            permitted: Returns the place of a collection, if imports may read it.
            folders: The folders below which imports may read; "" for none.
            lock_state: Says whether an import is running, and which.
            read_schedule: Returns what timers and crontab entries start.
            clock: Gives microseconds since 1970.
        """
        self.folders = folders
        self._jobs, self._job_service = jobs, job_service
        self._runs, self._files, self._trail = runs, files, trail
        self._permitted, self._lock_state, self._clock = permitted, lock_state, clock
        self._read_schedule = read_schedule

    def request(self, requested_import: AskedImport, *, origin: str) -> tuple[int, Path]:
        """Leave an import to the job process; return the number of the job and the place.

        Raises:
            BadInput: The place may not be read, or a statement is not of its form.
            NotPossible: No folder is permitted.
        """
        place = self._permitted(requested_import.source)
        requested_import = replace(requested_import, source=str(place))
        number = self._jobs.enqueue(KIND, requested_import.payload(), total=100)
        note_start(
            self._trail,
            requested_import.source,
            by=requested_import.by,
            origin=origin,
            job=number,
            retry=requested_import.retry,
        )
        return number, place

    def retry(self, run: Run, *, by: str, origin: str) -> int:
        """Request another import of the refused rows of a run; return the number of the job.

        Raises:
            Conflict: The run has not ended.
            BadInput: Its collection may not be read.
            NotPossible: No folder is permitted.
        """
        if run.state != "done":
            raise Conflict(f"run {run.id} has not ended", hint="wait until it ends")
        number, _ = self.request(AskedImport(run.source, by, retry=run.id), origin=origin)
        return number

    def stop(self, run: Run, *, by: str, origin: str) -> None:
        """Stop a run of the job process after its current batch; it can be resumed.

        Raises:
            Conflict: The job process does not run it.
        """
        job = self._job_of(run)
        if job is None:
            raise Conflict(
                f"run {run.id} is not run by the job process",
                hint="press Ctrl-C where it was started; it stops after its current batch",
            )
        self._job_service.cancel(job.id, by=by, origin=origin, run=run.id)

    def get(self, number: int) -> Run:
        """Return a run.

        Raises:
            NotFound: There is no such run.
        """
        return self._runs.get(number)

    def job(self, number: int) -> tuple[Job, Run | None]:
        """Return the job of an import, and its run once the job process has started it.

        Raises:
            NotFound: There is no such job, or it does something else.
        """
        job = self._jobs.get(number)
        if job.kind != KIND:
            raise NotFound(f"job {number} does not import")
        runs = self._runs.latest(_SEARCHED_RUNS)
        return job, next((run for run in runs if number in run.options.get("jobs", ())), None)

    def latest(self, limit: int, before: int | None) -> Sequence[Run]:
        """Return runs from the newest back; ``before`` pages on."""
        return self._runs.latest(limit, before)

    def view(self, run: Run) -> RunView:
        """Return a run with everything that its page shows."""
        return RunView(
            run=run,
            pace=self.pace(run),
            reasons=self._files.reasons(run.id),
            dropped=self._files.dropped_tags(run.id),
            lock=self._lock_state() if run.state == "running" else "",
            job=self._job_of(run),
        )

    def pace(self, run: Run) -> Throughput:
        """Return the progress of a run."""
        end = run.ended_at if run.ended_at is not None else self._clock()
        seconds = max(0.001, (end - run.started_at) / _MICROSECONDS)
        rate = round(run.read / seconds)
        progress = self._files.noted(run.id) if run.state == "running" else None
        if progress is None or not progress.bytes_total:
            return Throughput(rate, 100 if run.state == "done" else None)
        share = min(1.0, progress.bytes_read / progress.bytes_total)
        spent = progress.at - progress.began
        left = round(spent * (1 - share) / share) if share and spent > 1 else None
        return Throughput(rate, int(100 * share), left)

    def refused_rows(
        self, run: Run, start: int, limit: int, code: str = ""
    ) -> Sequence[Mapping[str, Any]]:
        """Return some refused rows of a run in the order of reading; ``code`` is their reason."""
        return self._files.refused_rows(run.id, start, limit, code)

    def lock_state(self) -> str:
        """Return whether an import is running, and which one."""
        return self._lock_state()

    def schedule(self) -> Schedule:
        """Return the scheduled imports; the last run of each is known from the runs, too."""
        schedule = self._read_schedule()
        newest: dict[str, int] = {}
        for run in self._runs.latest(_SEARCHED_RUNS) if schedule.entries else ():
            newest.setdefault(run.source, run.started_at)
        entries = (
            entry if entry.last else replace(entry, last=newest.get(entry.source))
            for entry in schedule.entries
        )
        return replace(schedule, entries=tuple(entries))

    def _job_of(self, run: Run) -> Job | None:
        """Return the job of a running run; None if it was started manually."""
        if run.state != "running":
            return None
        for number in reversed(run.options.get("jobs", ())):
            try:
                job = self._jobs.get(number)
            except NotFound:  # old jobs are removed, also those whose run was killed
                continue
            if job.state in OPEN_STATES:
                return job
        return None
