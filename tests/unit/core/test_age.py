"""Ages answer as whole days between two dates of the calendar do."""

from __future__ import annotations

from array import array
from datetime import UTC, datetime, timedelta
from math import inf

from hypothesis import example, given
from hypothesis import strategies as st

from smashpass.core.imageset import ImageSet, Ordinal
from smashpass.core.library.age import AgeColumn
from smashpass.core.library.column import Column
from smashpass.core.query.bind import bind
from smashpass.core.query.evaluate import images
from smashpass.core.query.normal import normalise
from smashpass.core.query.parser import parse
from smashpass.services.search.page import search_page
from tests.support.builders import a_library

DAY = datetime(2026, 11, 24, tzinfo=UTC)
TODAY = int(DAY.timestamp()) // 86_400
MOMENTS = st.datetimes(datetime(2026, 11, 15), datetime(2026, 11, 27)).map(
    lambda at: at.replace(tzinfo=UTC)
)
ADDED = st.dictionaries(st.integers(1, 60) | st.sampled_from([65_536, 131_073]), MOMENTS)
ENDS = st.none() | st.integers(-3, 12).map(float) | st.floats(-3, 12) | st.sampled_from([inf, -inf])


def built(added_at: dict[int, datetime]) -> AgeColumn:
    ordinals = sorted(added_at)
    seconds = array("d", [added_at[ordinal].timestamp() for ordinal in ordinals])
    return AgeColumn(Column.build("image.added", array("I", ordinals), seconds), TODAY)


def ages(added_at: dict[int, datetime]) -> dict[int, int]:
    return {image: max(0, (DAY.date() - at.date()).days) for image, at in added_at.items()}


@given(ADDED)
def test_an_age_is_the_difference_of_two_dates(added_at) -> None:
    column = built(added_at)
    assert set(column.present) == set(added_at)
    assert {image: column.value(Ordinal(image)) for image in added_at} == ages(added_at)
    assert column.value(Ordinal(7_000)) is None


@given(ADDED, ENDS, ENDS, st.booleans(), st.booleans())
@example({1: DAY}, 0.0, 0.0, True, True)
@example({1: DAY + timedelta(days=2)}, None, 0.0, True, True)
def test_between_agrees_with_a_scan(added_at, low, high, include_low, include_high) -> None:
    expected = {
        image
        for image, age in ages(added_at).items()
        if (low is None or age > low or (include_low and age == low))
        and (high is None or age < high or (include_high and age == high))
    }
    assert set(built(added_at).between(low, high, include_low, include_high)) == expected


@given(ADDED, st.sets(st.integers(1, 60)), st.integers(0, 20), st.booleans())
def test_the_first_agree_with_a_sort(added_at, images, n, descending) -> None:
    age_of = ages(added_at)
    sign = -1 if descending else 1
    key = {
        ordinal: (ordinal not in age_of, sign * age_of.get(ordinal, 0), sign * ordinal)
        for ordinal in images
    }
    expected = sorted(images, key=key.__getitem__)[:n]
    assert built(added_at).top(ImageSet(images), n, descending=descending) == expected


def test_a_library_knows_ages_once_it_knows_its_day() -> None:
    moments = {ordinal: (DAY - timedelta(days=ordinal)).timestamp() for ordinal in (1, 2, 3)}
    index = a_library(hat=[1, 2, 3, 4], attributes={"image.added": moments}).index
    assert "image.age_days" not in index.columns()
    dated = index.dated(TODAY)
    assert dated.columns()[-1] == "image.age_days"
    assert dated.numbers(Ordinal(2))["image.age_days"] == 2
    query = normalise(bind(parse("age_days:>=2"), dated.vocabulary, columns=dated.columns()))
    assert set(images(query, dated)) == {2, 3}
    assert search_page(dated, "hat", order="attr:age_days").ordinals == (3, 2, 1, 4)
    assert search_page(dated, "hat", order="-attr:age_days").ordinals == (1, 2, 3, 4)
    assert dated.facts(Ordinal(3)).value("image.age_days") == 3
