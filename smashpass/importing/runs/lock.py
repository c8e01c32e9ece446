"""One import, fill of scores or training at a time: a lock that dies with its process."""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import UTC, datetime
from pathlib import Path

from smashpass.clock import system_clock
from smashpass.core.errors import Busy, NotPossible
from smashpass.durable import make_folder

NAME = "import.lock"
FILL_NAME = "scores.lock"
COLLAB_NAME = "collab.lock"
_SHOWN = 4_096


def import_lock(home: Path, description: str) -> AbstractContextManager[None]:
    """Hold the lock of imports; see ``held``."""
    return held(home / NAME, "another import is running", description)


def fill_lock(home: Path, description: str) -> AbstractContextManager[None]:
    """Hold the lock of filling with scores; see ``held``."""
    return held(home / FILL_NAME, "scores are being filled already", description)


def collab_lock(home: Path, description: str) -> AbstractContextManager[None]:
    """Hold the lock of collaborative filtering; see ``held``."""
    return held(home / COLLAB_NAME, "collaborative filtering is being trained", description)


def backup_lock(file: Path, description: str) -> AbstractContextManager[None]:
    """Hold the lock of a folder of backups; see ``held``."""
    return held(file, "another backup or restore is using the folder", description)


@contextmanager
def held(path: Path, busy: str, description: str) -> Iterator[None]:
    """Hold a lock of an installation; makes its folder.

    The lock is held on an open file, not by the file being there, so nothing is left to clean up.
    The file is not inherited by processes that are started meanwhile.

    Args:
        path: The file of the lock.
        busy: What is said where it is taken.
        description: What is done, shown to others who find the lock taken.

    Raises:
        Busy: Another process holds it; says which, and since when.
        NotPossible: The folder cannot be written.
    """
    try:
        make_folder(path.parent)
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o644)
    except OSError as error:
        raise NotPossible(
            f"cannot write the folder of the installation: {error.strerror}",
            where=str(path),
            hint="set SMASHPASS_HOME to a folder that may be written",
        ) from error
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            holder = _holder(os.pread(descriptor, _SHOWN, 0))
            raise Busy(
                f"{busy}{holder}",
                where=str(path),
                hint="wait until it has ended",
            ) from error
        _sign(descriptor, description)
        yield
    finally:
        os.close(descriptor)


def lock_state(home: Path) -> str:
    """Return whether an import is running, and which one, without touching the lock.

    The kernel's list of locks is read, so that checking never blocks an import.
    """
    path = home / NAME
    try:
        number = path.stat().st_ino
        locks = Path("/proc/locks").read_text(encoding="ascii")
        content = path.read_bytes()[:_SHOWN]
    except FileNotFoundError:
        return "free"
    except OSError as error:
        return f"not known: {error.strerror}"
    for line in locks.splitlines():
        # 1: FLOCK  ADVISORY  WRITE 4711 fd:01:123456 0 EOF
        fields = line.split()
        if "FLOCK" in fields and any(field.endswith(f":{number}") for field in fields):
            return f"held{_holder(content)}"
    return "free"


def _sign(descriptor: int, description: str) -> None:
    """Write who holds the lock. If the disk is full the lock still holds."""
    since = system_clock() // 1_000_000
    text = json.dumps({"pid": os.getpid(), "since": since, "what": description})
    try:
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, text.encode(), 0)
    except OSError:
        return


def _holder(content: bytes) -> str:
    """Return the holder of the lock, or "" if it cannot be read."""
    try:
        holder = json.loads(content)
        since = datetime.fromtimestamp(holder["since"], UTC)
        return f": process {holder['pid']} since {since:%Y-%m-%d %H:%M:%S} UTC, {holder['what']}"
    except (ValueError, KeyError, TypeError, OverflowError):
        return ""
