"""Pictures that lie inside archives, put into files of our own naming while they are looked at."""

from __future__ import annotations

import shutil
import weakref
from collections import deque
from pathlib import Path
from tempfile import mkdtemp

KEPT = 1_000
"""How many of the newest pictures are there at a time: more than a batch has."""


class Spool:
    """A temporary folder that never grows: the oldest picture goes when a new one comes."""

    def __init__(self) -> None:
        self._folder = ""
        self._names: deque[str] = deque()
        self._count = 0

    @property
    def folder(self) -> str:
        """The folder; it is made when it is first asked for, and goes with the process."""
        if not self._folder:
            self._folder = mkdtemp(prefix="smashpass-import-")
            weakref.finalize(self, shutil.rmtree, self._folder, ignore_errors=True)
        return self._folder

    def put(self, content: bytes) -> str:
        """Write a picture and return its name, which owes nothing to the archive."""
        self._count += 1
        name = f"{self._count:09}"
        (Path(self.folder) / name).write_bytes(content)
        self._names.append(name)
        if len(self._names) > KEPT:
            (Path(self.folder) / self._names.popleft()).unlink(missing_ok=True)
        return name

    def clear(self) -> None:
        """Remove all pictures; the folder stays."""
        while self._names:
            (Path(self.folder) / self._names.popleft()).unlink(missing_ok=True)
