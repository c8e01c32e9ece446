"""What every store of counted attempts does."""

from __future__ import annotations

import pytest
from sqlalchemy import Engine

from smashpass.services.ports.people import AttemptStore
from smashpass.store.operations.rate_limits import RateLimits
from tests.support.fakes.clock import StoppedClock
from tests.support.fakes.people import AttemptsInMemory


@pytest.fixture
def attempts(engine: Engine | None, clock: StoppedClock) -> AttemptStore:
    return AttemptsInMemory(clock) if engine is None else RateLimits(engine, "a key", clock)


def test_so_many_may_be_tried_in_a_window(attempts: AttemptStore, clock: StoppedClock) -> None:
    assert [attempts.take("login", "ann", 3, 60) for _ in range(5)] == [0, 0, 0, 60, 60]
    clock.move(58.5)
    assert attempts.take("login", "ann", 3, 60) == 2
    clock.move(1.4999)
    assert attempts.take("login", "ann", 3, 60) == 1
    clock.move(0.0001)
    assert [attempts.take("login", "ann", 3, 60) for _ in range(4)] == [0, 0, 0, 60]


def test_names_and_clients_are_counted_apart(attempts: AttemptStore) -> None:
    for name, client in (("login", "ann"), ("login", "b\udc80b"), ("swipe", "ann")):
        assert attempts.take(name, client, 1, 60) == 0
        assert attempts.take(name, client, 1, 60) == 60


def test_what_did_not_count_is_given_back(attempts: AttemptStore) -> None:
    for _ in range(3):
        attempts.take("login", "ann", 3, 60)
    attempts.give_back("login", "ann")
    assert [attempts.take("login", "ann", 3, 60) for _ in range(2)] == [0, 60]
    attempts.give_back("login", "ann", 99)
    assert [attempts.take("login", "ann", 3, 60) for _ in range(4)] == [0, 0, 0, 60]
    attempts.give_back("login", "nobody")
    assert attempts.take("login", "nobody", 1, 60) == 0


def test_a_window_of_a_clock_that_was_ahead_is_over(
    attempts: AttemptStore, clock: StoppedClock
) -> None:
    attempts.take("login", "ann", 1, 60)
    clock.move(-60)
    assert attempts.take("login", "ann", 1, 60) == 120
    clock.move(-1)
    assert attempts.take("login", "ann", 1, 60) == 0


def test_windows_that_have_ended_are_removed(attempts: AttemptStore, clock: StoppedClock) -> None:
    for client, seconds in (("ann", 10), ("bob", 10), ("eve", 60)):
        attempts.take("login", client, 1, seconds)
    assert attempts.remove_ended(clock()) == 0
    clock.move(10)
    assert attempts.remove_ended(clock()) == 2
    assert attempts.remove_ended(clock()) == 0
    assert attempts.take("login", "eve", 1, 60) == 50
