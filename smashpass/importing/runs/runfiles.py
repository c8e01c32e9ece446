"""The files of import runs: ``refused.jsonl`` and ``dropped.jsonl``, one row or tag a line."""

from __future__ import annotations

import json
import os
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager, suppress
from itertools import islice
from pathlib import Path
from typing import Any, BinaryIO

from smashpass.clock import system_clock
from smashpass.core.errors import NotFound, NotPossible
from smashpass.durable import make_folder, sync_folder
from smashpass.services.importing.ports import Progress, Reason, Reasons, RunProgress
from smashpass.services.vocabulary.dictionary import DictionaryEntry, as_json

NAME = "refused.jsonl"
DROPPED = "dropped.jsonl"
PROGRESS = "progress.json"
COUNTED_ROWS = 100_000
"""Refused rows of a run that are counted by reason when somebody looks."""
EXAMPLES = 3
"""Rows that are shown of each reason."""


class RunFolders:
    """The folder ``runs`` of an installation."""

    def __init__(self, home: Path) -> None:
        self._folder = home / "runs"
        self._began: dict[int, float] = {}

    def path(self, run: int) -> Path:
        """Return the path of the refused rows of a run."""
        return self._folder / str(run) / NAME

    @contextmanager
    def open(self, run: int, *, refused: int, position: int) -> Iterator[LeftOut]:
        """Open the files of a run for writing.

        Of the refused rows the first ``refused`` are kept, and of the dropped tags those of the
        first ``position`` rows. Later lines belong to a batch that was never written to the
        library, and are cut.

        Raises:
            NotPossible: The files cannot be written.
        """
        tags_path = self._folder / str(run) / DROPPED
        rows = _Log("refused rows", self.path(run), lambda place, _: place < refused)
        with closing(rows):
            tags = _Log("dropped tags", tags_path, lambda _, text: _row_of(text) <= position)
            with closing(tags):
                yield LeftOut(rows, tags)

    def note(self, run: int, progress: Progress) -> None:
        """Record the progress of a run; write errors are ignored."""
        path = self._folder / str(run) / PROGRESS
        now = system_clock() / 1_000_000
        facts = {"read": progress.read, "bytes_read": progress.bytes_read}
        facts |= {"bytes_total": progress.bytes_total}
        times = {"began": self._began.setdefault(run, now), "at": now}
        with suppress(OSError):
            path.parent.mkdir(parents=True, exist_ok=True)
            unfinished = path.with_suffix(".unfinished")
            unfinished.write_text(json.dumps(facts | times), encoding="ascii")
            unfinished.replace(path)

    def noted(self, run: int) -> RunProgress | None:
        """Return the last recorded progress of a run, or None."""
        path = self._folder / str(run) / PROGRESS
        try:
            return RunProgress(**json.loads(path.read_bytes()))
        except (OSError, ValueError, TypeError):
            return None

    def refused_rows(
        self, run: int, start: int, limit: int, code: str = ""
    ) -> list[dict[str, Any]]:
        """Return some refused rows in the order of reading, each with line, key, code, reason.

        Args:
            run: Number of the run.
            start: How many are left out first.
            limit: How many at most.
            code: The reason that is wanted; "" for all.

        Cost: reads the file up to them.
        """
        rows = _rows_of(self.path(run))
        if code:
            rows = (row for row in rows if row.get("code") == code)
        return [*islice(rows, start, start + limit)]

    def reasons(self, run: int) -> Reasons:
        """Return for which reasons rows were refused, the most frequent first."""
        return _by_reason(_rows_of(self.path(run)), "code")

    def dropped_tags(self, run: int) -> Reasons:
        """Return for which reasons tags were dropped from rows, the most frequent first."""
        return _by_reason(_rows_of(self._folder / str(run) / DROPPED), "reason")

    def list_new_tags(self, run: int, names: Iterable[str]) -> Path:
        """Write the tags that a run created, one per line, and return the path.

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

    def write_dictionary(self, run: int, entries: Sequence[DictionaryEntry]) -> Path:
        """Write tags with their aliases and implications as ``tags import`` reads them.

        Raises:
            NotPossible: The file cannot be written.
        """
        path = self._folder / str(run) / "tags.json"
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(json.dumps({"tags": [as_json(word) for word in entries]}), "utf-8")
        except OSError as error:
            raise NotPossible(
                f"cannot write the tag dictionary of the collection: {error.strerror}",
                where=str(path),
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
            raise _damaged(path) from error


def _rows_of(path: Path) -> Iterator[dict[str, Any]]:
    """Yield the lines of a file of a run; none if there is no file.

    Raises:
        NotPossible: The file is damaged.
    """
    try:
        with path.open("rb") as file:
            for line in file:
                yield json.loads(line)
    except FileNotFoundError:
        return
    except (OSError, ValueError) as error:
        raise _damaged(path) from error


def _by_reason(rows: Iterable[dict[str, Any]], name: str) -> Reasons:
    """Count rows by their field ``name``."""
    counts: Counter[str] = Counter()
    examples: dict[str, list[Mapping[str, Any]]] = {}
    for row in islice(rows, COUNTED_ROWS):
        code = str(row.get(name))
        counts[code] += 1
        first = examples.setdefault(code, [])
        if len(first) < EXAMPLES:
            first.append(row)
    by_frequency = counts.most_common()
    return Reasons(
        tuple(Reason(code, count, tuple(examples[code])) for code, count in by_frequency),
        counts.total(),
    )


def _damaged(path: Path) -> NotPossible:
    return NotPossible(
        "the file of refused rows is damaged",
        where=str(path),
        hint="import the whole collection again",
    )


def _row_of(text: bytes) -> float:
    """Return the number of the record that a line is about; infinite for half a line."""
    try:
        return int(json.loads(text)["row"])
    except (ValueError, KeyError, TypeError):
        return float("inf")


class _Log:
    """One file with a JSON object per line; it is created with the first one.

    ``count`` is how many lines it has.
    """

    def __init__(self, what: str, path: Path, keep: Callable[[int, bytes], bool]) -> None:
        """Cut the file at the first line (place from 0, text) that must not be kept."""
        self._what, self._path = what, path
        self.count = 0
        self._file: BinaryIO | None = None
        self._fresh = False
        with self._named():
            if path.exists():
                self._file = path.open("r+b")
                end = 0
                while (text := self._file.readline()) and keep(self.count, text):
                    self.count += 1
                    end = self._file.tell()
                self._file.seek(end)
                self._file.truncate()

    def add(self, row: Mapping[str, object]) -> None:
        """Add a line."""
        with self._named():
            if self._file is None:
                make_folder(self._path.parent)
                self._file = self._path.open("w+b")
                sync_folder(self._path.parent)
            # Half characters from a damaged file are escaped like everything beyond ASCII.
            self._file.write(json.dumps(row).encode() + b"\n")
        self._fresh = True
        self.count += 1

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
                f"cannot write the {self._what}: {error.strerror}",
                where=str(self._path),
                hint="check the mode of the folder and the space on the disk",
            ) from error


class LeftOut:
    """What one run refuses and drops."""

    def __init__(self, rows: _Log, tags: _Log) -> None:
        """Add to two files."""
        self._rows, self._tags = rows, tags

    @property
    def dropped(self) -> int:
        """How many tags are in the file of dropped tags."""
        return self._tags.count

    def refuse_row(self, line: int, key: str, code: str, reason: str) -> None:
        """Add a refused row."""
        self._rows.add({"line": line, "key": key, "code": code, "reason": reason})

    def drop_tag(self, row: int, line: int, key: str, tag: str, reason: str) -> None:
        """Add an illegal tag; ``row`` is the number of the record among those read."""
        self._tags.add({"line": line, "key": key, "tag": tag, "reason": reason, "row": row})

    def sync(self) -> None:
        """Return when everything is on disk."""
        self._rows.sync()
        self._tags.sync()
