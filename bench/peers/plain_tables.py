"""The tables of the plain app, filled with a library, and the statement of its decks.

Written as somebody would who knows SQLAlchemy: every column that is asked for has an index, the
link table one in each direction, and the planner has statistics.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from itertools import chain
from typing import Any

import sqlalchemy as sa

from bench.library import NAMES, Picture
from bench.peers.loading import load

_SERVING = ("journal_mode = WAL", "cache_size = -64000", "mmap_size = 16000000000")
_FILLING = ("journal_mode = OFF", "synchronous = OFF", "cache_size = -500000")

metadata = sa.MetaData()
image = sa.Table(
    "image",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("source", sa.Text, nullable=False),
    sa.Column("licence", sa.Text, nullable=False),
)
tag = sa.Table(
    "tag",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("name", sa.Text, nullable=False, unique=True),
)
image_tag = sa.Table(
    "image_tag",
    metadata,
    sa.Column("image", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("tag", sa.Integer, primary_key=True, autoincrement=False),
    sqlite_with_rowid=False,
)
viewer = sa.Table(
    "viewer",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("token", sa.Text, nullable=False, unique=True),
)
swipe = sa.Table(
    "swipe",
    metadata,
    sa.Column("viewer", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("image", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("verdict", sa.Text, nullable=False),
    sa.Column("at", sa.DateTime, nullable=False, server_default=sa.func.now()),
    sqlite_with_rowid=False,
)


def engine(url: str, settings: Sequence[str] = _SERVING) -> sa.Engine:
    """Return an engine; the settings are for SQLite alone."""
    if not url.startswith("sqlite"):
        return sa.create_engine(url, pool_size=8)
    store = sa.create_engine(url, connect_args={"timeout": 30}, pool_size=8)

    @sa.event.listens_for(store, "connect")
    def _settings(connection: sqlite3.Connection, _record: object) -> None:
        for setting in settings:
            connection.execute(f"PRAGMA {setting}")

    return store


def fill(url: str, count: int, seed: int, limit_s: float) -> int:
    """Make the tables and put a library in; return how many images came in within the time."""
    store = engine(url, _FILLING)
    metadata.create_all(store)
    add = _copied if store.dialect.name == "postgresql" else _inserted
    with store.begin() as connection:
        connection.execute(
            tag.insert(),
            [{"id": number, "name": name} for number, name in enumerate(NAMES) if name],
        )
        raw = connection.connection.driver_connection
        loaded = load(count, seed, limit_s, lambda batch: add(raw, batch))
    with store.begin() as connection:
        # Now that the rows are there: by sorting.
        connection.exec_driver_sql("CREATE INDEX image_tag_by_tag ON image_tag (tag, image)")
    with store.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.exec_driver_sql("ANALYZE")
        if store.dialect.name == "postgresql":
            connection.exec_driver_sql("VACUUM image, image_tag")
    store.dispose()
    return loaded


def matching(names: Sequence[str]) -> sa.Select[tuple[int]]:
    """Return the ids of the images that have all of some tags; of all images without tags."""
    if not names:
        return sa.select(image.c.id)
    return (
        sa.select(image_tag.c.image.label("id"))
        .join(tag, tag.c.id == image_tag.c.tag)
        .where(tag.c.name.in_(names))
        .group_by(image_tag.c.image)
        .having(sa.func.count() == len(names))
    )


def deck(names: Sequence[str], viewer_id: int, size: int) -> sa.Select[tuple[int]]:
    """Return random images that match and that a viewer has not swiped."""
    matched = matching(names)
    swiped = sa.select(swipe.c.image).where(swipe.c.viewer == viewer_id)
    column = image_tag.c.image if names else image.c.id
    return matched.where(column.not_in(swiped)).order_by(sa.func.random()).limit(size)


def _inserted(raw: Any, batch: Sequence[Picture]) -> None:
    many = raw.executemany
    many("INSERT INTO image VALUES (?, ?, ?)", [(p.ordinal, p.source, p.licence) for p in batch])
    links = chain.from_iterable(((p.ordinal, t) for t in sorted(p.tags)) for p in batch)
    many("INSERT INTO image_tag VALUES (?, ?)", links)


def _copied(raw: Any, batch: Sequence[Picture]) -> None:
    images = "".join(f"{p.ordinal}\t{p.source}\t{p.licence}\n" for p in batch)
    links = "".join(f"{p.ordinal}\t{number}\n" for p in batch for number in sorted(p.tags))
    with raw.cursor() as cursor:
        for table, rows in (("image", images), ("image_tag", links)):
            with cursor.copy(f"COPY {table} FROM STDIN") as copy:
                copy.write(rows)
