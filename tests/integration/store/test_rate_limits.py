"""Limits that all processes count together, in both databases."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import Engine, func, select

from smashpass.store.engine.database import reading
from smashpass.store.engine.tables import rate_limit
from smashpass.store.operations.rate_limits import RateLimits

START = 1_800_000_000_000_000
KEY = "k" * 32


class Clock:
    def __init__(self) -> None:
        self.now = START

    def __call__(self) -> int:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


def rows(engine: Engine) -> int:
    with reading(engine) as connection:
        return connection.scalar(select(func.count()).select_from(rate_limit)) or 0


def test_after_so_many_times_the_rest_of_the_window_is_told(engine: Engine, clock: Clock) -> None:
    limits = RateLimits(engine, KEY, clock)
    assert [limits.take("x", "a", 3, 60) for _ in range(5)] == [0, 0, 0, 60, 60]
    clock.now += 59_500_000
    assert limits.take("x", "a", 3, 60) == 1
    clock.now += 500_000
    assert [limits.take("x", "a", 3, 60) for _ in range(4)] == [0, 0, 0, 60]


def test_what_is_given_back_may_be_taken_again(engine: Engine, clock: Clock) -> None:
    limits = RateLimits(engine, KEY, clock)
    limits.give_back("x", "a")
    assert [limits.take("x", "a", 2, 60) for _ in range(3)] == [0, 0, 60]
    limits.give_back("x", "a")
    assert [limits.take("x", "a", 2, 60) for _ in range(2)] == [0, 60]
    limits.give_back("x", "a", 9)
    assert [limits.take("x", "a", 2, 60) for _ in range(3)] == [0, 0, 60]


def test_names_and_clients_are_counted_apart(engine: Engine, clock: Clock) -> None:
    limits = RateLimits(engine, KEY, clock)
    assert [limits.take(name, client, 1, 60) for name in "xy" for client in "ab"] == [0] * 4
    assert limits.take("x", "b", 1, 60) == 60


def test_processes_that_ask_at_once_get_no_place_twice(engine: Engine, clock: Clock) -> None:
    several = [RateLimits(engine, KEY, clock) for _ in range(8)]
    with ThreadPoolExecutor(8) as pool:
        waits = list(pool.map(lambda number: several[number % 8].take("x", "a", 20, 60), range(60)))
    assert waits.count(0) == 20
    assert rows(engine) == 1


def test_windows_that_ended_are_removed_when_somebody_comes(engine: Engine, clock: Clock) -> None:
    limits = RateLimits(engine, KEY, clock)
    for number in range(30):
        limits.take("x", str(number), 3, 60)
    assert rows(engine) == 30
    clock.now += 61_000_000
    limits.take("x", "new", 3, 60)
    assert rows(engine) == 1


def test_a_clock_that_was_ahead_locks_nobody_out(engine: Engine, clock: Clock) -> None:
    limits = RateLimits(engine, KEY, clock)
    clock.now += 400 * 86_400_000_000
    assert [limits.take("x", "a", 1, 60) for _ in range(2)] == [0, 60]
    clock.now = START
    assert [limits.take("x", "a", 1, 60) for _ in range(2)] == [0, 60]
    assert limits.remove_ended(START + 60_000_000) == 1


def test_who_read_the_clock_first_and_counts_second_opens_no_new_window(
    engine: Engine, clock: Clock
) -> None:
    limits = RateLimits(engine, KEY, clock)
    assert limits.take("x", "a", 2, 60) == 0
    clock.now -= 1_000
    assert [limits.take("x", "a", 2, 60) > 0 for _ in range(2)] == [False, True]


def test_no_address_is_kept(engine: Engine, clock: Clock) -> None:
    RateLimits(engine, KEY, clock).take("x", "203.0.113.5", 1, 60)
    RateLimits(engine, "other" * 8, clock).take("x", "203.0.113.5", 1, 60)
    with reading(engine) as connection:
        clients = connection.execute(select(rate_limit.c.client)).scalars().all()
    assert len(set(clients)) == 2  # the same address under another key is another row
    assert all(len(client) == 32 and b"203" not in client for client in clients)
