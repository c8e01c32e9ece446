"""Failures of the database as one-line errors that a person can act on."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Engine, event, exc
from sqlalchemy.engine import ExceptionContext

from smashpass.core.errors import DatabaseUnavailable

_HINTS = {
    "locked": "another process is writing for long; try again",
    "busy": "another process is writing for long; try again",
    "readonly": "check the owner and the mode of the database file and of its folder",
    "read-only": "connect to the server that takes writes",
    "unable to open": "check that the folder exists and may be written",
    "full": "free some disk space",
    "no space": "free some disk space",
    "malformed": "restore the database from a backup",
    "not a database": "name another file, or restore the database from a backup",
    "no such table": "create the tables first: any writing command does",
    "does not exist": "create the database and its tables first",
    "authentication": "check user name and password",
}
READ_ONLY = "25006"
"""A write where nothing may be written: the server became a standby."""
_SQLSTATES = frozenset(
    {
        READ_ONLY,
        "42P01",  # no such table: the schema was never made
    }
)


def name_failures(engine: Engine) -> None:
    """Make every failure of ``engine`` that means "not available" a DatabaseUnavailable.

    Broken constraints and wrong statements stay what they are: mistakes of this program.
    """

    @event.listens_for(engine, "handle_error")
    def translate(context: ExceptionContext) -> None:
        original = context.original_exception
        if getattr(original, "sqlstate", None) == READ_ONLY:
            # Connections to it are of no use any more: the next ones ask who takes writes.
            context.is_disconnect = True
        if context.is_disconnect or means_unavailable(original):
            raise unavailable(engine, original) from original


@contextmanager
def pool_failures(engine: Engine) -> Iterator[None]:
    """Do the same for a pool that has no free connection, which no event tells of."""
    try:
        yield
    except exc.TimeoutError as error:
        raise DatabaseUnavailable(
            "no connection to the database is free",
            where=place(engine),
            hint="the server is overloaded; try again",
        ) from error


def unavailable(engine: Engine, error: BaseException) -> DatabaseUnavailable:
    """Return the error to show for what the driver said."""
    lines = str(error).strip().splitlines()
    text = lines[0] if lines else type(error).__name__
    hint = next((hint for sign, hint in _HINTS.items() if sign in text.lower()), "")
    refused = any(sign in text.lower() for sign in ("readonly", "read-only"))
    return DatabaseUnavailable(
        "the database is read-only" if refused else f"the database does not answer: {text}",
        where=place(engine),
        hint=hint or "check that it runs and can be reached",
    )


def place(engine: Engine) -> str:
    """Return which database it is: the file, or the address without the password."""
    if engine.dialect.name == "sqlite":
        return engine.url.database or "sqlite"
    return engine.url.render_as_string(hide_password=True)


def means_unavailable(error: BaseException) -> bool:
    """Tell failures of the database from failures of a statement."""
    if isinstance(error, sqlite3.DatabaseError):
        # The plain class, not a subclass, is what sqlite3 raises for damaged files.
        return type(error) in (sqlite3.OperationalError, sqlite3.DatabaseError)
    if getattr(error, "sqlstate", None) in _SQLSTATES:
        return True
    return any(kind.__name__ == "OperationalError" for kind in type(error).__mro__)
