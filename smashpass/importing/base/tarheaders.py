"""Reads the plain headers of tar files in one step; a collection has some for every picture."""

from __future__ import annotations

import re
import tarfile

_USTAR = b"ustar\x0000"
_GNU = b"ustar  \0"
# Mode, owner and group, size, time, checksum, as nearly every program writes them.
_NUMBERS = re.compile(
    rb"(?:[0-7]{7}[\0 ]){3}([0-7]{11})[\0 ][0-7]{11}[\0 ]([0-7]{6})(?:\0 |  |\0\0)([0x])"
)
_NO_DEVICE = (bytes(16), b"0000000\x000000000\0")


class PlainTarInfo(tarfile.TarInfo):
    """Name, kind and size of a member; a plain header is read faster than the library does.

    Anything else than a regular file, or the header before one that has times to the fraction of
    a second, with a name in one piece and all numbers in octal digits is left to the library.
    """

    @classmethod
    def frombuf(cls, buf: bytes | bytearray, encoding: str, errors: str) -> PlainTarInfo:
        """Return the member that a header describes.

        Raises:
            tarfile.HeaderError: It is none.
        """
        numbers = _NUMBERS.match(buf, 100)
        if (
            numbers is None
            or len(buf) != tarfile.BLOCKSIZE
            or buf[345]  # the name is in two pieces
            or buf[257:265] not in (_USTAR, _GNU)
            or buf[329:345] not in _NO_DEVICE
            or int(numbers[2], 8) != _checksum(buf)
        ):
            return super().frombuf(buf, encoding, errors)
        info = cls(bytes(buf[:100]).partition(b"\0")[0].decode(encoding, errors))
        info.size, info.type = int(numbers[1], 8), numbers[3]
        return info


def _checksum(header: bytes | bytearray) -> int:
    """Return the sum of all bytes, with blanks for the checksum itself; most of them are zero."""
    rest = header[:148].translate(None, b"\0") + header[156:].translate(None, b"\0")
    return sum(rest) + 8 * 32
