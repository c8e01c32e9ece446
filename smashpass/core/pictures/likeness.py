"""Which pictures look alike? Signatures of 8 x 8 colours, and the distance between two of them.

A signature survives what people do to a picture to bring it back: another format or quality,
another size, a cropped edge. ``docs/decisions/0005`` says how it was chosen, and how often two
different pictures are near each other.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable
from dataclasses import dataclass
from operator import itemgetter

from smashpass.core.pictures.picture import Picture

SIGNATURE_BYTES = 8 * 8 * 3
"""Red, green and blue of 8 x 8 fields, row by row."""

NEAR = 10.0
"""Mean difference of two signatures, in steps of 0 to 255, up to which pictures are near.

Measured on the demo library: of 1,600 copies (40 each of 40 pictures: re-encoded, resized to
50-150 %, cropped by up to 2 %) the farthest was at 8.7, half of them below 0.4. Of all pairs of 500
different pictures 100 of 124,750 are near (``python -m bench.near``), so a near picture waits for
a person and is never refused.
"""

_NEAR_SUM = int(NEAR * SIGNATURE_BYTES)


@dataclass(frozen=True, slots=True)
class Near:
    """A picture near the query picture, by SHA-256 (hex), with its distance."""

    sha256: str
    distance: float


@dataclass(frozen=True, slots=True)
class RemovedPicture:
    """A picture that was taken down, with its pixel hash and signature where they are known."""

    sha256: str
    pixels: str = ""
    signature: bytes = b""


def distance(left: bytes, right: bytes) -> float:
    """Return the mean difference of two signatures: 0 for the same, at most 255."""
    return _difference(left, right) / SIGNATURE_BYTES


class Likenesses:
    """An index of signatures for nearest-neighbour searches.

    Two signatures whose sums differ by more than the threshold cannot be near, so a search looks
    at a window of those sorted by their sums, and in it at the sums of each colour first. Cost of
    a search: grows with that window.
    """

    def __init__(self, signatures: Iterable[tuple[str, bytes]]) -> None:
        """Index pairs of SHA-256 (hex) and signature."""
        self._entries = sorted(
            ((*_sums(signature), sha256, signature) for sha256, signature in signatures),
            key=itemgetter(0),
        )
        self._totals = [entry[0] for entry in self._entries]

    def near(self, signature: bytes) -> list[Near]:
        """Return the pictures near a signature, the nearest first."""
        total, red, green, blue = _sums(signature)
        first = bisect_left(self._totals, total - _NEAR_SUM)
        last = bisect_right(self._totals, total + _NEAR_SUM)
        near = []
        for _, its_red, its_green, its_blue, sha256, its_signature in self._entries[first:last]:
            if abs(its_red - red) + abs(its_green - green) + abs(its_blue - blue) > _NEAR_SUM:
                continue
            difference = _difference(signature, its_signature)
            if difference <= _NEAR_SUM:
                near.append(Near(sha256, difference / SIGNATURE_BYTES))
        return sorted(near, key=lambda match: (match.distance, match.sha256))


class RemovedPictures:
    """The pictures that were taken down; checked for each picture of an import."""

    def __init__(self, pictures: Iterable[RemovedPicture] = ()) -> None:
        """Index the pictures."""
        removed = list(pictures)
        self._hashes = {picture.sha256 for picture in removed}
        self._pixels = {picture.pixels for picture in removed if picture.pixels}
        self._likenesses = Likenesses(
            (picture.sha256, picture.signature) for picture in removed if picture.signature
        )

    def has(self, picture: Picture) -> bool:
        """Whether this picture was taken down, in this file or another with the same pixels."""
        return picture.sha256 in self._hashes or picture.pixels in self._pixels

    def near(self, picture: Picture) -> list[Near]:
        """Return the pictures taken down that it is near to, the nearest first."""
        return self._likenesses.near(picture.signature) if picture.signature else []


def _sums(signature: bytes) -> tuple[int, int, int, int]:
    """Return the sum of a signature, and that of each colour."""
    red, green, blue = sum(signature[0::3]), sum(signature[1::3]), sum(signature[2::3])
    return red + green + blue, red, green, blue


def _difference(first: bytes, second: bytes) -> int:
    """Return the sum of all differences."""
    return sum(abs(left - right) for left, right in zip(first, second, strict=True))
