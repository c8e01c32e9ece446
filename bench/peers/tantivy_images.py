"""Tantivy: one document an image, its tags as terms without positions; merged as it sees fit."""

from __future__ import annotations

import os
import time
from collections.abc import Sequence
from pathlib import Path

import tantivy

from bench.cases import Case
from bench.library import Picture
from bench.peers.loading import load
from bench.servers import memory

_SHARE_FOR_ROWS = 0.7
_WRITER_BYTES = 500_000_000


class TantivyImages:
    """An index in a folder, with the ordinal as a column by which hits are ordered."""

    def __init__(self, folder: str, count: int, seed: int, limit_s: float) -> None:
        self._folder = Path(folder) / "tantivy"
        self._folder.mkdir()
        fields = tantivy.SchemaBuilder()
        fields.add_text_field("tag", tokenizer_name="raw", index_option="basic")
        fields.add_integer_field("ordinal", fast=True)
        self._schema = fields.build()
        index = tantivy.Index(self._schema, path=str(self._folder))
        began = time.perf_counter()
        self._writer = index.writer(_WRITER_BYTES)
        self.images = load(count, seed, limit_s * _SHARE_FOR_ROWS, self._add)
        self._writer.commit()
        self._writer.wait_merging_threads()
        self.built_s = time.perf_counter() - began
        index.reload()
        self._searcher = index.searcher()

    def size(self) -> int:
        """Return how many images are in it."""
        return self.images

    def built(self) -> float:
        """Return the seconds that filling took."""
        return self.built_s

    def disk(self) -> int:
        """Return the bytes of its files."""
        return sum(path.stat().st_size for path in self._folder.iterdir())

    def memory(self) -> int:
        """Return the bytes that its process holds."""
        return memory(os.getpid())["Pss"]

    def count(self, case: Case) -> int:
        """Return how many images match."""
        return int(self._searcher.search(self._query(case), 1).count)

    def page(self, case: Case, size: int) -> tuple[int, list[int]]:
        """Return the total, and the newest images that match."""
        answer = self._searcher.search(self._query(case), size, order_by_field="ordinal")
        return int(answer.count), [int(ordinal) for ordinal, _ in answer.hits]

    def _query(self, case: Case) -> tantivy.Query:
        clauses = [
            (occur, tantivy.Query.term_query(self._schema, "tag", name, "basic"))
            for occur, names in (
                (tantivy.Occur.Must, case.having),
                (tantivy.Occur.MustNot, case.lacking),
            )
            for name in names
        ]
        return tantivy.Query.boolean_query(clauses)

    def _add(self, batch: Sequence[Picture]) -> None:
        for picture in batch:
            document = tantivy.Document(tag=picture.names, ordinal=picture.ordinal)
            self._writer.add_document(document)
