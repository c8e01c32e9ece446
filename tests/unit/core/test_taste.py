"""Tastes: counts equal counting anew, orders equal sorting everything."""

from __future__ import annotations

from collections import Counter
from math import exp, log

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smashpass.core.decks.dealing import deal
from smashpass.core.decks.order import Permutation
from smashpass.core.decks.taste import (
    DAMPING,
    NO_COUNTS,
    OWN_RATE_SWIPES,
    POPULATION_SWIPES,
    PRIOR_SWIPES,
    SCALE,
    ByTaste,
    PopulationRates,
    Taste,
    TasteReason,
    taste_of,
)
from smashpass.core.imageset import ImageSet
from smashpass.services.decks.tastes import tags_of
from tests.support.builders import Library, a_library, libraries

VERDICTS = st.dictionaries(st.integers(1, 40), st.booleans(), max_size=20)


def sets_of(verdicts: dict[int, bool]) -> tuple[ImageSet, ImageSet]:
    smashed = ImageSet(image for image, smash in verdicts.items() if smash)
    return smashed, ImageSet(verdicts) - smashed


def a_taste(library: Library, verdicts: dict[int, bool]) -> Taste | None:
    index = library.index
    counts = NO_COUNTS.with_verdicts(index, *sets_of(verdicts))
    return taste_of(counts, index, PopulationRates(index))


@given(libraries(), st.lists(VERDICTS, min_size=1, max_size=5))
def test_counts_after_swipes_and_undos_equal_counting_anew(library, moments):
    index = library.index
    counts = NO_COUNTS
    for verdicts in moments:
        counts = counts.with_verdicts(index, *sets_of(verdicts))
    known = {image: smash for image, smash in moments[-1].items() if image in library.images}
    swipes: Counter[str] = Counter()
    smashes: Counter[str] = Counter()
    for image, smash in known.items():
        swipes.update(library.effective(image))
        smashes.update(library.effective(image) if smash else ())
    names = index.vocabulary.names
    assert {names[tag]: number for tag, number in counts.swipes.items()} == swipes
    assert {names[tag]: number for tag, number in counts.smashes.items()} == smashes
    assert counts == NO_COUNTS.with_verdicts(index, *sets_of(moments[-1]))


@given(libraries(), VERDICTS, st.integers(0, 30), st.booleans(), st.sets(st.integers(1, 40)))
def test_the_order_equals_sorting_all_images(library, verdicts, n, descending, without):
    taste = a_taste(library, verdicts)
    if taste is None:
        return
    index, ties = library.index, Permutation(5)
    order = ByTaste(taste, index, ties, descending)
    sign = -1 if descending else 1

    def place(image):
        return sign * taste.like(index.facts(image).tags), ties.key(image)

    expected = sorted(library.live - without, key=place)[:n]
    assert deal(index.live, ImageSet(without), order, n) == expected
    few = ImageSet(image for image in library.live if image % 3 == 0)
    assert order.first(few, n) == sorted(few, key=place)[:n]


@given(libraries(), VERDICTS, st.booleans(), st.integers(1, 40), st.sets(st.integers(1, 40)))
def test_pages_go_on_where_the_one_before_ended(library, verdicts, descending, last, within):
    taste = a_taste(library, verdicts)
    if taste is None or last not in library.images:
        return
    index, ties = library.index, Permutation(5)
    order = ByTaste(taste, index, ties, descending)
    sign = -1 if descending else 1

    def place(image):
        return sign * round(taste.like(tags_of(index, image)), 12), ties.key(image)

    images = library.live & within
    expected = {image for image in images if place(image) > place(last)}
    assert set(order.after(ImageSet(images), last)) == expected


def test_of_many_images_the_best_come_first_and_equal_ones_in_random_order():
    library = a_library(
        beard=range(1, 3_000), hat=range(2_990, 6_000), scarf=range(5_000, 9_000), plain=[9_001]
    )
    verdicts = dict.fromkeys(range(2990, 2999), True) | dict.fromkeys(range(8000, 8009), False)
    taste = a_taste(library, verdicts)
    assert taste is not None
    index, ties = library.index, Permutation(7)
    for descending in (True, False):
        order = ByTaste(taste, index, ties, descending)
        sign = -1 if descending else 1
        expected = sorted(
            index.live,
            key=lambda image: (sign * taste.like(index.facts(image).tags), ties.key(image)),
        )
        for n in (1, 20, 700, 4_000, 20_000):
            assert order.first(index.live, n) == expected[:n]


def test_the_taste_is_the_formula_of_its_documentation():
    library = a_library(
        beard=[1, 2, 3],
        hat=[3, 4],
        attributes={
            "image.swipes": {1: 10, 3: 30, 4: 20},
            "image.smash_rate": {1: 0.5, 3: 0.9, 4: 0.1},
        },
    )
    taste = a_taste(library, {1: True, 3: True, 4: False})
    assert taste is not None

    def odds(rate):
        return log(rate / (1 - rate))

    def share(value):
        return 1 / (1 + exp(-value))

    overall = (0.5 * POPULATION_SWIPES + 10 * 0.5 + 30 * 0.9 + 20 * 0.1) / (POPULATION_SWIPES + 60)
    own = odds((2 + OWN_RATE_SWIPES * overall) / (3 + OWN_RATE_SWIPES))
    weights = {}
    for tag, smashed, swiped, smashes, swipes in (
        ("beard", 2, 2, 5 + 27, 40),
        ("hat", 1, 2, 27 + 2, 50),
    ):
        rate = (smashes + POPULATION_SWIPES * overall) / (swipes + POPULATION_SWIPES)
        expected = share(odds(rate) + own - odds(overall))
        drawn = (smashed + PRIOR_SWIPES * expected) / (swiped + PRIOR_SWIPES)
        weights[library.id(tag)] = round((odds(drawn) - own) * SCALE)
    nonzero = {tag: weight for tag, weight in weights.items() if weight}
    assert nonzero
    assert taste.weights == nonzero
    centre = (2 * weights[library.id("beard")] + 2 * weights[library.id("hat")]) / 3
    for image, tags in ((2, ["beard"]), (3, ["beard", "hat"]), (4, ["hat"])):
        total = sum(weights[library.id(tag)] for tag in tags)
        expected = share(own + DAMPING * (total - centre) / SCALE)
        assert taste.like(library.index.facts(image).tags) == pytest.approx(expected)


def test_nobody_has_a_taste_before_the_first_swipe():
    assert a_taste(a_library(beard=[1]), {}) is None


def test_reasons_are_tags_that_the_viewer_smashed_more_often_than_others():
    library = a_library(curly_hair=range(1, 15), hat=range(10, 30), all=range(1, 41))
    verdicts = {image: image <= 12 for image in range(1, 31)}
    taste = a_taste(library, verdicts)
    assert taste is not None
    tags = library.index.facts(11).tags
    assert taste.because(tags) == [TasteReason(library.id("curly_hair"), 12, 14)]
    assert taste.because(library.index.facts(25).tags) == []


@given(libraries(), VERDICTS)
def test_a_taste_is_a_share(library, verdicts):
    taste = a_taste(library, verdicts)
    for image in library.live if taste is not None else ():
        assert 0 < taste.like(library.index.facts(image).tags) < 1


def test_the_rate_of_a_tag_with_many_images_is_read_from_evenly_spread_ones():
    images = range(1, 5_001)
    index = a_library(
        beard=images,
        attributes={
            "image.swipes": dict.fromkeys(images, 4),
            "image.smash_rate": {image: 0.75 if image % 2 else 0.25 for image in images},
        },
    ).index
    rates = PopulationRates(index)
    assert rates.of(index, index.vocabulary.find("beard")) == pytest.approx(0.5, abs=0.1)
    assert rates.fits(index)
