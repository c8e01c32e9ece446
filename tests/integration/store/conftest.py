"""Every test of the store runs on both databases, real ones."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine, delete, update

from smashpass.store.engine import database, tables
from tests.support import postgres


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[postgres.PostgresServer]:
    if postgres.binaries() is None:
        pytest.skip("PostgreSQL is not installed: no initdb under /usr/lib/postgresql or on PATH")
    yield from postgres.running()


@pytest.fixture(scope="session")
def postgres_template(postgres_server: postgres.PostgresServer) -> str:
    """The name of a database with the schema, to be copied: that is quicker than to migrate."""
    url = postgres_server.new_database()
    _migrate(url)
    return url.rpartition("/")[2]


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory) -> Path:
    """The same as a file."""
    path = tmp_path_factory.mktemp("template") / "smashpass.db"
    _migrate(f"sqlite:///{path}")
    return path


@pytest.fixture(params=["sqlite", "postgresql"])
def kind(request: pytest.FixtureRequest) -> str:
    return request.param


@pytest.fixture
def url(kind: str, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of an empty database."""
    if kind == "sqlite":
        yield f"sqlite:///{tmp_path}/empty.db"
        return
    server = request.getfixturevalue("postgres_server")
    address = server.new_database()
    yield address
    server.drop(address)


@pytest.fixture
def engine(kind: str, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Engine]:
    """A database with the schema and nothing in it."""
    if kind == "sqlite":
        path = tmp_path / "smashpass.db"
        shutil.copy(request.getfixturevalue("sqlite_template"), path)
        engine = database.connect(f"sqlite:///{path}")
        yield engine
        engine.dispose()
        return
    template = request.getfixturevalue("postgres_template")
    server = request.getfixturevalue("postgres_server")
    address = server.new_database(template)
    engine = database.connect(address)
    yield engine
    engine.dispose()
    server.drop(address)


def _migrate(url: str) -> None:
    engine = database.connect(url)
    database.migrate(engine)
    engine.dispose()


@pytest.fixture
def wipe(engine: Engine):
    """Empties the database, for tests that try many examples on one."""

    def wiped() -> Engine:
        with database.writing(engine) as connection:
            for table in reversed(tables.metadata.sorted_tables):
                if table.name not in ("meta", "counter"):
                    connection.execute(delete(table))
            connection.execute(update(tables.counter).values(value=0))
        return engine

    return wiped
