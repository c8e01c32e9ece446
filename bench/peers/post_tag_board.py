"""The statements of szurubooru on PostgreSQL, made by SQLAlchemy.

A tag of a search is a subquery of post ids, over the link table, tag and tag_name, whose name is
compared by ILIKE; a page is ordered by falling id unless random is asked for, and the same filter
is counted again for the total (rr-/szurubooru, server/szurubooru/search/configs/util.py,
search/configs/post_search_config.py and search/executor.py; link table and its indexes in
server/szurubooru/model/post.py). Pages are ids alone here; there, they are whole posts.
"""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa

from bench.cases import Case
from bench.library import NAMES, Picture
from bench.peers.board import Board
from bench.peers.loading import load

# The rest is for three indexes, made when the rows are there, and for statistics.
_SHARE_FOR_ROWS = 0.6

_metadata = sa.MetaData()
_post = sa.Table("post", _metadata, sa.Column("id", sa.Integer, primary_key=True))
_tag_name = sa.Table(
    "tag_name",
    _metadata,
    sa.Column("tag_id", sa.Integer, index=True),
    sa.Column("name", sa.Text, unique=True),
)
_tag = sa.Table("tag", _metadata, sa.Column("id", sa.Integer, primary_key=True))
_post_tag = sa.Table(
    "post_tag", _metadata, sa.Column("post_id", sa.Integer), sa.Column("tag_id", sa.Integer)
)


class PostTagBoard(Board):
    """The tables post, tag, tag_name and post_tag."""

    def __init__(self, _folder: str, count: int, seed: int, limit_s: float) -> None:
        self._wanted = count, seed, limit_s
        super().__init__()

    def _fill(self) -> None:
        count, seed, limit_s = self._wanted
        address = self.url.replace("postgresql://", "postgresql+psycopg://")
        engine = sa.create_engine(address, isolation_level="AUTOCOMMIT")
        _metadata.create_all(engine)
        names = [(number, name) for number, name in enumerate(NAMES) if name]
        self._copy("tag", "".join(f"{number}\n" for number, _ in names))
        self._copy("tag_name", "".join(f"{number}\t{name}\n" for number, name in names))
        self.images = load(count, seed, limit_s * _SHARE_FOR_ROWS, self._add)
        for statement in (
            "ALTER TABLE post_tag ADD PRIMARY KEY (post_id, tag_id)",
            "CREATE INDEX ON post_tag (post_id)",
            "CREATE INDEX ON post_tag (tag_id)",
            "VACUUM ANALYZE",
        ):
            self.connection.execute(statement)
        self._statements = engine.connect()

    def size(self) -> int:
        """Return how many images are in it."""
        return self.images

    def count(self, case: Case) -> int:
        """Return how many images match."""
        statement = sa.select(sa.func.count()).select_from(_post).where(*_filters(case))
        return int(self._statements.execute(statement).scalar_one())

    def page(self, case: Case, size: int) -> tuple[int, list[int]]:
        """Return the total, and the newest images that match."""
        return self.count(case), self._ids(case, _post.c.id.desc(), size)

    def random_page(self, case: Case, size: int) -> tuple[int, list[int]]:
        """Return the total, and as many random images that match."""
        return self.count(case), self._ids(case, sa.func.random(), size)

    def _ids(self, case: Case, order: sa.ColumnElement[object], size: int) -> list[int]:
        statement = sa.select(_post.c.id).where(*_filters(case)).order_by(order).limit(size)
        return [*self._statements.execute(statement).scalars()]

    def _add(self, batch: Sequence[Picture]) -> None:
        self._copy("post", "".join(f"{picture.ordinal}\n" for picture in batch))
        links = (f"{picture.ordinal}\t{tag}\n" for picture in batch for tag in picture.tags)
        self._copy("post_tag", "".join(links))

    def _copy(self, table: str, rows: str) -> None:
        with self.connection.cursor().copy(f"COPY {table} FROM STDIN") as copy:
            copy.write(rows)


def _filters(case: Case) -> list[sa.ColumnElement[bool]]:
    """Return a condition for each tag."""

    def having(name: str) -> sa.ColumnElement[bool]:
        linked = _post_tag.join(_tag, _tag.c.id == _post_tag.c.tag_id)
        with_names = linked.join(_tag_name, _tag_name.c.tag_id == _tag.c.id)
        escaped = name.replace("_", "\\_")
        ids = sa.select(_post_tag.c.post_id).select_from(with_names)
        return _post.c.id.in_(ids.where(_tag_name.c.name.ilike(escaped)))

    return [*map(having, case.having), *(~having(name) for name in case.lacking)]
