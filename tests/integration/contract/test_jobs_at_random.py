"""The queue in memory and that of the database do the same, whatever is done in which order."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import replace
from itertools import count
from pathlib import Path

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from smashpass.core.errors import SmashpassError
from smashpass.core.operations.job import Job
from smashpass.store.engine import database
from smashpass.store.operations.jobs import Jobs
from tests.support.fakes.clock import StoppedClock
from tests.support.fakes.operations import JobsInMemory

KINDS = ("count", "edit")
PLACES = st.integers(0, 5)


def outcome(act: Callable[..., object], *arguments: object, **options: object) -> object:
    """What an act returns, or how it fails."""
    try:
        return act(*arguments, **options)
    except SmashpassError as error:
        return type(error)


def without_holder(job: Job | None) -> Job | None:
    """The name of a holder is random."""
    return job and replace(job, holder="")


class TwoQueues(RuleBasedStateMachine):
    """Does everything to both."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.clock = StoppedClock()
        self.engine = database.connect(f"sqlite:///{path}", clock=self.clock)
        self.fake, self.store = JobsInMemory(self.clock), Jobs(self.engine)
        self.taken: list[tuple[Job, Job]] = []

    def teardown(self) -> None:
        self.engine.dispose()

    @rule(kind=st.sampled_from(KINDS), total=st.integers(0, 3))
    def enqueue(self, kind: str, total: int) -> None:
        numbers = [jobs.enqueue(kind, {}, total=total) for jobs in (self.fake, self.store)]
        assert numbers[0] == numbers[1]

    @rule(kinds=st.sets(st.sampled_from(KINDS)), lease_s=st.sampled_from((1, 60, 3_600)))
    def take(self, kinds: set[str], lease_s: int) -> None:
        ours = self.fake.take(kinds, lease_s=lease_s)
        stored = self.store.take(kinds, lease_s=lease_s)
        assert without_holder(ours) == without_holder(stored)
        if ours is not None and stored is not None:
            self.taken.append((ours, stored))

    @rule(place=PLACES, completed=st.integers(0, 3))
    def heartbeat(self, place: int, completed: int) -> None:
        for ours, stored in self.taken[place : place + 1]:
            renewed = outcome(self.store.heartbeat, stored, completed=completed)
            assert outcome(self.fake.heartbeat, ours, completed=completed) == renewed

    @rule(place=PLACES, state=st.sampled_from(("done", "failed")))
    def finish(self, place: int, state: str) -> None:
        for ours, stored in self.taken[place : place + 1]:
            ended = outcome(self.store.finish, stored, state)
            assert outcome(self.fake.finish, ours, state) == ended

    @rule(number=st.integers(1, 6))
    def cancel(self, number: int) -> None:
        outcomes = [outcome(jobs.cancel, number) for jobs in (self.fake, self.store)]
        if isinstance(outcomes[0], tuple) and isinstance(outcomes[1], tuple):
            outcomes = [(without_holder(job), at_once) for job, at_once in outcomes]
        assert outcomes[0] == outcomes[1]

    @rule(seconds=st.sampled_from((-1, 1, 61, 3_601)))
    def time_passes(self, seconds: int) -> None:
        self.clock.move(seconds)

    @invariant()
    def all_jobs_are_alike(self) -> None:
        ours, stored = ([*map(without_holder, q.newest())] for q in (self.fake, self.store))
        assert ours == stored
        for kind in KINDS:
            assert self.fake.waiting(kind) == self.store.waiting(kind)


def test_both_queues_do_the_same(sqlite_template: Path, tmp_path: Path) -> None:
    numbers = count()

    def two_queues() -> TwoQueues:
        path = tmp_path / f"{next(numbers)}.db"
        shutil.copy(sqlite_template, path)
        return TwoQueues(path)

    run_state_machine_as_test(
        two_queues, settings=settings(max_examples=20, stateful_step_count=25)
    )
