"""Erasing viewers from the decision log, while it is written.

Lines are overwritten with spaces of the same length: files keep their size, so those who append to
them notice nothing, and none of them has to open another one.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

from smashpass.store.rules.decision_files import FILES

_VIEWER = re.compile(rb'"viewer":"([^"\\]*)"')


def erase_lines(folder: Path, gone: Callable[[str], bool]) -> int:
    """Blank the records of viewers who are ``gone``; return how many there were.

    Cost: reads the whole log. What a process has not yet handed to the system stays; it does so
    within a second.
    """
    return sum(_erase(path, gone) for path in sorted(folder.glob(FILES)))


def _erase(path: Path, gone: Callable[[str], bool]) -> int:
    erased_viewers: dict[bytes, bool] = {}
    count = 0
    with suppress(FileNotFoundError), path.open("r+b") as file:
        place = 0
        for line in file:
            match = _VIEWER.search(line)
            if match is not None and line.endswith(b"\n"):
                name = match[1]
                if name not in erased_viewers:
                    erased_viewers[name] = gone(name.decode())
                if erased_viewers[name]:
                    os.pwrite(file.fileno(), b" " * (len(line) - 1), place)
                    count += 1
            place += len(line)
        if count:
            os.fsync(file.fileno())
    return count


def lines_of(folder: Path, name: str) -> Iterator[bytes]:
    """Yield the records of one viewer, oldest file first. Cost: reads the whole log."""
    pattern = b'"viewer":"%s"' % name.encode()
    for path in sorted(folder.glob(FILES)):
        with suppress(FileNotFoundError), path.open("rb") as file:
            yield from (line for line in file if pattern in line and line.endswith(b"\n"))


def files_before(folder: Path, day: str) -> list[Path]:
    """Return the files of days before ``day``, as 2026-11-01."""
    return [path for path in sorted(folder.glob(FILES)) if path.name[:10] < day]
