"""The canary in both databases: one slot, one history, counts of many processes."""

from __future__ import annotations

import threading

import pytest

from smashpass.core.errors import Conflict, StaleVersion
from smashpass.core.rules.revision import CanaryComparison, Slots
from smashpass.store.rules.canaries import SAMPLED, Canaries
from smashpass.store.rules.revisions import Revisions

ONE = {"image": "x", "tree": "a", "before": "pass two", "after": "smash one"}


@pytest.fixture
def active(engine):
    """A database with an active revision."""
    return Revisions(engine).publish({"a.yaml": "a"}, "a" * 64, by="ann", reason="first")


def start(engine, percent, name="b", **more):
    return Canaries(engine).start(
        {"a.yaml": name}, name * 64, percent, by="bob", origin="test", reason="a try", **more
    )


def test_the_slots_tell_both_revisions_and_the_share(engine, active):
    assert Revisions(engine).slots() == Slots(active.number)
    canary = start(engine, 0, replacing=active.number)
    assert Revisions(engine).slots() == Slots(active.number, canary.number, 0)
    assert start(engine, 30).number == canary.number
    assert Revisions(engine).slots() == Slots(active.number, canary.number, 30)
    other = start(engine, 5, "c")
    assert Revisions(engine).slots() == Slots(active.number, other.number, 5)
    assert Revisions(engine).numbered(canary.number).files == {"a.yaml": "b"}
    assert Canaries(engine).stop(by="bob", origin="test") == other
    assert Canaries(engine).stop(by="bob", origin="test") is None
    assert Revisions(engine).slots() == Slots(active.number)
    assert Canaries(engine).current() is None


def test_a_database_without_rules_has_empty_slots(engine):
    assert Revisions(engine).slots() == Slots(0)
    assert Canaries(engine).current() is None


def test_who_looked_at_other_rules_starts_nothing(engine, active):
    with pytest.raises(StaleVersion):
        start(engine, 5, replacing=active.number + 1)
    with pytest.raises(Conflict):
        start(engine, 5, "a")
    assert Canaries(engine).current() is None


def test_a_canary_that_is_published_or_rolled_back_to_has_ended(engine, active):
    revisions = Revisions(engine)
    canary = start(engine, 5)
    revisions.publish({"a.yaml": "b"}, "b" * 64, by="ann", reason="promoted")
    assert revisions.slots() == Slots(canary.number)
    second = start(engine, 5, "a")
    assert second.number == active.number
    revisions.rollback("a" * 64, by="ann", reason="back")
    assert revisions.slots() == Slots(active.number)


def test_processes_that_count_at_once_lose_nothing(engine, active):
    number = start(engine, 0).number
    failed: list[Exception] = []

    def count() -> None:
        try:
            for _ in range(10):
                Canaries(engine).add(number, CanaryComparison(10, 1, 2, 3, 4, (ONE, ONE)))
        except Exception as error:
            failed.append(error)

    threads = [threading.Thread(target=count) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == []
    current = Canaries(engine).current()
    assert current is not None
    assert current.counts == CanaryComparison(400, 40, 80, 120, 160, (ONE,) * SAMPLED)
