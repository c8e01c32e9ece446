"""What was drawn already: how each number was drawn, and what no other picture may look like.

Kept in a file so that a run that was killed goes on where it stopped. It says how to draw a
picture, never that the library has it: that is asked of the library.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from smashpass.core.errors import NotPossible

_TABLES = """
    CREATE TABLE IF NOT EXISTS key (made_of TEXT NOT NULL);
    CREATE TABLE IF NOT EXISTS drawn (
        number INTEGER PRIMARY KEY, style TEXT NOT NULL, attempt INTEGER NOT NULL
    );
    CREATE TABLE IF NOT EXISTS look (digest INTEGER PRIMARY KEY);
"""


class Noted(NamedTuple):
    """How a picture was drawn: its style, and the attempt at which it was unlike all before."""

    number: int
    style: str
    attempt: int


class Journal:
    """Numbers from 0 on without a gap, and 64-bit digests; some 30 bytes a picture, on the disk."""

    def __init__(self, file: Path | None, made_of: str) -> None:
        """Open or make a journal; one of something else than ``made_of`` begins anew.

        Without a file it is a temporary one that nobody else sees.

        Raises:
            NotPossible: The file cannot be written, or is damaged.
        """
        self._file = file
        with self._told():
            self._base = sqlite3.connect(file or "", isolation_level=None, check_same_thread=False)
            self._base.execute("PRAGMA journal_mode = WAL")
            self._base.execute("PRAGMA synchronous = NORMAL")
            self._base.executescript(_TABLES)
            self._base.execute("BEGIN")
            if self._base.execute("SELECT made_of FROM key").fetchall() != [(made_of,)]:
                for table in ("key", "drawn", "look"):
                    self._base.execute(f"DELETE FROM {table}")  # noqa: S608 - our own names
                self._base.execute("INSERT INTO key VALUES (?)", (made_of,))
            (self.count,) = self._base.execute("SELECT count(*) FROM drawn").fetchone()

    def noted(self, first: int, count: int) -> list[Noted]:
        """Return how the numbers from ``first`` on were drawn, at most ``count`` of them."""
        with self._told():
            rows = self._base.execute(
                "SELECT number, style, attempt FROM drawn WHERE number >= ?"
                " ORDER BY number LIMIT ?",
                (first, count),
            )
            return [Noted(*row) for row in rows]

    def is_new(self, digests: Sequence[int]) -> bool:
        """Whether no picture has one of these digests."""
        with self._told():
            return all(
                self._base.execute("SELECT 1 FROM look WHERE digest = ?", (digest,)).fetchone()
                is None
                for digest in digests
            )

    def add(self, picture: Noted, digests: Sequence[int]) -> None:
        """Note the next number; it is on the disk some time after the next :meth:`commit`."""
        assert picture.number == self.count
        with self._told():
            self._base.execute("INSERT INTO drawn VALUES (?, ?, ?)", picture)
            self._base.executemany(
                "INSERT OR IGNORE INTO look VALUES (?)", [(digest,) for digest in digests]
            )
        self.count += 1

    def commit(self) -> None:
        """Keep what was noted: a killed process finds it again."""
        with self._told():
            self._base.execute("COMMIT")
            self._base.execute("BEGIN")

    def close(self) -> None:
        """Close the file; what was not committed is forgotten."""
        self._base.close()

    @contextmanager
    def _told(self) -> Generator[None, None, None]:
        """Say which file cannot be used."""
        try:
            yield
        except sqlite3.Error as error:
            raise NotPossible(
                f"cannot keep the journal of what was drawn: {error}",
                where=str(self._file or "temporary file"),
                hint="free space on the disk; a damaged journal may be deleted",
            ) from error
