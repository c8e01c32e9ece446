"""Swipes against a plain dict: sent twice, out of order, taken back."""

from __future__ import annotations

import threading

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    precondition,
    rule,
    run_state_machine_as_test,
)

from smashpass.core.errors import NotFound
from smashpass.core.people.swipe import CurrentVerdicts, Swipe, SwipeOutcome, ViewerDelta
from smashpass.store.people.swipes import Swipes
from smashpass.store.people.viewers import Viewers

swipes = st.builds(
    Swipe,
    id=st.sampled_from("abcdefgh"),
    image=st.integers(1, 4),
    verdict=st.sampled_from(["smash", "pass"]),
    at=st.integers(1, 4),
)


class SwipeMachine(RuleBasedStateMachine):
    """Two viewers; ``kept`` is what a careful person would write on paper."""

    wipe = None  # set by the test: gives an empty database

    @initialize()
    def begin(self):
        engine = type(self).wipe()
        self.store, viewers = Swipes(engine), Viewers(engine)
        self.people, created = viewers, [viewers.create("18+") for _ in range(2)]
        self.viewers, self.names = (
            [viewer.id for viewer in created],
            [viewer.name for viewer in created],
        )
        self.kept: list[dict[str, Swipe]] = [{}, {}]
        self.undone: list[set[str]] = [set(), set()]
        self.followed = [(0, CurrentVerdicts()), (0, CurrentVerdicts())]

    @rule(viewer=st.integers(0, 1), batch=st.lists(swipes, max_size=6))
    def send(self, viewer, batch):
        by_id, conflicts, accepted = self.kept[viewer], [], 0
        for place, swipe in enumerate(batch):
            if swipe.id not in by_id:
                by_id[swipe.id] = swipe
                accepted += 1
            elif by_id[swipe.id] != swipe:
                conflicts.append(place)
        answer = self.store.record(self.viewers[viewer], batch)
        duplicates = len(batch) - accepted - len(conflicts)
        assert answer == SwipeOutcome(accepted, duplicates, tuple(conflicts))

    @precondition(lambda self: any(self.kept))
    @rule(data=st.data())
    def take_back(self, data):
        viewer = data.draw(st.sampled_from([n for n in (0, 1) if self.kept[n]]))
        client_id = data.draw(st.sampled_from(sorted(self.kept[viewer])))
        image = self.store.undo(self.viewers[viewer], client_id)
        assert image == self.kept[viewer][client_id].image
        self.undone[viewer].add(client_id)

    @rule(viewer=st.integers(0, 1))
    def take_back_what_never_was(self, viewer):
        with pytest.raises(NotFound):
            self.store.undo(self.viewers[viewer], "never")

    def on_paper(self, viewer):
        last = {}
        for swipe in self.kept[viewer].values():  # in the order of arrival
            previous = last.get(swipe.image)
            if swipe.id not in self.undone[viewer] and (
                previous is None or swipe.at >= previous.at
            ):
                last[swipe.image] = swipe
        return {image: swipe.verdict for image, swipe in last.items()}

    @rule()
    def compare(self):
        totals = {}
        for viewer in (0, 1):
            paper = self.on_paper(viewer)
            standing = self.store.current_verdicts(self.viewers[viewer])
            verdicts = dict.fromkeys(standing.smashed, "smash")
            assert verdicts | dict.fromkeys(standing.passed, "pass") == paper
            assert self.store.seen(self.viewers[viewer]) == standing.seen
            since, previous = self.followed[viewer]
            news = self.people.delta(self.names[viewer], since)
            if news.is_append_only and previous.seen.isdisjoint(news.swiped.seen):
                smashed = previous.smashed | news.swiped.smashed
                assert CurrentVerdicts(smashed, previous.passed | news.swiped.passed) == standing
            self.followed[viewer] = (news.number, standing)
            assert self.people.delta(self.names[viewer], news.number).is_append_only
            for image, verdict in paper.items():
                count, smashes = totals.get(image, (0, 0))
                totals[image] = (count + 1, smashes + (verdict == "smash"))
            whole = list(self.store.of_viewer(self.viewers[viewer]))
            assert [swipe.id for swipe in whole] == list(self.kept[viewer])
            assert {swipe.id for swipe in whole if swipe.undone} == self.undone[viewer]
        counted = {image: rest for image, *rest in self.store.counts_by_image()}
        assert {image: tuple(rest) for image, rest in counted.items()} == totals
        assert self.store.count() == (
            sum(count for count, _ in totals.values()),
            sum(smashes for _, smashes in totals.values()),
        )


def test_swipes_stand_as_they_would_on_paper(wipe):
    run_state_machine_as_test(
        type("Machine", (SwipeMachine,), {"wipe": staticmethod(wipe)}),
        settings=settings(
            stateful_step_count=12, suppress_health_check=list(HealthCheck), deadline=None
        ),
    )


@pytest.fixture
def viewer(engine) -> int:
    return Viewers(engine).create("18+").id


def test_a_swipe_keeps_what_the_app_said(engine, viewer):
    store = Swipes(engine)
    swipe = Swipe("a", 7, "smash", 123_456_789, app_verdict="pass", revision=3)
    store.record(viewer, [swipe])
    assert list(store.of_viewer(viewer)) == [swipe]


def test_swipes_of_nobody_are_refused(engine):
    with pytest.raises(NotFound, match="no such viewer"):
        Swipes(engine).record(99, [Swipe("a", 1, "smash", 1)])


def test_a_viewer_is_found_and_deleted_with_every_swipe(engine):
    viewers, store = Viewers(engine), Swipes(engine)
    ann = viewers.create("13-17")
    assert viewers.delta(ann.name) == ViewerDelta(ann, 0, CurrentVerdicts(), is_append_only=True)
    assert viewers.delta("nobody") is None
    store.record(ann.id, [Swipe("a", 1, "smash", 1)])
    viewers.delete(ann.id)
    assert viewers.delta(ann.name) is None
    assert store.count() == (0, 0)
    with pytest.raises(NotFound):
        viewers.delete(ann.id)
    assert viewers.create("18+").id > ann.id


def test_pages_go_from_the_last_to_the_first(engine, viewer):
    store = Swipes(engine)
    store.record(viewer, [Swipe(f"s{n}", n, "pass", 100 - n) for n in range(1, 6)])
    first, after = store.page(viewer, limit=3)
    rest, end = store.page(viewer, before=after, limit=3)
    assert [swipe.id for swipe in first + rest] == ["s5", "s4", "s3", "s2", "s1"]
    assert end is None


def test_the_same_batch_from_many_threads_is_kept_once(engine, viewer):
    store = Swipes(engine)
    batch = [Swipe(f"s{n}", n, "smash", n) for n in range(1, 21)]
    answers, failures = [], []

    def send():
        try:
            answers.append(store.record(viewer, batch))
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=send) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert failures == []
    assert sorted(answer.accepted for answer in answers) == [0] * 7 + [20]
    assert sum(answer.duplicates for answer in answers) == 140
    assert store.count() == (20, 20)
