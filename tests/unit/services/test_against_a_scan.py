"""A whole question, from its text to the last page, against looking at every image in turn."""

from __future__ import annotations

from collections.abc import Callable
from math import sqrt

import pytest
from hypothesis import given, reject, settings
from hypothesis import strategies as st

from smashpass.core.decks.order import Permutation
from smashpass.core.errors import BadQuery
from smashpass.core.explore.related import canonical_tags, counts, related
from smashpass.core.imageset import Ordinal
from smashpass.core.query.evaluate import MySets
from smashpass.core.query.parser import parse
from smashpass.services.search.page import search_page
from smashpass.services.search.paging import beyond
from smashpass.services.search.search import (
    count_matches,
    find_order,
    matching,
    read_query,
)
from tests.support.builders import Library, scored_libraries
from tests.support.query_strategies import TEXTS
from tests.unit.core.query import naive

_OTHERS = settings().max_examples
EXAMPLES = 5 * _OTHERS if _OTHERS > 100 else 50
SEED = 11
NOTHING: dict[str, set[int]] = {"smashed": set(), "passed": set()}
NAMESPACES = ("", "hair:", "eyes:", "b")
ASKED = TEXTS.filter(lambda text: not any(term in text for term in ("my:", "~", "no_such_tag")))
"""Words that name nothing are refused; that, and what is a viewer's own, is tested elsewhere."""


def place(library: Library, order: str) -> Callable[[int], tuple[float, ...]]:
    """What an image is sorted by in an order, as the order is defined."""
    bare, sign = order.removeprefix("-"), 1 if order.startswith("-") else -1
    if bare == "random":
        return lambda image: (Permutation(SEED).key(Ordinal(image)),)
    if bare in ("new", "popular"):
        return lambda image: (sign * image,)
    attribute = "tag_count" if bare == "tagcount" else bare.removeprefix("attr:")
    name = attribute if attribute.startswith("plugin.") else f"image.{attribute}"

    def by_value(image: int) -> tuple[float, ...]:
        value = library.value(image, name)
        return (1, sign * image) if value is None else (0, sign * value, sign * image)

    return by_value


def orders(library: Library) -> st.SearchStrategy[str]:
    """The names of all orders that a library has."""
    attributes = [f"attr:{name.removeprefix('image.')}" for name in library.index.columns()]
    sortable = ["new", "popular", "tagcount", *attributes]
    return st.sampled_from(["random", *sortable, *(f"-{name}" for name in sortable)])


@given(scored_libraries(), ASKED, st.integers(1, 7), st.data())
@settings(max_examples=EXAMPLES)
def test_a_question_is_answered_as_a_scan_would(library, text, size, data) -> None:
    index = library.index
    syntax = parse(text)
    mine = MySets()
    try:
        query = read_query(text, index)
    except BadQuery:
        reject()
    expected = naive.matching(syntax, library, NOTHING)
    assert set(matching(query, index, mine)) == expected
    assert count_matches(index, text, mine=mine) == len(expected)

    order = data.draw(orders(library))
    sorted_ = sorted(expected, key=place(library, order))
    result = search_page(index, text, order=order, limit=size, mine=mine, seed=SEED)
    assert (result.matched, list(result.ordinals)) == (len(expected), sorted_[:size])

    by, rest, pages = find_order(order, index, SEED), matching(query, index, mine), []
    while page := by.first(rest, size):
        pages += page
        rest = beyond(matching(query, index, mine), by, page[-1])
    assert pages == sorted_

    having = {name: library.having(name) for name in library.names}
    names = index.vocabulary.names
    for prefix in NAMESPACES:
        counted = counts(matching(query, index, mine), canonical_tags(index, prefix), index)
        assert {names[tag]: n for tag, n in counted.items()} == {
            name: len(having[name] & expected)
            for name in library.names
            if name.startswith(prefix) and name not in library.aliases and having[name] & expected
        }
    rows = [
        (-len(images & expected) / sqrt(len(images) * len(expected)), name)
        for name, images in having.items()
        if name not in library.aliases and images & expected
    ]
    near = related(matching(query, index, mine), index, 5)
    assert [names[row.tag] for row in near] == [name for _, name in sorted(rows)[:5]]
    assert [row.cosine for row in near] == pytest.approx([-score for score, _ in sorted(rows)[:5]])
