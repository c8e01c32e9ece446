"""Runs, revisions, jobs, audit."""

from __future__ import annotations

import threading

import pytest

from smashpass.core.errors import Conflict, NotFound
from smashpass.store.library.changelog import ChangeReader
from smashpass.store.operations.audit import Audit
from smashpass.store.operations.jobs import Jobs
from smashpass.store.operations.runs import Runs
from smashpass.store.rules.revisions import Revisions

FILES = {"rules/b.yaml": "root: ä\n", "rules/a.yaml": "root: x\n"}
A, B = "a" * 64, "b" * 64
ANN = {"by": "ann", "reason": "why"}


def test_a_run_stops_and_goes_on_but_not_after_its_end(engine):
    runs = Runs(engine)
    number = runs.start("shop", {"format": "csv"})
    assert runs.unfinished("shop").id == number
    runs.progress(number, position=17, refused=2)
    runs.finish(number, "interrupted", error="killed")
    resumed = runs.resume(number)
    assert (resumed.state, resumed.position, resumed.error, resumed.ended_at) == (
        "running",
        17,
        "",
        None,
    )
    assert runs.finish(number).ended_at >= resumed.started_at
    assert runs.unfinished("shop") is None
    with pytest.raises(Conflict, match="is done"):
        runs.resume(number)
    with pytest.raises(Conflict, match="not running"):
        runs.progress(number, position=18)
    with pytest.raises(NotFound, match="no run 99"):
        runs.get(99)
    assert [run.id for run in runs.latest()] == [number]


def test_a_published_revision_is_active_and_kept_whole(engine):
    revisions = Revisions(engine)
    assert revisions.active() is None
    first = revisions.publish(FILES, A, **ANN)
    assert first == revisions.active()
    assert (first.files, first.active, first.sha256) == (FILES, True, A)
    second = revisions.publish({"x.yaml": "y"}, B, **ANN)
    assert [
        (revision.number, revision.active, revision.files) for revision in revisions.list()
    ] == [
        (second.number, True, {}),
        (first.number, False, {}),
    ]
    assert revisions.get("aaaaaaaa").files == FILES


def test_a_rollback_and_a_second_publication_point_to_what_was_kept(engine):
    revisions, log = Revisions(engine), ChangeReader(engine)
    first = revisions.publish(FILES, A, **ANN)
    revisions.publish({"x.yaml": "y"}, B, **ANN)
    assert revisions.rollback(A, by="ben", reason="worse").number == first.number
    revisions.rollback(A, by="ben", reason="again")  # it is active: nothing to log
    assert revisions.publish({"x.yaml": "y"}, B, **ANN).number == 2
    assert len(revisions.list()) == 2
    bodies = [entry.body() for entry in log.read_after(0)]
    assert [(body.number, body.previous) for body in bodies] == [(1, 0), (2, 1), (1, 2), (2, 1)]
    for name in ("cccccccc", "aaa", "", "%%%%%%%%"):
        with pytest.raises(NotFound, match="no single revision"):
            revisions.get(name)


def test_a_job_is_taken_once_and_in_order(engine):
    jobs = Jobs(engine)
    numbers = [jobs.enqueue("snapshot", {"n": n}, total=10) for n in range(6)]
    jobs.enqueue("other", {})
    job_ids = []

    def work():
        while (job := jobs.take(["snapshot"])) is not None:
            job_ids.append(job.id)

    threads = [threading.Thread(target=work) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert sorted(job_ids) == numbers
    assert jobs.waiting("other") == 1


def test_progress_and_end_of_a_job_are_kept(engine):
    jobs = Jobs(engine)
    number = jobs.enqueue("bulk", {"query": "hat"})
    job = jobs.take(["bulk"])
    assert (job.id, job.payload, job.attempts) == (number, {"query": "hat"}, 1)
    jobs.heartbeat(job, completed=3, total=9)
    assert (jobs.get(number).done, jobs.get(number).total) == (3, 9)
    jobs.finish(job, change=12)
    ended = jobs.get(number)
    assert (ended.state, ended.done, ended.change) == ("done", 9, 12)
    with pytest.raises(Conflict):
        jobs.finish(job, "failed")
    with pytest.raises(NotFound):
        jobs.get(99)


def test_a_job_whose_lease_ran_out_is_taken_again_and_the_first_worker_is_told(engine):
    jobs = Jobs(engine)
    jobs.enqueue("bulk", {})
    first = jobs.take(["bulk"], lease_s=-1)
    second = jobs.take(["bulk"])
    assert (second.id, second.attempts) == (first.id, 2)
    with pytest.raises(Conflict, match="no longer held"):
        jobs.heartbeat(first)
    jobs.finish(second, "failed", error="no disk")
    assert jobs.get(first.id).error == "no disk"


def test_a_cancelled_job_stops_its_worker_and_is_not_taken(engine):
    jobs = Jobs(engine)
    number = jobs.enqueue("bulk", {})
    job = jobs.take(["bulk"])
    assert jobs.cancel(number)[0].state == "cancelled"
    with pytest.raises(Conflict):
        jobs.heartbeat(job)
    assert jobs.take(["bulk"]) is None


def test_the_audit_trail_only_grows(engine):
    audit = Audit(engine)
    for n in range(3):
        audit.append("ann", "publish", f"rev{n}", {"n": n})
    entries = list(audit.entries())
    assert [(entry.target, entry.detail) for entry in entries] == [
        (f"rev{n}", {"n": n}) for n in range(3)
    ]
    assert list(audit.entries(after=entries[1].id)) == entries[2:]
