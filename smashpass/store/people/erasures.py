"""Erasing viewers: who is gone, and the decision log they are taken out of."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from smashpass.store.people.erased import Erased, tombstone
from smashpass.store.rules.decision_erasing import erase_lines, files_before, lines_of


class Erasures:
    """Tombstones, and the files of the decision log."""

    def __init__(self, erased: Erased, folder: Path) -> None:
        """Keep the tombstones, and the folder of the decision log."""
        self._erased = erased
        self._folder = folder
        self.note = erased.note
        self.restored = erased.restored
        self.sweep = erased.sweep

    def decisions_of(self, name: str) -> Iterator[bytes]:
        """Yield the records of one viewer, oldest first. Cost: reads the whole log."""
        return lines_of(self._folder, name)

    def erase_decisions(self) -> int:
        """Take all who are gone out of the log and the files of the database."""
        gone = self._erased.all().keys()
        lines = erase_lines(self._folder, lambda name: tombstone(name) in gone)
        self._erased.scrub()
        return lines

    def count_old_files(self, moment: int) -> int:
        """Return how many files of the log are of days before that of a moment."""
        return len(files_before(self._folder, _day(moment)))

    def remove_old_files(self, moment: int) -> int:
        """Remove them; return how many there were."""
        old = files_before(self._folder, _day(moment))
        for path in old:
            path.unlink(missing_ok=True)
        return len(old)


def _day(moment: int) -> str:
    """Return the day of a moment, as 2026-11-01."""
    return datetime.fromtimestamp(moment // 1_000_000, UTC).date().isoformat()
