"""Today's deck through HTTP: equal for everybody, and the crowd only after one's own answer."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from smashpass.bootstrap.container import Container
from smashpass.bootstrap.inspection import all_swipes
from smashpass.bootstrap.installation import Installation
from smashpass.core.imageset import ImageSet
from smashpass.core.library.credit import Credit, ImageRow
from smashpass.settings import load
from tests.support.api import fill, opened
from tests.support.fakes.clock import StoppedClock

NOON = datetime.now(UTC).replace(hour=12, minute=0, second=0, microsecond=0) + timedelta(days=7)


@pytest.fixture
def clock() -> StoppedClock:
    """Noon a week from now, so that the whole library came before."""
    return StoppedClock(int(NOON.timestamp()) * 1_000_000)


@pytest.fixture
def world(open_world: Any, clock: StoppedClock) -> Any:
    return open_world(clock)


def moment(clock: StoppedClock, **ago: float) -> str:
    at = datetime.fromtimestamp(clock() / 1_000_000, UTC) - timedelta(**ago)
    return at.isoformat()


def ids(answer: Any) -> list[str]:
    return [card["image"] for card in answer["cards"]]


def recounted(world: Any) -> dict[str, tuple[int, int]]:
    """How many voters and smashes each image has, from every row of the export."""
    standing: dict[tuple[str, int], tuple[tuple[int, int], int]] = {}
    for place, row in enumerate(all_swipes(world.parts)):
        if row.undone:
            continue
        key, rank = (row.name, row.image), (row.at, place)
        if key not in standing or standing[key][0] < rank:
            standing[key] = rank, row.verdict
    counts: dict[str, tuple[int, int]] = {}
    for (_, image), (_, verdict) in standing.items():
        voters, smashes = counts.get(world.image(image), (0, 0))
        counts[world.image(image)] = voters + 1, smashes + verdict
    return counts


def test_fifty_viewers_get_the_same_twenty(world: Any, clock: StoppedClock) -> None:
    first = world.new_viewer().good("/daily")
    assert first["date"] == NOON.date().isoformat()
    assert first["until"].startswith((NOON.date() + timedelta(days=1)).isoformat() + "T00:00:00")
    assert (first["deck"], first["answers"]) == ({"state": "ok"}, [])
    assert len(set(ids(first))) == 20
    for number in range(50):
        viewer = world.new_viewer("13-17" if number % 2 else "18+")
        seen = random.Random(number).sample(ids(first), 7)
        viewer.swipe(*((f"s{image}", image, "pass", moment(clock, days=2)) for image in seen))
        answer = viewer.good("/daily")
        assert ids(answer) == ids(first)
        assert answer["answers"] == []
    clock.move(12 * 3_600 - 1)
    assert ids(world.new_viewer().good("/daily")) == ids(first)
    clock.move(1)
    assert set(ids(world.new_viewer().good("/daily"))) != set(ids(first))


def test_decisions_are_those_of_other_decks(world: Any) -> None:
    viewer = world.new_viewer()
    elsewhere = {
        card["image"]: card
        for seed in range(30)
        for card in viewer.deck(tree="faces", n=100, seed=seed, explain=1)["cards"]
    }
    answer = viewer.good("/daily", tree="faces", explain=1)
    assert answer["rules"]["tree"] == "faces"
    assert answer["cards"] == [elsewhere[image] for image in ids(answer)]
    assert viewer.get("/daily", tree="nope").status == 404
    assert world.nobody.get("/daily").status == 401


@pytest.fixture
def machines(tmp_path: Path, clock: StoppedClock) -> Iterator[list[Any]]:
    """Two installations, each with its own keys, that imported the same."""
    worlds = []
    for name in ("here", "there"):
        parts = Installation(load({"SMASHPASS_HOME": str(tmp_path / name)}))
        parts.prepare()
        fill(parts)
        parts.engine.dispose()
        worlds.append(opened(tmp_path / name, clock))
    yield worlds
    for world in worlds:
        world.parts.engine.dispose()


def test_two_machines_with_the_same_library_have_the_same_deck(machines: list[Any]) -> None:
    decks = [world.numbers(world.new_viewer().good("/daily")["cards"]) for world in machines]
    assert decks[0] == decks[1]
    assert machines[0].image(1) != machines[1].image(1)


def test_an_import_of_today_changes_the_deck_from_tomorrow_on(
    world: Any, open_world: Any, clock: StoppedClock
) -> None:
    viewer = world.new_viewer()
    before = ids(viewer.good("/daily"))
    credit = Credit("demo", "CC0-1.0", "algorithmicMedia", real_person=False, depicts="adult")
    rows = [ImageRow(f"new{n}", ("kind:person",), credit, line=n) for n in range(1, 2_001)]
    run = world.parts.runs.start("demo", {})
    world.parts.catalogue.write_rows(run, rows, on_existing="skip", position=len(rows))
    world.parts.runs.finish(run)
    world.look()
    later = viewer.good("/daily")
    assert later["library"]["images"] == 2_300
    assert ids(later) == before
    clock.move(86_400)
    tomorrow = world.numbers(viewer.good("/daily")["cards"])
    assert any(number > 302 for number in tomorrow)


def test_what_is_hidden_or_taken_down_leaves_the_deck(world: Any) -> None:
    viewer = world.new_viewer()
    before = viewer.good("/daily")["cards"]
    numbers = world.numbers(before)
    for number, state in ((numbers[3], "hidden"), (numbers[11], "taken_down")):
        world.parts.catalogue.set_state(
            ImageSet([number]), state, by="test", origin="test", reason="a test"
        )
    world.look()
    after = world.numbers(viewer.good("/daily")["cards"])
    assert after[:18] == [n for n in numbers if n not in (numbers[3], numbers[11])]
    assert len(after) == 20


def test_the_crowd_is_shown_after_the_answer_and_from_twenty_voters_on(
    world: Any, clock: StoppedClock
) -> None:
    watcher = world.new_viewer()
    asked, other = ids(watcher.good("/daily"))[:2]
    for number in range(1, 31):
        voter = world.new_viewer()
        verdict = "smash" if number % 3 else "pass"
        # Changed their mind, and took a swipe back: only what stands counts.
        voter.swipe(
            ("first", asked, "pass", moment(clock, minutes=9)),
            ("then", asked, verdict, moment(clock, minutes=8)),
            ("gone", asked, "pass", moment(clock, minutes=7)),
            ("old", other, "smash", moment(clock, days=30)),
        )
        assert voter.ask("DELETE", "/swipes/gone").status == 204
        voters, smashes = recounted(world)[asked]
        assert (voters, smashes) == (number, number - number // 3)
        crowd = None if number < 20 else {"voters": voters, "smash": smashes}
        mine = {"image": asked, "verdict": verdict, "crowd": crowd}
        assert voter.good("/daily")["answers"] == [mine]
        assert watcher.good("/daily")["answers"] == []


def test_answers_are_those_of_today_that_stand(world: Any, clock: StoppedClock) -> None:
    viewer = world.new_viewer()
    images = ids(viewer.good("/daily"))
    viewer.swipe(
        ("yesterday", images[0], "smash", moment(clock, hours=13)),
        ("today", images[5], "smash", moment(clock, hours=11)),
        ("mind", images[5], "pass", moment(clock, hours=1)),
        ("back", images[2], "pass", moment(clock, hours=1)),
        ("both", images[1], "pass", moment(clock, hours=30)),
        ("again", images[1], "smash", moment(clock, hours=2)),
    )
    viewer.ask("DELETE", "/swipes/back")
    told = [(a["image"], a["verdict"], a["crowd"]) for a in viewer.good("/daily")["answers"]]
    assert told == [(images[1], "smash", None), (images[5], "pass", None)]


def test_a_break_is_a_break_here_too(world: Any, clock: StoppedClock) -> None:
    viewer = world.new_viewer("13-17")
    images = [world.image(number) for number in range(1, 201)]
    while viewer.deck(n=1)["deck"]["state"] == "ok":
        image = images.pop()
        viewer.swipe((f"s{image}", image, "pass", moment(clock)))
        clock.move(60)
    answer = viewer.good("/daily")
    assert answer["deck"]["state"] == "break"
    assert answer["deck"] == {key: viewer.deck()["deck"][key] for key in ("state", "until")}
    assert answer["cards"] == []
    assert world.new_viewer("13-17").good("/daily")["deck"] == {"state": "ok"}


def test_an_empty_library_has_no_daily_deck(tmp_path: Path, clock: StoppedClock) -> None:
    parts = Installation(load({"SMASHPASS_HOME": str(tmp_path / "empty")}))
    parts.prepare()
    Container(parts).rules.ensure_active()
    parts.engine.dispose()
    world = opened(tmp_path / "empty", clock)
    answer = world.new_viewer().good("/daily")
    assert (answer["deck"], answer["cards"]) == ({"state": "exhausted"}, [])
    world.parts.engine.dispose()
