"""Counting swipes: images have the numbers of a plain count, and no other is written."""

from __future__ import annotations

from math import sqrt

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from smashpass.bootstrap.container import Container
from smashpass.bootstrap.installation import Installation
from smashpass.core.imageset import Ordinal
from smashpass.core.library.popularity import popularity
from smashpass.core.people.swipe import Swipe
from smashpass.services.search.page import search_page
from tests.support.libraries import PORTRAITS, fill

NUMBERS = sorted(PORTRAITS)
ACTS = st.lists(
    st.one_of(
        st.tuples(st.sampled_from(NUMBERS), st.sampled_from(["smash", "pass"])),
        st.tuples(st.just("undo"), st.integers(0, 9)),
        st.just(("count", 0)),
    ),
    max_size=12,
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=20)
@given(ACTS)
def test_images_have_the_numbers_of_a_plain_count(
    installation: Installation, acts: list[tuple[object, object]]
) -> None:
    if not installation.catalogue.library_version():
        fill(installation)
    viewer = installation.viewers.create("18+")
    swiped: dict[str, tuple[int, str]] = {}
    for place, (target, how) in enumerate([*acts, ("count", 0)]):
        if target == "undo" and (swipe_id := f"s{how}") in swiped:
            installation.swipes.undo(viewer.id, swipe_id)
            del swiped[swipe_id]
        elif isinstance(target, int) and how in ("smash", "pass"):
            swipe = Swipe(f"s{place}", Ordinal(target), how, place)  # type: ignore[arg-type]
            installation.swipes.record(viewer.id, [swipe])
            swiped[swipe.id] = (target, how)
        elif target == "count":
            Container(installation).maintenance.count_swipes("test")
    installation.library.refresh()
    index = installation.library.index
    standing = dict(swiped.values())
    mine = {image: verdict == "smash" for image, verdict in standing.items()}
    for image, count, smashes in installation.swipes.counts_by_image():
        assert index.column("image.swipes").value(image) == count
        assert index.column("image.smash_rate").value(image) == smashes / count
        assert index.column("image.popularity").value(image) == popularity(smashes, count)
        assert smashes >= mine.get(int(image), 0)
    counted = {int(image) for image, _, _ in installation.swipes.counts_by_image()}
    if index.column("image.swipes") is not None:
        assert set(index.column("image.swipes").present) == counted
    version = installation.catalogue.library_version()
    assert Container(installation).maintenance.count_swipes("test") == 0
    assert installation.catalogue.library_version() == version
    installation.viewers.delete(viewer.id)


def test_the_order_popular_goes_by_what_is_sure(installation: Installation) -> None:
    fill(installation)
    people = [installation.viewers.create("18+").id for _ in range(10)]
    for place, person in enumerate(people):
        verdicts = {2: "smash" if place < 9 else "pass"}
        if place == 0:
            verdicts |= {1: "smash", 3: "pass"}
        swipes = [Swipe(f"s{n}", Ordinal(n), v, 0) for n, v in verdicts.items()]  # type: ignore[arg-type]
        installation.swipes.record(person, swipes)
    assert Container(installation).maintenance.count_swipes("test") == 3
    installation.library.refresh()
    result = search_page(installation.library.index, "", order="popular", limit=3)
    assert result.ordinals == (2, 1, 3), "nine of ten prove more than one of one"


@pytest.mark.parametrize(("smashes", "swipes"), [(0, 1), (1, 1), (3, 7), (90, 100), (0, 50)])
def test_popularity_is_the_lower_root_of_what_wilson_wrote(smashes: int, swipes: int) -> None:
    bound, rate = popularity(smashes, swipes), smashes / swipes
    assert 0 <= bound <= rate
    # The bound is the share for which what was seen is 1.96 standard deviations away.
    assert abs(rate - bound) == pytest.approx(1.96 * sqrt(bound * (1 - bound) / swipes), abs=1e-9)


def test_without_swipes_there_is_no_popularity() -> None:
    with pytest.raises(ValueError, match="0 swipes"):
        popularity(0, 0)
