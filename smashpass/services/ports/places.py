"""Where the file of a picture can be had, for whoever sends it on."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class FileOnDisk:
    """A file of this machine."""

    path: Path


@dataclass(frozen=True, slots=True)
class FileInMemory:
    """The content, read from elsewhere."""

    content: bytes


@dataclass(frozen=True, slots=True)
class SignedAddress:
    """An address elsewhere that works without a credential until it expires.

    Attributes:
        address: An absolute URL.
        seconds: How long it may be kept; it works at least that long.
    """

    address: str
    seconds: int


Place = FileOnDisk | FileInMemory | SignedAddress
