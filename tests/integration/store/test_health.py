"""What the database says about itself."""

from __future__ import annotations

import pytest
from sqlalchemy import create_engine

from smashpass.core.errors import DatabaseUnavailable
from smashpass.store.engine.database import schema_head, schema_version
from smashpass.store.operations.health import durability, quick_check


def test_a_commit_is_on_disk_before_it_is_confirmed(engine, kind):
    description = durability(engine)
    assert description.startswith("SQLite " if kind == "sqlite" else "PostgreSQL ")
    assert ("synchronous FULL" in description) or ("synchronous_commit on" in description)


def test_a_whole_database_is_found_to_be_whole(engine, kind):
    assert quick_check(engine) == ("ok" if kind == "sqlite" else "done by the server itself")


def test_the_schema_is_the_one_of_this_program(engine):
    assert schema_version(engine) == schema_head()


def test_a_database_that_may_lose_what_it_confirmed_is_found(tmp_path):
    engine = create_engine(f"sqlite:///{tmp_path}/slack.db")
    with pytest.raises(DatabaseUnavailable, match="journal_mode delete"):
        durability(engine)
    engine.dispose()
