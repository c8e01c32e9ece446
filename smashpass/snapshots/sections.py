"""Sections of snapshot files: packed for writing, and read from a mapped file."""

from __future__ import annotations

import json
import mmap
import os
from array import array
from collections.abc import Iterable
from hashlib import sha256
from itertools import accumulate, pairwise
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple, cast

import smashpass
from smashpass.core.errors import NotFound, NotPossible
from smashpass.core.imageset import ImageSet
from smashpass.durable import sync_folder
from smashpass.snapshots.format import (
    SnapshotHeader,
    pack_header,
    padding,
    read_header,
    remedy,
    verify,
)


class PendingSection(NamedTuple):
    """A section before it has a place."""

    name: str
    form: str
    data: memoryview[int]


def write_file(path: Path, version: int, contents: list[PendingSection]) -> None:
    """Write sections to ``path`` atomically.

    The file is written beside, flushed to the disk and renamed; then the folder is flushed.

    Raises:
        NotPossible: The file system refused; nothing is left behind.
    """
    beside = path.with_name(f"{path.name}.{os.getpid()}.tmp")
    try:
        with beside.open("wb") as file:
            _write_sections(file, version, contents)
            file.flush()
            os.fsync(file.fileno())
        beside.replace(path)
        sync_folder(path.parent)
    except OSError as error:
        beside.unlink(missing_ok=True)
        raise NotPossible(
            f"the snapshot cannot be written: {error.strerror}",
            where=str(path),
            hint="check the free space and the permissions of the folder",
        ) from error


def open_file(path: Path, *, check: bool = True) -> Sections:
    """Map a file and return its sections; ``check`` verifies their checksums.

    Raises:
        NotFound: There is no such file.
        SnapshotDamaged: It was altered.
        SnapshotIncompatible: It was written in another format.
        NotPossible: The file system does not let it be read.
    """
    try:
        with path.open("rb") as file:
            header = read_header(file, path)
            if check:
                verify(file, path, header)
            mapped = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
    except FileNotFoundError:
        raise NotFound("there is no such snapshot", where=str(path), hint=remedy(path)) from None
    except OSError as error:
        raise NotPossible(
            f"the snapshot cannot be read: {error.strerror}",
            where=str(path),
            hint="check its owner and permissions",
        ) from error
    return Sections(header, memoryview(mapped))


class Sections:
    """The sections of a mapped file by name; unused ones are never read.

    Attributes:
        version: Of what is in the file.
    """

    def __init__(self, header: SnapshotHeader, mapped: memoryview[int]) -> None:
        self.version = header.version
        self._table = header.sections
        self._mapped = mapped

    def __contains__(self, name: str) -> bool:
        """Tell whether there is a section of that name."""
        return name in self._table

    def array(self, name: str) -> memoryview[Any]:
        """An array that stays in the file."""
        section = self._table[name]
        raw = self._mapped[section.offset : section.offset + section.length]
        return cast("memoryview[Any]", raw.cast(section.form or "B"))  # type: ignore[call-overload]

    def json(self, name: str) -> Any:
        """A value read from JSON."""
        return json.loads(bytes(self.array(name)))

    def sets(self, name: str) -> list[ImageSet]:
        """A list of image sets, copied out of the file."""
        raw = self.array(name)
        count = raw[:8].cast("Q")[0]
        start = 8 * (count + 2)
        places = raw[8:start].cast("Q").tolist()
        blobs = bytes(raw[start:])
        return [ImageSet.deserialize(blobs[begin:end]) for begin, end in pairwise(places)]


def packed_json(name: str, value: object) -> PendingSection:
    """Pack a value as JSON."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return PendingSection(name, "", memoryview(text.encode()))


def packed_array(name: str, items: memoryview[int] | memoryview[float]) -> PendingSection:
    """Pack an array; it is passed without a copy."""
    return PendingSection(name, items.format, items.cast("B"))


def packed_sets(name: str, sets: Iterable[ImageSet]) -> PendingSection:
    """Pack a list of image sets: their number, where each begins and the last ends, then them."""
    blobs = [images.serialize() for images in sets]
    places = array("Q", [len(blobs), *accumulate(map(len, blobs), initial=0)])
    return PendingSection(name, "", memoryview(b"".join([places.tobytes(), *blobs])))


def _write_sections(file: BinaryIO, version: int, contents: list[PendingSection]) -> None:
    """Write header and sections; the checksums need every section before the header."""
    table = []
    for name, form, data in contents:
        digest = sha256(data)
        digest.update(padding(data.nbytes))
        table.append((name, form, data.nbytes, digest.hexdigest()))
    file.write(pack_header(version, smashpass.__version__, table))
    for content in contents:
        file.write(content.data)
        file.write(padding(content.data.nbytes))
