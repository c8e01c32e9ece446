"""DuckDB: a table of (tag, image), sorted, in a file; on all cores, as it comes."""

from __future__ import annotations

import os
import time
from collections.abc import Sequence
from pathlib import Path

import duckdb
import pyarrow as pa

from bench.cases import Case
from bench.library import Picture, tag_id
from bench.peers.loading import load
from bench.servers import memory

_SHARE_FOR_ROWS = 0.7


class SortedLinks:
    """A database file with the table image_tag."""

    def __init__(self, folder: str, count: int, seed: int, limit_s: float) -> None:
        self._path = Path(folder) / "links.duckdb"
        self._database = duckdb.connect(str(self._path))
        began = time.perf_counter()
        execute = self._database.execute
        execute("CREATE TEMP TABLE arriving (tag INTEGER, image INTEGER)")
        self.images = load(count, seed, limit_s * _SHARE_FOR_ROWS, self._add)
        execute("CREATE TABLE image_tag AS SELECT * FROM arriving ORDER BY tag, image")
        execute("DROP TABLE arriving")
        execute("CHECKPOINT")
        self.built_s = time.perf_counter() - began

    def size(self) -> int:
        """Return how many images are in it."""
        return self.images

    def built(self) -> float:
        """Return the seconds that filling took."""
        return self.built_s

    def disk(self) -> int:
        """Return the bytes of its file."""
        return self._path.stat().st_size

    def memory(self) -> int:
        """Return the bytes that its process holds."""
        return memory(os.getpid())["Pss"]

    def count(self, case: Case) -> int:
        """Return how many images match."""
        return self._numbers("SELECT count(*)", case)[0]

    def page(self, case: Case, size: int) -> tuple[int, list[int]]:
        """Return the total, and the newest images that match."""
        newest = self._numbers("SELECT image", case, f" ORDER BY image DESC LIMIT {size:d}")
        return self.count(case), newest

    def _numbers(self, beginning: str, case: Case, ending: str = "") -> list[int]:
        of_tag = "(SELECT image FROM image_tag WHERE tag = ?)"
        conditions = [f"image IN {of_tag}"] * (len(case.having) - 1)
        conditions += [f"image NOT IN {of_tag}"] * len(case.lacking)
        where = " AND ".join(["tag = ?", *conditions])
        tags = [tag_id(name) for name in (*case.having, *case.lacking)]
        rows = self._database.execute(f"{beginning} FROM image_tag WHERE {where}{ending}", tags)
        return [number for (number,) in rows.fetchall()]

    def _add(self, batch: Sequence[Picture]) -> None:
        tags = [tag for picture in batch for tag in picture.tags]
        images = [picture.ordinal for picture in batch for _ in picture.tags]
        links = pa.table({"tag": pa.array(tags, pa.int32()), "image": pa.array(images, pa.int32())})
        self._database.register("links", links)
        self._database.execute("INSERT INTO arriving SELECT tag, image FROM links")
        self._database.unregister("links")
