"""Columns of scores answer as a plain dict of numbers does, and take the room that was promised."""

from __future__ import annotations

import random
from array import array
from math import inf, nan

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smashpass.core.imageset import ImageSet, Ordinal
from smashpass.core.library import bitslices
from smashpass.core.library.score_column import ScoreColumn
from tests.support.builders import A_MODEL, a_score_column
from tests.unit.core.test_column import lies_between, plain_top

FLOAT32 = st.floats(allow_nan=False, allow_infinity=False, width=32)
FLOAT64 = st.floats(allow_nan=False, allow_infinity=False)
SMALL = st.integers(-3, 3).map(float) | st.sampled_from([-0.0, 0.5, -0.5])
ORDINALS = st.integers(1, 60) | st.sampled_from([65_535, 65_536, 131_073])
NUMBERS = (
    st.dictionaries(ORDINALS, FLOAT32 | SMALL, max_size=40)
    | st.dictionaries(ORDINALS, FLOAT64 | SMALL | st.sampled_from([0.1, 0.3]), max_size=40)
    | st.dictionaries(ORDINALS, FLOAT32 | FLOAT64 | SMALL, max_size=40)
)
FAR_ENDS = st.sampled_from([inf, -inf, 0.1, 3.4028235e38, 3.5e38])
ENDS = st.none() | FLOAT32 | FLOAT64 | SMALL | FAR_ENDS


@given(NUMBERS, ENDS, ENDS, st.booleans(), st.booleans(), st.data())
def test_between_agrees_with_a_linear_scan(numbers, low, high, include_low, include_high, data):
    if numbers and data.draw(st.booleans()):
        low = data.draw(st.sampled_from(sorted(numbers.values())))
        high = data.draw(st.sampled_from(sorted(numbers.values())))

    selected = a_score_column(numbers).between(low, high, include_low, include_high)

    ends = (low, high, include_low, include_high)
    assert set(selected) == {o for o, value in numbers.items() if lies_between(value, *ends)}


@given(NUMBERS, st.sets(ORDINALS))
def test_values_come_back_exactly(numbers, unanswered):
    column = a_score_column(numbers, unanswered)

    assert set(column.present) == set(numbers)
    assert set(column.known) == set(numbers) | unanswered
    assert column.bits == (32 if all(map(is_single, numbers.values())) else 64)
    for ordinal in [*range(62), 65_535, 65_536, 131_073, 131_074, 2**32 - 1]:
        assert column.value(Ordinal(ordinal)) == numbers.get(ordinal)


@given(NUMBERS, st.sets(ORDINALS), st.integers(0, 30), st.booleans(), st.integers(1, 9))
def test_top_agrees_with_a_sort(numbers, images, n, descending, sort_at_once):
    with pytest.MonkeyPatch.context() as patch:
        # A low limit, so that small examples take the way of large libraries.
        patch.setattr(bitslices, "SORT_AT_ONCE", sort_at_once)
        selected = a_score_column(numbers).top(ImageSet(images), n, descending=descending)

    assert selected == plain_top(numbers, images, n, descending)


@given(NUMBERS, st.sets(ORDINALS))
def test_a_column_of_stored_parts_is_the_same(numbers, unanswered):
    column = a_score_column(numbers, unanswered)
    slices, known, present = column.parts

    again = ScoreColumn(column.name, column.source, slices, known, present)

    assert again.bits == len(slices) == column.bits
    assert again.parts == column.parts
    assert all(again.value(Ordinal(o)) == value for o, value in numbers.items())


@pytest.mark.parametrize("descending", [True, False])
@pytest.mark.parametrize("distinct", [1, 3, 900, 5_000])
def test_top_of_thousands_agrees_with_a_sort(distinct, descending):
    numbers = {o: (o * 7919 % distinct) / distinct for o in range(1, 5_001) if o % 11}
    images = set(range(1, 5_001, 2))
    column = a_score_column(numbers)

    for n in (1, 20, 700, 9_999):
        selected = column.top(ImageSet(images), n, descending=descending)
        assert selected == plain_top(numbers, images, n, descending)


def test_both_zeros_are_one_value_and_shown_without_sign():
    column = a_score_column({1: -0.0, 2: 0.0})

    assert set(column.between(0.0, 0.0)) == set(column.between(-0.0, -0.0)) == {1, 2}
    assert str(column.value(Ordinal(1))) == "0.0"


@pytest.mark.parametrize("value", [nan, inf, -inf])
def test_what_is_no_finite_number_is_refused(value):
    with pytest.raises(ValueError, match=r"plugin\.x is not a finite number"):
        a_score_column({1: value})


def test_parts_that_do_not_fit_together_are_refused():
    two, one = array("I", [1, 2]), array("d", [1])
    with pytest.raises(ValueError, match="2 ordinals, but 1 values"):
        ScoreColumn.build("plugin.x", A_MODEL, two, one, ImageSet(two))
    with pytest.raises(ValueError, match="is not known"):
        ScoreColumn.build("plugin.x", A_MODEL, two[:1], one, ImageSet([2]))
    with pytest.raises(ValueError, match="has 3 slices"):
        ScoreColumn("plugin.x", A_MODEL, [ImageSet()] * 3, ImageSet(), ImageSet())


def test_scores_of_two_hundred_thousand_images_take_less_than_a_megabyte():
    chance = random.Random(5)
    ordinals = array("I", range(1, 200_001))
    values = array("d", array("f", [chance.betavariate(5, 3) for _ in ordinals]))

    column = ScoreColumn.build("plugin.x", A_MODEL, ordinals, values, ImageSet(ordinals))

    slices, known, present = column.parts
    assert len(slices) == 32
    assert sum(len(images.serialize()) for images in (*slices, known, present)) <= 1_000_000


def is_single(value: float) -> bool:
    return array("d", array("f", [value]))[0] == value
