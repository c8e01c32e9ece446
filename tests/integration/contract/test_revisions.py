"""What every store of revisions, and of the canary beside the active one, does."""

from __future__ import annotations

from dataclasses import replace

import pytest
from sqlalchemy import Engine

from smashpass.core.errors import Conflict, NotFound, StaleVersion
from smashpass.core.rules.revision import Canary, CanaryComparison, Revision, Slots
from smashpass.services.ports.rules import CanaryStore, RevisionStore
from smashpass.store.rules.canaries import Canaries
from smashpass.store.rules.revisions import Revisions
from tests.support.fakes.clock import StoppedClock
from tests.support.fakes.rules import CanariesInMemory, RevisionsInMemory

FILES = {"b.yaml": "second", "a/a.yaml": "first"}
WHO = {"by": "ann", "origin": "test", "reason": "why"}
SEEN = CanaryComparison(10, 1, 2, 3, 4, ({"image": "x", "before": "p", "after": "q"},))


@pytest.fixture
def stores(engine: Engine | None, clock: StoppedClock) -> tuple[RevisionStore, CanaryStore]:
    if engine is None:
        revisions = RevisionsInMemory(clock)
        return revisions, CanariesInMemory(revisions, clock)
    return Revisions(engine), Canaries(engine)


@pytest.fixture
def revisions(stores: tuple[RevisionStore, CanaryStore]) -> RevisionStore:
    return stores[0]


@pytest.fixture
def canaries(stores: tuple[RevisionStore, CanaryStore]) -> CanaryStore:
    return stores[1]


def published(revisions: RevisionStore, digit: str, replacing: int | None = None) -> Revision:
    return revisions.publish({"a.yaml": digit}, digit * 64, **WHO, replacing=replacing)


def started(canaries: CanaryStore, digit: str, percent: int = 10) -> Canary:
    return canaries.start({"a.yaml": digit}, digit * 64, percent, **WHO)


def test_a_set_is_kept_whole_and_becomes_active(
    revisions: RevisionStore, clock: StoppedClock
) -> None:
    assert (revisions.active(), revisions.list(), revisions.slots()) == (None, [], Slots(0))
    revision = revisions.publish(FILES, "a1" * 32, **WHO, replacing=0)
    assert (revision.sha256, revision.by, revision.reason) == ("a1" * 32, "ann", "why")
    assert (revision.at, revision.active, revision.files) == (clock(), True, FILES)
    assert revisions.active() == revision == revisions.numbered(revision.number)
    assert revisions.slots() == Slots(revision.number)


def test_a_set_that_was_published_before_is_active_again_as_it_was_kept(
    revisions: RevisionStore, clock: StoppedClock
) -> None:
    first, second = published(revisions, "a"), published(revisions, "b")
    assert not revisions.numbered(first.number).active
    clock.move(9)
    assert revisions.publish({}, "a" * 64, **(WHO | {"by": "bob"})) == first
    assert [kept.number for kept in revisions.list()] == [second.number, first.number]


def test_whoever_saw_another_active_revision_publishes_nothing(revisions: RevisionStore) -> None:
    first = published(revisions, "a", replacing=0)
    with pytest.raises(StaleVersion):
        published(revisions, "b", replacing=0)
    assert revisions.active() == first
    assert len(revisions.list()) == 1
    assert published(revisions, "b", replacing=first.number).active


def test_a_revision_is_named_by_eight_digits_or_more(revisions: RevisionStore) -> None:
    for sha256 in ("abcdef01" + "0" * 56, "abcdef02" + "0" * 56):
        revisions.publish(FILES, sha256, **WHO)
    revision = revisions.get("ABCDEF01")
    assert (revision.sha256[:8], revision.active, revision.files) == ("abcdef01", False, FILES)
    for name in ("abcdef0", "abcdef03", "%bcdef01", ""):
        with pytest.raises(NotFound):
            revisions.get(name)
        with pytest.raises(NotFound):
            revisions.rollback(name, **WHO)


def test_an_earlier_revision_is_rolled_back_to(revisions: RevisionStore) -> None:
    first, second = published(revisions, "a"), published(revisions, "b")
    assert revisions.rollback("a" * 8, **WHO) == first
    assert revisions.slots() == Slots(first.number)
    kept = [replace(second, active=False, files={}), replace(first, files={})]
    assert revisions.list() == kept


def test_a_canary_runs_beside_the_active_revision(
    revisions: RevisionStore, canaries: CanaryStore, clock: StoppedClock
) -> None:
    active = published(revisions, "a")
    assert canaries.current() is None
    canary = started(canaries, "b", percent=30)
    assert (canary.sha256, canary.percent, canary.at) == ("b" * 64, 30, clock())
    assert (canary.by, canary.reason, canary.counts) == ("ann", "why", CanaryComparison())
    assert canaries.current() == canary
    assert revisions.slots() == Slots(active.number, canary.number, 30)
    assert revisions.numbered(canary.number).files == {"a.yaml": "b"}
    assert canaries.stop(by="bob", origin="test") == canary
    assert canaries.stop(by="bob", origin="test") is None
    assert revisions.slots() == Slots(active.number)


def test_the_active_set_is_no_canary_and_what_was_reviewed_must_be_active(
    revisions: RevisionStore, canaries: CanaryStore
) -> None:
    active = published(revisions, "a")
    with pytest.raises(Conflict):
        started(canaries, "a")
    with pytest.raises(StaleVersion):
        canaries.start(FILES, "b" * 64, 5, **WHO, replacing=active.number + 1)
    assert (canaries.current(), len(revisions.list())) == (None, 1)


def test_what_is_seen_of_a_canary_adds_up_while_it_is_the_same(
    revisions: RevisionStore, canaries: CanaryStore
) -> None:
    published(revisions, "a")
    number = started(canaries, "b").number
    for _ in range(30):
        canaries.add(number, SEEN)
    canary = started(canaries, "b", percent=50)
    assert (canary.counts.compared, canary.counts.unsure, canary.percent) == (300, 120, 50)
    assert canary.counts.sample == SEEN.sample * 24
    assert started(canaries, "c").counts == CanaryComparison()
    assert started(canaries, "b").counts == CanaryComparison()
    canaries.add(99, SEEN)
    assert canaries.current().counts == CanaryComparison()


def test_a_canary_that_is_published_has_ended(
    revisions: RevisionStore, canaries: CanaryStore
) -> None:
    published(revisions, "a")
    canary = started(canaries, "b")
    assert published(revisions, "b").number == canary.number
    assert canaries.current() is None
    assert revisions.slots() == Slots(canary.number)
    other = started(canaries, "a")
    published(revisions, "c")
    assert canaries.current() == other
