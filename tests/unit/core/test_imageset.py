"""Image sets against plain sets."""

from __future__ import annotations

from collections import Counter
from functools import reduce

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyroaring import BitMap

from smashpass.core.imageset import (
    EMPTY,
    ImageSet,
    at_least,
    freeze,
    intersection,
    outermost,
    union,
)

ORDINALS = st.integers(1, 30) | st.sampled_from([65_535, 65_536, 131_072, 2**32 - 1])
SETS = st.lists(st.sets(ORDINALS), max_size=6)


@given(SETS)
def test_a_union_holds_what_any_set_holds(sets: list[set[int]]) -> None:
    assert set(union(map(ImageSet, sets))) == set().union(*sets)


@given(SETS.filter(bool))
def test_an_intersection_holds_what_every_set_holds(sets: list[set[int]]) -> None:
    expected = reduce(set.intersection, sets)

    assert set(intersection(map(ImageSet, sets))) == expected


@given(SETS, st.integers(1, 7))
def test_at_least_counts_the_sets_of_each_image(sets: list[set[int]], n: int) -> None:
    times = Counter(ordinal for images in sets for ordinal in images)
    expected = {ordinal for ordinal, count in times.items() if count >= n}

    assert set(at_least(n, map(ImageSet, sets))) == expected


@given(st.sets(ORDINALS), st.integers(0, 40), st.booleans())
def test_outermost_is_one_end_of_the_sorted_ordinals(images, n, descending) -> None:
    expected = sorted(images, reverse=descending)[:n]

    assert outermost(ImageSet(images), n, descending=descending) == expected


def test_nothing_united_is_empty_and_nothing_met_is_refused() -> None:
    assert union([]) == EMPTY
    with pytest.raises(ValueError, match="no sets"):
        intersection([])


@pytest.mark.parametrize("n", [0, -1])
def test_at_least_none_is_refused(n: int) -> None:
    with pytest.raises(ValueError, match="at least 1"):
        at_least(n, [ImageSet([1])])


def test_a_frozen_set_can_be_a_key() -> None:
    images = freeze(BitMap([3, 1]))

    assert {images: 1}[ImageSet([1, 3])] == 1
    assert not hasattr(images, "add")
