"""Sums over image sets are those of adding up image by image."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smashpass.core.decks.summing import added, complement, summed
from smashpass.core.imageset import ImageSet

IMAGES = range(1, 30)
WEIGHTED = st.lists(st.tuples(st.integers(0, 70), st.sets(st.sampled_from(IMAGES))), max_size=12)


def number_of(slices: list[ImageSet], image: int) -> int:
    return sum(1 << bit for bit, images in enumerate(slices) if image in images)


@given(WEIGHTED)
def test_sums_are_those_of_each_image(weighted):
    slices = summed((weight, ImageSet(images)) for weight, images in weighted)
    for image in IMAGES:
        expected = sum(weight for weight, images in weighted if image in images)
        assert number_of(slices, image) == expected


@given(WEIGHTED, WEIGHTED)
def test_a_difference_is_added_as_a_complement(first, second):
    likes, dislikes = (
        summed((weight, ImageSet(images)) for weight, images in weighted)
        for weighted in (first, second)
    )
    both = added(likes, complement(dislikes, ImageSet(IMAGES)))
    most = (1 << len(dislikes)) - 1
    for image in IMAGES:
        expected = number_of(likes, image) + most - number_of(dislikes, image)
        assert number_of(both, image) == expected


def test_negative_weights_are_refused():
    with pytest.raises(ValueError, match="-1"):
        summed([(-1, ImageSet([1]))])
