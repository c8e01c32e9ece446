"""Image sets and counts of queries against plain sets and recursion."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smashpass.core.errors import BadQuery
from smashpass.core.imageset import ImageSet
from smashpass.core.query.bind import bind
from smashpass.core.query.bound import And, Not, Or
from smashpass.core.query.evaluate import MySets, count, images
from smashpass.core.query.normal import normalise
from smashpass.core.query.parser import parse
from tests.support.builders import a_library, scored_libraries
from tests.support.query_strategies import TEXTS
from tests.unit.core.query import naive


@st.composite
def swipes(draw: st.DrawFn) -> dict[str, set[int]]:
    """Swipes of one viewer, also of images that are hidden or gone."""
    ordinals = st.sets(st.integers(1, 40) | st.sampled_from([65_536, 131_072]))
    smashed = draw(ordinals)
    return {"smashed": smashed, "passed": draw(ordinals) - smashed}


def my_sets(mine: dict[str, set[int]]) -> MySets:
    return MySets(ImageSet(mine["smashed"]), ImageSet(mine["passed"]))


@given(scored_libraries(), TEXTS, swipes())
def test_the_set_and_the_count_are_what_asking_every_image_gives(library, text, mine) -> None:
    syntax = parse(text)
    expected = naive.matching(syntax, library, mine)
    query = bind(syntax, library.vocabulary, strict=False)

    for form in (query, normalise(query)):
        if "~" not in text:
            assert set(images(form, library.index, my_sets(mine))) == expected
        evaluated = images(form, library.index, my_sets(mine))
        scanned = {o for o in library.live if naive.answers(form, library, o, mine)}
        assert set(evaluated) == scanned
        assert count(form, library.index, my_sets(mine)) == len(scanned)


@given(scored_libraries(), TEXTS, TEXTS, swipes())
def test_queries_joined_are_sets_joined(library, first_text, second_text, mine) -> None:
    index, sets = library.index, my_sets(mine)
    first, second = (
        bind(parse(text), library.vocabulary, strict=False) for text in (first_text, second_text)
    )
    a, b = (set(images(query, index, sets)) for query in (first, second))

    for query, expected in [
        (And((first, second)), a & b),
        (Or((first, second)), a | b),
        (Not(first), library.live - a),
        (And((first, Not(second))), a - b),
        (And((Not(first), Not(second))), library.live - a - b),
        (Or((Not(first), second)), (library.live - a) | b),
        (Or((Not(first), Not(second))), library.live - (a & b)),
        (And(()), library.live),
        (Or(()), set()),
        (And((first,)), a),
        (Or((first,)), a),
    ]:
        assert set(images(query, index, sets)) == expected
        assert count(query, index, sets) == len(expected)


LIBRARY = a_library(
    beard=[1, 2, 3],
    glasses=[2, 3, 4],
    hair__blonde=[3, 5],
    hair__black=[1],
    untagged=[6],
    hidden=[7],
    aliases={"specs": "glasses"},
    implications=[("beard_full", "beard")],
    beard_full=[5, 7],
    attributes={"image.width": {1: 256, 2: 512, 3: 1024, 7: 512}},
    licences={4: "CC-BY-4.0"},
    sources={6: "Other Set"},
)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", {1, 2, 3, 4, 5, 6}),
        ("beard", {1, 2, 3, 5}),
        ("beard specs", {2, 3}),
        ("beard -glasses", {1, 5}),
        ("blonde hair beard", {3, 5}),
        ("-blonde hair beard", {1, 2}),
        ("beard OR glasses", {1, 2, 3, 4, 5}),
        ("NOT beard", {4, 6}),
        ("hair:any", {1, 3, 5}),
        ("hair:none", {2, 4, 6}),
        ("b*", {1, 2, 3, 5}),
        ("width:>=512", {2, 3}),
        ("-width:>=512", {1, 4, 5, 6}),
        ("score:>0", set()),
        ("tagcount:0", {6}),
        ("licence:cc-by-4.0", {4}),
        ('source:"other set"', {6}),
        ("my:smashed", {1}),
        ("my:passed", {2}),
        ("my:unseen", {3, 4, 5, 6}),
        ("beard OR glasses -hair:none", {1, 2, 3, 5}),
        ("(beard OR glasses) -hair:none", {1, 3, 5}),
        ("beard -beard", set()),
    ],
)
def test_a_small_library_answers(text: str, expected: set[int]) -> None:
    mine = MySets(smashed=ImageSet([1, 7]), passed=ImageSet([2]))
    query = bind(parse(text), LIBRARY.vocabulary)

    for form in (query, normalise(query)):
        assert set(images(form, LIBRARY.index, mine)) == expected
        assert count(form, LIBRARY.index, mine) == len(expected)


def test_my_without_a_viewer_is_refused_with_its_place() -> None:
    query = normalise(bind(parse("beard -my:smashed"), LIBRARY.vocabulary))

    for ask in (images, count):
        with pytest.raises(BadQuery) as caught:
            ask(query, LIBRARY.index)
        assert (caught.value.position, caught.value.end) == (7, 17)
