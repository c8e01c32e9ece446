"""Requests by day, in both databases."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

from sqlalchemy import Engine

from smashpass.core.operations.traffic import Traffic
from smashpass.store.operations.traffic import KEPT_DAYS, TrafficStore


def test_counts_of_all_processes_are_added(engine: Engine) -> None:
    store = TrafficStore(engine)
    store.add({20_000: Traffic(5, 1, {0: 2, 40: 1}), 20_001: Traffic(3)})
    store.add({20_000: Traffic(7, 0, {40: 2, 64: 1})})
    store.add({})
    assert store.since(20_000) == {
        20_000: Traffic(12, 1, {0: 2, 40: 3, 64: 1}),
        20_001: Traffic(3),
    }
    assert list(store.since(20_001)) == [20_001]


def test_nothing_is_lost_when_several_add_at_once(engine: Engine) -> None:
    store = TrafficStore(engine)
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(store.add, [{20_000: Traffic(1, 1, {8: 1})}] * 24))
    assert store.since(0) == {20_000: Traffic(24, 24, {8: 24})}


def test_old_days_are_dropped(engine: Engine) -> None:
    store = TrafficStore(engine)
    oldest = 20_000 - KEPT_DAYS
    store.add({20_000: Traffic(1), oldest: Traffic(2), oldest - 1: Traffic(4)})
    assert list(store.since(0)) == [oldest, 20_000]
