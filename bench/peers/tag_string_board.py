"""The statements of danbooru on PostgreSQL: one text of tags a post, under a GIN index.

A tag of a search is ``string_to_array(tag_string, ' ') @> ARRAY[name]``, one is negated by NOT
(danbooru/danbooru, app/models/post.rb raw_tag_match; the index in db/structure.sql). Its counts may
be estimates there; here they are exact.
"""

from __future__ import annotations

from collections.abc import Sequence

from bench.cases import Case
from bench.library import Picture
from bench.peers.board import Board
from bench.peers.loading import load

_SHARE_FOR_ROWS = 0.5
_HAS = "string_to_array(tag_string, ' ') @> ARRAY[%s]"


class TagStringBoard(Board):
    """The table posts with id and tag_string."""

    def __init__(self, _folder: str, count: int, seed: int, limit_s: float) -> None:
        self._wanted = count, seed, limit_s
        super().__init__()

    def _fill(self) -> None:
        count, seed, limit_s = self._wanted
        execute = self.connection.execute
        execute("CREATE TABLE posts (id integer, tag_string text NOT NULL)")
        self.images = load(count, seed, limit_s * _SHARE_FOR_ROWS, self._add)
        execute("ALTER TABLE posts ADD PRIMARY KEY (id)")
        execute("CREATE INDEX ON posts USING gin (string_to_array(tag_string, ' '))")
        execute("VACUUM ANALYZE posts")

    def size(self) -> int:
        """Return how many images are in it."""
        return self.images

    def count(self, case: Case) -> int:
        """Return how many images match."""
        return self._numbers("SELECT count(*) FROM posts WHERE ", case)[0]

    def page(self, case: Case, size: int) -> tuple[int, list[int]]:
        """Return the total, and the newest images that match."""
        ending = f" ORDER BY id DESC LIMIT {size:d}"
        return self.count(case), self._numbers("SELECT id FROM posts WHERE ", case, ending)

    def _numbers(self, beginning: str, case: Case, ending: str = "") -> list[int]:
        conditions = [_HAS] * len(case.having) + [f"NOT ({_HAS})"] * len(case.lacking)
        statement = beginning + " AND ".join(conditions) + ending
        rows = self.connection.execute(statement, (*case.having, *case.lacking))  # type: ignore[arg-type]
        return [number for (number,) in rows]

    def _add(self, batch: Sequence[Picture]) -> None:
        rows = "".join(f"{picture.ordinal}\t{' '.join(picture.names)}\n" for picture in batch)
        with self.connection.cursor().copy("COPY posts FROM STDIN") as copy:
            copy.write(rows)
