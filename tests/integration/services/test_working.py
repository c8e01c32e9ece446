"""The job process: each job once, its failure kept, snapshots where the tail is long."""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest

from smashpass.bootstrap.installation import Installation
from smashpass.core.errors import BadInput, DatabaseUnavailable
from smashpass.core.library.model_version import ModelVersion
from smashpass.core.operations.job import Job
from smashpass.services.runtime.jobs import JobRunner
from tests.support.libraries import fill

Done = Callable[[int], None]


def a_worker(installation: Installation, **kinds: Callable[[Job, Done], int | None]) -> JobRunner:
    return JobRunner(
        installation.jobs,
        kinds,
        installation.changes,
        installation.snapshots,
        installation.build_snapshot,
        installation.quarantine_withheld,
        installation.column_file,
    )


def test_jobs_are_done_one_after_the_other_in_their_order(installation: Installation) -> None:
    met: list[int] = []

    def work(job: Job, report: Done) -> int | None:
        met.append(job.payload["number"])
        report(3)
        assert installation.jobs.get(job.id).done == 3
        return None

    numbers = [installation.jobs.enqueue("work", {"number": n}, total=5) for n in range(3)]
    worker = a_worker(installation, work=work)
    assert [worker.step() for _ in range(4)] == [True, True, True, False]
    assert met == [0, 1, 2]
    for number in numbers:
        job = installation.jobs.get(number)
        assert (job.state, job.done) == ("done", 5)


def test_a_job_that_cannot_be_done_says_why_and_the_next_is_done(
    installation: Installation,
) -> None:
    def work(job: Job, _done: Done) -> int | None:
        if job.payload["bad"]:
            raise BadInput("this makes no sense")
        return None

    bad, sound = (installation.jobs.enqueue("work", {"bad": bad}) for bad in (True, False))
    worker = a_worker(installation, work=work)
    worker.step()
    worker.step()
    assert installation.jobs.get(bad).state == "failed"
    assert installation.jobs.get(bad).error == "this makes no sense"
    assert installation.jobs.get(sound).state == "done"


def test_a_lost_database_leaves_the_job_to_be_taken_again(installation: Installation) -> None:
    def work(_job: Job, _done: Done) -> int | None:
        raise DatabaseUnavailable("gone")

    number = installation.jobs.enqueue("work", {})
    with pytest.raises(DatabaseUnavailable):
        a_worker(installation, work=work).step()
    assert installation.jobs.get(number).state == "running"


def test_a_job_cancelled_while_it_is_done_stays_cancelled(installation: Installation) -> None:
    def work(job: Job, report: Done) -> int | None:
        installation.jobs.cancel(job.id)
        report(1)
        return None

    number = installation.jobs.enqueue("work", {})
    assert a_worker(installation, work=work).step()
    assert installation.jobs.get(number).state == "cancelled"


def test_jobs_of_another_kind_are_left_alone(installation: Installation) -> None:
    number = installation.jobs.enqueue("other", {})
    assert not a_worker(installation).step()
    assert installation.jobs.get(number).state == "queued"


def test_a_library_without_a_snapshot_gets_one_and_then_there_is_rest(
    installation: Installation,
) -> None:
    worker = a_worker(installation)
    assert not worker.step()
    fill(installation)
    assert worker.step()
    assert installation.snapshots.newest_version() == installation.catalogue.library_version()
    assert not worker.step()


def test_work_goes_on_until_it_is_told_to_stop(installation: Installation) -> None:
    stopping, met = threading.Event(), threading.Event()

    def work(_job: Job, _done: Done) -> int | None:
        met.set()
        return None

    thread = threading.Thread(target=a_worker(installation, work=work).run, args=(stopping.is_set,))
    thread.start()
    installation.jobs.enqueue("work", {})
    assert met.wait(5)
    stopping.set()
    thread.join(5)
    assert not thread.is_alive()


def test_columns_are_made_where_scores_changed(installation: Installation) -> None:
    fill(installation)
    worker = a_worker(installation)
    worker.step()
    assert installation.score_files.newest_generation() is None
    source = ModelVersion("oip", "beauty", "1", "webp")
    installation.scores.put(source, {"ab" * 32: {"plugin.x": 0.5}})
    assert worker.step()
    assert installation.score_files.newest_generation() == installation.scores.generation()
    assert not worker.step()
