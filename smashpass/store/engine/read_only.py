"""SQLite files that may not be written: how they can be read all the same.

SQLite reads a database in WAL mode with the help of two files beside it, which it makes when they
are absent. Where it may not make them, it needs to know that it has to do without.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import NamedTuple

from sqlalchemy import Engine


class ReadOnlyAccess(NamedTuple):
    """How a file is opened that may not be written: query of its URI, and statements to begin."""

    query: str
    pragmas: tuple[str, ...] = ()


WITH_LOCKS = ReadOnlyAccess("mode=ro")
"""The helping files are there, or can be made: nothing is different."""

LOG_IN_MEMORY = ReadOnlyAccess("mode=ro&vfs=unix-none", ("PRAGMA locking_mode = EXCLUSIVE",))
"""The log (``-wal``) is there and its index (``-shm``) is not: it is made in memory.

Whoever has a database open keeps its index, so nobody does, and no locks are needed.
"""

UNCHANGING = ReadOnlyAccess("immutable=1")
"""There is no log: nobody has the database open, and everything is in the file."""


def read_only_access(path: Path) -> ReadOnlyAccess | None:
    """Return how to open a database that may not be written, None if it may, or is absent."""
    if not path.exists():
        return None
    log, log_index = Path(f"{path}-wal"), Path(f"{path}-shm")
    helped = os.access(path.parent, os.W_OK) or (log.exists() and log_index.exists())
    if helped:
        return None if os.access(path, os.W_OK) else WITH_LOCKS
    return LOG_IN_MEMORY if log.exists() and log.stat().st_size else UNCHANGING


def is_read_only(engine: Engine) -> bool:
    """Whether the database is a file that may not be written."""
    if engine.dialect.name != "sqlite" or not engine.url.database:
        return False
    return read_only_access(Path(engine.url.database)) is not None


def uri(path: Path, access: ReadOnlyAccess) -> str:
    """Return the address of the file for SQLite."""
    return f"{path.absolute().as_uri()}?{access.query}"
