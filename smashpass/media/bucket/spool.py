"""Folders for files on their way to a bucket: each belongs to one process, and goes with it."""

from __future__ import annotations

import fcntl
import os
import shutil
from contextlib import suppress
from pathlib import Path
from tempfile import mkdtemp

_LOCK = "lock"


class SpoolFolder:
    """A new folder of this process. One that a killed process left is removed by a later one."""

    def __init__(self, spool: Path) -> None:
        """Make it in ``spool``, and hold its lock until :meth:`close`."""
        spool.mkdir(parents=True, exist_ok=True)
        self.path = Path(mkdtemp(dir=spool, prefix="import-"))
        self._lock = os.open(self.path / _LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        fcntl.flock(self._lock, fcntl.LOCK_EX)

    def close(self) -> None:
        """Remove the folder with everything in it."""
        shutil.rmtree(self.path, ignore_errors=True)
        os.close(self._lock)


def tidy_spool(spool: Path) -> None:
    """Remove the folders of processes that are no more, if possible."""
    with suppress(OSError):
        for folder in spool.glob("import-*"):
            # One that was made this moment has no lock yet, and is left alone.
            with suppress(OSError):
                lock = os.open(folder / _LOCK, os.O_RDWR | os.O_CLOEXEC)
                try:
                    fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    shutil.rmtree(folder, ignore_errors=True)
                finally:
                    os.close(lock)
