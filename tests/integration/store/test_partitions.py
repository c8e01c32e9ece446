"""Swipes on PostgreSQL: parts by viewer, filled from the one table of an earlier version."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, Engine, text

from smashpass.store.engine import migrations
from smashpass.store.engine.database import connect, migrate
from smashpass.store.people.swipes import Swipes
from smashpass.store.people.viewers import Viewers
from tests.support.postgres import PostgresServer

VIEWERS, EACH, PARTS = 400, 25, 16

_FILL = f"""
INSERT INTO swipe (viewer_id, client_id, number, image, verdict, at, app_verdict, undone)
SELECT v, 's' || n, n, (v * 7 + n * 13) % 500, n % 2, 1000 * n, CASE WHEN n % 3 > 0 THEN 1 END,
  n % 11 = 0
FROM generate_series(1, {VIEWERS}) v, generate_series(1, {EACH}) n
"""
_VIEWERS = f"""
INSERT INTO viewer (name, age_band, created_at, swipes)
SELECT 'v' || v, '18+', 0, {EACH} FROM generate_series(1, {VIEWERS}) v
"""


@pytest.fixture
def before(postgres_server: PostgresServer) -> Iterator[Engine]:
    """A database of the version before, with swipes."""
    address = postgres_server.new_database()
    engine = connect(address)
    _to(engine, "0022")
    with engine.begin() as connection:
        connection.execute(text(_VIEWERS))
        connection.execute(text(_FILL))
    yield engine
    engine.dispose()
    postgres_server.drop(address)


def _to(engine: Engine, version: str) -> None:
    config = Config()
    config.set_main_option("script_location", str(Path(migrations.__file__).parent))
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        step = command.downgrade if version == "0022" and _parts(connection) else command.upgrade
        step(config, version)


def _parts(connection: Connection) -> list[str]:
    found = (
        "SELECT inhrelid::regclass::text FROM pg_inherits WHERE inhparent = to_regclass('swipe')"
    )
    return sorted(connection.scalars(text(found)).all())


def _rows(engine: Engine) -> list[Any]:
    with engine.begin() as connection:
        return list(connection.execute(text("SELECT * FROM swipe ORDER BY viewer_id, number")))


def _plan(connection: Connection, statement: str) -> str:
    return "\n".join(connection.scalars(text(f"EXPLAIN (COSTS OFF) {statement}")))


def test_every_row_is_kept_and_every_part_has_some(before: Engine) -> None:
    rows = _rows(before)
    assert len(rows) == VIEWERS * EACH

    migrate(before)

    assert _rows(before) == rows
    with before.begin() as connection:
        parts = _parts(connection)
        assert len(parts) == PARTS
        counts = [connection.scalar(text(f"SELECT count(*) FROM {part}")) for part in parts]
    assert sum(counts) == len(rows)
    assert min(counts) > 0
    _to(before, "0022")
    assert _rows(before) == rows
    with before.begin() as connection:
        assert _parts(connection) == []


def test_keys_and_the_erasure_of_a_viewer_hold_as_before(before: Engine) -> None:
    migrate(before)
    row = "VALUES ({}, {}, {}, 1, 1, 1)"
    insertion = "INSERT INTO swipe (viewer_id, client_id, number, image, verdict, at) "
    for values, constraint in (
        ((7, "'s3'", 99), "swipe_.._pkey"),
        ((7, "'new'", 3), "viewer_id_number"),
        ((VIEWERS + 9, "'new'", 99), "fk_swipe_viewer_id"),
    ):
        with pytest.raises(Exception, match=constraint), before.begin() as connection:
            connection.execute(text(insertion + row.format(*values)))
    Viewers(before).delete(7)
    assert {row.viewer_id for row in _rows(before)} == set(range(1, VIEWERS + 1)) - {7}


def test_who_asks_about_a_viewer_reads_one_part(before: Engine) -> None:
    migrate(before)
    with before.begin() as connection:
        mine = _plan(connection, "SELECT * FROM swipe WHERE viewer_id = 7 AND client_id = 's3'")
        assert len([part for part in _parts(connection) if part in mine]) == 1
        assert "Index Scan" in mine
        # The statement of every deck knows the viewer by name: the part is chosen when it runs.
        executed = connection.scalars(
            text(
                "EXPLAIN (ANALYZE, COSTS OFF, TIMING OFF) SELECT (SELECT count(*) FROM swipe"
                " WHERE swipe.viewer_id = viewer.id AND number > 3) FROM viewer WHERE name = 'v7'"
            )
        ).all()
    read = [line for line in executed if " on swipe_" in line and "never executed" not in line]
    assert len([line for line in read if "Bitmap Index" not in line]) == 1, executed


def test_what_reads_the_swipes_of_all_viewers_counts_the_same(before: Engine) -> None:
    swipes = Swipes(before)
    counts, by_image = swipes.count(), list(swipes.counts_by_image())
    few = swipes.counts_of([image for image, _, _ in by_image[:5]])

    migrate(before)

    assert (swipes.count(), list(swipes.counts_by_image())) == (counts, by_image)
    assert swipes.counts_of([image for image, _, _ in by_image[:5]]) == few
    assert few
    with before.begin() as connection:
        connection.execute(text("SET LOCAL enable_seqscan = off"))
        plan = _plan(connection, "SELECT image FROM swipe WHERE image IN (1, 2) AND NOT undone")
    assert plan.count("_image_viewer_id_at_number_undone_verdict_idx") == PARTS
    assert "Seq Scan" not in plan
