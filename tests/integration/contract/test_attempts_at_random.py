"""Attempts are counted alike in memory and in the database, whatever is done in which order."""

from __future__ import annotations

import shutil
from itertools import count
from pathlib import Path

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, rule, run_state_machine_as_test

from smashpass.store.engine import database
from smashpass.store.operations.rate_limits import RateLimits
from tests.support.fakes.clock import StoppedClock
from tests.support.fakes.people import AttemptsInMemory

NAMES, CLIENTS = st.sampled_from(("login", "swipe")), st.sampled_from(("ann", "bob"))


class TwoCounters(RuleBasedStateMachine):
    """Does everything to both."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.clock = StoppedClock()
        self.engine = database.connect(f"sqlite:///{path}", clock=self.clock)
        self.fake = AttemptsInMemory(self.clock)
        self.store = RateLimits(self.engine, "a key", self.clock)

    def teardown(self) -> None:
        self.engine.dispose()

    @rule(name=NAMES, client=CLIENTS, times=st.integers(1, 3), seconds=st.sampled_from((1, 60)))
    def take(self, name: str, client: str, times: int, seconds: int) -> None:
        waited_s = self.store.take(name, client, times, seconds)
        assert self.fake.take(name, client, times, seconds) == waited_s

    @rule(name=NAMES, client=CLIENTS, times=st.integers(1, 3))
    def give_back(self, name: str, client: str, times: int) -> None:
        self.fake.give_back(name, client, times)
        self.store.give_back(name, client, times)

    @rule()
    def remove_ended(self) -> None:
        removed = self.store.remove_ended(self.clock())
        assert self.fake.remove_ended(self.clock()) == removed

    @rule(seconds=st.sampled_from((-3_700, -61, 0.5, 1, 60)))
    def time_passes(self, seconds: float) -> None:
        self.clock.move(seconds)


def test_both_count_the_same(sqlite_template: Path, tmp_path: Path) -> None:
    numbers = count()

    def two_counters() -> TwoCounters:
        path = tmp_path / f"{next(numbers)}.db"
        shutil.copy(sqlite_template, path)
        return TwoCounters(path)

    run_state_machine_as_test(
        two_counters, settings=settings(max_examples=20, stateful_step_count=25)
    )
