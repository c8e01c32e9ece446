"""Erasing viewers, and the daily job, over stores in memory."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from smashpass.core.errors import NotFound, NotPossible
from smashpass.core.people.swipe import Swipe
from smashpass.services.decks.viewers import ViewerStates
from smashpass.services.privacy.retention import RemovedData, RetentionRule
from smashpass.services.privacy.service import KIND, PrivacyService
from tests.support.fakes.clock import StoppedClock
from tests.support.fakes.operations import JobsInMemory
from tests.support.fakes.people import AttemptsInMemory, SwipesInMemory, ViewersInMemory

DAY_S = 24 * 3_600


class Erasures:
    """Names of those who are gone, and lines of a decision log by name."""

    def __init__(self) -> None:
        self.names: list[str] = []
        self.lines: dict[str, list[bytes]] = {}
        self.is_full = False

    def note(self, name: str, at: int) -> None:
        if self.is_full:
            raise OSError(f"no space left at {at}")
        self.names.append(name)

    def restored(self) -> bool:
        return False

    def sweep(self) -> int:
        return 0

    def decisions_of(self, name: str) -> Iterator[bytes]:
        yield from self.lines.get(name, [])

    def erase_decisions(self) -> int:
        return sum(len(self.lines.pop(name, [])) for name in self.names)


class World:
    """The service with all that it is given."""

    def __init__(self) -> None:
        self.clock = StoppedClock()
        self.newest_moment = 0
        self.old = 3
        self.viewers = ViewersInMemory(self.clock)
        self.swipes = SwipesInMemory(self.viewers, self.clock)
        self.states = ViewerStates(self.viewers, self.swipes)
        self.erasures = Erasures()
        self.jobs = JobsInMemory(self.clock)
        self.attempts = AttemptsInMemory(self.clock)
        self.privacy = PrivacyService(
            viewers=self.viewers,
            states=self.states,
            erasures=self.erasures,
            newest_moment=lambda: self.newest_moment,
            note_run=self.note_run,
            attempts=self.attempts,
            rules=lambda: [RetentionRule("jobs", "", 30, lambda _: self.old, self.remove)],
            jobs=self.jobs,
            clock=self.clock,
        )

    def note_run(self, now: int) -> None:
        self.newest_moment = now

    def remove(self, _moment: int) -> int:
        removed, self.old = self.old, 0
        return removed


@pytest.fixture
def world() -> World:
    return World()


def test_who_is_erased_is_gone_at_once_and_from_the_logs_by_one_job(world: World) -> None:
    for _ in range(2):
        viewer = world.viewers.create("18+")
        world.swipes.record(viewer.id, [Swipe("a", 1, "smash", 1)])
        assert world.states.of(viewer.name) is not None
        world.privacy.erase(viewer)
        assert world.states.of(viewer.name) is None
        assert world.erasures.names[-1] == viewer.name
    assert list(world.swipes.counts_by_image()) == []
    assert [job.kind for job in world.jobs.newest()] == [KIND]
    with pytest.raises(NotFound):
        world.privacy.erase(viewer)


def test_a_tombstone_that_cannot_be_written_keeps_nobody(world: World) -> None:
    viewer = world.viewers.create("18+")
    world.erasures.is_full = True
    world.privacy.erase(viewer)
    assert world.viewers.delta(viewer.name) is None
    assert world.jobs.waiting(KIND) == 1


def test_the_daily_job_removes_what_is_too_old_and_notes_that_it_ran(world: World) -> None:
    world.attempts.take("login", "ann", 1, 60)
    world.clock.move(60)
    counted = [RemovedData("jobs", 30, 3), RemovedData("back from a backup", 0, 0)]
    assert world.privacy.retain(dry_run=True) == counted
    assert (world.old, world.newest_moment) == (3, 0)
    assert world.privacy.retain() == counted
    assert (world.old, world.newest_moment) == (0, world.clock())
    assert world.attempts.remove_ended(world.clock()) == 0


@pytest.mark.parametrize(("days", "forced"), [(-1, False), (-1, True), (3, False)])
def test_nothing_is_removed_by_a_clock_that_is_wrong(world: World, days: int, forced: bool) -> None:
    world.newest_moment = world.clock()
    world.clock.move(days * DAY_S)
    with pytest.raises(NotPossible):
        world.privacy.retain(force_clock=forced)
    assert world.old == 3


def test_a_clock_that_is_ahead_and_right_can_be_forced(world: World) -> None:
    world.newest_moment = world.clock()
    world.clock.move(3 * DAY_S)
    world.privacy.retain(force_clock=True)
    assert world.old == 0
