"""Today's deck: which images it has, against a sort of the whole library written out."""

from __future__ import annotations

from datetime import date, timedelta
from hashlib import blake2b

from hypothesis import given
from hypothesis import strategies as st

from smashpass.core.decks.order import Permutation
from smashpass.core.imageset import Ordinal
from smashpass.core.library.index import Index
from smashpass.services.decks.daily import SIZE, daily_images
from tests.support.builders import Image, Library

DAY = 20_000
DAY_S = 86_400
LATEST = (DAY + 2) * DAY_S

Dates = list[tuple[float | None, bool]]
"""By image from 1: when it came, None where that is not known; and whether it is live."""

dates = st.lists(
    st.tuples(
        st.none() | st.integers((DAY - 2) * DAY_S, LATEST).map(float),
        st.sampled_from([True, True, True, False]),
    ),
    max_size=90,
)


def index_of(rows: Dates) -> Index:
    images = {
        number: Image(
            attributes={} if added is None else {"image.added": added}, live=live, source="s"
        )
        for number, (added, live) in enumerate(rows, start=1)
    }
    return Library(images, names=()).index


def slowly(rows: Dates, day: int) -> list[int]:
    """The deck, from the dates alone."""
    live = [(number, added) for number, (added, shown) in enumerate(rows, start=1) if shown]
    old = [number for number, added in live if added is None or added < day * DAY_S]
    if len(old) < 20:
        old = [number for number, _ in live]
    written = (date(1970, 1, 1) + timedelta(days=day)).isoformat()
    order = Permutation(int(blake2b(written.encode(), digest_size=6).hexdigest(), 16))
    return sorted(old, key=lambda number: order.key(Ordinal(number)))[:20]


@given(dates, st.integers(DAY - 1, DAY + 1))
def test_a_deck_is_that_of_a_sort_of_the_whole_library(rows: Dates, day: int) -> None:
    assert daily_images(index_of(rows), day) == slowly(rows, day)


@given(dates, st.lists(st.integers(DAY * DAY_S, LATEST).map(float), max_size=30))
def test_what_comes_during_the_day_does_not_change_its_deck(
    rows: Dates, newcomers: list[float]
) -> None:
    before = [(added, live) for added, live in rows if added is None or added < DAY * DAY_S]
    before += [(None, True)] * SIZE
    after = before + [(added, True) for added in newcomers]
    assert daily_images(index_of(after), DAY) == daily_images(index_of(before), DAY)


def test_each_day_has_another_deck() -> None:
    index = index_of([(None, True)] * 300)
    decks = [tuple(daily_images(index, day)) for day in range(DAY, DAY + 60)]
    assert len(set(decks)) == 60
    assert all(len(set(deck)) == SIZE for deck in decks)
    # Every image has its day: the chance that one of 300 is in none of 200 decks is below 0.0004.
    met = {image for day in range(DAY, DAY + 200) for image in daily_images(index, day)}
    assert len(met) == 300
