"""Empty results: which term empties a query, held against counting image by image."""

from __future__ import annotations

from itertools import combinations

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from smashpass.core.errors import BadQuery
from smashpass.core.imageset import ImageSet
from smashpass.core.query.evaluate import MySets
from smashpass.core.query.parser import parse
from smashpass.services.search.emptiness import explain_emptiness
from smashpass.services.search.search import count_matches
from tests.support.builders import Library, a_library, libraries
from tests.support.query_strategies import LEAVES
from tests.unit.core.query import naive

LIBRARY = a_library(
    beard=[1, 2, 3],
    hair__blonde=[2, 3, 4],
    hat=[4],
    smile=[5],
    old=[1, 2, 3, 4, 5],
    ghost=[],
    aliases={"whiskers": "beard"},
    attributes={"image.width": {1: 512, 2: 256}},
    hidden=[6],
)


def told(text: str, mine: MySets | None = None) -> dict[str, object]:
    return explain_emptiness(text, LIBRARY.index, mine).as_json()


def terms(text: str) -> list[tuple[str, int, int]]:
    return [(t.term, t.alone, t.without) for t in explain_emptiness(text, LIBRARY.index).terms]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("beard hat", [("beard", 3, 1), ("hat", 1, 3)]),
        ("beard AND blonde hair hat", [("beard", 3, 1), ("blonde hair", 3, 0), ("hat", 1, 2)]),
        ("(hat OR smile) beard", [("(hat OR smile)", 2, 3), ("beard", 3, 2)]),
        ("(beard (hat))", [("beard", 3, 1), ("hat", 1, 3)]),
        ("beard -old", [("beard", 3, 0), ("-old", 0, 3)]),
        ("beard NOT (old OR hat)", [("beard", 3, 0), ("NOT (old OR hat)", 0, 3)]),
        ("-blonde hair hat", [("-blonde hair", 2, 1), ("hat", 1, 2)]),
        ('"hat" ~bread', [('"hat"', 1, 3), ("~bread", 3, 1)]),
        ('source:"tests" ghost', [('source:"tests"', 5, 0), ("ghost", 0, 5)]),
        ("width:>=512 hat", [("width:>=512", 1, 1), ("hat", 1, 1)]),
        ("beard whiskers hat beard", [("beard", 3, 1), ("hat", 1, 3)]),
        ("ghost", [("ghost", 0, 5)]),
        ("ghost OR beard hat", [("ghost OR beard hat", 0, 5)]),
        ("hair:none -beard hat", [("hair:none", 2, 1), ("-beard", 2, 0), ("hat", 1, 1)]),
    ],
)
def test_each_term_says_how_many_match_without_it(text, expected):
    assert count_matches(LIBRARY.index, text) == 0
    assert terms(text) == expected


@pytest.mark.parametrize(
    ("text", "cause"),
    [
        ("ghost", "no image matches ghost"),
        ("-old", "-old excludes every image"),
        ("beard hat", "no image matches all terms; without hat: 3"),
        ("beard ghost", "no image matches ghost; without ghost: 3"),
        ("beard -old", "-old excludes every image; without -old: 3"),
        ("ghost -old", "no image matches ghost, and -old excludes every image"),
        (
            "beard hat smile",
            "no single term is the cause; without both hat and smile: 3",
        ),
        ("beard -beard hat -hat ghost", "no single term is the cause, and no pair of terms either"),
    ],
)
def test_the_cause_is_said_in_words(text, cause):
    assert told(text)["cause"] == cause


def test_a_pair_is_named_only_where_no_single_term_helps():
    assert told("beard hat smile")["pair"] == {
        "terms": ["hat", "smile"],
        "without": 3,
        "rest": "beard",
    }
    assert "pair" not in told("beard hat")
    assert "pair" not in told("ghost -old")


def test_a_library_without_images_says_so():
    empty = a_library(beard=[])
    explanation = explain_emptiness("beard", empty.index)
    assert explanation.cause == "the library has no images"
    assert [(term.alone, term.without) for term in explanation.terms] == [(0, 0)]
    assert explain_emptiness("", empty.index).as_json() == {
        "cause": "the library has no images",
        "terms": [],
    }


def test_own_swipes_need_a_viewer():
    mine = MySets(smashed=ImageSet([5]))
    assert told("my:smashed beard", mine)["terms"] == [
        {"term": "my:smashed", "alone": 1, "without": 3, "rest": "beard"},
        {"term": "beard", "alone": 3, "without": 1, "rest": "my:smashed"},
    ]
    with pytest.raises(BadQuery, match="needs a viewer"):
        told("my:smashed beard")


@pytest.mark.parametrize(
    ("text", "rests"),
    [
        ("long hat beard", {"long": "hat beard", "hat": "long AND beard", "beard": "long hat"}),
        ("(hat OR long) beard -hat", {"(hat OR long)": "beard -hat", "beard": "(hat OR long) -hat",
                                      "-hat": "(hat OR long) beard"}),
        ("beard", {"beard": ""}),
    ],
)  # fmt: skip
def test_what_is_left_never_becomes_another_tag(text, rests):
    library = a_library(long=[1], hat=[2], beard=[3], long_beard=[4])
    rest_of = {term.term: term.rest for term in explain_emptiness(text, library.index).terms}
    assert rest_of == rests


def test_two_terms_must_go_where_one_is_not_enough():
    pair = explain_emptiness("beard hat smile", LIBRARY.index).pair
    assert (pair.terms, pair.without, pair.rest) == (("hat", "smile"), 3, "beard")
    assert explain_emptiness("blonde hair beard hat", LIBRARY.index).pair is None
    assert explain_emptiness("ghost -old", LIBRARY.index).pair is None


MINE = {"smashed": {1, 2, 3}, "passed": {4, 5}}
PLAIN = LEAVES.filter(lambda leaf: leaf[0] != "~")
QUERIES = st.lists(PLAIN | PLAIN.map(lambda leaf: f"-({leaf})"), min_size=1, max_size=6)
JOINED = QUERIES.map(" ".join) | QUERIES.map(" AND ".join) | QUERIES.map(" OR ".join)


@given(
    libraries(max_images=12),
    st.lists(JOINED.map(lambda text: f"({text})") | JOINED, min_size=1, max_size=3),
)
def test_the_numbers_are_those_of_counting_image_by_image(library: Library, parts: list[str]):
    text = " ".join(parts)
    mine = MySets(ImageSet(MINE["smashed"]), ImageSet(MINE["passed"]))
    try:
        explanation = explain_emptiness(text, library.index, mine)
    except BadQuery:
        assume(False)
    having = [naive.matching(parse(term.term), library, MINE) for term in explanation.terms]
    assert matching_all(having, library) == naive.matching(parse(text), library, MINE)
    assert [term.alone for term in explanation.terms] == [len(images) for images in having]
    for place, term in enumerate(explanation.terms):
        rest = having[:place] + having[place + 1 :]
        assert term.without == len(matching_all(rest, library))
        assert naive.matching(parse(term.rest), library, MINE) == matching_all(rest, library)
    without_pairs = {
        (explanation.terms[first].term, explanation.terms[second].term): len(
            matching_all(
                [images for at, images in enumerate(having) if at not in (first, second)], library
            )
        )
        for first, second in combinations(range(len(having)), 2)
    }
    if explanation.pair is not None:
        assert not any(term.without for term in explanation.terms)
        assert (
            explanation.pair.without
            == without_pairs[explanation.pair.terms]
            == max(without_pairs.values())
        )
    elif len(having) > 2:
        assert any(term.without for term in explanation.terms) or not any(without_pairs.values())


def matching_all(sets: list[set[int]], library: Library) -> set[int]:
    """The live images that are in every one of some sets."""
    return library.live.intersection(*sets)
