"""Tombstones: the SHA-256 of the names of viewers who are gone, so that no backup brings them back.

They are kept twice: in the database, and in a file beside it, because a restored database knows
nothing of those who were erased after the backup was made. A name is 128 random bits, so its
digest tells nothing.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path

from sqlalchemy import Engine, delete, insert, select

from smashpass.durable import make_folder, sync_folder
from smashpass.store.engine.database import reading, writing
from smashpass.store.engine.tables import erased, viewer
from smashpass.store.library.ids import chunks

STREAMED_ROWS = 10_000
_TRIES = 5


def tombstone(name: str) -> bytes:
    """Return what is kept of a viewer who is gone."""
    return sha256(name.encode()).digest()


class Erased:
    """Knows who is gone."""

    def __init__(self, engine: Engine, file: Path) -> None:
        """Keep tombstones in the database and in ``file``, which is to outlive it."""
        self._engine = engine
        self._file = file

    def note(self, name: str, at: int) -> None:
        """Write a tombstone into the file; it is on disk when this returns.

        Raises:
            OSError: That cannot be done. The next ``sweep`` does it, from the database.
        """
        self._append({tombstone(name): at})

    def all(self) -> dict[bytes, int]:
        """Return every tombstone, of the database and of the file, with its moment."""
        return self._of_file() | self._of_database()

    def restored(self) -> bool:
        """Tell whether the database knows less than the file: it comes from a backup."""
        return bool(self._of_file().keys() - self._of_database().keys())

    def sweep(self) -> int:
        """Remove viewers who are back from a backup, and let both places know all tombstones.

        Returns:
            How many viewers were removed. Cost: reads the names of all viewers.
        """
        in_database, in_file = self._of_database(), self._of_file()
        tombstones = in_file | in_database
        names = select(viewer.c.id, viewer.c.name).execution_options(yield_per=STREAMED_ROWS)
        with reading(self._engine) as connection, connection.execute(names) as rows:
            back = [row.id for row in rows if tombstones and tombstone(row.name) in tombstones]
        for chunk in chunks(back):
            with writing(self._engine) as connection:
                connection.execute(delete(viewer).where(viewer.c.id.in_(chunk)))
        missing = [
            {"name": name, "at": at} for name, at in tombstones.items() if name not in in_database
        ]
        if missing:
            with writing(self._engine) as connection:
                connection.execute(insert(erased), missing)
        self._append({name: at for name, at in tombstones.items() if name not in in_file})
        return len(back)

    def count_before(self, moment: int) -> int:
        """Return how many tombstones are older."""
        return sum(at < moment for at in self.all().values())

    def remove_before(self, moment: int) -> int:
        """Remove tombstones that are older than any backup that may still be restored."""
        count = self.count_before(moment)
        with writing(self._engine) as connection:
            connection.execute(delete(erased).where(erased.c.at < moment))
        young = {name: at for name, at in self._of_file().items() if at >= moment}
        if count and self._file.exists():
            beside = self._file.with_suffix(".new")
            beside.unlink(missing_ok=True)
            _write(beside, young)
            beside.replace(self._file)
        return count

    def scrub(self) -> None:
        """Let nothing that was deleted stay in the files of SQLite; elsewhere nothing is done.

        Deleted rows are overwritten at once, but the log of SQLite still has the pages before.
        """
        if self._engine.dialect.name != "sqlite":
            return
        for _ in range(_TRIES):
            raw = self._engine.raw_connection()
            try:
                busy = raw.cursor().execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]
            finally:
                raw.close()
            if not busy:
                return

    def _of_database(self) -> dict[bytes, int]:
        with reading(self._engine) as connection:
            rows = connection.execute(select(erased.c.name, erased.c.at)).all()
        return {bytes(name): at for name, at in rows}

    def _of_file(self) -> dict[bytes, int]:
        """Return what the file has; a last line that a crash cut is passed over."""
        try:
            text = self._file.read_text("ascii")
        except FileNotFoundError:
            return {}
        tombstones = {}
        for line in text.splitlines():
            at, _, name = line.partition(" ")
            if len(name) == 64 and at.isdigit():
                tombstones[bytes.fromhex(name)] = int(at)
        return tombstones

    def _append(self, tombstones: Mapping[bytes, int]) -> None:
        if tombstones:
            _write(self._file, tombstones)


def _write(path: Path, tombstones: Mapping[bytes, int]) -> None:
    """Append to a file for the owner alone, and wait for the disk."""
    make_folder(path.parent)
    text = "".join(f"{at} {name.hex()}\n" for name, at in tombstones.items())
    number = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    with os.fdopen(number, "a") as file:
        if file.tell():
            text = f"\n{text}"  # after a line that a crash cut, if there is one
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    sync_folder(path.parent)
