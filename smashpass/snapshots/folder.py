"""The folder of snapshots: names by library version, which is the newest, which are too old."""

from __future__ import annotations

import re
import time
from pathlib import Path

_NAME = re.compile(r"library-(\d{12,})\.snapshot")
_ABANDONED_S = 3600


def path_for(folder: Path, version: int) -> Path:
    """Return the path of the snapshot of one library version; names sort by version."""
    return folder / f"library-{version:012d}.snapshot"


def version_of(path: Path) -> int | None:
    """Return the library version that the name of a snapshot says; None for other files."""
    match = _NAME.fullmatch(path.name)
    return int(match[1]) if match else None


def newest(folder: Path) -> Path | None:
    """Return the snapshot of the highest library version, or None if there is none."""
    snapshots = _snapshots(folder)
    return snapshots[-1] if snapshots else None


def prune(folder: Path, keep: int = 2) -> list[Path]:
    """Remove all but the ``keep`` newest snapshots, and what was left half-written an hour ago.

    A process that has a removed file mapped goes on reading it.

    Returns:
        The removed snapshots.
    """
    if keep < 1:
        raise ValueError("at least the newest snapshot is kept")
    removed = _snapshots(folder)[:-keep]
    for path in removed:
        path.unlink(missing_ok=True)
    for path in folder.glob("library-*.snapshot.*.tmp"):
        if time.time() - path.stat().st_mtime > _ABANDONED_S:
            path.unlink(missing_ok=True)
    return removed


def _snapshots(folder: Path) -> list[Path]:
    """All snapshots, oldest version first; none for a folder that does not exist."""
    found = [(version_of(path), path) for path in folder.glob("library-*.snapshot")]
    return [path for version, path in sorted((v, p) for v, p in found if v is not None)]
