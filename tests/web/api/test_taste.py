"""What viewers like: for trees that ask, in order, with reasons, and only with their consent."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from smashpass.rulefiles.load import load_texts
from smashpass.services.decisions.replay import replay
from tests.support import trees

ASKS = "{attr: viewer.taste, gte: 0.5, on_missing: false}"


def publish_tree_that_asks(world: Any) -> None:
    text = trees.tree("plain").partition("\ntests:")[0] + "\n"
    text = text.replace("if: beard", f"if: {ASKS}")
    world.parts.publishing.publish(
        load_texts({"rules/plain.yaml": text}), by="ann", origin="test", reason="for the test"
    )
    world.look()


@pytest.fixture
def asking(open_world: Callable[..., Any]) -> Any:
    world = open_world(SMASHPASS_DECISION_LOG_PERCENT="100")
    publish_tree_that_asks(world)
    return world


def swipe_by_beard(world: Any, viewer: Any, numbers: Iterator[int] | range) -> None:
    """Smash every beard (a third of the images), pass all others."""
    viewer.swipe(*((f"s{n}", world.image(n), "pass" if n % 3 else "smash") for n in numbers))


def taste_read(decision: dict[str, Any]) -> float | None:
    (reason,) = decision["path"][0]["because"]
    assert reason["attr"] == "viewer.taste"
    return reason["value"]


def test_trees_read_the_taste_of_viewers_who_swiped(asking: Any) -> None:
    viewer = asking.new_viewer()
    fresh = viewer.deck(explain=1)["cards"]
    assert {taste_read(card["decision"]) for card in fresh} == {None}
    assert {card["decision"]["engine"] for card in fresh} == {"rules"}

    swipe_by_beard(asking, viewer, range(1, 61))
    cards = viewer.deck(n=60, explain=1)["cards"]
    tastes = {True: [], False: []}
    for number, card in zip(asking.numbers(cards), cards, strict=True):
        value = taste_read(card["decision"])
        assert 0 <= value <= 1
        assert (card["decision"]["leaf"] == "one") == (value >= 0.5)
        assert card["decision"]["engine"] == "rules"
        tastes[not number % 3].append(value)
        alone = viewer.post("/decisions", {"image": card["image"], "explain": True}).json
        assert alone == card["decision"]
    assert min(tastes[True]) > max(tastes[False])
    bearded = viewer.post("/decisions", {"tags": ["beard"], "explain": True}).json
    plain = viewer.post("/decisions", {"tags": ["glasses"], "explain": True}).json
    assert taste_read(bearded) > taste_read(plain)
    other = asking.new_viewer().deck(explain=1)["cards"]
    assert {taste_read(card["decision"]) for card in other} == {None}


def test_a_swipe_is_kept_beside_the_verdict_of_the_taste_before_it(asking: Any) -> None:
    viewer = asking.new_viewer()
    swipe_by_beard(asking, viewer, range(1, 61))
    (card,) = viewer.deck(n=1)["cards"]
    viewer.swipe(("last", card["image"], "pass"))
    assert viewer.good("/me/swipes")["swipes"][0]["app_verdict"] == card["decision"]["verdict"]


@pytest.mark.parametrize("why", ["under 18", "switched off"])
def test_nobody_without_suggestions_has_a_taste(asking: Any, why: str) -> None:
    viewer = asking.new_viewer("13-17" if why == "under 18" else "18+")
    swipe_by_beard(asking, viewer, range(1, 61))
    if why == "switched off":
        assert None not in {
            taste_read(card["decision"]) for card in viewer.deck(explain=1)["cards"]
        }
        name = asking.parts.viewers.delta(viewer.viewer, 0).viewer.id
        asking.parts.viewers.set_limits(name, {"taste": False})
    cards = viewer.deck(explain=1)["cards"]
    assert {taste_read(card["decision"]) for card in cards} == {None}


def test_the_log_of_decisions_by_taste_is_replayed_to_the_same_bytes(asking: Any) -> None:
    viewer = asking.new_viewer()
    swipe_by_beard(asking, viewer, range(1, 61))
    cards = viewer.deck(n=40)["cards"]
    assert len({card["decision"]["leaf"] for card in cards}) > 1
    viewer.post("/decisions", {"image": cards[0]["image"]})
    asking.parts.recorder.close()
    (path,) = (asking.home / "decisions").iterdir()
    lines = path.read_text().splitlines(keepends=True)
    assert len(lines) == 41
    assert all("viewer.taste" in json.loads(line)["attrs"] for line in lines)
    book = asking.parts.rules.book
    vocabulary = asking.parts.library.index.vocabulary
    records = list(replay(lines, lambda _sha256: book, lambda _version: vocabulary))
    assert [record.same for record in records] == [True] * 41
