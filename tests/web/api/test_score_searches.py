"""Scores that are kept: searched, ordered by and shown over HTTP."""

from __future__ import annotations

import pytest

from tests.support.api import Open, World
from tests.support.builders import a_score_column

LIVE = 300
NAME = "plugin.aesthetic"
SCORES = {number: number * 7 % 64 / 64 for number in range(1, LIVE + 1) if number % 6}
"""By image; several have equal ones, and every sixth has none."""
ABOVE = {number for number, score in SCORES.items() if score > 0.7}


@pytest.fixture
def scored(open_world: Open) -> World:
    """An application whose library has scores of a scorer that is away."""
    world = open_world(SMASHPASS_SCORER_URL="http://127.0.0.1:9")
    world.parts.score_files.save(1, [a_score_column(SCORES, range(1, LIVE + 1), NAME)])
    world.look()
    return world


def best_first(numbers: set[int]) -> list[int]:
    return sorted(numbers, key=lambda number: (-SCORES.get(number, -1), -number))


@pytest.mark.parametrize(
    ("order", "expected"),
    [(f"attr:{NAME}", best_first(ABOVE)), (f"-attr:{NAME}", best_first(ABOVE)[::-1])],
)
def test_a_search_for_scores_is_paged_in_their_order(
    scored: World, order: str, expected: list[int]
) -> None:
    viewer, numbers, after = scored.new_viewer(), [], {}
    while True:
        answer = viewer.good("/search", q="plugin.aesthetic:>0.7", order=order, limit=17, **after)
        assert answer["matched"] == len(ABOVE)
        numbers += scored.numbers(answer["images"])
        if answer["next"] is None:
            break
        after = {"after": answer["next"]}
    assert numbers == expected


def test_images_without_a_score_match_no_range_and_come_last(scored: World) -> None:
    viewer = scored.new_viewer()
    every = viewer.good("/search", q="plugin.aesthetic:0..1", limit=1)
    assert every["matched"] == len(SCORES)
    without = viewer.good("/search", q="-plugin.aesthetic:0..1", limit=100)
    assert set(scored.numbers(without["images"])) == set(range(1, LIVE + 1)) - set(SCORES)
    rest = viewer.good("/search", order=f"attr:{NAME}", limit=100, after=scored.image(6))
    assert rest["images"] == []


def test_a_deck_is_dealt_in_the_order_of_scores(scored: World) -> None:
    viewer = scored.new_viewer()
    deck = viewer.deck(q="plugin.aesthetic:0.2..0.8", order=f"attr:{NAME}", n=20)
    within = {number for number, score in SCORES.items() if 0.2 <= score <= 0.8}
    assert scored.numbers(deck["cards"]) == best_first(within)[:20]
    assert deck["deck"]["matched"] == len(within)


def test_an_image_shows_its_scores(scored: World) -> None:
    viewer = scored.new_viewer()
    assert viewer.good(f"/images/{scored.image(5)}")["attributes"][NAME] == SCORES[5]
    assert NAME not in viewer.good(f"/images/{scored.image(6)}")["attributes"]


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("plugin.estetic:>0.7", "did you mean plugin.aesthetic?"),
        ("plugin.beauty:>0.7", "it has plugin.aesthetic"),
    ],
)
def test_scores_that_the_library_does_not_have_are_bad_input(
    scored: World, query: str, words: str
) -> None:
    answer = scored.new_viewer().get("/search", q=query)
    assert answer.status == 400
    assert words in str(answer.json)
    unordered = scored.new_viewer().get("/deck", order="attr:plugin.beauty")
    assert unordered.status == 400
    assert NAME in str(unordered.json)
