"""What viewers may ask of their data, and the daily job that keeps it no longer than said."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Sequence
from typing import Any

from smashpass.clock import Clock
from smashpass.core.people.viewer import Viewer
from smashpass.services.decks.viewers import ViewerStates
from smashpass.services.ports.operations import JobQueue
from smashpass.services.ports.people import AttemptStore, ErasureStore, ViewerStore
from smashpass.services.privacy.retention import RemovedData, RetentionRule, check_clock, retain

KIND = "erase"
"""Kind of the job that takes erased viewers out of the logs."""

_log = logging.getLogger(__name__)


class PrivacyService:
    """Erases viewers, tells them what is kept of them, and removes what is too old."""

    def __init__(
        self,
        *,
        viewers: ViewerStore,
        states: ViewerStates,
        erasures: ErasureStore,
        newest_moment: Callable[[], int],
        note_run: Callable[[int], None],
        attempts: AttemptStore,
        rules: Callable[[], Sequence[RetentionRule]],
        jobs: JobQueue,
        clock: Clock,
    ) -> None:
        """Keep what is asked and edited.

        Args:
            viewers: Who swipes.
            states: Viewers in memory.
            erasures: Who is gone, and the decision log they are erased from.
            newest_moment: Returns the newest moment that anything was recorded at, or 0.
            note_run: Keeps when the daily job was done.
            attempts: Counts of attempts by address.
            rules: Returns what is kept, how long, and how it is removed.
            jobs: Work for the job process.
            clock: Gives microseconds since 1970.
        """
        self._viewers = viewers
        self._states = states
        self._erasures = erasures
        self._newest_moment, self._note_run = newest_moment, note_run
        self._attempts = attempts
        self._jobs = jobs
        self._clock = clock
        self.retention_rules = rules

    def erase(self, viewer: Viewer) -> None:
        """Remove a viewer; the job process takes the name out of the logs within seconds."""
        self._viewers.delete(viewer.id)
        self._states.forget(viewer.name)
        try:
            self._erasures.note(viewer.name, self._clock())
        except OSError as error:
            _log.warning("cannot write a tombstone", extra={"detail": str(error)})
        if not self._jobs.waiting(KIND):
            self._jobs.enqueue(KIND, {})

    def decisions_of(self, viewer: Viewer) -> list[Any]:
        """Return what the decision log has of a viewer. Cost: reads the whole log."""
        return [json.loads(line) for line in self._erasures.decisions_of(viewer.name)]

    def erase_from_logs(self) -> int:
        """Take all who are gone out of the decision log; return how many records there were."""
        return self._erasures.erase_decisions()

    def sweep_restored(self) -> int | None:
        """Remove viewers whom a backup brought back; return how many, None if none was restored."""
        return self._erasures.sweep() if self._erasures.restored() else None

    def retain(self, *, dry_run: bool = False, force_clock: bool = False) -> list[RemovedData]:
        """Do the daily job: sweep those who are gone, and remove what is too old.

        Args:
            dry_run: Only count.
            force_clock: Go on although the clock is days ahead of the last record.

        Raises:
            NotPossible: The clock is wrong.
        """
        now = self._clock()
        check_clock(now, self._newest_moment(), force=force_clock)
        back = 0 if dry_run else self._erasures.sweep()
        removed = retain(self.retention_rules(), now, dry_run=dry_run)
        if not dry_run:
            self.erase_from_logs()
            self._attempts.remove_ended(now)
            self._note_run(now)
        return [*removed, RemovedData("back from a backup", 0, back)]
