"""Folders whose entries are on disk: a file that was flushed is still lost while its name is not.

Nothing here assumes that a file system writes more than it was asked to.
"""

from __future__ import annotations

import ctypes
import os
from contextlib import suppress
from pathlib import Path


def sync_folder(folder: Path) -> None:
    """Return when the entries of a folder are on disk.

    Raises:
        OSError: It cannot be opened, or the disk failed.
    """
    number = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(number)
    finally:
        os.close(number)


def sync_file_system(folder: Path) -> None:
    """Return when all that was written to the file system of a folder is on disk, names included.

    For many files at once: it costs about as much as one of them.

    Raises:
        OSError: It cannot be opened, or the disk failed.
    """
    libc = ctypes.CDLL(None, use_errno=True)
    number = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        if libc.syncfs(number):
            error = ctypes.get_errno()
            raise OSError(error, os.strerror(error), str(folder))
    finally:
        os.close(number)


def make_folder(folder: Path) -> None:
    """Make a folder that is not there, and those it lies in; they are on disk afterwards.

    Raises:
        OSError: The file system refused.
    """
    if folder.is_dir():
        return
    make_folder(folder.parent)
    folder.mkdir(exist_ok=True)
    keep_folder(folder)


def keep_folder(folder: Path) -> None:
    """Return when a folder that is there, perhaps made by another process just now, is on disk."""
    # Who may not read the folder above did not make this one there.
    with suppress(PermissionError):
        sync_folder(folder.parent)
