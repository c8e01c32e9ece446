"""Swiping: what is kept beside a verdict, and what is rejected where."""

from __future__ import annotations

from typing import Any

import pytest

from smashpass.bootstrap.container import Container
from smashpass.bootstrap.installation import Installation
from smashpass.core.imageset import Ordinal
from smashpass.services.decks.swipes import AHEAD_US, SentSwipe, SwipeReceipt, record_swipes
from smashpass.services.decks.tastes import Tastes
from tests.support.deciding import decide_image
from tests.support.libraries import PORTRAITS, fill

NOW = 1_790_000_000_000_000


@pytest.fixture
def ready(installation: Installation) -> Installation:
    fill(installation)
    Container(installation).rules.ensure_active()
    return installation


def swiped(
    parts: Installation, *swipes: SentSwipe, book: Any = "active"
) -> tuple[str, SwipeReceipt]:
    """Take swipes of a new viewer."""
    viewer = parts.viewers.create("18+")
    state = parts.viewer_states.of(viewer.name)
    assert state is not None
    receipt = record_swipes(
        swipes,
        state,
        parts.swipes,
        now=NOW,
        index=parts.library.index,
        book=parts.rules.book if book == "active" else book,
        cards=parts.cards,
        scoring=parts.scoring,
        tastes=Tastes(),
        ids=parts.image_ids,
    )
    return viewer.name, receipt


def test_the_app_s_own_verdict_and_revision_are_kept(ready: Installation) -> None:
    ids = ready.image_ids
    swipes = [
        SentSwipe(f"s{number}", ids.encode(Ordinal(number)), "pass", NOW) for number in PORTRAITS
    ]
    name, receipt = swiped(ready, *swipes)
    assert receipt == SwipeReceipt(len(PORTRAITS), 0, ())
    delta = ready.viewers.delta(name)
    assert delta is not None
    for swipe in ready.swipes.of_viewer(delta.viewer.id):
        assert swipe.revision == ready.rules.book.number
        if swipe.image == 7:
            assert swipe.app_verdict is None, "a hidden image is decided by nobody"
            continue
        alone = decide_image(
            ready.rules.book,
            ready.library.index,
            swipe.image,
            ids.encode(swipe.image),
            viewer=name,
            context={"viewer.swipes": 0.0},
        )
        assert swipe.app_verdict == alone.verdict


def test_without_rules_verdicts_are_kept_alone(ready: Installation) -> None:
    image = ready.image_ids.encode(Ordinal(1))
    name, receipt = swiped(ready, SentSwipe("a", image, "smash", NOW), book=None)
    assert receipt.accepted == 1
    delta = ready.viewers.delta(name)
    assert delta is not None
    (swipe,) = ready.swipes.of_viewer(delta.viewer.id)
    assert (swipe.app_verdict, swipe.revision) == (None, None)


def test_rejected_ones_keep_their_places(ready: Installation) -> None:
    image, other_image = (ready.image_ids.encode(Ordinal(number)) for number in (1, 2))
    _, receipt = swiped(
        ready,
        SentSwipe("a", "nope", "smash", NOW),
        SentSwipe("b", image, "smash", NOW + AHEAD_US),
        SentSwipe("c", image, "smash", NOW + AHEAD_US + 1),
        SentSwipe("b", other_image, "smash", NOW),
        SentSwipe("b", image, "smash", NOW + AHEAD_US),
        SentSwipe("d", other_image, "pass", NOW),
    )
    assert (receipt.accepted, receipt.duplicates) == (2, 1)
    assert [(rejection.index, rejection.code) for rejection in receipt.rejected] == [
        (0, "unknown_image"),
        (2, "future_at"),
        (3, "id_conflict"),
    ]


def test_where_all_are_rejected_nothing_is_written(ready: Installation) -> None:
    name, receipt = swiped(ready, SentSwipe("a", "nope", "smash", NOW))
    assert (receipt.accepted, len(receipt.rejected)) == (0, 1)
    delta = ready.viewers.delta(name)
    assert delta is not None
    assert delta.number == 0
