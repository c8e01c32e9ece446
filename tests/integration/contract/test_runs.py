"""What every store of import runs does."""

from __future__ import annotations

import pytest
from sqlalchemy import Engine

from smashpass.core.errors import Conflict, NotFound
from smashpass.services.ports.operations import RunStore
from smashpass.store.operations.runs import Runs
from tests.support.fakes.clock import StoppedClock
from tests.support.fakes.operations import RunsInMemory


@pytest.fixture
def runs(engine: Engine | None, clock: StoppedClock) -> RunStore:
    return RunsInMemory(clock) if engine is None else Runs(engine)


def test_a_run_begins_with_nothing_read(runs: RunStore, clock: StoppedClock) -> None:
    number = runs.start("/pictures", {"format": "csv", "retry": None})
    run = runs.get(number)
    assert (run.id, run.source, run.options) == (
        number,
        "/pictures",
        {"format": "csv", "retry": None},
    )
    assert (run.state, run.position, run.read) == ("running", 0, 0)
    assert (run.started_at, run.ended_at, run.error) == (clock(), None, "")


def test_a_run_that_is_not_there_is_not_found(runs: RunStore) -> None:
    for act in (runs.get, runs.resume, runs.finish):
        with pytest.raises(NotFound):
            act(7)


def test_progress_adds_up_while_a_run_is_running(runs: RunStore) -> None:
    number = runs.start("/pictures", {})
    runs.progress(number, position=10, refused=2)
    runs.progress(number, position=20, refused=1)
    assert (runs.get(number).position, runs.get(number).refused) == (20, 3)
    runs.finish(number)
    for ended in (number, 99):
        with pytest.raises(Conflict):
            runs.progress(ended, position=30)


def test_a_run_that_failed_is_resumed_where_it_stopped(runs: RunStore, clock: StoppedClock) -> None:
    number = runs.start("/pictures", {})
    runs.progress(number, position=10)
    failed = runs.finish(number, "failed", error="the disk is full")
    assert (failed.state, failed.error, failed.ended_at) == ("failed", "the disk is full", clock())
    assert runs.get(number) == failed
    resumed = runs.resume(number)
    assert (resumed.state, resumed.error, resumed.ended_at) == ("running", "", None)
    assert resumed.position == 10


def test_a_run_that_is_done_is_not_resumed(runs: RunStore) -> None:
    number = runs.start("/pictures", {})
    done = runs.finish(number)
    with pytest.raises(Conflict):
        runs.resume(number)
    assert runs.get(number) == done


def test_the_newest_run_of_a_source_counts_as_unfinished(runs: RunStore) -> None:
    assert runs.unfinished("/pictures") is None
    older, other, newer = (
        runs.start(source, {}) for source in ("/pictures", "/other", "/pictures")
    )
    assert runs.unfinished("/pictures") == runs.get(newer)
    assert runs.unfinished("/other") == runs.get(other)
    runs.finish(newer)
    assert runs.get(older).state == "running"
    assert runs.unfinished("/pictures") is None


def test_runs_are_listed_from_the_newest_back(runs: RunStore) -> None:
    first, second, third = (runs.start("/pictures", {}) for _ in range(3))
    assert [run.id for run in runs.latest()] == [third, second, first]
    assert [run.id for run in runs.latest(2)] == [third, second]
    assert [run.id for run in runs.latest(before=second)] == [first]
