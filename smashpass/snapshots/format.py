"""The snapshot file: a header with a table of named sections, then the sections.

::

    0   magic                                16 bytes
    16  format version, header length        4 + 4 bytes, little endian
    24  sha256 of the 24 bytes before and of the header
    56  header: JSON, filled up with blanks
        sections, each filled up with zeros

Header and sections end at multiples of 32 bytes, so that mapped arrays and bitmaps are aligned.
The checksum of a section covers what it is filled up with: no byte of the file is unguarded.
A reader leaves sections with names it does not know alone, so new ones need no new format.
"""

from __future__ import annotations

import json
import struct
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any, BinaryIO

from smashpass.core.errors import SnapshotDamaged, SnapshotIncompatible

MAGIC = b"\x89smashpass.idx\r\n"
FORMAT = 3
ALIGNMENT = 32
WORDS = "words"
"""Name of the section by which words are found; a snapshot may lack it."""

REBUILD = "make a new one with `smashpass index build`"
REFILL = "make a new one with `smashpass scores fill`"
LIBRARY, SCORES, EMBEDDINGS = "library", "scores", "embeddings"
"""The kinds of files, with which their names begin."""

_PRELUDE = struct.Struct("<16sII")
_DIGEST_BYTES = 32
_HEADER_START = _PRELUDE.size + _DIGEST_BYTES
_BUFFER_BYTES = 1 << 20


@dataclass(frozen=True, slots=True)
class Section:
    """Where a section lies. ``form`` is the array type code of its items, "" for plain bytes."""

    name: str
    offset: int
    length: int
    form: str
    sha256: str

    @property
    def end(self) -> int:
        """Where the next section begins."""
        return self.offset + padded(self.length)


@dataclass(frozen=True, slots=True)
class SnapshotHeader:
    """The header of a snapshot.

    Attributes:
        version: The library version in it.
        written_by: Version of the program that wrote it.
        sections: By name, in the order of the file.
    """

    version: int
    written_by: str
    sections: Mapping[str, Section]


def padded(length: int) -> int:
    """Round up to the next multiple of the alignment."""
    return -(-length // ALIGNMENT) * ALIGNMENT


def padding(length: int) -> bytes:
    """Return the zeros that follow ``length`` bytes."""
    return bytes(padded(length) - length)


def pack_header(version: int, written_by: str, sections: list[tuple[str, str, int, str]]) -> bytes:
    """Return the beginning of a file, up to its first section.

    Args:
        version: The library version.
        written_by: The program's version.
        sections: Name, form, length and sha256 of each, in order.
    """
    table = [list(section) for section in sections]
    about = {"version": version, "written_by": written_by, "byte_order": sys.byteorder}
    text = json.dumps({**about, "sections": table}, separators=(",", ":")).encode()
    start = padded(_HEADER_START + len(text))
    text = text.ljust(start - _HEADER_START)
    prelude = _PRELUDE.pack(MAGIC, FORMAT, len(text))
    return prelude + sha256(prelude + text).digest() + text


def read_header(file: BinaryIO, path: Path) -> SnapshotHeader:
    """Read and verify the beginning of a file, and that the file has the length it must have.

    Raises:
        SnapshotDamaged: It is not a snapshot, or was altered.
        SnapshotIncompatible: It has another format or byte order.
    """
    size = file.seek(0, 2)
    file.seek(0)
    start = file.read(_HEADER_START)
    if len(start) < _HEADER_START or not start.startswith(MAGIC):
        raise damaged(path, "it does not begin like a snapshot")
    _, written_format, length = _PRELUDE.unpack_from(start)
    if written_format != FORMAT:
        raise SnapshotIncompatible(
            f"the snapshot has format {written_format}, this program reads format {FORMAT}",
            where=str(path),
            hint=remedy(path),
        )
    text = file.read(min(length, size))
    if sha256(start[: _PRELUDE.size] + text).digest() != start[_PRELUDE.size :]:
        raise damaged(path, "the checksum of its header is wrong")
    about: dict[str, Any] = json.loads(text)
    if about["byte_order"] != sys.byteorder:
        raise SnapshotIncompatible(
            f"the snapshot was written on a {about['byte_order']}-endian machine",
            where=str(path),
            hint=remedy(path),
        )
    sections = {}
    offset = _HEADER_START + length
    for name, form, size_of, checksum in about["sections"]:
        sections[name] = Section(name, offset, size_of, form, checksum)
        offset = sections[name].end
    if offset != size:
        raise damaged(path, f"it has {size:,} bytes, not {offset:,}")
    return SnapshotHeader(about["version"], about["written_by"], sections)


def verify(file: BinaryIO, path: Path, header: SnapshotHeader) -> None:
    """Compare every section with its checksum; about 0.1 s for 200 MB.

    Reads through a small buffer instead of the mapping, which would count as this process's
    memory afterwards.

    Raises:
        SnapshotDamaged: A section was altered.
    """
    for section in header.sections.values():
        verify_section(file, path, section)


def verify_section(file: BinaryIO, path: Path, section: Section) -> None:
    """Compare one section with its checksum.

    Raises:
        SnapshotDamaged: It was altered.
    """
    buffer = memoryview(bytearray(_BUFFER_BYTES))
    file.seek(section.offset)
    left = section.end - section.offset
    digest = sha256()
    while left:
        count = file.readinto(buffer[: min(left, _BUFFER_BYTES)])  # type: ignore[attr-defined]
        if not count:
            break
        digest.update(buffer[:count])
        left -= count
    if digest.hexdigest() != section.sha256:
        raise damaged(path, f"the checksum of its section {section.name!r} is wrong")


def damaged(path: Path, detail: str) -> SnapshotDamaged:
    """Return the error for an altered file."""
    return SnapshotDamaged(f"the snapshot is damaged: {detail}", where=str(path), hint=remedy(path))


def remedy(path: Path) -> str:
    """Return how a file of this name is made anew."""
    is_of_scores = path.name.startswith((f"{SCORES}-", f"{EMBEDDINGS}-"))
    return REFILL if is_of_scores else REBUILD
