"""What readers of a single file share: its path, its fingerprint and the position."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from io import BufferedReader, FileIO
from pathlib import Path
from typing import Any

from smashpass.core.errors import BadInput
from smashpass.importing.base.files import GZIP, fingerprint, open_regular, reading
from smashpass.importing.base.picture_names import NOTHING_PASSED_OVER
from smashpass.services.importing.tag_knowledge import NO_KNOWLEDGE, TagKnowledge

_BUFFER = 1 << 18


class OneFile:
    """A file that is read as a stream, unpacked on the fly if it is gzip."""

    format = ""
    names_files = False
    passed_over: Mapping[str, int] = NOTHING_PASSED_OVER
    knowledge: TagKnowledge = NO_KNOWLEDGE

    def __init__(self, path: Path, *, follow: bool = True) -> None:
        """Check that the file exists.

        Raises:
            NotFound: It does not exist.
            BadInput: It is not a regular file, or may not be read.
        """
        open_regular(path, follow=follow).close()
        self._path = path
        self._follow = follow
        self._file: FileIO | None = None
        self.place = str(path.absolute())

    @property
    def folder(self) -> str:
        """The folder that the file lies in."""
        return str(self._path.absolute().parent)

    @property
    def fingerprint(self) -> str:
        """What changes when the file is written."""
        with open_regular(self._path, follow=self._follow) as file:
            return fingerprint(file)

    @property
    def size(self) -> int:
        """The size of the file in bytes."""
        with reading(self._path):
            return self._path.stat().st_size

    def position(self) -> int:
        """Return how many bytes were read, in steps of the buffer."""
        file = self._file
        return file.tell() if file is not None and not file.closed else 0

    @contextmanager
    def opened(self) -> Iterator[BufferedReader]:
        """Yield the content of the file.

        Raises:
            BadInput: It cannot be read; possibly in the middle.
        """
        self._file = open_regular(self._path, follow=self._follow)
        with reading(self._path), BufferedReader(self._file, _BUFFER) as file:
            try:
                yield unpacked(file)
            except (EOFError, zlib.error, gzip.BadGzipFile) as error:
                raise BadInput(
                    f"the gzip file is damaged: {error}",
                    where=str(self._path),
                    hint="fetch it again",
                ) from error


def unpacked(file: BufferedReader[FileIO]) -> BufferedReader:
    """Return a stream of the content of ``file``, which stays open; unpacked if it is gzip."""
    if file.peek(2)[:2] != GZIP:
        return file  # type: ignore[return-value]  # generic only for the checker
    stream: Any = gzip.GzipFile(fileobj=file, mode="rb")
    reader: BufferedReader = stream  # it has all the methods that readers use
    return reader
