"""What holds for viewers of 13 to 17, and that the page of facts says exactly that."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from smashpass.core.errors import BadSetting
from smashpass.core.protection import minors
from smashpass.rulefiles.load import load_texts
from tests.support import trees

HISTORY = "{attr: viewer.swipes, gte: 0, on_missing: false}"


def reads_history(parts: Any) -> None:
    """Publish a tree that asks how often somebody swiped."""
    text = trees.tree("plain").partition("\ntests:")[0] + "\n"
    assert "if: beard" in text
    text = text.replace("if: beard", f"if: {HISTORY}")
    parts.publishing.publish(
        load_texts({"rules/plain.yaml": text}), by="ann", origin="test", reason="for the test"
    )


def test_no_tree_reads_the_swipes_of_minors(open_world: Callable[..., Any]) -> None:
    world = open_world()
    reads_history(world.parts)
    world.look()
    leaves = {}
    for band in ("18+", "13-17"):
        viewer = world.new_viewer(band)
        for number in range(1, 6):
            viewer.swipe((f"s{number}", world.image(number), "smash"))
        (card,) = viewer.deck(q="crown", explain=1)["cards"]
        decision = viewer.post("/decisions", {"image": world.image(10), "explain": True}).json
        made_up = viewer.post("/decisions", {"tags": ["crown"], "explain": True}).json
        assert card["decision"]["leaf"] == decision["leaf"]
        assert decision["engine"] == made_up["engine"] == "rules"
        viewer.swipe(("last", world.image(10), "smash"))
        swipe = viewer.good("/me/swipes")["swipes"][0]
        assert swipe["app_verdict"] == decision["verdict"]
        leaves[band] = {decision["leaf"], made_up["leaf"]}
    assert leaves["18+"].isdisjoint(leaves["13-17"])


@pytest.mark.parametrize("order", ["taste", "-taste", "TASTE", " taste"])
def test_minors_cannot_order_by_taste(shared: Any, order: str) -> None:
    for path in ("/deck", "/search"):
        refused = shared.new_viewer("13-17").get(path, order=order)
        assert (refused.status, refused.code) == (403, "not_for_age")
        of_age = shared.new_viewer("18+").get(path, order=order)
        assert of_age.status == 200 or of_age.code == "bad_input"


def test_minors_have_a_daily_limit_that_the_operator_sets(open_world: Callable[..., Any]) -> None:
    at = datetime(2026, 11, 2, 12, tzinfo=UTC)
    world = open_world(
        lambda: round(at.timestamp() * 1_000_000), SMASHPASS_MINOR_DAILY_MINUTES="10"
    )
    minor, adult = world.new_viewer("13-17"), world.new_viewer("18+")
    assert minor.good("/me")["settings"]["daily_limit"] == 10
    assert adult.good("/me")["settings"]["daily_limit"] is None
    for number in range(1, 8):
        for viewer in (minor, adult):
            viewer.swipe((f"s{number}", world.image(number), "pass", at.isoformat()))
        at += timedelta(seconds=110)
    deck = minor.deck()["deck"]
    assert (deck["state"], deck["until"]) == ("break", "2026-11-03T00:00:00Z")
    assert adult.deck()["deck"]["state"] == "ok"

    changed = minor.ask("PATCH", "/me", {"daily_limit": 20}).json["settings"]
    assert changed["daily_limit"] == 20
    assert minor.deck()["deck"]["state"] == "ok"
    changed = minor.ask("PATCH", "/me", {"daily_limit": None}).json["settings"]
    assert changed["daily_limit"] == 10
    assert minor.deck()["deck"]["state"] == "break"


@pytest.mark.parametrize("minutes", ["4", "1441", "x"])
def test_a_daily_limit_that_makes_no_sense_is_refused(
    open_world: Callable[..., Any], minutes: str
) -> None:
    with pytest.raises(BadSetting, match="SMASHPASS_MINOR_DAILY_MINUTES"):
        open_world(SMASHPASS_MINOR_DAILY_MINUTES=minutes)


def test_the_page_says_what_holds_for_minors(open_world: Callable[..., Any]) -> None:
    world = open_world(SMASHPASS_MINOR_DAILY_MINUTES="17")
    disclosed = world.nobody.good("/transparency")["minors"]
    page = re.sub(r"\s+", " ", world.app.test_client().get("/transparency").text)
    assert [protection["name"] for protection in disclosed["protections"]] == list(
        minors.PROTECTIONS
    )
    assert disclosed["daily_limit_if_none_is_set"] == 17
    assert any("17 minutes" in protection["said"] for protection in disclosed["protections"])
    for protection in disclosed["protections"]:
        assert protection["said"] in page
