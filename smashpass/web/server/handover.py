"""When a worker has grown and gives way to a fresh one, which shares its memory with the others.

A new version of the library is memory of one worker alone: roaring bitmaps share nothing with the
version before, and what they were forked with is copied where it is freed. The process that forks
follows the library before each fork, so whoever comes after that shares the newest version.
"""

from __future__ import annotations

import fcntl
import os
import re
import time
from pathlib import Path

from smashpass.clock import system_clock

GROWN_B = 64 << 20
"""Bytes of memory of its own from which a worker gives way, if the library is another by now."""

APART_S = 10.0
"""At least so long after another worker: its successor has to be there, and needs a second."""

CHECK_S = 5.0
_LOCK = "handover.lock"
_PRIVATE = re.compile(r"^Private_Dirty:\s+(\d+) kB$", re.MULTILINE)


class Handover:
    """Decides for one worker when it gives way. One worker at a time does."""

    def __init__(
        self, folder: Path, version: int, grown_b: int = GROWN_B, check_s: float = CHECK_S
    ) -> None:
        """Begin with a fresh worker.

        Args:
            folder: Where the workers of one server have their lock.
            version: The library version that the worker was forked with.
            grown_b: Bytes of memory of its own from which it gives way.
            check_s: How often that is looked at.
        """
        self._grown_b, self._check_s = grown_b, check_s
        self._path = folder / _LOCK
        self._version = version
        self._next_check = time.monotonic() + check_s
        # Open, and so lockable, for as long as the process lives.
        self._lock = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)

    def is_due(self, version: int) -> bool:
        """Tell whether the worker should end now; if so, no other one is told the same.

        Costs nothing most of the time, and a few milliseconds every ``check_s``.

        Args:
            version: The library version that it answers from.
        """
        now = time.monotonic()
        if version == self._version or now < self._next_check:
            return False
        self._next_check = now + self._check_s
        return private_bytes() > self._grown_b and self._takes_turn()

    def _takes_turn(self) -> bool:
        """Lock the others out until this process has ended, unless one of them went just now."""
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        status = self._path.stat()
        # The first one finds the file as it was made, which is nobody's end.
        since_s = system_clock() / 1_000_000 - status.st_mtime
        if status.st_size and since_s < APART_S:
            fcntl.flock(self._lock, fcntl.LOCK_UN)
            return False
        os.pwrite(self._lock, b"a worker gave way\n", 0)
        return True


def private_bytes() -> int:
    """Return how much memory no other process shares with this one, but for files."""
    try:
        rollup = Path("/proc/self/smaps_rollup").read_text(encoding="ascii")
    except OSError:  # not every system tells
        return 0
    private = _PRIVATE.search(rollup)
    return 1_024 * int(private[1]) if private else 0
