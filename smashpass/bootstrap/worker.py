"""The job process: every kind of job with the service that does it."""

from __future__ import annotations

import time
from collections.abc import Callable

from smashpass.bootstrap.container import Container
from smashpass.core.operations.job import Job
from smashpass.importing.runs.child import import_in_child
from smashpass.importing.runs.permitted import permitted
from smashpass.services.importing import request
from smashpass.services.privacy import service as privacy
from smashpass.services.runtime.jobs import JobRunner
from smashpass.services.scoring import job as scoring_job
from smashpass.services.tagging import bulk, undo

SETTLED_S = 2.0
"""Seconds until every server process has flushed decisions made earlier."""


def job_runner(services: Container) -> JobRunner:
    """Return what takes jobs from the queue and does them."""
    parts = services.installation

    def edit(job: Job, progressed: Callable[[int], None]) -> int | None:
        index = services.library.latest()
        finder = parts.tag_finder.find_by_meaning
        return bulk.do(job, parts.catalogue, index, progressed, finder)

    def revert(job: Job, progressed: Callable[[int], None]) -> int | None:
        return undo.do(job, parts.changes, parts.catalogue, progressed)

    def import_collection(job: Job, progressed: Callable[[int], None]) -> None:
        import_request = request.of_payload(job.payload)
        permitted(import_request.source, services.settings.values["import_folders"] or "")
        import_in_child(import_request.arguments(job.id), progressed)

    def score(_job: Job, progressed: Callable[[int], None]) -> None:
        scoring_job.do(services.scores, progressed)

    def erase(_job: Job, _progressed: Callable[[int], None]) -> None:
        time.sleep(SETTLED_S)
        services.privacy.erase_from_logs()

    return JobRunner(
        parts.jobs,
        {
            bulk.KIND: edit,
            undo.KIND: revert,
            request.KIND: import_collection,
            privacy.KIND: erase,
            scoring_job.KIND: score,
        },
        parts.changes,
        parts.snapshots,
        parts.build_snapshot,
        parts.quarantine_withheld,
        parts.column_file,
    )
