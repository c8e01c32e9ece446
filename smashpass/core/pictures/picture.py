"""The picture of an image: the properties of the file, and its display sizes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from smashpass.core.pictures.marks import NO_MARKS, Marks

Size = Literal["small", "large"]

EFFORT = 4
"""libwebp's method, unless another is set. 2 takes a fourth to a half less time, and up to 70 %
more bytes."""

LONGEST_SIDE: dict[Size, int] = {"small": 320, "large": 1024}
"""Pixels of the longer side of each size, ascending; a smaller picture is never made larger."""


@dataclass(frozen=True, slots=True)
class Picture:
    """The properties of one picture file.

    Attributes:
        sha256: Of the original bytes, hex; the name of the picture everywhere.
        width: Of the original as it is to be seen: after its orientation was applied.
        height: Of the original, after its orientation was applied.
        mime: What the original's bytes are, whatever the file was called.
        placeholder: The mean colour as ``#rrggbb``, shown until the picture is there.
        size: Bytes of the original.
        origin: Where the original lies, for pictures that are only linked; else "".
        pixels: SHA-256 (hex) of what it shows, whatever the file looks like; "" if not known.
        signature: What is near what it looks like (``core.likeness``); b"" if not known.
        marks: What the file says of its origin; only known where it was just looked at.
    """

    sha256: str
    width: int
    height: int
    mime: str
    placeholder: str
    size: int
    origin: str = ""
    pixels: str = ""
    signature: bytes = b""
    marks: Marks = NO_MARKS


@dataclass(frozen=True, slots=True)
class PictureRefusal:
    """Why a file cannot be the picture of an image: a stable code and a sentence."""

    code: str
    reason: str


def stored_size(width: int, height: int, size: Size) -> Size:
    """Return the size whose file a picture is shown with where ``size`` is asked for.

    Sizes that would have the same pixels share one file, that of the smallest of them.
    """
    pixels = shown_size(width, height, size)
    return next(smaller for smaller in LONGEST_SIDE if shown_size(width, height, smaller) == pixels)


def shown_size(width: int, height: int, size: Size) -> tuple[int, int]:
    """Return width and height in which a picture of that size is shown."""
    longest = max(width, height)
    limit = LONGEST_SIDE[size]
    if longest <= limit:
        return width, height
    return max(1, round(width * limit / longest)), max(1, round(height * limit / longest))
