"""SQLite FTS5: one row an image, whose text is its tags; nothing kept but the index."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from pathlib import Path

from bench.cases import Case
from bench.library import Picture
from bench.peers.loading import load

# Half of the time is for the rows; merging the index into one segment takes most of the rest.
_SHARE_FOR_ROWS = 0.5


class FullText:
    """A contentless FTS5 table, ``detail=none``, merged into one segment."""

    def __init__(self, folder: str, count: int, seed: int, limit_s: float) -> None:
        self._database = sqlite3.connect(Path(folder) / "fts5.db", isolation_level=None)
        execute = self._database.execute
        # No journal, no waiting for the disk, 1 GB of cache: everything for its speed.
        execute("PRAGMA journal_mode = OFF")
        execute("PRAGMA synchronous = OFF")
        execute("PRAGMA cache_size = -1000000")
        execute(
            "CREATE VIRTUAL TABLE image USING fts5(tags, content='', detail=none, columnsize=0, "
            "tokenize=\"unicode61 tokenchars '_:'\")"
        )
        execute("BEGIN")
        self.images = load(count, seed, limit_s * _SHARE_FOR_ROWS, self._add)
        execute("COMMIT")
        execute("INSERT INTO image(image) VALUES ('optimize')")

    def size(self) -> int:
        """Return how many images are in it."""
        return self.images

    def count(self, case: Case) -> int:
        """Return how many images match."""
        match = " AND ".join(f'"{tag}"' for tag in case.having)
        match += "".join(f' NOT "{tag}"' for tag in case.lacking)
        return self.match(match)

    def match(self, text: str) -> int:
        """Return how many images match a text in its own language."""
        row = self._database.execute("SELECT count(*) FROM image WHERE image MATCH ?", (text,))
        return int(row.fetchone()[0])

    def _add(self, batch: Sequence[Picture]) -> None:
        rows = ((picture.ordinal, " ".join(picture.names)) for picture in batch)
        self._database.executemany("INSERT INTO image(rowid, tags) VALUES (?, ?)", rows)
