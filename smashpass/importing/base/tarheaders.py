"""Reads the plain headers of tar files in one step; a collection has some for every picture."""

from __future__ import annotations

import re
import tarfile
from typing import IO, Self

_USTAR = b"ustar\x0000"
_GNU = b"ustar  \0"
# Mode, owner and group, size, time, checksum, as nearly every program writes them.
_NUMBERS = re.compile(
    rb"(?:[0-7]{7}[\0 ]){3}([0-7]{11})[\0 ][0-7]{11}[\0 ]([0-7]{6})(?:\0 |  |\0\0)([0x])"
)
_TIMES = re.compile(rb"(?:[1-9][0-9] [acm]time=-?[0-9]+(?:\.[0-9]*)?\n)+")
"""Records of a header before a member that change only its times."""

_NO_DEVICE = (bytes(16), b"0000000\x000000000\0")


class ReadAhead:
    """A file that is read in large pieces, and knows its place without asking the system."""

    def __init__(self, file: IO[bytes], length: int) -> None:
        """Read ``length`` bytes at once, more only where more are asked for."""
        self._file = file
        self._length = length
        self._held = b""
        self._begin = 0
        self._at = 0

    def tell(self) -> int:
        """Return the place of the next byte."""
        return self._at

    def seek(self, at: int) -> int:
        """Go to a place, which may be behind the end."""
        self._at = at
        return at

    def read(self, length: int) -> bytes:
        """Return the next bytes; fewer at the end of the file."""
        content = self.peek(length)
        self._at += len(content)
        return content

    def peek(self, length: int) -> bytes:
        """Return the next bytes, and stay where they begin."""
        begin = self._at - self._begin
        if begin < 0 or begin + length > len(self._held):
            self._file.seek(self._at)
            self._begin, begin = self._at, 0
            self._held = _whole(self._file, max(length, self._length))
        return self._held[begin : begin + length]


def _whole(file: IO[bytes], length: int) -> bytes:
    """Read as many bytes, however many the system returns at once."""
    content = file.read(length)
    while len(content) < length and (more := file.read(length - len(content))):
        content += more
    return content


class PlainTarInfo(tarfile.TarInfo):
    """Name, kind and size of a member; a plain header is read faster than the library does.

    Anything else than a regular file, or the header before one that has times to the fraction of
    a second, with a name in one piece and all numbers in octal digits is left to the library.
    """

    @classmethod
    def fromtarfile(cls, archive: tarfile.TarFile) -> Self:
        """Return the next member, and set where the one behind it begins.

        Raises:
            tarfile.HeaderError: There is none.
        """
        stream: object = archive.fileobj
        if not isinstance(stream, ReadAhead) or archive.pax_headers:
            return super().fromtarfile(archive)
        begin = stream.tell()
        header = stream.peek(tarfile.BLOCKSIZE)
        numbers = _plain(header)
        if numbers is None:
            return super().fromtarfile(archive)
        data = begin + tarfile.BLOCKSIZE
        size = int(numbers[1], 8)
        behind = data + -(-size // tarfile.BLOCKSIZE) * tarfile.BLOCKSIZE
        if numbers[3] == tarfile.REGTYPE:
            info = cls._of(header, numbers, archive.encoding, archive.errors)
            stream.seek(data)
            info.offset_data, archive.offset = data, behind
        else:
            stream.seek(data)
            only_times = _only_times(stream.peek(behind - data))
            stream.seek(behind if only_times else begin)
            if not only_times:
                return super().fromtarfile(archive)
            try:
                info = cls.fromtarfile(archive)
            except tarfile.HeaderError as error:
                # The error for a header without its member; not among the public ones.
                raise tarfile.ReadError(str(error)) from None
        info.offset = begin
        return info

    @classmethod
    def frombuf(cls, buf: bytes | bytearray, encoding: str, errors: str) -> Self:
        """Return the member that a header describes.

        Raises:
            tarfile.HeaderError: It is none.
        """
        numbers = _plain(buf)
        if numbers is None:
            return super().frombuf(buf, encoding, errors)
        return cls._of(buf, numbers, encoding, errors)

    @classmethod
    def _of(
        cls, buf: bytes | bytearray, numbers: re.Match[bytes], encoding: str, errors: str
    ) -> Self:
        """Return the member of a plain header."""
        info = cls(bytes(buf[:100]).partition(b"\0")[0].decode(encoding, errors))
        info.size, info.type = int(numbers[1], 8), numbers[3]
        return info


def _plain(buf: bytes | bytearray) -> re.Match[bytes] | None:
    """Return the numbers of a plain header, None if it is another one."""
    numbers = _NUMBERS.match(buf, 100)
    if (
        numbers is None
        or len(buf) != tarfile.BLOCKSIZE
        or buf[345]  # the name is in two pieces
        or buf[257:265] not in (_USTAR, _GNU)
        or buf[329:345] not in _NO_DEVICE
        or int(numbers[2], 8) != _checksum(buf)
    ):
        return None
    return numbers


def _only_times(blocks: bytes) -> bool:
    """Whether the header before a member changes nothing of it but its times."""
    records = _TIMES.match(blocks)
    if records is None or blocks[records.end() :].strip(b"\0"):
        return False
    return all(int(record[:2]) == len(record) for record in records[0].splitlines(keepends=True))


def _checksum(header: bytes | bytearray) -> int:
    """Return the sum of all bytes, with blanks for the checksum itself; most of them are zero."""
    rest = header[:148].translate(None, b"\0") + header[156:].translate(None, b"\0")
    return sum(rest) + 8 * 32
