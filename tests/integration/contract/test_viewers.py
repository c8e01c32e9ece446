"""What every store of viewers and of their swipes does."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest
from sqlalchemy import Engine

from smashpass.core.decks.pace import DAY_US, NO_PACE
from smashpass.core.errors import NotFound
from smashpass.core.imageset import ImageSet, Ordinal
from smashpass.core.people.swipe import CurrentVerdicts, Swipe
from smashpass.core.values import Verdict
from smashpass.services.ports.people import SwipeStore, ViewerStore
from smashpass.store.people.swipes import Swipes
from smashpass.store.people.viewers import Viewers
from tests.support.fakes.clock import StoppedClock
from tests.support.fakes.people import SwipesInMemory, ViewersInMemory

A, B, C = Swipe("a", 1, "smash", 10), Swipe("b", 2, "pass", 11), Swipe("c", 3, "smash", 12)


@pytest.fixture
def stores(engine: Engine | None, clock: StoppedClock) -> tuple[ViewerStore, SwipeStore]:
    if engine is None:
        viewers = ViewersInMemory(clock)
        return viewers, SwipesInMemory(viewers, clock)
    return Viewers(engine), Swipes(engine)


@pytest.fixture
def viewers(stores: tuple[ViewerStore, SwipeStore]) -> ViewerStore:
    return stores[0]


@pytest.fixture
def swipes(stores: tuple[ViewerStore, SwipeStore]) -> SwipeStore:
    return stores[1]


def verdicts(smashed: list[int], passed: list[int]) -> CurrentVerdicts:
    return CurrentVerdicts(ImageSet(smashed), ImageSet(passed))


def test_a_viewer_is_known_by_a_name_of_its_own(viewers: ViewerStore, clock: StoppedClock) -> None:
    viewer, other = viewers.create("18+"), viewers.create("16-17")
    assert (viewer.age_band, other.age_band, viewer.created_at) == ("18+", "16-17", clock())
    assert viewer.name != other.name
    delta = viewers.delta(viewer.name)
    assert (delta.viewer, delta.number, delta.swiped) == (viewer, 0, CurrentVerdicts())
    assert viewers.last_seen(viewer.id) == (clock() // DAY_US, NO_PACE)
    assert viewers.delta("nobody") is None


def test_who_is_not_there_is_not_found(viewers: ViewerStore, swipes: SwipeStore) -> None:
    for act in (
        lambda: viewers.delete(9),
        lambda: viewers.last_seen(9),
        lambda: viewers.restart_pace(9, 0),
        lambda: viewers.set_limits(9, {"reminder": True}),
        lambda: swipes.record(9, [A]),
        lambda: swipes.undo(9, "a"),
    ):
        with pytest.raises(NotFound):
            act()
    assert swipes.current_verdicts(9) == CurrentVerdicts()
    assert (swipes.page(9), list(swipes.of_viewer(9))) == (([], None), [])


def test_a_viewer_is_removed_with_all_swipes(viewers: ViewerStore, swipes: SwipeStore) -> None:
    viewer = viewers.create("18+")
    swipes.record(viewer.id, [A])
    viewers.delete(viewer.id)
    assert viewers.delta(viewer.name) is None
    assert list(swipes.counts_by_image()) == []
    assert viewers.create("18+").name != viewer.name


def test_the_same_swipe_counts_once_and_another_of_its_id_is_a_conflict(
    viewers: ViewerStore, swipes: SwipeStore
) -> None:
    viewer = viewers.create("18+").id
    outcome = swipes.record(viewer, [A, A, Swipe("a", 1, "pass", 10), B])
    assert (outcome.accepted, outcome.duplicates, outcome.conflicts) == (2, 1, (2,))
    again = swipes.record(viewer, [B, Swipe("b", 2, "pass", 99), C])
    assert (again.accepted, again.duplicates, again.conflicts) == (1, 1, (1,))
    assert list(swipes.of_viewer(viewer)) == [A, B, C]
    assert swipes.current_verdicts(viewer) == verdicts([1, 3], [2])


def test_the_newest_swipe_on_an_image_stands(viewers: ViewerStore, swipes: SwipeStore) -> None:
    viewer = viewers.create("18+").id
    late, early = Swipe("late", 1, "pass", 20), Swipe("early", 1, "smash", 5)
    swipes.record(viewer, [A, late, early])
    assert swipes.current_verdicts(viewer) == verdicts([], [1])
    swipes.record(viewer, [Swipe("equal", 1, "smash", 20)])
    assert swipes.current_verdicts(viewer) == verdicts([1], [])


def test_a_swipe_that_is_taken_back_never_stands_again(
    viewers: ViewerStore, swipes: SwipeStore
) -> None:
    viewer = viewers.create("18+").id
    swipes.record(viewer, [A, Swipe("later", 1, "pass", 20)])
    assert swipes.undo(viewer, "later") == swipes.undo(viewer, "later") == 1
    assert swipes.current_verdicts(viewer) == verdicts([1], [])
    assert swipes.record(viewer, [Swipe("later", 1, "pass", 20)]).duplicates == 1
    assert [swipe.undone for swipe in swipes.of_viewer(viewer)] == [False, True]
    with pytest.raises(NotFound):
        swipes.undo(viewer, "unknown")


def test_what_is_new_of_a_viewer_is_told_by_number(
    viewers: ViewerStore, swipes: SwipeStore
) -> None:
    viewer = viewers.create("18+")
    swipes.record(viewer.id, [A])
    first = viewers.delta(viewer.name)
    assert (first.number, first.is_append_only, first.swiped) == (1, True, verdicts([1], []))
    swipes.record(viewer.id, [B, C])
    second = viewers.delta(viewer.name, first.number)
    assert (second.number, second.is_append_only, second.swiped) == (3, True, verdicts([3], [2]))
    swipes.undo(viewer.id, "c")
    third = viewers.delta(viewer.name, second.number)
    assert (third.number > second.number, third.is_append_only) == (True, False)
    swipes.record(viewer.id, [Swipe("d", 4, "pass", 13), Swipe("e", 4, "smash", 14)])
    assert not viewers.delta(viewer.name, third.number).is_append_only


def test_swipes_are_paged_from_the_last_one_recorded(
    viewers: ViewerStore, swipes: SwipeStore
) -> None:
    viewer = viewers.create("18+").id
    swipes.record(viewer, [C, A, B])
    page, before = swipes.page(viewer, limit=2)
    assert page == [B, A]
    assert swipes.page(viewer, before=before, limit=2) == ([C], None)
    assert swipes.page(viewer) == ([B, A, C], None)


def test_standing_swipes_are_counted_by_image(viewers: ViewerStore, swipes: SwipeStore) -> None:
    first, second = viewers.create("18+").id, viewers.create("18+").id
    swipes.record(first, [A, B, Swipe("late", 1, "pass", 20), Swipe("early", 1, "smash", 5)])
    swipes.record(second, [A, C])
    swipes.undo(second, "c")
    assert list(swipes.counts_by_image()) == [(1, 2, 1), (2, 1, 0)]


def test_what_stands_on_a_few_images_is_that_of_all(
    viewers: ViewerStore, swipes: SwipeStore
) -> None:
    chance = random.Random(7)
    people = [viewers.create("18+").id for _ in range(12)]
    for person in people:
        for number in range(25):
            verdict: Verdict = "smash" if chance.random() < 0.5 else "pass"
            swipes.record(
                person, [Swipe(f"s{number}", chance.randint(1, 8), verdict, chance.randint(1, 9))]
            )
            if chance.random() < 0.3:
                swipes.undo(person, f"s{number}")
    counted = {image: (count, smashes) for image, count, smashes in swipes.counts_by_image()}
    few = [Ordinal(image) for image in (2, 3, 5, 99)]
    assert swipes.counts_of(few) == {image: counted[image] for image in few if image in counted}
    assert swipes.counts_of([]) == swipes.standing(people[0], []) == swipes.standing(99, few) == {}
    for person in people:
        standing = swipes.standing(person, few)
        now_held = swipes.current_verdicts(person)
        assert set(standing) == set(few) & set(now_held.seen)
        for image, own in standing.items():
            assert (own.image, own.undone) == (image, False)
            assert (own.verdict == "smash") == (image in now_held.smashed)


def test_models_learn_from_standing_swipes_of_adults_who_allow_it(
    viewers: ViewerStore, swipes: SwipeStore
) -> None:
    first, minor, private, second = (
        viewers.create(age_band).id for age_band in ("18+", "13-17", "18+", "18+")
    )
    assert viewers.set_limits(private, {"taste": False}).has_suggestions is False
    for viewer in (first, minor, private):
        swipes.record(viewer, [B, A, Swipe("late", 1, "pass", 20), Swipe("early", 2, "pass", 5)])
    swipes.record(second, [A, C])
    swipes.undo(second, "c")
    assert [(s.viewer_id, s.image, s.verdict, s.at) for s in swipes.for_training()] == [
        (first, B.image, B.verdict, B.at),
        (first, 1, "pass", 20),
        (second, A.image, A.verdict, A.at),
    ]
    assert viewers.set_limits(private, {"taste": True}).has_suggestions is True
    assert {swipe.viewer_id for swipe in swipes.for_training()} == {first, private, second}


def test_a_pace_is_measured_only_where_there_is_a_limit(
    viewers: ViewerStore, swipes: SwipeStore, clock: StoppedClock
) -> None:
    viewer = viewers.create("18+")
    assert swipes.record(viewer.id, [A]).pace == NO_PACE
    limited = viewers.set_limits(viewer.id, {"daily_minutes": 60})
    assert (limited.daily_minutes, limited.reminder) == (60, None)
    later = clock() + DAY_US
    outcome = swipes.record(viewer.id, [Swipe("b", 2, "pass", later)], now=later)
    assert outcome.pace.last == later
    assert viewers.last_seen(viewer.id) == (later // DAY_US, outcome.pace)
    assert viewers.delta(viewer.name).pace == outcome.pace
    viewers.restart_pace(viewer.id, later)
    assert viewers.last_seen(viewer.id)[1] == replace(outcome.pace, since=later)
    reminded = viewers.set_limits(viewer.id, {"reminder": True})
    assert (reminded.daily_minutes, reminded.reminder) == (60, True)
    viewers.set_limits(viewer.id, {"reminder": None, "daily_minutes": None})
    assert viewers.last_seen(viewer.id) == (later // DAY_US, NO_PACE)


def test_one_swipe_stands_on_each_image_in_the_order_of_swiping(
    viewers: ViewerStore, swipes: SwipeStore
) -> None:
    viewer = viewers.create("18+").id
    asked = Swipe("asked", 5, "smash", 15, app_verdict="pass", revision=None)
    swipes.record(
        viewer, [asked, C, A, B, Swipe("late", 1, "pass", 20), Swipe("gone", 7, "pass", 1)]
    )
    swipes.undo(viewer, "gone")
    standing = swipes.all_standing(viewer)
    assert [(row.number, row.image, row.smashed, row.app_smashed) for row in standing] == [
        (4, 2, False, None),
        (2, 3, True, None),
        (1, 5, True, False),
        (5, 1, False, None),
    ]
    assert [row.differs for row in standing] == [False, False, True, False]
    assert swipes.numbered(viewer, [1, 4, 99]) == [B, asked]
    assert swipes.all_standing(9) == swipes.numbered(9, []) == []
