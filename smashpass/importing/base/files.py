"""Opening files that a person names: only regular ones, never a pipe or device that would block."""

from __future__ import annotations

import os
import stat
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from io import FileIO
from pathlib import Path

from smashpass.core.errors import BadInput, NotFound, SmashpassError

MAX_LINE = 1 << 20
"""Characters or bytes of a line that are kept; the rest of a longer one is skipped."""

GZIP = b"\x1f\x8b"
"""What a file that gzip packed begins with."""

_READ = os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK
_UTF16 = (b"\xff\xfe", b"\xfe\xff")
_SAMPLE = 1 << 16


def open_regular(path: Path, *, follow: bool = True) -> FileIO:
    """Open a regular file for reading.

    Args:
        path: The file.
        follow: Whether a symbolic link is followed. Links that a person named are, links inside
            a collection are not: they could lead outside.

    Raises:
        NotFound: There is no such file.
        BadInput: It is something else, or may not be read.
    """
    flags = _READ if follow else _READ | os.O_NOFOLLOW
    with reading(path):
        descriptor = os.open(path, flags)
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise _irregular(str(path))
    return FileIO(descriptor)


def small_file(path: str, limit: int) -> bytes:
    """Return the content of a regular file inside a collection, ``limit`` + 1 bytes at most.

    Links are not followed. Cost: about 7 µs for some 100 bytes, as there are as many of such files
    as a collection has pictures.

    Raises:
        NotFound: There is no such file.
        BadInput: It is something else, or may not be read.
    """
    try:
        descriptor = os.open(path, _READ | os.O_NOFOLLOW)
        try:
            status = os.fstat(descriptor)
            if not stat.S_ISREG(status.st_mode):
                raise _irregular(path)
            content = os.read(descriptor, min(limit, status.st_size) + 1)
            # As many bytes as there should be, and none when one more was asked for, is the end.
            while len(content) != status.st_size and len(content) <= limit:
                rest = os.read(descriptor, limit + 1 - len(content))
                if not rest:
                    break
                content += rest
            return content
        finally:
            os.close(descriptor)
    except OSError as error:
        raise _failure(path, error) from error


@contextmanager
def reading(path: Path) -> Iterator[None]:
    """Turn operating system failures into errors that a person can act on."""
    try:
        yield
    except OSError as error:
        raise _failure(str(path), error) from error


def _failure(path: str, error: OSError) -> SmashpassError:
    """Return the error that a person can act on."""
    if isinstance(error, FileNotFoundError | NotADirectoryError):
        return NotFound("there is no such file or folder", where=path)
    why = error.strerror or type(error).__name__
    return BadInput(f"cannot be read: {why}", where=path)


def _irregular(path: str) -> BadInput:
    return BadInput("this is not a regular file", where=path, hint="name a file on disk")


def fingerprint(file: FileIO) -> str:
    """Return a fingerprint that changes when a file is written: its size and modification time."""
    status = os.fstat(file.fileno())
    return f"{status.st_size}:{status.st_mtime_ns}"


def first_bytes(path: Path, *, follow: bool = True) -> bytes:
    """Return the beginning of a file, unpacked if it is gzip.

    Raises:
        NotFound: There is no such file.
        BadInput: It cannot be read.
    """
    with open_regular(path, follow=follow) as file, reading(path):
        sample = file.read(_SAMPLE)
    if sample.startswith(GZIP):
        try:
            return zlib.decompressobj(16 + zlib.MAX_WBITS).decompress(sample, _SAMPLE)
        except zlib.error as error:
            raise BadInput(f"the gzip file is damaged: {error}", where=str(path)) from error
    return sample


def delimiter_of(path: Path, line: str) -> str:
    """Return the column delimiter of a table, judged by its first line.

    Raises:
        BadInput: The line precedes the header.
    """
    if line[:4].lower() == "sep=" or line[:1] == "#":
        line_kind = "a comment" if line[0] == "#" else f"{line[:5]!a}"
        raise BadInput(
            f"the first line is {line_kind}, and names no columns",
            where=f"{path}:1",
            hint="remove the lines above the one with the names of the columns",
        )
    if "\t" in line and "," not in line.partition("\t")[0]:
        return "\t"
    return ";" if ";" in line and "," not in line else ","


def first_line(path: Path, *, follow: bool = True) -> str:
    """Return the first line of a text file that is not blank, without byte order mark.

    Raises:
        BadInput: The file is empty, or not UTF-8 text.
    """
    sample = first_bytes(path, follow=follow)
    if sample.startswith(_UTF16):
        raise BadInput("the file is UTF-16", where=str(path), hint="save it as UTF-8")
    text = sample.removeprefix(b"\xef\xbb\xbf").lstrip()
    if not text:
        raise BadInput("the file is empty", where=str(path))
    line = text.splitlines()[0]
    if b"\0" in line:
        raise BadInput("the file is not text", where=str(path), hint="name a CSV file in UTF-8")
    try:
        return line.decode()
    except UnicodeDecodeError as error:
        if error.reason == "unexpected end of data" and len(text) > len(line) - 4:
            return line.decode(errors="ignore")
        raise BadInput(
            "the first line is not UTF-8", where=f"{path}:1", hint="save the file as UTF-8"
        ) from error
