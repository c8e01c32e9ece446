"""What every place for picture files can do, be it a folder or a bucket.

A file is named by the SHA-256 of its original and its size, as ``ab/cd/SHA256-large.webp``; its
pixels never change. It is written again only where a later import states that more of the picture
is made by AI.
"""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Collection, Iterator, Sequence
from contextlib import AbstractContextManager, suppress
from pathlib import Path

from smashpass.core.pictures.metadata import blocks_of
from smashpass.core.pictures.picture import LONGEST_SIDE, PictureRefusal, Size
from smashpass.core.pictures.source_types import digital_source_type_of
from smashpass.core.pictures.xmp import properties_of
from smashpass.services.ports.places import Place

TAKEN_DOWN = PictureRefusal("taken_down", "this picture was taken down here")
SAME_PIXELS_TAKEN_DOWN = PictureRefusal(
    "taken_down", "a picture with the same pixels was taken down here"
)
STORED = re.compile(r"([0-9a-f]{64})-(?:(small|large)\.webp|taken-down)")
"""The names of stored files; of a tombstone, the second group is None."""
HEADER_BYTES = 12
_SHA256 = re.compile(r"[0-9a-f]{64}")


class PictureStore(ABC):
    """Files by the SHA-256 of their original and their size. Safe for threads and processes.

    Every method may raise MediaUnavailable where the files lie on another machine.
    """

    @abstractmethod
    def has(self, sha256: str, size: Size) -> bool:
        """Whether the file is there."""

    @abstractmethod
    def read(self, sha256: str, size: Size) -> bytes:
        """Return a file.

        Raises:
            FileNotFoundError: It is not there.
        """

    @abstractmethod
    def entity_tag(self, sha256: str, size: Size) -> str:
        """Return a text that is another one whenever the file was written again; reads no content.

        It is worth nothing beyond this store: a copy of the file has another one.

        Raises:
            FileNotFoundError: It is not there.
        """

    @abstractmethod
    def files(self) -> Iterator[tuple[str, Size]]:
        """Yield every stored file by the SHA-256 of its original and its size, in order.

        No file is read. What is written meanwhile may or may not be among them.
        """

    @abstractmethod
    def tombstones(self) -> Iterator[str]:
        """Yield the SHA-256 or pixel hash of everything that was taken down, in order."""

    @abstractmethod
    def placed(self, sha256: str, size: Size) -> Place | None:
        """Return where the file can be had, for sending it; None if it is not there.

        Raises:
            ValueError: ``sha256`` is not 64 lower-case hex digits.
        """

    @abstractmethod
    def on_disk(self, pictures: Sequence[tuple[str, Size]]) -> AbstractContextManager[list[Path]]:
        """Lend the files as files of this machine, in order; one that is missing is not there."""

    @abstractmethod
    def write(self, sha256: str, size: Size, content: bytes) -> None:
        """Write a file: whole, and durably when this returns, or not at all."""

    def write_all(self, files: Sequence[tuple[str, Size, bytes]]) -> None:
        """Write files of pictures (SHA-256, size, content), as :meth:`write` does each of them."""
        for sha256, size, content in files:
            self.write(sha256, size, content)

    @abstractmethod
    def forbids(self, digest: str) -> bool:
        """Whether a picture was taken down, by its SHA-256 or its pixel hash."""

    @abstractmethod
    def forbid(self, digest: str) -> None:
        """Forbid writing files of a picture again, by its SHA-256 or its pixel hash."""

    @abstractmethod
    def remove(self, sha256: str, sizes: Collection[Size] = tuple(LONGEST_SIDE)) -> None:
        """Remove files of one picture, all by default; repeating it has no effect."""

    @abstractmethod
    def tidy(self) -> None:
        """Remove what killed processes left unfinished, if possible."""

    @abstractmethod
    def check(self) -> str:
        """Write, read and remove a probe; return where the files are.

        Raises:
            NotPossible: One of it fails, or strangers can read the files.
        """

    def source_type(self, sha256: str, size: Size) -> str | None:
        """Return the digital source type that a file states, "" for none; None for no whole file.

        A file that was cut off so is written again by the next import of its picture.
        """
        try:
            content = self.read(sha256, size)
        except OSError:
            return None
        if not is_whole(content[:HEADER_BYTES], len(content)):
            return None
        stated = properties_of(blocks_of(content).xmp).get("DigitalSourceType", [""])
        return digital_source_type_of(stated[0]) or ""

    def largest_file(self, sha256: str) -> bytes:
        """Return the largest file there is of a picture; b"" if there is none or it is broken."""
        sizes: tuple[Size, ...] = ("large", "small")
        for size in sizes:
            with suppress(OSError):
                return self.read(sha256, size)
        return b""

    def take_down(self, sha256: str) -> None:
        """Remove all files of one picture permanently; repeating it has no effect.

        The tombstone is there first, so that no import can write the files again meanwhile.
        """
        self.forbid(sha256)
        self.remove(sha256)


def is_whole(header: bytes, length: int) -> bool:
    """Whether a WebP file has the length that its first ``HEADER_BYTES`` bytes state."""
    stated = 8 + int.from_bytes(header[4:8], "little")
    return header[:4] == b"RIFF" and header[8:12] == b"WEBP" and stated == length


def name_of(sha256: str, size: Size) -> str:
    """Return the name of a file, with its folders.

    Raises:
        ValueError: ``sha256`` is not 64 lower-case hex digits: never build paths of input.
    """
    if size not in LONGEST_SIDE:
        raise ValueError("no name of a picture file")
    return f"{_folders(sha256)}/{sha256}-{size}.webp"


def tombstone_of(digest: str) -> str:
    """Return the name of the file whose existence forbids a picture; ValueError as above."""
    return f"{_folders(digest)}/{digest}-taken-down"


def _folders(digest: str) -> str:
    if not _SHA256.fullmatch(digest):
        raise ValueError("no name of a picture file")
    return f"{digest[:2]}/{digest[2:4]}"
