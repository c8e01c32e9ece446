"""Copies of a SQLite database, and putting one back."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

from sqlalchemy import Engine

from smashpass.core.errors import DatabaseUnavailable
from smashpass.core.operations.backup import BackupCounts
from smashpass.store.backups.folder import DiskFull, chunks_of, naming_failures, write_durably
from smashpass.store.engine.failures import place, unavailable

_SHOWN = 3


def copy_sqlite(engine: Engine, target: Path) -> BackupCounts:
    """Copy the database as it is at one moment, while others go on writing.

    All pages in one step: a copy in several begins anew whenever somebody writes in between. The
    log of SQLite grows meanwhile. Cost: reads and writes the whole database, and reads the copy.

    Raises:
        DatabaseUnavailable: It cannot be read, or is damaged.
        DiskFull: There is no room for the copy.
    """
    connection = engine.raw_connection()
    try:
        with closing(sqlite3.connect(target, isolation_level=None)) as copy:
            source = connection.driver_connection
            assert isinstance(source, sqlite3.Connection)
            source.backup(copy)
            # A copy in one file: whoever opens it leaves no log beside it.
            copy.execute("PRAGMA journal_mode = DELETE")
            messages = [str(row[0]) for row in copy.execute("PRAGMA quick_check")]
            if messages != ["ok"]:
                raise DatabaseUnavailable(
                    f"the database is damaged: {'; '.join(messages[:_SHOWN])}",
                    where=place(engine),
                    hint="the backup before is still there; restore it with `smashpass restore`",
                )
            numbers = [
                copy.execute(f"SELECT count(*) FROM {table}").fetchone()[0]  # noqa: S608
                for table in ("image", "viewer", "swipe")
            ]
    except sqlite3.Error as error:
        if getattr(error, "sqlite_errorcode", 0) == sqlite3.SQLITE_FULL:
            raise DiskFull(target.parent.parent) from error
        raise unavailable(engine, error) from error
    finally:
        connection.close()
    return BackupCounts(*numbers)


def put_back_sqlite(engine: Engine, source: Path) -> None:
    """Make a copy the database; the caller has seen to it that there is none.

    Raises:
        NotPossible: It cannot be written.
    """
    engine.dispose()
    target = Path(engine.url.database or "")
    with naming_failures(target, "write"):
        # The log of a database that was lost would be taken for that of the copy.
        for suffix in ("-wal", "-shm", "-journal"):
            target.with_name(target.name + suffix).unlink(missing_ok=True)
        write_durably(target, chunks_of(source))
