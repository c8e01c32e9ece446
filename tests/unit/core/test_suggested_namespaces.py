"""Suggestions drop the values of namespaces that take one value, once an image has it."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from smashpass.core.imageset import Ordinal
from smashpass.services.vocabulary.suggest import ENOUGH_TAGGED, FEW_VALUES, suggest
from tests.support.builders import an_index


def suggested(index, image):
    """All tags suggested for an image, the commonest ones ranked by name."""
    ranked = range(1, len(index.vocabulary.names))
    tags = suggest(index, index.own_tags(Ordinal(image)), [], ranked)
    return {*tags.recent, *tags.together, *tags.frequent}


def test_hair_is_dropped_once_it_is_set_and_moods_are_not():
    index = an_index(
        hair__black=range(1, 21),
        hair__red=range(21, 41),
        mood__glad=range(1, 41, 2),
        mood__calm=range(1, 41, 3),
        kind=range(1, 42),
    )
    assert suggested(index, 1) == set()
    assert "mood:calm" in suggested(index, 3)
    assert "hair:red" not in suggested(index, 3)
    assert {"hair:black", "hair:red"} <= suggested(index, 41)


def test_a_value_that_another_implies_is_no_second_value():
    index = an_index(
        hair__light_red=range(1, 21),
        hair__red=range(1, 21),
        hair__black=range(21, 41),
        implications=[("hair:light_red", "hair:red")],
    )
    assert "hair:black" not in suggested(index, 1)


@given(st.lists(st.sets(st.sampled_from("abc")), min_size=ENOUGH_TAGGED, max_size=60))
def test_a_namespace_is_dropped_as_counting_says(images):
    tags = {
        f"n__{value}": [number for number, values in enumerate(images, 1) if value in values]
        for value in "abc"
    }
    index = an_index(**tags, untagged=range(1, len(images) + 1))
    for number, values in enumerate(images, 1):
        single = False
        for value in values:
            having = [others for others in images if value in others]
            several = sum(len(others) > 1 for others in having)
            if len(having) >= ENOUGH_TAGGED and several < FEW_VALUES * len(having):
                single = True
        free = set() if single else {f"n:{value}" for value in "abc" if value not in values}
        assert suggested(index, number) == free
