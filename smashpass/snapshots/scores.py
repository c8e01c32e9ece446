"""The columns of all scores in use, as one file beside those of the library."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path

from smashpass.core.errors import NotFound
from smashpass.core.library.model_version import ModelVersion
from smashpass.core.library.score_column import ScoreColumn
from smashpass.snapshots.folder import make_folder, newest, path_for, prune, version_of
from smashpass.snapshots.format import SCORES, damaged
from smashpass.snapshots.sections import (
    PendingSection,
    Sections,
    open_file,
    packed_json,
    packed_sets,
    write_file,
)


class ScoreFolder:
    """The score files of one installation, named by the generation of the scores in them."""

    def __init__(self, folder: Path, keep: int = 2) -> None:
        """Set the folder, and how many files are kept when another is saved."""
        self.folder = folder
        self.keep = keep

    def newest_generation(self) -> int | None:
        """Return the generation of the newest file, None if there is none."""
        path = newest(self.folder, SCORES)
        return version_of(path) if path else None

    def newest_stamp(self) -> tuple[int, int, int] | None:
        """Return what differs for every file that is the newest one, None if there is none.

        Files of the same generation may differ: one that replaces a damaged file, or the first
        after the database was restored from a backup.
        """
        while path := newest(self.folder, SCORES):
            try:
                status = path.lstat()
            except FileNotFoundError:
                # Another process saved newer ones and removed this one: look again.
                continue
            return version_of(path) or 0, status.st_ino, status.st_mtime_ns
        return None

    def load_newest(self) -> tuple[ScoreColumn, ...] | None:
        """Return the columns of the newest file in their order, None if there is none.

        Cost: below 0.1 s for a column of 2,000,000 numbers.

        Raises:
            SnapshotDamaged: It was altered.
            SnapshotIncompatible: It was written in another format.
            NotPossible: The file system does not let it be read.
        """
        while path := newest(self.folder, SCORES):
            try:
                return tuple(_columns(open_file(path), path))
            except NotFound:
                # Another process saved newer ones and removed this one: look again.
                continue
        return None

    def save(self, generation: int, columns: Sequence[ScoreColumn]) -> None:
        """Write columns as a file; prune old ones.

        Files of later generations are removed: a database that was restored from a backup has
        an earlier generation again.

        Raises:
            NotPossible: The file system refused; existing files are kept.
        """
        make_folder(self.folder)
        path = path_for(self.folder, generation, SCORES)
        write_file(path, generation, list(_contents(columns)))
        while (later := newest(self.folder, SCORES)) and later.name > path.name:
            later.unlink(missing_ok=True)
        prune(self.folder, self.keep, SCORES)


def _contents(columns: Sequence[ScoreColumn]) -> Iterator[PendingSection]:
    """Return all sections: what the columns are, then the sets of each by its place."""
    yield packed_json("columns", [[column.name, asdict(column.source)] for column in columns])
    for place, column in enumerate(columns):
        slices, known, present = column.parts
        yield packed_sets(f"column/{place}", [known, present, *slices])


def _columns(sections: Sections, path: Path) -> Iterator[ScoreColumn]:
    """Yield the columns of a file in their order."""
    for place, (name, source) in enumerate(sections.json("columns")):
        known, present, *slices = sections.sets(f"column/{place}")
        try:
            yield ScoreColumn(name, ModelVersion(**source), slices, known, present)
        except (TypeError, ValueError) as error:
            raise damaged(path, str(error)) from error
