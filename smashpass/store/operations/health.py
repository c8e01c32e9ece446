"""What the database says about itself, for whoever checks an installation."""

from __future__ import annotations

from sqlalchemy import Engine, text

from smashpass.core.errors import DatabaseUnavailable
from smashpass.store.engine.database import reading
from smashpass.store.engine.failures import place
from smashpass.store.engine.read_only import is_read_only

_FULL = 2
_SHOWN = 3


def durability(engine: Engine) -> str:
    """Return how durable a commit is, as text.

    Raises:
        DatabaseUnavailable: It cannot be reached, or could lose what it has confirmed.
    """
    with reading(engine) as connection:
        if connection.dialect.name != "sqlite":
            version = connection.scalar(text("SHOW server_version"))
            commit = connection.scalar(text("SHOW synchronous_commit"))
            if commit == "off":
                raise DatabaseUnavailable(
                    "the server confirms commits before they are on disk",
                    where=place(engine),
                    hint="set synchronous_commit = on",
                )
            return f"PostgreSQL {version}, synchronous_commit {commit}"
        if is_read_only(engine):
            return "nothing is committed: the database is read-only"
        mode = connection.scalar(text("PRAGMA journal_mode"))
        synchronous = connection.scalar(text("PRAGMA synchronous"))
        version = connection.scalar(text("SELECT sqlite_version()"))
    if mode != "wal" or synchronous != _FULL:
        raise DatabaseUnavailable(
            f"SQLite runs with journal_mode {mode} and synchronous {synchronous}",
            where=place(engine),
            hint="keep the database on a local disk, where WAL is possible",
        )
    return f"SQLite {version}, WAL, synchronous FULL"


def quick_check(engine: Engine) -> str:
    """Read the whole database file and return the result as text; seconds a gigabyte.

    Raises:
        DatabaseUnavailable: It is damaged.
    """
    with reading(engine) as connection:
        if connection.dialect.name != "sqlite":
            return "done by the server itself"
        messages = [str(row[0]) for row in connection.execute(text("PRAGMA quick_check"))]
    if messages != ["ok"]:
        raise DatabaseUnavailable(
            f"the database is damaged: {'; '.join(messages[:_SHOWN])}",
            where=place(engine),
            hint="restore it from a backup",
        )
    return "ok"
