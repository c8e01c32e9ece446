"""Empty databases for tests, of both kinds; each is a copy, as that is quicker than to migrate."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import Engine

from smashpass.clock import Clock, system_clock
from smashpass.store.engine import database
from tests.support import postgres


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[postgres.PostgresServer]:
    if postgres.binaries() is None:
        pytest.skip("PostgreSQL is not installed: no initdb under /usr/lib/postgresql or on PATH")
    yield from postgres.running()


@pytest.fixture(scope="session")
def postgres_template(postgres_server: postgres.PostgresServer) -> str:
    """The name of a database with the schema, to be copied."""
    url = postgres_server.new_database()
    _migrate(url)
    return url.rpartition("/")[2]


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same as a file."""
    path = tmp_path_factory.mktemp("template") / "smashpass.db"
    _migrate(f"sqlite:///{path}")
    return path


@contextmanager
def empty_database(
    kind: str, request: pytest.FixtureRequest, folder: Path, clock: Clock = system_clock
) -> Iterator[Engine]:
    """Open a database with the schema and nothing in it.

    Args:
        kind: ``sqlite`` or ``postgresql``.
        request: Gives the templates, so that nothing is started for the other kind.
        folder: Where a file may lie.
        clock: Dates what is written.
    """
    if kind == "sqlite":
        path = folder / "smashpass.db"
        shutil.copy(request.getfixturevalue("sqlite_template"), path)
        engine = database.connect(f"sqlite:///{path}", clock=clock)
        yield engine
        engine.dispose()
        return
    template = request.getfixturevalue("postgres_template")
    server = request.getfixturevalue("postgres_server")
    address = server.new_database(template)
    engine = database.connect(address, clock=clock)
    yield engine
    engine.dispose()
    server.drop(address)


def _migrate(url: str) -> None:
    engine = database.connect(url)
    database.migrate(engine)
    engine.dispose()
