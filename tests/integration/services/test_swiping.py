"""Swiping: what is kept beside a verdict, and what is rejected where."""

from __future__ import annotations

from typing import Any

import pytest

from smashpass.bootstrap.installation import Installation
from smashpass.core.imageset import Ordinal
from smashpass.services.decks.swipes import AHEAD_US, SentSwipe, SwipeReceipt, record_swipes
from smashpass.services.rules.book import decide_image
from tests.support.libraries import PORTRAITS, fill

NOW = 1_790_000_000_000_000


@pytest.fixture
def ready(installation: Installation) -> Installation:
    fill(installation)
    installation.ensure_active_rules()
    return installation


def swiped(parts: Installation, *sent: SentSwipe, book: Any = "active") -> tuple[str, SwipeReceipt]:
    """Take swipes of a new viewer."""
    viewer = parts.viewers.create("18+")
    state = parts.viewer_states.of(viewer.name)
    assert state is not None
    taken = record_swipes(
        sent,
        state,
        parts.swipes,
        now=NOW,
        index=parts.library.index,
        book=parts.rules.book if book == "active" else book,
        cards=parts.cards,
        scoring=parts.scoring,
        ids=parts.image_ids,
    )
    return viewer.name, taken


def test_the_app_s_own_verdict_and_revision_are_kept(ready: Installation) -> None:
    ids = ready.image_ids
    sent = [
        SentSwipe(f"s{number}", ids.encode(Ordinal(number)), "pass", NOW) for number in PORTRAITS
    ]
    name, taken = swiped(ready, *sent)
    assert taken == SwipeReceipt(len(PORTRAITS), 0, ())
    found = ready.viewers.delta(name)
    assert found is not None
    for one in ready.swipes.of_viewer(found.viewer.id):
        assert one.revision == ready.rules.book.number
        if one.image == 7:
            assert one.app_verdict is None, "a hidden image is decided by nobody"
            continue
        alone = decide_image(
            ready.rules.book,
            ready.library.index,
            one.image,
            ids.encode(one.image),
            viewer=name,
            context={"viewer.swipes": 0.0},
        )
        assert one.app_verdict == alone.verdict


def test_without_rules_verdicts_are_kept_alone(ready: Installation) -> None:
    image = ready.image_ids.encode(Ordinal(1))
    name, taken = swiped(ready, SentSwipe("a", image, "smash", NOW), book=None)
    assert taken.accepted == 1
    found = ready.viewers.delta(name)
    assert found is not None
    (kept,) = ready.swipes.of_viewer(found.viewer.id)
    assert (kept.app_verdict, kept.revision) == (None, None)


def test_rejected_ones_keep_their_places(ready: Installation) -> None:
    one, two = (ready.image_ids.encode(Ordinal(number)) for number in (1, 2))
    _, taken = swiped(
        ready,
        SentSwipe("a", "nope", "smash", NOW),
        SentSwipe("b", one, "smash", NOW + AHEAD_US),
        SentSwipe("c", one, "smash", NOW + AHEAD_US + 1),
        SentSwipe("b", two, "smash", NOW),
        SentSwipe("b", one, "smash", NOW + AHEAD_US),
        SentSwipe("d", two, "pass", NOW),
    )
    assert (taken.accepted, taken.duplicates) == (2, 1)
    assert [(each.index, each.code) for each in taken.rejected] == [
        (0, "unknown_image"),
        (2, "future_at"),
        (3, "id_conflict"),
    ]


def test_where_all_are_rejected_nothing_is_written(ready: Installation) -> None:
    name, taken = swiped(ready, SentSwipe("a", "nope", "smash", NOW))
    assert (taken.accepted, len(taken.rejected)) == (0, 1)
    found = ready.viewers.delta(name)
    assert found is not None
    assert found.number == 0
