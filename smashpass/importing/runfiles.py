"""The files of import runs: ``runs/N/refused.jsonl`` with one refused row a line."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from smashpass.core.errors import NotFound, NotPossible

NAME = "refused.jsonl"


class RunFolders:
    """The folder ``runs`` of an installation."""

    def __init__(self, home: Path) -> None:
        self._folder = home / "runs"

    def path(self, run: int) -> Path:
        """Return where the refused rows of a run are, or would be."""
        return self._folder / str(run) / NAME

    @contextmanager
    def refusals(self, run: int, keep: int) -> Iterator[RefusedRows]:
        """Open the file of a run for writing behind its first ``keep`` lines.

        What stands behind them is of a batch that was never written to the library, and is cut.

        Raises:
            NotPossible: The file cannot be written.
        """
        log = RefusedRows(self.path(run), keep)
        try:
            yield log
        finally:
            log.close()

    def list_new_tags(self, run: int, names: Iterable[str]) -> Path:
        """Write the tags that a run made, one a line, and return where.

        Raises:
            NotPossible: The file cannot be written.
        """
        path = self._folder / str(run) / "new_tags.txt"
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text("".join(f"{name}\n" for name in names), encoding="utf-8")
        except OSError as error:
            raise NotPossible(
                f"cannot write the list of new tags: {error.strerror}", where=str(path)
            ) from error
        return path

    def refused_lines(self, run: int) -> frozenset[int]:
        """Return the lines of the collection that a run refused.

        Raises:
            NotFound: There is no such file.
        """
        path = self.path(run)
        try:
            with path.open("rb") as file:
                return frozenset(json.loads(row)["line"] for row in file)
        except OSError as error:
            raise NotFound(f"run {run} refused no row", where=str(path)) from error
        except (ValueError, KeyError, TypeError) as error:
            raise NotPossible(
                "the file of refused rows is damaged",
                where=str(path),
                hint="import the whole collection again",
            ) from error


class RefusedRows:
    """One file of refused rows; it is made when the first row comes."""

    def __init__(self, path: Path, keep: int) -> None:
        """Cut what is behind the first ``keep`` lines."""
        self._path = path
        self._file: BinaryIO | None = None
        self._fresh = False
        with self._named():
            if path.exists():
                self._file = path.open("r+b")
                for _ in range(keep):
                    self._file.readline()
                self._file.truncate(self._file.tell())

    def write(self, line: int, key: str, code: str, reason: str) -> None:
        """Add a row."""
        row = {"line": line, "key": key, "code": code, "reason": reason}
        with self._named():
            if self._file is None:
                self._path.parent.mkdir(parents=True, exist_ok=True)
                self._file = self._path.open("w+b")
            # Half characters from a damaged file are escaped like everything beyond ASCII.
            self._file.write(json.dumps(row).encode() + b"\n")
        self._fresh = True

    def sync(self) -> None:
        """Return when everything is on disk."""
        if self._fresh and self._file is not None:
            with self._named():
                self._file.flush()
                os.fsync(self._file.fileno())
            self._fresh = False

    def close(self) -> None:
        """Close the file."""
        if self._file is not None:
            with self._named():
                self._file.close()
            self._file = None

    @contextmanager
    def _named(self) -> Iterator[None]:
        """Turn failures of the operating system into an error that a person can act on."""
        try:
            yield
        except OSError as error:
            raise NotPossible(
                f"cannot write the refused rows: {error.strerror}",
                where=str(self._path),
                hint="check the mode of the folder and the space on the disk",
            ) from error
