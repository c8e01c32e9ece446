"""Scores that wait to be stored: none is lost without being counted."""

from __future__ import annotations

import pytest

from smashpass.core.errors import DatabaseUnavailable, NotPossible
from smashpass.core.library.model_version import ModelVersion
from smashpass.services.ports.scoring import NO_EMBEDDINGS
from smashpass.services.scoring.measures import ScoringMeasures
from smashpass.services.scoring.unsaved import WAITING, UnsavedScores
from tests.support.fakes.clock import StoppedClock
from tests.support.fakes.scoring import PicturesInMemory, ScoresInMemory

FIRST, SECOND, THIRD = (ModelVersion("scorer", "", version, "") for version in "123")


class Refusing(ScoresInMemory):
    """A store that does not take the scores of the second version."""

    def __init__(self, error: Exception) -> None:
        super().__init__(PicturesInMemory(), StoppedClock())
        self.error: Exception | None = error

    def put(self, source, scores, embeddings=NO_EMBEDDINGS):
        if source == SECOND and self.error is not None:
            raise self.error
        super().put(source, scores, embeddings)


class Counting(ScoringMeasures):
    """Counts what is lost."""

    lost = 0

    def unsaved(self, count: int) -> None:
        self.lost += count


@pytest.mark.parametrize(
    ("error", "lost"),
    [(DatabaseUnavailable("away"), 0), (NotPossible("refused"), 2), (ValueError("a bug"), 2)],
)
def test_what_one_version_meets_costs_the_others_nothing_and_is_counted(error, lost) -> None:
    store, measures = Refusing(error), Counting()
    unsaved = UnsavedScores(store, measures)
    for source in (FIRST, SECOND, THIRD):
        unsaved.add(source, {f"{number:064x}": {"plugin.x": 1.0} for number in range(2)})
    unsaved.flush()
    assert [version.source for version in store.versions()] == [FIRST, THIRD]
    assert measures.lost == lost
    store.error = None
    unsaved.flush()
    assert sum(version.pictures for version in store.versions()) + lost == 6


def test_no_more_wait_than_so_many() -> None:
    store, measures = Refusing(DatabaseUnavailable("away")), Counting()
    unsaved = UnsavedScores(store, measures)
    many = {f"{number:064x}": {"plugin.x": 1.0} for number in range(WAITING + 5)}
    unsaved.add(SECOND, many)
    unsaved.flush()
    assert measures.lost == 5
    store.error = None
    unsaved.flush()
    (version,) = store.versions()
    assert version.pictures == WAITING
