"""A SQL join: one row for each tag of an image, as most image boards do it.

The table is clustered by (tag, image) and has an index by (image, tag) besides, so that both
directions are covered. Decks go the usual way: ``NOT IN`` what was seen, ``ORDER BY random()``.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from pathlib import Path

from bench.cases import DECK_SIZE, VIEWER, Case
from bench.library import Picture, tag_id
from bench.peers.loading import load

# The second index is made afterwards, by sorting: that is a third of the work.
_SHARE_FOR_ROWS = 0.6


class Join:
    """SQLite with the tables ``image``, ``image_tag`` and ``seen``."""

    def __init__(self, folder: str, count: int, seed: int, limit_s: float) -> None:
        self._database = sqlite3.connect(Path(folder) / "join.db", isolation_level=None)
        execute = self._database.execute
        # No journal, no waiting for the disk, 1 GB of cache: everything for its speed.
        execute("PRAGMA journal_mode = OFF")
        execute("PRAGMA synchronous = OFF")
        execute("PRAGMA cache_size = -1000000")
        execute("CREATE TABLE image (image INTEGER PRIMARY KEY)")
        execute(
            "CREATE TABLE image_tag (tag INTEGER, image INTEGER, PRIMARY KEY (tag, image)) "
            "WITHOUT ROWID"
        )
        execute(
            "CREATE TABLE seen (viewer INTEGER, image INTEGER, PRIMARY KEY (viewer, image)) "
            "WITHOUT ROWID"
        )
        execute("BEGIN")
        self.images = load(count, seed, limit_s * _SHARE_FOR_ROWS, self._add)
        execute("COMMIT")
        execute("CREATE INDEX image_tag_by_image ON image_tag (image, tag)")
        execute("ANALYZE")

    def size(self) -> int:
        """Return how many images are in it."""
        return self.images

    def see(self, images: list[int]) -> None:
        """Let the viewer have seen ``images``, and nothing else."""
        rows = ((VIEWER, image) for image in images)
        self._database.execute("DELETE FROM seen")
        self._database.executemany("INSERT INTO seen (viewer, image) VALUES (?, ?)", rows)

    def count(self, case: Case) -> int:
        """Return how many images match."""
        query, values = _matching(case)
        row = self._database.execute(f"SELECT count(*) FROM {query}", values)
        return int(row.fetchone()[0])

    def deck(self, case: Case) -> list[int]:
        """Return images that match and were not seen, in random order."""
        query, values = _matching(case)
        rows = self._database.execute(
            f"SELECT a.image FROM {query} "
            "AND a.image NOT IN (SELECT image FROM seen WHERE viewer = ?) "
            "ORDER BY random() LIMIT ?",
            (*values, VIEWER, DECK_SIZE),
        )
        return [image for (image,) in rows]

    def _add(self, batch: Sequence[Picture]) -> None:
        many = self._database.executemany
        many("INSERT INTO image (image) VALUES (?)", ((picture.ordinal,) for picture in batch))
        many(
            "INSERT INTO image_tag (tag, image) VALUES (?, ?)",
            ((tag, picture.ordinal) for picture in batch for tag in picture.tags),
        )


def _matching(case: Case) -> tuple[str, tuple[int, ...]]:
    """Return what follows FROM, with a condition to which others can be added."""
    if not case.having:
        return "image a WHERE true", ()
    joins = "image_tag a"
    conditions = ["a.tag = ?"]
    for number in range(1, len(case.having)):
        joins += f" JOIN image_tag b{number} ON b{number}.image = a.image"
        conditions.append(f"b{number}.tag = ?")
    for number in range(len(case.lacking)):
        conditions.append(
            f"NOT EXISTS (SELECT 1 FROM image_tag c{number} "
            f"WHERE c{number}.image = a.image AND c{number}.tag = ?)"
        )
    tags = tuple(tag_id(name) for name in (*case.having, *case.lacking))
    return f"{joins} WHERE {' AND '.join(conditions)}", tags
