"""Swipes, and the current verdicts of a viewer."""

from __future__ import annotations

from dataclasses import dataclass

from smashpass.core.decks.pace import NO_PACE, Pace
from smashpass.core.imageset import EMPTY, ImageSet, Ordinal
from smashpass.core.people.viewer import Viewer
from smashpass.core.values import Verdict


@dataclass(frozen=True, slots=True)
class Swipe:
    """One swipe as a client sent it, with the verdict of the app itself.

    Attributes:
        id: The client's own, unique per viewer.
        at: When the viewer swiped, by the client's clock.
        app_verdict: Verdict of the default tree at that moment, None if there was none.
        revision: Number of the revision with that verdict.
        undone: Whether it was undone.
    """

    id: str
    image: Ordinal
    verdict: Verdict
    at: int
    app_verdict: Verdict | None = None
    revision: int | None = None
    undone: bool = False


@dataclass(frozen=True, slots=True)
class TrainingSwipe:
    """A swipe as models learn from it. ``viewer_id`` tells viewers apart, and names none."""

    viewer_id: int
    image: Ordinal
    verdict: Verdict
    at: int


@dataclass(frozen=True, slots=True)
class SwipeOutcome:
    """The result of a batch of swipes; ``conflicts`` are places in the batch, from 0.

    ``pace`` is that of the viewer afterwards, where it is measured.
    """

    accepted: int
    duplicates: int
    conflicts: tuple[int, ...] = ()
    pace: Pace = NO_PACE


@dataclass(frozen=True, slots=True)
class CurrentVerdicts:
    """The current verdicts of a viewer: one per image."""

    smashed: ImageSet = EMPTY
    passed: ImageSet = EMPTY

    @property
    def seen(self) -> ImageSet:
        """Every image that the viewer has swiped and not undone."""
        return self.smashed | self.passed


@dataclass(frozen=True, slots=True)
class ViewerDelta:
    """A viewer, and the swipes after a given number.

    Attributes:
        viewer: Who it is.
        number: Of the last swipe or undo.
        swiped: The verdicts after the number that was asked for.
        is_append_only: Whether ``swiped`` can be added to what was known: each swipe is the only
            one on its image, and none was an undo. Otherwise all swipes have to be read again.
        pace: How the viewer has been swiping, where it is measured.
    """

    viewer: Viewer
    number: int
    swiped: CurrentVerdicts
    is_append_only: bool
    pace: Pace = NO_PACE
