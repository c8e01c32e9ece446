"""Rows that are inserted at once are the rows that one INSERT each would leave."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, exc, insert, select, text

from smashpass.core.errors import DatabaseUnavailable
from smashpass.store.engine.bulk import insert_all
from smashpass.store.engine.database import reading, writing
from smashpass.store.engine.tables import image, media

words = st.text(
    alphabet=st.characters(codec="utf-8", exclude_characters="\0")
    | st.sampled_from("\t\n\r\\N'\""),
    max_size=12,
)
rows = st.lists(
    st.fixed_dictionaries(
        {
            "sha256": st.binary(min_size=1, max_size=40),
            "width": st.integers(-(2**31), 2**31 - 1),
            "height": st.integers(0, 9),
            "mime": words,
            "colour": st.integers(0, 9),
            "bytes": st.integers(-(2**63), 2**63 - 1),
            "origin": words,
            "pixels": st.none() | st.binary(max_size=9),
            "signature": st.none() | st.binary(max_size=9),
        }
    ),
    max_size=6,
    unique_by=lambda row: row["sha256"],
)


def stored(engine):
    with reading(engine) as connection:
        return [tuple(row) for row in connection.execute(select(media).order_by(media.c.sha256))]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows)
def test_rows_are_what_inserts_leave(engine, rows):
    left = []
    for at_once in (True, False):
        with writing(engine) as connection:
            connection.execute(delete(media))
            if at_once:
                insert_all(connection, media, rows)
            else:
                for row in rows:
                    connection.execute(insert(media), row)
        left.append(stored(engine))
    assert left[0] == left[1]
    assert len(left[0]) == len(rows)


def row(number):
    return {"sha256": b"%d" % number, "width": 1, "height": 1, "mime": "", "colour": 0, "bytes": 1,
            "origin": "", "pixels": None, "signature": None}  # fmt: skip


def test_a_broken_constraint_leaves_nothing_behind(engine, kind):
    error = exc.IntegrityError
    if kind == "postgresql":
        import psycopg

        error = psycopg.errors.UniqueViolation
    with pytest.raises(error), writing(engine) as connection:
        insert_all(connection, media, [row(1), row(2), row(1)])
    assert stored(engine) == []
    with writing(engine) as connection:
        insert_all(connection, media, [row(1)])
    assert len(stored(engine)) == 1


def test_a_connection_that_ends_in_the_middle_is_a_database_that_does_not_answer(engine, kind):
    if kind == "sqlite":
        pytest.skip("SQLite has no connection that another could end")

    def rows_until_killed(backend):
        for number in range(200_000):
            if number == 1_000:
                with writing(engine) as other:
                    other.execute(text("SELECT pg_terminate_backend(:it, 5000)"), {"it": backend})
            yield row(number)

    def insert_until_killed():
        with writing(engine) as connection:
            backend = connection.scalar(text("SELECT pg_backend_pid()"))
            insert_all(connection, media, rows_until_killed(backend))

    with pytest.raises(DatabaseUnavailable):
        insert_until_killed()
    assert stored(engine) == []


def test_every_column_of_an_image_needs_a_value(engine):
    with pytest.raises(KeyError), writing(engine) as connection:
        insert_all(connection, image, [{"ordinal": 1}])
