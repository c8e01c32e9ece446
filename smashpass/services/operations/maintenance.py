"""Upkeep of an installation: snapshots, counts of swipes, hashes of pictures."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any

from smashpass.clock import Clock
from smashpass.core.errors import Conflict
from smashpass.core.imageset import Ordinal
from smashpass.core.library.index import Index
from smashpass.services.decisions.agreement import TallyFields, summary
from smashpass.services.decks.counts import count_swipes
from smashpass.services.pictures.hashes import HashedPictures, hash_pictures
from smashpass.services.pictures.verify import (
    StoredFiles,
    VerifiedPictures,
    verify_pictures,
)
from smashpass.services.ports.library import DecodePictures, LibraryStore, Snapshots
from smashpass.services.ports.people import SwipeStore
from smashpass.services.rules.live import LiveRules
from smashpass.services.runtime.library import LiveLibrary, build

ATTEMPTS = 5
DIFFERENCES = 20
"""Differences of a snapshot from the database that are named."""


@dataclass(frozen=True, slots=True)
class SnapshotComparison:
    """The newest snapshot with its tail, beside the database.

    Attributes:
        version: The version of the library at which they were compared.
        images: How many images the database shows then.
        differences: The first differences, in words; none if they are alike.
    """

    version: int
    images: int
    differences: Sequence[str]


class MaintenanceService:
    """What operators and their timers do so that everything stays fast and right."""

    def __init__(
        self,
        *,
        store: LibraryStore,
        snapshots: Snapshots,
        save_snapshot: Callable[[], Index],
        differences: Callable[[Index, Index, int], list[str]],
        stored_pictures: Callable[
            [int], AbstractContextManager[tuple[DecodePictures, DecodePictures]]
        ],
        picture_files: Callable[[int], AbstractContextManager[StoredFiles]],
        library: Callable[[], LiveLibrary],
        rules: Callable[[], LiveRules],
        swipes: SwipeStore,
        tallies_by_image: Callable[[], Iterable[tuple[Ordinal, TallyFields]]],
        tallies_by_day: Callable[[], Iterable[tuple[int, TallyFields]]],
        keep_figures: Callable[[dict[str, Any]], None],
        name_image: Callable[[Ordinal], str],
        clock: Clock,
    ) -> None:
        """Create the service.

        Args:
            store: The library.
            snapshots: The saved indexes.
            save_snapshot: Builds the index from the database, saves it and returns it.
            differences: Returns the first differences between two indexes, in words.
            stored_pictures: Opens, in some processes, what decodes originals and previews.
            picture_files: Opens, in some processes, what lists, decodes and rebuilds stored files.
            library: Returns the index that this process answers from.
            rules: Returns the rules that decide.
            swipes: All swipes.
            tallies_by_image: Returns what was swiped, by image.
            tallies_by_day: Returns what was swiped, by day since 1970.
            keep_figures: Keeps the figures made from them.
            name_image: Returns the public id of an image.
            clock: Gives microseconds since 1970.
        """
        self._store, self._snapshots = store, snapshots
        self.build_snapshot = save_snapshot
        self._differences, self._stored_pictures = differences, stored_pictures
        self._picture_files = picture_files
        self._library, self._rules = library, rules
        self._swipes, self._keep_figures = swipes, keep_figures
        self._tallies_by_image, self._tallies_by_day = tallies_by_image, tallies_by_day
        self._name_image, self._clock = name_image, clock

    def check_snapshot(self) -> None:
        """Verify the newest snapshot, if there is one.

        Raises:
            SnapshotDamaged: It was altered.
            SnapshotIncompatible: It was written in another format.
        """
        self._snapshots.check_newest()

    def snapshot_version(self) -> int | None:
        """Return the library version of the newest snapshot, None if there is none."""
        return self._snapshots.newest_version()

    def compare_with_database(self) -> SnapshotComparison:
        """Compare the newest snapshot and its tail with the database.

        Raises:
            Conflict: The library was edited during every attempt.
        """
        library = self._library()
        for _ in range(ATTEMPTS):
            library.refresh()
            truth = build(self._store)
            followed = library.latest()
            if truth.version == followed.version:
                break
        else:
            raise Conflict(
                "the library was edited during every comparison",
                hint="verify again while no import runs",
            )
        differences = self._differences(followed, truth, DIFFERENCES)
        return SnapshotComparison(truth.version, len(truth.live), differences)

    def count_swipes(self, origin: str) -> int:
        """Bring the numbers that images have of swipes up to date; return how many changed.

        The figures of people beside rules, which the admin pages show, are made anew.
        """
        library, rules = self._library(), self._rules()
        changed = count_swipes(self._swipes, self._store, library.latest(), origin=origin)
        index = library.latest()
        rules.refresh()
        figures = summary(
            self._tallies_by_image(),
            self._tallies_by_day(),
            index,
            rules.trees,
            at=self._clock() // 1_000_000,
            name_image=self._name_image,
        )
        self._keep_figures(figures)
        return changed

    def hash_pictures(
        self, workers: int, progressed: Callable[[HashedPictures], None]
    ) -> HashedPictures:
        """Make the hashes of all pictures that lack them, in some processes.

        Raises:
            NotPossible: No picture can be decoded at all.
        """
        with self._stored_pictures(workers) as (originals, previews):
            return hash_pictures(self._store, originals, previews, progressed)

    def verify_pictures(
        self, workers: int, progressed: Callable[[VerifiedPictures], None]
    ) -> VerifiedPictures:
        """Look at all stored picture files in some processes; make damaged ones again.

        Raises:
            NotPossible: No picture can be decoded at all.
        """
        with self._picture_files(workers) as (files, look, rebuild):
            return verify_pictures(files, self._store, look, rebuild, progressed)
