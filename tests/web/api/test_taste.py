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


def ordered(world: Any, viewer: Any, order: str, **parameters: Any) -> list[int]:
    return world.numbers(viewer.deck(order=order, **parameters)["cards"])


def test_decks_by_taste_begin_with_what_the_viewer_likes(shared: Any) -> None:
    viewer = shared.new_viewer()
    swipe_by_beard(shared, viewer, range(1, 61))
    deck = viewer.deck(order="taste", n=100)
    first = shared.numbers(deck["cards"])
    assert all(number % 3 == 0 for number in first[:80])
    assert min(first) > 60
    scores = [card["taste"]["score"] for card in deck["cards"]]
    assert scores == sorted(scores, reverse=True)
    assert all(number % 3 for number in ordered(shared, viewer, "-taste", n=100))
    assert ordered(shared, viewer, "taste", n=100) == first
    assert ordered(shared, viewer, "taste", seed=8, n=20) != first[:20]
    assert all(number % 5 == 0 for number in ordered(shared, viewer, "taste", q="glasses"))


def test_before_the_first_swipe_decks_by_taste_are_random_ones(shared: Any) -> None:
    viewer = shared.new_viewer()
    at_random = ordered(shared, viewer, "random", n=50)
    assert ordered(shared, viewer, "taste", n=50) == at_random
    assert ordered(shared, viewer, "-taste", n=50) == at_random
    assert "taste" not in viewer.deck(order="taste")["cards"][0]


def test_cards_by_taste_say_because_of_which_tags(shared: Any) -> None:
    viewer = shared.new_viewer()
    swipe_by_beard(shared, viewer, range(1, 61))
    (card,) = viewer.deck(order="taste", n=1)["cards"]
    because = {reason["tag"]: reason for reason in card["taste"]["because"]}
    assert because["beard"] == {"tag": "beard", "smashed": 20, "swiped": 20}
    assert "taste" not in viewer.deck(n=1, explain=1)["cards"][0]


def test_cards_say_so_too_where_a_tree_read_the_taste(asking: Any) -> None:
    viewer = asking.new_viewer()
    swipe_by_beard(asking, viewer, range(1, 61))
    for card in viewer.deck(explain=1)["cards"]:
        assert card["taste"]["score"] == taste_read(card["decision"])
    assert "taste" not in viewer.deck()["cards"][0]


@pytest.mark.parametrize("order", ["taste", "-taste"])
@pytest.mark.parametrize("limit", [1, 7, 100])
def test_searches_by_taste_go_on_page_after_page(shared: Any, order: str, limit: int) -> None:
    viewer = shared.new_viewer()
    swipe_by_beard(shared, viewer, range(1, 61))
    shown: list[int] = []
    after: dict[str, str] = {}
    query = "glasses -ghost"
    while True:
        page = viewer.good("/search", q=query, order=order, limit=limit, **after)
        shown += shared.numbers(page["images"])
        if page["next"] is None:
            break
        after = {"after": page["next"]}
    assert len(shown) == len(set(shown)) == page["matched"]
    unseen = [number for number in shown if number > 60]
    assert unseen == ordered(shared, viewer, order, q=query, n=100)


def test_who_switched_suggestions_off_has_no_order_by_taste(shared: Any) -> None:
    viewer = shared.new_viewer()
    number = shared.parts.viewers.delta(viewer.viewer, 0).viewer.id
    shared.parts.viewers.set_limits(number, {"taste": False})
    for path in ("/deck", "/search"):
        refused = viewer.get(path, order="-taste")
        assert (refused.status, refused.code) == (403, "taste_off")
        assert "settings" in refused.json["detail"]
        assert viewer.get(path, order="random").status == 200


def test_the_page_of_facts_says_which_trees_read_the_taste(asking: Any) -> None:
    history = asking.nobody.good("/transparency")["history"]
    assert history["trees_that_read_your_taste"] == ["plain"]
    page = " ".join(asking.app.test_client().get("/transparency").text.split())
    assert "These trees read it: plain." in page
