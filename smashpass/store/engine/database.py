"""The way to the database: engines for SQLite and PostgreSQL, transactions, the schema.

Reads are deferred transactions; writes begin with ``BEGIN IMMEDIATE`` on SQLite, because a reader
that turns into a writer is refused when another writer came between. On PostgreSQL, reads see one
moment (repeatable read), so that a version, the vocabulary and the images belong together.
"""

from __future__ import annotations

import secrets
import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any
from weakref import WeakKeyDictionary

from sqlalchemy import Connection, Engine, create_engine, event, insert, inspect, select, text
from sqlalchemy.pool import ConnectionPoolEntry

from smashpass.clock import Clock, system_clock
from smashpass.core.errors import NotPossible
from smashpass.store.engine import tables
from smashpass.store.engine.address import parse
from smashpass.store.engine.failures import name_failures, place, pool_failures, unavailable
from smashpass.store.engine.patience import Silence, driver_options
from smashpass.store.engine.read_only import read_only_access, uri

POOL = 10
"""Connections that stay open: one for each thread of a worker, and for those that follow."""

BUSY_TIMEOUT_MS = 5_000
MIGRATION_TIMEOUT_MS = 60_000
LIBRARY_LOCK = 0x5A5B_0001
SCHEMA_LOCK = 0x5A5B_0002
WRITER_CACHE_KIB = 32_768
_WRITE = "smashpass_write"
_ONCE = "smashpass_once"
_WAIT = "smashpass_wait_ms"
_ACCESS = "smashpass_access"
_POLL_S = 0.001
_MIGRATIONS = Path(__file__).parent / "migrations"

_turns: WeakKeyDictionary[Engine, threading.Lock] = WeakKeyDictionary()

_WRITER_PRAGMAS = (
    "PRAGMA journal_mode = WAL",
    "PRAGMA journal_size_limit = 67108864",
)
_PRAGMAS = (
    "PRAGMA synchronous = FULL",  # NORMAL loses acknowledged rows when the power fails
    "PRAGMA foreign_keys = ON",
    "PRAGMA secure_delete = ON",  # who is erased is not to be found in unused pages
    "PRAGMA cache_size = -4096",  # KiB for each of many connections; the system caches the file
)


def connect(
    url: str, *, busy_timeout_ms: int = BUSY_TIMEOUT_MS, clock: Clock = system_clock
) -> Engine:
    """Return the engine for ``url``; nothing is opened before it is used.

    Args:
        url: ``sqlite:///FILE``, ``postgresql://…`` or ``postgresql+psycopg://…``; see ``parse``.
        busy_timeout_ms: How long a writer of SQLite waits for the one before it.
        clock: Dates what is written, see ``now``.

    Raises:
        BadSetting: The URL is of another kind of database, or names no file.
    """
    parsed = parse(url)
    if parsed.get_backend_name() == "sqlite":
        wait = {"timeout": busy_timeout_ms / 1_000}
        engine = create_engine(
            parsed,
            pool_size=POOL,
            pool_timeout=10,
            connect_args=wait,
            execution_options={"clock": clock},
        )
        event.listen(engine, "do_connect", _open_sqlite)
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", partial(_begin_sqlite, busy_timeout_ms))
        _turns[engine] = threading.Lock()
    else:
        engine = create_engine(
            parsed,
            pool_size=POOL,
            pool_timeout=10,
            pool_pre_ping=True,
            connect_args=driver_options(parsed),
            execution_options={"clock": clock},
        )
        event.listen(engine, "do_connect", Silence().connect)
    name_failures(engine)
    return engine


def now(of: Engine | Connection) -> int:
    """Return the time in microseconds since 1970, UTC, by the clock of an engine."""
    clock: Clock = of.get_execution_options()["clock"]
    return clock()


@contextmanager
def reading(engine: Engine) -> Iterator[Connection]:
    """Yield a connection that sees the database as it is at the first statement, until it ends."""
    with pool_failures(engine), engine.connect() as connection:
        if connection.dialect.name == "postgresql":
            connection.execution_options(isolation_level="REPEATABLE READ")
        with connection.begin():
            yield connection


@contextmanager
def reading_once(engine: Engine) -> Iterator[Connection]:
    """Yield a connection for one statement, which sees one moment without a transaction."""
    with pool_failures(engine), engine.connect() as connection:
        yield connection.execution_options(**{_ONCE: True})


@contextmanager
def writing(engine: Engine, *, library: bool = False) -> Iterator[Connection]:
    """Yield a connection whose transaction is committed at the end, rolled back on an exception.

    Args:
        engine: The database.
        library: Whether the library or its change log is written: then the one lock of its
            writers is taken first, before any row is, so that writers cannot deadlock.
    """
    with _turn(engine), pool_failures(engine), engine.connect() as connection:
        connection.execution_options(**{_WRITE: True})
        with connection.begin():
            if library:
                lock_library(connection)
            yield connection


@contextmanager
def _turn(engine: Engine) -> Iterator[None]:
    """Let the threads of this process write to SQLite one after the other.

    They wait in a queue; only one of them asks again and again whether another process is done.
    """
    turn = _turns.get(engine)
    if turn is None:
        yield
        return
    if not turn.acquire(timeout=BUSY_TIMEOUT_MS / 1_000):
        raise unavailable(engine, TimeoutError("the database is locked"))
    try:
        yield
    finally:
        turn.release()


def lock_library(connection: Connection) -> None:
    """Make this transaction the only writer of the library until it ends; may be repeated.

    Raises:
        RuntimeError: The transaction was not begun by :func:`writing`.
    """
    if not connection.get_execution_options().get(_WRITE):
        raise RuntimeError("the library is written in a transaction of writing() only")
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": LIBRARY_LOCK})
    else:
        # The key index of an import outgrows what a reader gets.
        connection.exec_driver_sql(f"PRAGMA cache_size = -{WRITER_CACHE_KIB}")


def migrate(engine: Engine) -> None:
    """Create the schema or bring it up to date; several processes may do so at once.

    Costs 0.3 s for a new database and next to nothing for one that is up to date.

    Raises:
        NotPossible: A later version of this program has migrated it.
    """
    with pool_failures(engine), engine.connect() as connection:
        connection.execution_options(**{_WRITE: True, _WAIT: MIGRATION_TIMEOUT_MS})
        with connection.begin():
            if connection.dialect.name == "postgresql":
                lock = text("SELECT pg_advisory_xact_lock(:key)")
                connection.execute(lock, {"key": SCHEMA_LOCK})
            version, head = _version(connection), schema_head()
            if version is not None and version > head:
                raise NotPossible(
                    f"the database has schema {version}, made by a later version of smashpass;"
                    f" this one knows schema {head}",
                    where=place(engine),
                    hint="install the later version here too",
                )
            if version != head:
                _upgrade(connection)
            _seed(connection)


def schema_version(engine: Engine) -> str | None:
    """Return the name of the last migration applied, None for an empty database."""
    with reading(engine) as connection:
        return _version(connection)


def schema_head() -> str:
    """Return the name of the last migration that this program has, with which its file begins."""
    return max(path.name for path in (_MIGRATIONS / "versions").glob("[0-9]*.py")).split("_")[0]


def id_key(engine: Engine) -> bytes:
    """Return the 16 secret bytes that public image ids of this library are made with."""
    with reading(engine) as connection:
        key = connection.scalar(select(tables.meta.c.value).where(tables.meta.c.name == "id_key"))
    return bytes.fromhex(key or "")


def _open_sqlite(
    _dialect: object, record: ConnectionPoolEntry, names: list[str], options: dict[str, Any]
) -> None:
    """Let a file that may not be written be opened for reading."""
    (name,) = names
    access = None if options.get("uri") else read_only_access(Path(name))
    record.info[_ACCESS] = access
    if access is not None:
        names[0] = uri(Path(name), access)
        options["uri"] = True


def _prepare_sqlite(connection: Any, record: ConnectionPoolEntry) -> None:
    """Set up a fresh SQLite connection; the driver's own idea of transactions is turned off."""
    connection.isolation_level = None
    access = record.info[_ACCESS]
    cursor = connection.cursor()
    for pragma in (*(_WRITER_PRAGMAS if access is None else access.pragmas), *_PRAGMAS):
        cursor.execute(pragma)
    cursor.close()


def _begin_sqlite(busy_timeout_ms: int, connection: Connection) -> None:
    """Begin as a writer or as a reader.

    SQLite's own waiting asks ten times a second in the end, and so can miss indefinitely the
    short gaps that an import leaves between its batches. We ask every few milliseconds.
    """
    options = connection.get_execution_options()
    if _ONCE in options:
        return
    if not options.get(_WRITE):
        connection.exec_driver_sql("BEGIN")
        return
    deadline = time.monotonic() + options.get(_WAIT, busy_timeout_ms) / 1_000
    raw: Any = connection.connection.driver_connection
    raw.execute("PRAGMA busy_timeout = 0").close()
    try:
        while time.monotonic() < deadline:
            try:
                raw.execute("BEGIN IMMEDIATE").close()
                return
            except sqlite3.OperationalError as error:
                if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY:
                    break
            time.sleep(_POLL_S)
        connection.exec_driver_sql("BEGIN IMMEDIATE")  # for the last time: its failure has a name
    finally:
        raw.execute(f"PRAGMA busy_timeout = {busy_timeout_ms}").close()


def _version(connection: Connection) -> str | None:
    """Read what Alembic wrote down; to ask Alembic itself costs every command its import."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    version: str | None = connection.scalar(text("SELECT version_num FROM alembic_version"))
    return version


def _upgrade(connection: Connection) -> None:
    """Run the migrations that are missing, in the transaction of ``connection``."""
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    command.upgrade(config, "head")


def _seed(connection: Connection) -> None:
    """Write the rows that every database has, if they are not there yet."""
    if connection.scalar(select(tables.meta.c.value).where(tables.meta.c.name == "id_key")) is None:
        connection.execute(insert(tables.meta), {"name": "id_key", "value": secrets.token_hex(16)})
    existing = set(connection.scalars(select(tables.counter.c.name)))
    counted = ("image", "tag", "scores")
    missing = [{"name": name, "value": 0} for name in counted if name not in existing]
    if missing:
        connection.execute(insert(tables.counter), missing)
