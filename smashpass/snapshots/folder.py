"""The folder of snapshots: named by library version; finds the newest and prunes old ones."""

from __future__ import annotations

import re
from pathlib import Path

from smashpass import durable
from smashpass.clock import system_clock
from smashpass.core.errors import NotFound, NotPossible
from smashpass.core.library.index import Index
from smashpass.snapshots.format import LIBRARY
from smashpass.snapshots.read import check, open_snapshot, read_word_index
from smashpass.snapshots.write import write

_NAME = re.compile(r"[a-z]+-(\d{12,})\.snapshot")
_ABANDONED_S = 3600


def path_for(folder: Path, version: int, kind: str = LIBRARY) -> Path:
    """Return the path of the snapshot of one version; names sort by version."""
    return folder / f"{kind}-{version:012d}.snapshot"


def version_of(path: Path) -> int | None:
    """Return the version in the name of a snapshot; None for other files."""
    match = _NAME.fullmatch(path.name)
    return int(match[1]) if match else None


def newest(folder: Path, kind: str = LIBRARY) -> Path | None:
    """Return the snapshot of the highest version, or None if there is none."""
    snapshots = _snapshots(folder, kind)
    return snapshots[-1] if snapshots else None


def prune(folder: Path, keep: int = 2, kind: str = LIBRARY) -> list[Path]:
    """Remove all but the ``keep`` newest snapshots, and unfinished files older than an hour.

    A process that has a removed file mapped goes on reading it.

    Returns:
        The removed snapshots.
    """
    if keep < 1:
        raise ValueError("at least the newest snapshot is kept")
    removed = _snapshots(folder, kind)[:-keep]
    for path in removed:
        path.unlink(missing_ok=True)
    for path in folder.glob(f"{kind}-*.snapshot.*.tmp"):
        if system_clock() / 1_000_000 - path.stat().st_mtime > _ABANDONED_S:
            path.unlink(missing_ok=True)
    return removed


def make_folder(folder: Path) -> None:
    """Make the folder of snapshots, if it is missing.

    Raises:
        NotPossible: The file system refused.
    """
    try:
        durable.make_folder(folder)
    except OSError as error:
        raise NotPossible(
            f"the folder of snapshots cannot be made: {error.strerror}",
            where=str(folder),
            hint="set SMASHPASS_HOME to a folder that may be written",
        ) from error


def _snapshots(folder: Path, kind: str) -> list[Path]:
    """All snapshots, oldest version first; none for a folder that does not exist."""
    versions = [(version_of(path), path) for path in folder.glob(f"{kind}-*.snapshot")]
    return [path for version, path in sorted((v, p) for v, p in versions if v is not None)]


class SnapshotFolder:
    """The index files of one installation; made when the first is saved."""

    def __init__(self, folder: Path, keep: int = 2) -> None:
        """Set the folder, and how many snapshots are kept when another is saved."""
        self.folder = folder
        self.keep = keep

    def newest_version(self) -> int | None:
        """Return the library version of the newest file, None if there is none."""
        path = newest(self.folder)
        return version_of(path) if path else None

    def load_newest(self) -> Index | None:
        """Return the index of the newest file, None if there is none.

        Raises:
            SnapshotDamaged: It was altered. An older one is never used instead.
            SnapshotIncompatible: It was written in another format.
        """
        while path := newest(self.folder):
            try:
                return open_snapshot(path)
            except NotFound:
                # Another process saved newer ones and removed this one: look again.
                continue
        return None

    def check_newest(self) -> None:
        """Verify the newest file, if there is one.

        Raises:
            SnapshotDamaged: It was altered.
            SnapshotIncompatible: It was written in another format.
        """
        while path := newest(self.folder):
            try:
                return check(path)
            except NotFound:
                continue
        return None

    def newest_word_index(self) -> bytes | None:
        """Return the word index of the newest file, or None.

        Raises:
            SnapshotDamaged: It was altered.
            SnapshotIncompatible: The file was written in another format.
        """
        while path := newest(self.folder):
            try:
                return read_word_index(path)
            except NotFound:
                continue
        return None

    def save(self, index: Index, word_index: bytes = b"") -> None:
        """Write ``index`` and its ``word_index`` as a file; prune old ones.

        Raises:
            NotPossible: The file system refused; existing files are kept.
        """
        make_folder(self.folder)
        path = path_for(self.folder, index.version)
        write(path, index, word_index)
        prune(self.folder, self.keep)
