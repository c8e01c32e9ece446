"""Searching: exact numbers, orders, and the cards of what was found."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smashpass.bootstrap.installation import Installation
from smashpass.core.decks.order import Permutation
from smashpass.core.errors import BadInput, BadQuery
from smashpass.core.imageset import ImageSet
from smashpass.core.query.evaluate import MySets
from smashpass.services.search.page import search_page
from smashpass.services.search.search import (
    MAX_LIMIT,
    count_matches,
    find_order,
    tag_names,
)
from tests.support.builders import TAGS, a_library, a_score_column, libraries
from tests.support.libraries import PORTRAITS, fill

LIBRARY = a_library(
    beard=[1, 2, 3],
    hair__blonde=[2, 3],
    hat=[4],
    aliases={"whiskers": "beard"},
    attributes={"image.score": {1: 0.5, 2: 0.9, 3: 0.5}},
    hidden=[5],
)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", [4, 3, 2, 1]),
        ("beard", [3, 2, 1]),
        ("whiskers -hair:*", [1]),
        ("score:>=0.9 OR hat", [4, 2]),
        ("beard hat", []),
    ],
)
def test_matches_come_newest_first_with_their_exact_number(text, expected):
    result = search_page(LIBRARY.index, text)
    assert list(result.ordinals) == expected
    assert result.matched == len(expected)
    assert count_matches(LIBRARY.index, text) == len(expected)


def test_the_number_is_exact_also_where_few_are_shown():
    result = search_page(LIBRARY.index, "beard", limit=1)
    assert (result.matched, result.ordinals) == (3, (3,))
    assert search_page(LIBRARY.index, "beard", limit=0).matched == 3


@pytest.mark.parametrize(
    ("order", "expected"),
    [
        ("new", [4, 3, 2, 1]),
        ("-new", [1, 2, 3, 4]),
        ("attr:score", [2, 3, 1, 4]),
        ("attr:image.score", [2, 3, 1, 4]),
        ("tagcount", [3, 2, 4, 1]),
        ("-tagcount", [1, 4, 2, 3]),
    ],
)
def test_orders(order, expected):
    assert list(search_page(LIBRARY.index, "", order=order).ordinals) == expected


def test_a_reversed_order_is_the_other_way_round():
    forwards = search_page(LIBRARY.index, "beard", order="attr:score").ordinals
    backwards = search_page(LIBRARY.index, "beard", order="-attr:score").ordinals
    assert backwards == forwards[::-1]


def test_a_random_order_depends_on_the_seed_alone():
    order = search_page(LIBRARY.index, "", order="random", seed=1).ordinals
    assert order == search_page(LIBRARY.index, "", order="random", seed=1).ordinals
    assert order == tuple(sorted(order, key=Permutation(1).key))
    others = {
        search_page(LIBRARY.index, "", order="random", seed=seed).ordinals for seed in range(20)
    }
    assert len(others) > 1


@pytest.mark.parametrize(
    "order", ["", "-", "none", "-random", "attr:", "attr:none", "NEW", "new ", "popular\x00"]
)
def test_an_unknown_order_is_refused_with_those_there_are(order):
    with pytest.raises(BadInput) as caught:
        search_page(LIBRARY.index, "", order=order)
    assert caught.value.hint
    assert "\n" not in str(caught.value)


def test_an_unknown_attribute_is_answered_with_those_there_are():
    with pytest.raises(BadInput, match="it has score, tag_count"):
        find_order("attr:heat", LIBRARY.index, 0)


SCORED = LIBRARY.index.with_scores(
    {"plugin.fun": a_score_column({1: 0.75, 2: 0.25, 4: 0.75}, {3}, "plugin.fun")}
)


@pytest.mark.parametrize(
    ("text", "order", "expected"),
    [
        ("plugin.fun:>0.5", "new", [4, 1]),
        ("plugin.fun:0.2..0.5", "new", [2]),
        ("-plugin.fun:>0.5", "new", [3, 2]),
        ("", "attr:plugin.fun", [4, 1, 2, 3]),
        ("", "-attr:plugin.fun", [2, 1, 4, 3]),
    ],
)
def test_scores_are_searched_and_ordered_by_as_other_numbers_are(text, order, expected):
    assert list(search_page(SCORED, text, order=order).ordinals) == expected

    paged, after = [], None
    while page := search_page(SCORED, text, order=order, after=after, limit=1).ordinals:
        paged += page
        after = page[-1]
    assert paged == expected


def test_scores_that_are_not_there_are_named():
    with pytest.raises(BadInput, match=r"no attribute 'plugin\.beauty'") as caught:
        find_order("attr:plugin.beauty", SCORED, 0)
    assert "plugin.fun" in caught.value.suggestions
    with pytest.raises(BadQuery, match=r"no scores 'plugin\.fum'.*did you mean plugin\.fun"):
        search_page(SCORED, "plugin.fum:>0.5")


@pytest.mark.parametrize("limit", [-1, MAX_LIMIT + 1])
def test_a_limit_has_bounds(limit):
    with pytest.raises(BadInput, match="0 to 100"):
        search_page(LIBRARY.index, "", limit=limit)


def test_a_word_that_names_no_tag_is_never_an_empty_answer():
    with pytest.raises(BadQuery, match="beard"):
        search_page(LIBRARY.index, "berd")


def test_what_a_viewer_saw_can_be_asked_for():
    mine = MySets(smashed=ImageSet([1]), passed=ImageSet([2]))
    assert search_page(LIBRARY.index, "my:unseen", mine=mine).ordinals == (4, 3)
    assert count_matches(LIBRARY.index, "my:smashed", mine=mine) == 1


@given(libraries(), st.sampled_from(TAGS), st.sampled_from(TAGS), st.booleans())
def test_a_search_finds_what_a_walk_over_plain_images_finds(library, name, other_name, negated):
    text = f'"{name}" {"-" if negated else ""}"{other_name}"'
    expected = library.having(name) - library.having(other_name)
    if not negated:
        expected = library.having(name) & library.having(other_name)
    result = search_page(library.index, text, limit=100)
    assert list(result.ordinals) == sorted(expected, reverse=True)
    assert count_matches(library.index, text) == result.matched == len(expected)


def test_cards_show_canonical_tags_and_the_credit(installation: Installation):
    fill(installation)
    index = installation.library.index
    result = search_page(index, "beard", limit=10)
    contents = [card.content for card in installation.cards.of(index, result.ordinals)]
    assert [card["image"] for card in contents] == [
        installation.image_ids.encode(ordinal) for ordinal in result.ordinals
    ]
    assert contents[0]["tags"] == sorted(PORTRAITS[6])
    assert contents[0]["credit"] == {
        "source": "Other Set",
        "licence": "CC-BY-4.0",
        "author": "",
        "digital_source_type": "digitalArt",
        "made": "drawn by a person",
        "ai": False,
    }
    assert contents[1]["credit"] != contents[0]["credit"]


def test_what_nobody_has_swiped_is_equally_popular():
    swiped = a_library(beard=[1, 2, 3], attributes={"image.popularity": {1: 0.2, 2: 0.9}})
    unswiped = a_library(beard=[1, 2, 3])

    assert search_page(swiped.index, "", order="popular").ordinals == (2, 1, 3)
    assert search_page(unswiped.index, "", order="popular").ordinals == (3, 2, 1)


def test_an_alias_and_its_tag_are_shown_once():
    library = a_library(beard=[1], whiskers=[1], aliases={"whiskers": "beard"})
    own_tags = library.index.own_tags(next(iter(library.index.live)))
    assert len(own_tags) == 2
    assert tag_names(library.index, own_tags) == ["beard"]
