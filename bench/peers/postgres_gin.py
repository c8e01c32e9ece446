"""PostgreSQL: one row an image, its tags as a ``tsvector`` under a GIN index, counted exactly."""

from __future__ import annotations

from collections.abc import Sequence

import psycopg

from bench.cases import Case
from bench.library import Picture
from bench.peers.loading import load
from tests.support.postgres import PostgresServer, binaries

# The rest of the time is for the index and for the visibility map, without which counting is slow.
_SHARE_FOR_ROWS = 0.5


class Inverted:
    """A server of its own with 1 GB of cache, and one table that fits into it."""

    def __init__(self, _folder: str, count: int, seed: int, limit_s: float) -> None:
        programs = binaries()
        if programs is None:
            raise FileNotFoundError("PostgreSQL is not installed")
        self._server = PostgresServer(programs, memory="1GB")
        try:
            self._connection = psycopg.connect(self._server.new_database(), autocommit=True)
            execute = self._connection.execute
            execute("SET maintenance_work_mem = '1GB'")
            execute("CREATE UNLOGGED TABLE image (ordinal integer, tags tsvector)")
            self.images = load(count, seed, limit_s * _SHARE_FOR_ROWS, self._add)
            execute("CREATE INDEX ON image USING gin (tags) WITH (fastupdate = off)")
            execute("VACUUM ANALYZE image")
        except BaseException:
            self._server.stop()
            raise

    def close(self) -> None:
        """End the server."""
        self._connection.close()
        self._server.stop()

    def size(self) -> int:
        """Return how many images are in it."""
        return self.images

    def count(self, case: Case) -> int:
        """Return how many images match."""
        having = [f"'{tag}'" for tag in case.having]
        return self.match(" & ".join([*having, *(f"!'{tag}'" for tag in case.lacking)]))

    def match(self, text: str) -> int:
        """Return how many images match a text in its own language."""
        counted = "SELECT count(*) FROM image WHERE tags @@ %s::tsquery"
        row = self._connection.execute(counted, (text,)).fetchone()
        assert row is not None
        return int(row[0])

    def _add(self, batch: Sequence[Picture]) -> None:
        with self._connection.cursor().copy("COPY image FROM STDIN") as copy:
            for picture in batch:
                # No name of this library has a quote or a backslash.
                copy.write_row((picture.ordinal, " ".join(f"'{name}'" for name in picture.names)))
