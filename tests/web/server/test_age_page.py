"""The examples on the age page: the same for everybody, without people, with both verdicts."""

from __future__ import annotations

import html
import re
import shutil
from pathlib import Path
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from smashpass.core.decks.order import Permutation
from smashpass.core.imageset import ImageSet, Ordinal
from smashpass.services.decks.examples import CANDIDATES, SHOWN, ExampleCard, both_verdicts
from smashpass.settings import load
from smashpass.web.app import create_app
from tests.support.api import LIVE


def examples_of(world: Any) -> tuple[ExampleCard, ...]:
    cards: tuple[ExampleCard, ...] = world.app.extensions["smashpass"].examples.cards()
    return cards


def images_shown(world: Any) -> list[int]:
    """The numbers of the images on the page: pictures are called by theirs."""
    return [int(example.picture[len("/media/") :][:64], 16) for example in examples_of(world)]


def decision_of(viewer: Any, image: str) -> Any:
    """What the API decides of an image."""
    return viewer.post("/decisions", {"image": image, "explain": True}).json


@given(st.lists(st.sampled_from(["smash", "pass"])))
def test_both_verdicts_are_shown_if_candidates_have_both(verdicts: list[str]) -> None:
    candidates = [ExampleCard(str(number), said, "") for number, said in enumerate(verdicts)]
    shown = both_verdicts(candidates)

    assert len(shown) == min(SHOWN, len(candidates))
    assert {example.verdict for example in shown} == set(verdicts)
    assert shown[: SHOWN - 1] == tuple(candidates[: SHOWN - 1])
    assert [int(example.picture) for example in shown] == sorted(
        {int(example.picture) for example in shown}
    )


def test_examples_are_the_first_by_the_rule_and_people_only_stand_in(
    shared: Any, viewer: Any
) -> None:
    """A slow twin: every image in the order of the permutation; fours are creatures in it."""
    order = sorted(range(1, LIVE + 1), key=lambda number: Permutation(13).key(Ordinal(number)))
    pictured = [number for number in order[:CANDIDATES] if number % 10]
    creatures = [number for number in pictured if number % 4 == 0]
    people = [number for number in pictured if number % 4]
    candidates = creatures + people
    first_three = {
        decision_of(viewer, shared.image(number))["verdict"] for number in candidates[:SHOWN]
    }
    third = candidates[2]
    if len(first_three) == 1:
        third = next(
            number
            for number in candidates[SHOWN:]
            if decision_of(viewer, shared.image(number))["verdict"] not in first_three
        )

    assert images_shown(shared) == [*creatures[:2], third]
    assert len({example.verdict for example in examples_of(shared)}) == 2


def test_verdicts_and_explanations_are_those_of_the_api(shared: Any, viewer: Any) -> None:
    for number, example in zip(images_shown(shared), examples_of(shared), strict=True):
        decision = decision_of(viewer, shared.image(number))
        assert (example.verdict, example.explanation) == (
            decision["verdict"],
            decision["explanation"],
        )


def test_the_page_says_what_this_is_with_pictures_and_their_alt_texts(shared: Any) -> None:
    page = shared.app.test_client().get("/").text
    pictures = re.findall(r'<img src="([^"]+)" alt="([^"]+)"', page)

    assert "Say Smash or Pass to drawn pictures" in page
    assert [(source, html.unescape(alt)) for source, alt in pictures] == [
        (example.picture, f"{example.verdict.capitalize()}: {example.explanation}")
        for example in examples_of(shared)
    ]
    assert shared.app.test_client().get("/welcome").text.count("<img ") == SHOWN


def test_an_example_that_is_hidden_gives_way_at_once(world: Any) -> None:
    first = images_shown(world)[0]
    world.parts.catalogue.set_state(
        ImageSet([first]), "hidden", by="ann", origin="test", reason="a test"
    )
    world.look()

    assert first not in images_shown(world)
    assert f"{first:064x}" not in world.app.test_client().get("/").text


def test_without_pictures_or_rules_the_page_only_asks(empty_home: Path, tmp_path: Path) -> None:
    home = tmp_path / "home"
    shutil.copytree(empty_home, home)
    page = create_app(load({"SMASHPASS_HOME": str(home)})).test_client().get("/")

    assert page.status_code == 200
    assert "How old are you?" in page.text
    assert "<img " not in page.text
