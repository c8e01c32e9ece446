"""Figures of people beside rules: those of a recount in plain dicts."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from smashpass.bootstrap.container import Container
from smashpass.core.imageset import Ordinal
from smashpass.core.people.swipe import Swipe
from smashpass.services.decisions.agreement import FEW, Tally, disputed, summary
from tests.support.builders import a_library
from tests.support.libraries import fill

DAY_US = 86_400_000_000

KINDS = ("swipes", "smashes", "judged", "agreed", "app_smashes")
counted = st.builds(
    lambda swipes, share, judged, agreed, app: (
        swipes,
        min(swipes, share),
        min(swipes, judged),
        min(swipes, judged, agreed),
        min(swipes, judged, app),
    ),
    *[st.integers(1, 60)] * 5,
)


def added(fields) -> dict[str, int]:
    total = [sum(column) for column in zip(*fields, strict=True)] or [0] * 5
    return dict(zip(KINDS, total, strict=True))


LIBRARY = a_library(
    beard=[1, 2, 3],
    beard_full=[4],
    hat=[2, 5],
    implications=[("beard_full", "beard")],
    aliases={"cap": "hat"},
    hidden=[6],
)


@given(
    st.dictionaries(st.integers(1, 9).map(Ordinal), counted),
    st.dictionaries(st.integers(20_000, 20_200), counted),
)
def test_sums_are_those_of_a_recount(by_image, by_day) -> None:
    index = LIBRARY.index
    report = summary(
        sorted(by_image.items()), sorted(by_day.items()), index, [], at=1, name_image=str
    )
    live = {image: fields for image, fields in by_image.items() if image in LIBRARY.live}
    assert report["all"] == added(by_image.values())
    assert report["days"] == [{"day": day, **added([by_day[day]])} for day in sorted(by_day)[-90:]]
    expected = {}
    for name in ("beard", "beard_full", "hat"):
        fields = [live[image] for image in live if image in LIBRARY.having(name)]
        if fields:
            expected[name] = added(fields)
    assert {row.pop("tag"): row for row in report["tags"]} == expected


def test_disputed_images_are_the_ones_nearest_to_half() -> None:
    tallies = {
        Ordinal(1): Tally(swipes=FEW, smashes=FEW // 2),
        Ordinal(2): Tally(swipes=2 * FEW, smashes=FEW),
        Ordinal(3): Tally(swipes=FEW, smashes=FEW),
        Ordinal(4): Tally(swipes=FEW - 1, smashes=FEW // 2),
    }
    assert [image for image, _ in disputed(tallies)] == [2, 1, 3]


def test_the_nightly_job_counts_what_stands(installation) -> None:
    fill(installation)
    Container(installation).rules.ensure_active()
    assert installation.statistics.last() is None
    for number in range(3):
        viewer = installation.viewers.create("18+").id
        installation.swipes.record(
            viewer,
            [
                Swipe("a", Ordinal(1), "pass", DAY_US * 20_000, app_verdict="pass"),
                Swipe("b", Ordinal(1), "smash", DAY_US * 20_001, app_verdict="pass"),
                Swipe("c", Ordinal(2), "smash", DAY_US * 20_001, app_verdict="smash"),
                Swipe("d", Ordinal(3), "pass", DAY_US * 20_002),
            ],
        )
        if number == 0:
            installation.swipes.undo(viewer, "d")

    Container(installation).maintenance.count_swipes("test")

    figures = installation.statistics.last()
    assert figures["all"] == dict(zip(KINDS, (8, 6, 6, 3, 3), strict=True))
    assert [(row["day"], row["swipes"], row["agreed"]) for row in figures["days"]] == [
        (20_001, 6, 3),
        (20_002, 2, 0),
    ]
    for tree in figures["trees"]:
        assert sum(leaf["swipes"] for leaf in tree["leaves"]) == 8
    assert figures["tags"][0]["tag"] == "hair:blonde"
    assert figures["tags"][0]["swipes"] == 6
