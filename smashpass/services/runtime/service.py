"""Jobs as pages and API see them: listed, looked up and cancelled."""

from __future__ import annotations

from smashpass.core.operations.audit import AuditAction
from smashpass.core.operations.job import Job
from smashpass.services.ports.operations import AuditTrail, JobQueue


class JobService:
    """Queued, running and past work of the job process."""

    def __init__(self, *, jobs: JobQueue, trail: AuditTrail) -> None:
        """Keep the queue and the audit trail."""
        self._jobs = jobs
        self._trail = trail

    def get(self, number: int) -> Job:
        """Return a job.

        Raises:
            NotFound: There is no such job.
        """
        return self._jobs.get(number)

    def newest(self, before: int | None = None, limit: int = 100) -> list[Job]:
        """Return jobs from the newest back; ``before`` pages on."""
        return self._jobs.newest(before, limit)

    def counts(self, failed_since: int) -> tuple[int, int, int]:
        """Return how many jobs are queued, run, and have failed since a moment (microseconds)."""
        return self._jobs.counts(failed_since)

    def cancel(
        self, number: int, *, by: str, origin: str, run: int | None = None
    ) -> tuple[Job, bool]:
        """Cancel a job; what it did in whole parts stays, and can be reverted.

        Args:
            number: Of the job.
            by: Who cancels it.
            origin: Through which door.
            run: The import that the job does, if it is asked for by that.

        Returns:
            The job as it is now, and whether this call cancelled it.

        Raises:
            NotFound: There is no such job.
        """
        job, cancelled = self._jobs.cancel(number)
        if cancelled:
            detail = {"kind": job.kind, "done": job.done, "origin": origin}
            if run is None:
                self._trail.append(by, AuditAction.JOB_CANCEL, str(number), detail)
            else:
                detail["job"] = number
                self._trail.append(by, AuditAction.IMPORT_STOP, str(run), detail)
        return job, cancelled
