"""The files of the decision log: JSON Lines, one file a process, another each day or when full."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import suppress
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import BinaryIO

FILES = "????-??-??-*.jsonl"
MOST_BYTES = 64 << 20
DAYS = 30
"""How long files are kept. They name viewers, so they must not be kept indefinitely."""

READ_BYTES = 2 << 20
"""How much of the log a count looks at: some two thousand decisions, 20 ms."""


class DecisionFiles:
    """Appends to the files of one process; used by one thread."""

    def __init__(self, folder: Path, *, most_bytes: int = MOST_BYTES, days: int = DAYS) -> None:
        """Write to ``folder``, which is made with the first file."""
        self._folder = folder
        self._most_bytes = most_bytes
        self._days = days
        self._file: BinaryIO | None = None
        self._day = date.min
        self._bytes = 0

    def write(self, lines: Sequence[bytes], at: int) -> None:
        """Append lines of the moment ``at`` (microseconds since 1970, UTC).

        Raises:
            OSError: They cannot be written.
        """
        day = datetime.fromtimestamp(at // 1_000_000, UTC).date()
        text = b"".join(line + b"\n" for line in lines)
        if self._file is None or day != self._day or self._bytes + len(text) > self._most_bytes:
            self._begin(day)
        assert self._file is not None
        self._file.write(text)
        self._bytes += len(text)

    def flush(self) -> None:
        """Hand everything to the operating system."""
        if self._file is not None:
            self._file.flush()

    def close(self) -> None:
        """Close the file."""
        if self._file is not None:
            self._file.close()
            self._file = None

    def _begin(self, day: date) -> None:
        """Begin another file and remove those that are too old."""
        self.close()
        self._folder.mkdir(parents=True, exist_ok=True)
        number = 0
        while (path := self._folder / f"{day}-{os.getpid()}-{number:04}.jsonl").exists():
            number += 1
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        self._file = os.fdopen(descriptor, "wb")
        self._day, self._bytes = day, 0
        oldest = (day - timedelta(days=self._days)).isoformat()
        for old in self._folder.glob(FILES):
            if old.name[:10] < oldest:
                old.unlink(missing_ok=True)


def newest_lines(folder: Path, most_bytes: int) -> Iterator[bytes]:
    """Yield lines from the end of the log, of all processes, about ``most_bytes`` of them.

    The first line of a file may be a part of one. Without a log there are none.
    """
    left = most_bytes
    files = sorted(folder.glob(FILES), key=_written, reverse=True)
    for path in files:
        if left <= 0:
            return
        with suppress(FileNotFoundError), path.open("rb") as file:
            size = file.seek(0, os.SEEK_END)
            file.seek(max(0, size - left))
            content = file.read(left)
            left -= len(content)
            yield from content.splitlines()


def _written(path: Path) -> float:
    """Return when a file was last written; 0 if it was removed just now."""
    try:
        return path.stat().st_mtime
    except FileNotFoundError:
        return 0.0
