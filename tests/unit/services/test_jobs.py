"""Jobs as pages and API cancel them: the trail tells of it once."""

from __future__ import annotations

import pytest

from smashpass.core.errors import NotFound
from smashpass.services.runtime.service import JobService
from tests.support.fakes.clock import StoppedClock
from tests.support.fakes.operations import AuditInMemory, JobsInMemory


def test_who_cancels_a_job_is_in_the_trail_once() -> None:
    clock = StoppedClock()
    jobs, trail = JobsInMemory(clock), AuditInMemory(clock)
    service = JobService(jobs=jobs, trail=trail)
    number = jobs.enqueue("bulk_edit", {})
    first = service.cancel(number, by="ann", origin="web")
    second = service.cancel(number, by="bob", origin="web")
    assert (first[0].state, first[1], second[1]) == ("cancelled", True, False)
    (entry,) = trail.entries()
    assert (entry.actor, entry.action, entry.target) == ("ann", "job.cancel", str(number))
    assert entry.detail == {"kind": "bulk_edit", "done": 0, "origin": "web"}


def test_a_job_of_an_import_is_told_of_as_that_import() -> None:
    clock = StoppedClock()
    jobs, trail = JobsInMemory(clock), AuditInMemory(clock)
    number = jobs.enqueue("import", {})
    JobService(jobs=jobs, trail=trail).cancel(number, by="ann", origin="web", run=9)
    (entry,) = trail.entries()
    assert (entry.action, entry.target, entry.detail["job"]) == ("import.stop", "9", number)


def test_a_job_that_is_not_there_leaves_no_trace() -> None:
    clock = StoppedClock()
    trail = AuditInMemory(clock)
    with pytest.raises(NotFound):
        JobService(jobs=JobsInMemory(clock), trail=trail).cancel(1, by="ann", origin="web")
    assert list(trail.entries()) == []
