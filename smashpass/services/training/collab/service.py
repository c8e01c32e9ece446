"""Training of collaborative filtering, and what came of the last one."""

from __future__ import annotations

import time
from array import array
from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from smashpass.clock import Clock
from smashpass.core.imageset import Ordinal
from smashpass.core.library.index import Index
from smashpass.core.people.swipe import TrainingSwipe
from smashpass.services.training.collab.report import CollabReport, Evaluation

if TYPE_CHECKING:
    from smashpass.services.ports.people import SwipeStore
    from smashpass.services.training.collab.factors import ImageFactors


@dataclass(slots=True)
class SwipeTable:
    """Swipes as columns of one length, by viewer and time.

    Attributes:
        viewers: Numbers that tell viewers apart.
        images: Ordinals.
        smashes: 1 for a smash, 0 for a pass.
        times: Microseconds since 1970.
    """

    viewers: array[int] = field(default_factory=lambda: array("q"))
    images: array[int] = field(default_factory=lambda: array("I"))
    smashes: array[int] = field(default_factory=lambda: array("b"))
    times: array[int] = field(default_factory=lambda: array("q"))

    def __len__(self) -> int:
        return len(self.images)

    def add(self, swipe: TrainingSwipe) -> None:
        """Add one swipe."""
        self.viewers.append(swipe.viewer_id)
        self.images.append(swipe.image)
        self.smashes.append(swipe.verdict == "smash")
        self.times.append(swipe.at)


NEVER_TRAINED = "never trained"

TagsOf = Callable[[Ordinal], Iterable[int]]


@dataclass(frozen=True, slots=True)
class Trained:
    """What came of a training: a test on later swipes, and a model of all swipes.

    ``evaluation`` and ``factors`` are None where there were too few swipes.
    """

    evaluation: Evaluation | None
    factors: ImageFactors | None


@dataclass(frozen=True, slots=True)
class CollabService:
    """Trains, and says what came of it.

    Attributes:
        swipes: The swipes of all viewers.
        latest: Returns the index as it is now.
        train_model: Trains on swipes, with the tags of images.
        save: Keeps a report, with the factors that are to be used from now on; without, none are.
        last_report: Returns the report of the last training.
        load: Returns the factors in use.
        lock: Keeps a second training away.
        clock: Tells the time in microseconds since 1970.
    """

    swipes: SwipeStore
    latest: Callable[[], Index]
    train_model: Callable[[SwipeTable, TagsOf], Trained]
    save: Callable[[CollabReport, ImageFactors | None], None]
    last_report: Callable[[], CollabReport | None]
    load: Callable[[], ImageFactors | None]
    lock: Callable[[str], AbstractContextManager[None]]
    clock: Clock

    def train(self, *, force: bool = False) -> CollabReport:
        """Learn from all swipes of adults who have suggestions on; use it if it is good enough.

        The newest training decides: one that is not good enough switches an older model off.
        Memory: 21 bytes a swipe, and some 100 more while it is trained.

        Args:
            force: Use it also if it is not good enough, as long as there is a model at all.

        Raises:
            Busy: Another training is running.
            NotPossible: numpy, scipy or implicit is not installed, or the files cannot be written.
            DatabaseUnavailable: The database does not answer.
        """
        with self.lock("smashpass collab train"):
            started = time.monotonic()
            index = self.latest()
            table = SwipeTable()
            for swipe in self.swipes.for_training():
                if swipe.image in index.live:
                    table.add(swipe)
            trained = self.train_model(table, lambda ordinal: index.facts(ordinal).tags)
            factors = trained.factors
            report = CollabReport(
                at=self.clock(),
                viewers=len(set(table.viewers)),
                images=len(set(table.images)),
                swipes=len(table),
                width=factors.vectors.shape[1] if factors is not None else 0,
                seconds=round(time.monotonic() - started, 2),
                evaluation=trained.evaluation,
            )
            if not (report.is_good_enough or force):
                factors = None
            if factors is not None:
                forced = not report.is_good_enough
                report = replace(report, version=factors.version, is_forced=forced)
            self.save(report, factors)
            return report

    def status(self) -> CollabReport | None:
        """Return what the last training found; None if there was none.

        Raises:
            NotPossible: The report cannot be read.
        """
        return self.last_report()

    def check(self) -> str:
        """Say in one line what the last training found, for a check of the installation.

        Raises:
            NotPossible: The model in use cannot be read.
        """
        report = self.last_report()
        if report is None:
            return NEVER_TRAINED
        self.load()
        return report.as_text()
