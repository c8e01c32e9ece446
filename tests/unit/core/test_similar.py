"""Images alike by tags: the lazy ranking against a scan of all images."""

from __future__ import annotations

from math import fsum, log

from hypothesis import given
from hypothesis import strategies as st

from smashpass.core.explore.similar import TagLikeness
from smashpass.core.imageset import ImageSet, Ordinal
from tests.support.builders import Library, an_index, libraries


def similarity(library: Library, first: int, second: int) -> float:
    """The definition, image by image and tag by tag."""
    tags, others = library.effective(first), library.effective(second)
    counts = {
        tag: sum(tag in library.effective(ordinal) for ordinal in library.live)
        for tag in tags | others
    }
    weights = {tag: log(1 + len(library.live) / counts[tag]) for tag in counts}
    shared = fsum(weights[tag] for tag in tags & others)
    return shared / fsum(weights[tag] for tag in tags | others) if shared else 0.0


@given(libraries(), st.data(), st.sampled_from([0, 1, 64]))
def test_the_ranking_is_that_of_a_scan(library: Library, data: st.DataObject, few: int) -> None:
    live = sorted(library.live)
    if not live:
        return
    image = data.draw(st.sampled_from(live))
    others = data.draw(st.sets(st.sampled_from(live)))
    likeness = TagLikeness(library.index, Ordinal(image), few=few)
    expected = sorted((-similarity(library, image, other), -other) for other in others)
    ranked = list(likeness.ranked(ImageSet(others)))
    assert [(-value, -ordinal) for value, ordinal in ranked] == expected

    for descending in (True, False):
        order = [-ordinal for _, ordinal in expected][:: 1 if descending else -1]
        for n in (0, 1, 3, len(order)):
            assert likeness.first(ImageSet(others), n, descending=descending) == order[:n]
        for last in live:
            place = (-similarity(library, image, last), -last)
            rest = {
                -ordinal
                for value, ordinal in expected
                if ((value, ordinal) > place if descending else (value, ordinal) < place)
            }
            assert set(likeness.after(ImageSet(others), last, descending=descending)) == rest


def test_equal_tags_are_1_and_none_shared_is_0() -> None:
    index = an_index(beard=[1, 2], hat=[1, 2], crown=[3], untagged=[4])
    likeness = TagLikeness(index, Ordinal(1))
    assert [likeness.of(Ordinal(n)) for n in (1, 2, 3, 4)] == [1.0, 1.0, 0.0, 0.0]
    untagged = TagLikeness(index, Ordinal(4))
    assert list(untagged.ranked(index.live)) == [(0.0, 4), (0.0, 3), (0.0, 2), (0.0, 1)]


def test_rare_tags_count_more_than_common_ones() -> None:
    index = an_index(hat=range(1, 10), crown=[1, 2], beard=[1, 3, 4, 5, 6, 7, 8])
    ranked = list(TagLikeness(index, Ordinal(1)).ranked(index.live))
    assert [ordinal for _, ordinal in ranked][:3] == [1, 2, 8]
