"""Cancelling jobs, also those that import."""

from __future__ import annotations

from smashpass.core.operations.audit import AuditAction
from smashpass.core.operations.job import Job
from smashpass.services.ports.operations import AuditTrail, JobQueue


def cancel_job(
    jobs: JobQueue, trail: AuditTrail, number: int, *, by: str, origin: str, run: int | None = None
) -> tuple[Job, bool]:
    """Cancel a job; what it did in whole parts stays, and can be reverted.

    Args:
        jobs: The jobs.
        trail: The audit trail, which gets an entry if the job had not ended yet.
        number: Of the job.
        by: Who cancels it.
        origin: Through which door.
        run: The import that the job does, if it is asked for by that.

    Returns:
        The job as it is now, and whether this call cancelled it.

    Raises:
        NotFound: There is no such job.
    """
    job, cancelled = jobs.cancel(number)
    if cancelled:
        detail = {"kind": job.kind, "done": job.done, "origin": origin}
        if run is None:
            trail.append(by, AuditAction.JOB_CANCEL, str(number), detail)
        else:
            trail.append(by, AuditAction.IMPORT_STOP, str(run), detail | {"job": number})
    return job, cancelled
