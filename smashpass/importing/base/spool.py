"""Temporary files for pictures from archives, under generated names."""

from __future__ import annotations

import shutil
import weakref
from collections.abc import Callable
from functools import partial
from pathlib import Path
from tempfile import mkdtemp
from typing import NamedTuple

from smashpass.core.errors import NotPossible


class Spooled(NamedTuple):
    """A picture in the spool: the name of its file, and how to remove it."""

    name: str
    release: Callable[[], None]


class Spool:
    """A temporary folder; the consumer of a picture releases it.

    Its size is that of the unreleased pictures: during imports, one batch.
    """

    def __init__(self) -> None:
        self._folder = ""
        self._count = 0

    @property
    def folder(self) -> str:
        """The folder; it is made when it is first asked for, and goes with the spool."""
        if not self._folder:
            self._folder = mkdtemp(prefix="smashpass-import-")
            weakref.finalize(self, shutil.rmtree, self._folder, ignore_errors=True)
        return self._folder

    def put(self, content: bytes) -> Spooled:
        """Write a picture under a name independent of the archive.

        Raises:
            NotPossible: The temporary folder cannot be written.
        """
        self._count += 1
        name = f"{self._count:09}"
        path = Path(self.folder) / name
        try:
            path.write_bytes(content)
        except OSError as error:
            raise NotPossible(
                f"cannot unpack a picture: {error.strerror}",
                where=self.folder,
                hint="make room there, or set TMPDIR to another folder",
            ) from error
        return Spooled(name, partial(path.unlink, missing_ok=True))
