"""What every queue of jobs does."""

from __future__ import annotations

import pytest
from sqlalchemy import Engine

from smashpass.core.errors import Conflict, NotFound
from smashpass.services.ports.operations import JobQueue
from smashpass.store.operations.jobs import Jobs
from tests.support.fakes.clock import StoppedClock
from tests.support.fakes.operations import JobsInMemory


@pytest.fixture
def jobs(engine: Engine | None, clock: StoppedClock) -> JobQueue:
    return JobsInMemory(clock) if engine is None else Jobs(engine)


def test_a_job_is_queued_as_it_was_given(jobs: JobQueue) -> None:
    number = jobs.enqueue("count", {"tags": ["a", "b"], "at": 3}, total=7)
    job = jobs.get(number)
    assert (job.id, job.kind, job.payload) == (number, "count", {"tags": ["a", "b"], "at": 3})
    assert (job.state, job.total, job.done, job.attempts, job.holder) == ("queued", 7, 0, 0, "")
    assert (job.change, job.error, job.ended_at) == (None, "", None)


def test_a_job_that_is_not_there_is_not_found(jobs: JobQueue) -> None:
    with pytest.raises(NotFound):
        jobs.get(1)
    with pytest.raises(NotFound):
        jobs.cancel(1)


def test_the_oldest_job_of_the_kinds_is_taken(jobs: JobQueue) -> None:
    other, first, second = (jobs.enqueue(kind, {}) for kind in ("other", "count", "edit"))
    taken = [jobs.take(["count", "edit"]) for _ in range(3)]
    assert [job and job.id for job in taken] == [first, second, None]
    assert jobs.get(other).state == "queued"
    assert jobs.take([]) is None


def test_a_lease_holds_until_it_is_over(jobs: JobQueue, clock: StoppedClock) -> None:
    number = jobs.enqueue("count", {})
    first = jobs.take(["count"], lease_s=60)
    assert first is not None
    assert (first.state, first.attempts) == ("running", 1)
    assert first.lease_until == clock() + 60_000_000
    clock.move(60)
    assert jobs.take(["count"]) is None
    jobs.heartbeat(first, completed=3, total=9, lease_s=10)
    assert (jobs.get(number).done, jobs.get(number).total) == (3, 9)
    clock.move(10.000001)
    second = jobs.take(["count"])
    assert second is not None
    assert (second.id, second.attempts) == (number, 2)
    assert second.holder != first.holder
    with pytest.raises(Conflict):
        jobs.heartbeat(first)
    with pytest.raises(Conflict):
        jobs.finish(first)
    jobs.finish(second, change=5)
    assert jobs.get(number).change == 5


def test_a_lease_that_no_clock_can_have_given_is_over(jobs: JobQueue, clock: StoppedClock) -> None:
    jobs.enqueue("count", {})
    assert jobs.take(["count"], lease_s=3_600) is not None
    assert jobs.take(["count"]) is None
    clock.move(-1)
    assert jobs.take(["count"]) is not None


def test_a_job_that_is_done_is_done_in_full(jobs: JobQueue, clock: StoppedClock) -> None:
    numbers = [jobs.enqueue("count", {}, total=4) for _ in range(2)]
    for state, error in (("done", ""), ("failed", "it broke")):
        job = jobs.take(["count"])
        assert job is not None
        jobs.heartbeat(job, completed=1)
        jobs.finish(job, state, error=error)
        with pytest.raises(Conflict):
            jobs.finish(job)
    done, failed = map(jobs.get, numbers)
    assert (done.state, done.done, done.error, done.ended_at) == ("done", 4, "", clock())
    assert (failed.state, failed.done, failed.error) == ("failed", 1, "it broke")
    assert jobs.take(["count"]) is None


def test_only_a_job_that_has_not_ended_is_cancelled(jobs: JobQueue, clock: StoppedClock) -> None:
    number = jobs.enqueue("count", {})
    job = jobs.take(["count"])
    assert job is not None
    cancelled, by_this_call = jobs.cancel(number)
    assert (cancelled.state, cancelled.ended_at, by_this_call) == ("cancelled", clock(), True)
    assert jobs.cancel(number) == (cancelled, False)
    with pytest.raises(Conflict):
        jobs.heartbeat(job)
    clock.move(1_000)
    assert jobs.take(["count"]) is None


def test_jobs_are_listed_from_the_newest_back(jobs: JobQueue) -> None:
    first, second, third = (jobs.enqueue("count", {}) for _ in range(3))
    assert [job.id for job in jobs.newest()] == [third, second, first]
    assert [job.id for job in jobs.newest(limit=2)] == [third, second]
    assert [job.id for job in jobs.newest(before=second)] == [first]


def test_jobs_wait_until_they_end(jobs: JobQueue) -> None:
    numbers = [jobs.enqueue(kind, {}) for kind in ("count", "count", "other")]
    jobs.take(["count"])
    assert (jobs.waiting("count"), jobs.waiting("other"), jobs.waiting("none")) == (2, 1, 0)
    jobs.cancel(numbers[0])
    assert jobs.waiting("count") == 1


def test_jobs_are_counted_by_state_and_failures_from_a_moment_on(
    jobs: JobQueue, clock: StoppedClock
) -> None:
    assert jobs.counts(0) == (0, 0, 0)
    for state in ("failed", "done", "cancelled", "failed"):
        jobs.enqueue("count", {})
        held = jobs.take(["count"])
        assert held is not None
        clock.move(1)
        if state == "cancelled":
            jobs.cancel(held.id)
        else:
            jobs.finish(held, state)
    for _ in range(3):
        jobs.enqueue("count", {})
    assert jobs.take(["count"]) is not None
    last_failure = jobs.newest()[3].ended_at
    assert last_failure is not None
    assert jobs.counts(0) == (2, 1, 2)
    assert jobs.counts(last_failure) == (2, 1, 1)
    assert jobs.counts(last_failure + 1) == (2, 1, 0)
