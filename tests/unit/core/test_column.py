"""Columns answer as a plain dict of numbers does."""

from __future__ import annotations

from array import array
from math import inf, nan

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smashpass.core.imageset import ImageSet, Ordinal
from smashpass.core.library import bitslices
from smashpass.core.library.column import Column

FLOATS = st.floats(allow_nan=False) | st.integers(-3, 3).map(float) | st.sampled_from([0.1, 0.3])
ORDINALS = st.integers(1, 60) | st.sampled_from([65_535, 65_536, 131_073])
NUMBERS = st.dictionaries(ORDINALS, FLOATS, max_size=40)
CHANGES = st.dictionaries(ORDINALS, st.none() | FLOATS, max_size=15)
ENDS = st.none() | FLOATS


def built(numbers: dict[int, float]) -> Column:
    ordinals = sorted(numbers)
    return Column.build("image.x", array("I", ordinals), array("d", [numbers[o] for o in ordinals]))


def changed(numbers, changes):
    after = {**numbers, **changes}
    return {ordinal: value for ordinal, value in after.items() if value is not None}


def lies_between(value, low, high, include_low, include_high):
    above = low is None or value > low or (include_low and value == low)
    below = high is None or value < high or (include_high and value == high)
    return above and below


def plain_top(numbers, images, n, descending):
    with_value = sorted((numbers[o], o) for o in images if o in numbers)
    without = sorted(o for o in images if o not in numbers)
    if descending:
        with_value.reverse()
        without.reverse()
    return ([o for _, o in with_value] + without)[:n]


@given(NUMBERS, CHANGES, ENDS, ENDS, st.booleans(), st.booleans())
def test_between_agrees_with_a_linear_scan(numbers, changes, low, high, include_low, include_high):
    column = built(numbers).with_values(changes)

    selected = column.between(low, high, include_low, include_high)

    after = changed(numbers, changes)
    ends = (low, high, include_low, include_high)
    assert set(selected) == {o for o, value in after.items() if lies_between(value, *ends)}


@given(NUMBERS, CHANGES, CHANGES)
def test_values_and_presence_agree_with_a_dict(numbers, first, second):
    column = built(numbers).with_values(first).with_values(second)

    after = changed(numbers, {**first, **second})
    assert set(column.present) == set(after)
    for ordinal in [*range(62), 65_535, 65_536, 131_073, 131_074, 2**32 - 1]:
        assert column.value(Ordinal(ordinal)) == after.get(ordinal)


@given(NUMBERS, CHANGES, st.sets(ORDINALS), st.integers(0, 30), st.booleans(), st.integers(1, 9))
def test_top_agrees_with_a_sort(numbers, changes, images, n, descending, sort_at_once):
    column = built(numbers).with_values(changes)

    with pytest.MonkeyPatch.context() as patch:
        # A low limit, so that small examples take the way of large libraries.
        patch.setattr(bitslices, "SORT_AT_ONCE", sort_at_once)
        selected = column.top(ImageSet(images), n, descending=descending)

    assert selected == plain_top(changed(numbers, changes), images, n, descending)


@pytest.mark.parametrize("descending", [True, False])
@pytest.mark.parametrize("distinct", [1, 3, 900, 5_000])
def test_top_of_thousands_agrees_with_a_sort(distinct, descending):
    numbers = {o: float(o * 7919 % distinct) for o in range(1, 5_001) if o % 11}
    images = set(range(1, 5_001, 2))
    column = built(numbers)

    for n in (1, 20, 700, 9_999):
        selected = column.top(ImageSet(images), n, descending=descending)
        assert selected == plain_top(numbers, images, n, descending)


def test_a_change_leaves_the_column_it_was_made_from_alone():
    before = built({1: 5.0, 2: 7.0})

    after = before.with_values({Ordinal(1): None, Ordinal(3): 6.0})

    assert set(before.between(None, None)) == {1, 2}
    assert set(after.between(None, None)) == {2, 3}
    assert not before.is_changed
    assert after.is_changed


def test_both_zeros_are_one_value_and_shown_without_sign():
    column = built({1: -0.0, 2: 0.0})

    assert set(column.between(0.0, 0.0)) == {1, 2}
    assert str(column.value(Ordinal(1))) == "0.0"


def test_infinite_values_and_ends_are_exact():
    column = built({1: -inf, 2: 0.5, 3: inf})

    assert set(column.between(-inf, inf, include_low=False)) == {2, 3}
    assert set(column.between(inf, None)) == {3}


def test_what_is_not_a_number_is_refused():
    with pytest.raises(ValueError, match=r"image\.x is not a number"):
        built({1: nan})
    with pytest.raises(ValueError, match=r"image\.x is not a number"):
        built({1: 1.0}).with_values({Ordinal(1): nan})


def test_lengths_that_differ_are_refused():
    with pytest.raises(ValueError, match="2 ordinals, but 1 values"):
        Column.build("image.x", array("I", [1, 2]), array("d", [0.5]))


GROWTH = st.dictionaries(ORDINALS, st.integers(-3, 3), max_size=20)


@given(NUMBERS, CHANGES, GROWTH, st.sampled_from([0, 1_000]), ENDS, ENDS, st.booleans())
def test_growth_agrees_with_adding_one_by_one(numbers, changes, growth, few, low, high, descending):
    steps = {step: ImageSet([o for o in growth if growth[o] == step]) for step in growth.values()}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("smashpass.core.library.column.MOVED_ONE_BY_ONE", few)
        column = built(numbers).with_values(changes).with_growth(steps)
        column = column.with_growth(steps)  # a column that has grown can grow

    after = changed(numbers, changes)
    for ordinal, step in growth.items():
        after[ordinal] = after.get(ordinal, 0) + step + step
    assert set(column.present) == set(after)
    for ordinal in [*range(62), 65_535, 65_536, 131_073, 131_074]:
        assert column.value(Ordinal(ordinal)) == after.get(ordinal)
    inside = {o for o, value in after.items() if lies_between(value, low, high, True, True)}
    assert set(column.between(low, high)) == inside
    images = ImageSet([1, 5, 70, *growth])
    top = plain_top(after, images, 9, descending)
    assert column.top(images, 9, descending=descending) == top
