"""Scores that a process remembers follow the version in use, and cost nobody a second question."""

from __future__ import annotations

import time
from collections.abc import Mapping

import pytest

from smashpass.core.errors import DatabaseUnavailable
from smashpass.core.library.model_version import ModelVersion
from smashpass.services.scoring.client import GuardedScorer
from smashpass.services.scoring.collector import ScoreCollector
from smashpass.services.scoring.items import item_of
from smashpass.services.scoring.ports import PREPROCESSING, Item
from tests.support.fakes.clock import StoppedClock
from tests.support.fakes.scoring import PicturesInMemory, ScoresInMemory

PICTURE = "ab" * 32
OLD, NEW = (ModelVersion("named", "", version, PREPROCESSING) for version in "12")
LONG_S = 10.0


class Named:
    """A scorer that names pictures, so that there are no columns of what it says."""

    name, version, attributes = "named", "1", ("plugin.kind",)

    def __init__(self) -> None:
        self.asked = 0

    def score(self, batch, deadline_s):  # noqa: ARG002
        self.asked += len(batch)
        return [{"plugin.kind": "old"} for _ in batch]


class Database(ScoresInMemory):
    """A store that may be away."""

    is_away = False

    def get(self, scorer, pictures) -> Mapping:
        if self.is_away:
            raise DatabaseUnavailable("away")
        return super().get(scorer, pictures)


@pytest.fixture
def store() -> Database:
    return Database(PicturesInMemory({1: PICTURE}, {1}), StoppedClock())


def an_item() -> Item:
    return item_of("i1", PICTURE, (), (), lambda _sha256: b"picture")


def said_by(collector: ScoreCollector) -> tuple[object, str]:
    """Return what is known at once of the picture, and the version that said it."""
    score = collector.known(an_item())
    assert score is not None  # nobody waits while it is looked up again
    return score.values["plugin.kind"], score.source.version


@pytest.mark.parametrize("is_live", [True, False], ids=["live", "stored"])
def test_a_version_that_another_process_puts_to_use_reaches_what_is_remembered(
    store: Database, is_live: bool
) -> None:
    scorer = Named()
    collector = ScoreCollector(GuardedScorer(scorer), store, lambda _: True, read_again_s=0.05)
    if not is_live:
        store.put(OLD, {PICTURE: {"plugin.kind": "old"}})
    (queued,) = collector.ask([an_item()], now=True)
    assert queued.done.wait(LONG_S)
    assert said_by(collector) == ("old", "1")
    collector.flush()
    store.put(NEW, {PICTURE: {"plugin.kind": "new"}})
    store.serve(NEW)
    until = time.monotonic() + LONG_S
    while said_by(collector) != ("new", "2"):
        assert time.monotonic() < until
        time.sleep(0.01)
    assert scorer.asked == is_live


def test_while_the_database_is_away_what_is_remembered_stays_and_nobody_is_asked(
    store: Database,
) -> None:
    scorer = Named()
    collector = ScoreCollector(GuardedScorer(scorer), store, lambda _: True, read_again_s=0.05)
    store.put(OLD, {PICTURE: {"plugin.kind": "old"}})
    (queued,) = collector.ask([an_item()], now=True)
    assert queued.done.wait(LONG_S)
    store.is_away = True
    until = time.monotonic() + 0.5
    while time.monotonic() < until:
        assert said_by(collector) == ("old", "1")
        time.sleep(0.01)
    assert scorer.asked == 0
