"""Orders of images, and decks without what was seen."""

from __future__ import annotations

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from smashpass.core.decks.dealing import deal
from smashpass.core.decks.order import ByAge, ByValue, Permutation
from smashpass.core.imageset import EMPTY, ImageSet
from tests.support.builders import an_index

SEEDS = st.integers(-(2**70), 2**70) | st.integers(0, 5)
SCATTERED = st.sets(st.integers(1, 2**32 - 1) | st.integers(1, 300_000), max_size=300)
RUNS = st.builds(
    lambda start, length, step: set(range(start, start + length * step, step)),
    st.integers(1, 200_000),
    st.integers(1, 30_000),
    st.sampled_from([1, 2, 7, 65_536 // 8]),
)


@given(SEEDS, SCATTERED | RUNS, st.integers(1, 300_000))
@example(1, {1, 65_537, 131_073}, 65_537)
def test_what_comes_after_an_image_has_greater_keys(seed, ordinals, last):
    permutation = Permutation(seed)
    key = permutation.key(last)
    expected = {ordinal for ordinal in ordinals if permutation.key(ordinal) > key}
    assert set(permutation.after(ImageSet(ordinals), last)) == expected


def test_what_comes_after_an_image_goes_on_where_a_page_ended():
    images, permutation = ImageSet(range(1, 2_000_000)), Permutation(3)
    page = permutation.first(images, 1_000)
    rest = permutation.after(images, page[-1])
    assert len(rest) == len(images) - 1_000
    assert permutation.first(rest, 1) == permutation.first(images, 1_001)[1_000:]


@given(SEEDS, SCATTERED | RUNS, st.integers(0, 120))
@example(0, set(range(1, 100_000)), 30)
@example(1, set(range(1, 1_000_000, 3)), 20)
@example(1, set(range(1, 2_000_000, 100)), 20)
def test_the_first_images_of_a_permutation_are_those_with_the_smallest_keys(seed, ordinals, n):
    permutation = Permutation(seed)

    first_images = permutation.first(ImageSet(ordinals), n)

    assert first_images == sorted(ordinals, key=permutation.key)[:n]


@given(SEEDS, st.integers(1, 40), st.sampled_from([0, 500, 5_000]), st.sampled_from([1, 7, 40]))
@settings(max_examples=10, deadline=None)
def test_a_deck_goes_on_after_the_first_thousands_of_its_own_order(seed, n, seen_images, step):
    permutation = Permutation(seed)
    ordered = sorted(range(1, 120_000, step), key=permutation.key)

    dealt = deal(ImageSet(ordered), ImageSet(ordered[:seen_images]), permutation, n)

    assert dealt == ordered[seen_images : seen_images + n]


@given(SEEDS, st.integers(0, 65_536))
def test_the_lows_are_those_with_the_first_places(seed, places):
    permutation = Permutation(seed)
    lows = permutation._lows(places)

    assert [permutation._place(low) for low in lows[:300]] == [*range(min(places, 300))]
    assert len(lows) == places


@given(SEEDS)
def test_no_two_images_share_a_place(seed):
    ordinals = [low + (high << 16) for low in range(0, 65_536, 97) for high in (0, 1, 30, 65_535)]
    permutation = Permutation(seed)

    keys = {permutation.key(ordinal) for ordinal in ordinals}

    assert len(keys) == len(ordinals)
    assert all(0 <= key < 2**32 for key in keys)


def test_every_low_half_has_one_place():
    assert sorted(Permutation(3)._lows(65_536)) == [*range(65_536)]


def test_the_order_is_the_same_in_every_process_and_version():
    assert [Permutation(7).key(o) for o in (1, 2, 65_537)] == [
        2_694_511_592,
        1_647_898_624,
        2_694_505_737,
    ]


@given(SEEDS, st.sets(st.integers(1, 500), min_size=1), st.integers(1, 20))
def test_decks_one_after_the_other_show_every_image_once(seed, matched, n):
    seen_images = EMPTY
    dealt_images = []
    while dealt := deal(ImageSet(matched), seen_images, Permutation(seed), n):
        dealt_images += dealt
        seen_images = seen_images | ImageSet(dealt)

    assert dealt_images == sorted(matched, key=Permutation(seed).key)


def test_what_was_seen_does_not_change_the_order_of_the_rest():
    matched = ImageSet(range(1, 10_000))
    whole = deal(matched, EMPTY, Permutation(4), 9_999)

    seen_images = ImageSet(whole[3:500:7])

    assert (
        deal(matched, seen_images, Permutation(4), 50)
        == [o for o in whole if o not in seen_images][:50]
    )


def test_seeds_give_different_orders_that_spread_evenly():
    images = ImageSet(range(1, 100_001))
    decks = [tuple(Permutation(seed).first(images, 20)) for seed in range(400)]

    assert len(set(decks)) == 400
    dealt_images = [ordinal for deck in decks for ordinal in deck]
    tenths = [sum(1 for o in dealt_images if o // 10_001 == tenth) for tenth in range(10)]
    assert all(600 < count < 1_000 for count in tenths)


@pytest.mark.parametrize(("newest_first", "expected"), [(True, [9, 5]), (False, [2, 5])])
def test_new_is_by_ordinal(newest_first, expected):
    assert deal(ImageSet([2, 5, 9]), EMPTY, ByAge(newest_first), 2) == expected


def test_by_value_leaves_out_what_was_seen():
    index = an_index(beard=[1, 2, 3, 4], attributes={"image.score": {1: 0.5, 2: 0.9, 3: 0.1}})
    order = ByValue(index.column("image.score"))

    assert deal(index.live, ImageSet([2]), order, 9) == [1, 3, 4]
