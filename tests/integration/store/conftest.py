"""Every test of the store runs on both databases, real ones."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine, delete, update

from smashpass.store.engine import database, tables
from tests.support.databases import empty_database


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
    with empty_database(kind, request, tmp_path) as engine:
        yield engine


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
