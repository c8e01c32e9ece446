"""Stored picture files that are damaged: found by decoding them and by how they look, made again.

A picture's signature was taken from its original at import, and every size of it must look so. A
damaged file is worth nothing: it is removed, and made again from a linked original. Otherwise the
next import of its collection makes it again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import islice

from smashpass.core.pictures.likeness import NEAR, distance
from smashpass.core.pictures.picture import Picture, PictureRefusal, Size, shown_size
from smashpass.services.pictures.files import source_type_of
from smashpass.services.ports.library import LibraryStore

BATCH = 100
"""Files between two reports of progress: some seconds of decoding."""

LookAtFiles = Callable[[Sequence[tuple[str, Size]]], Sequence[Picture | PictureRefusal]]
"""Returns what stored files look like, in their order."""

RebuildFile = Callable[[Picture, Size, str], bool]
"""Removes a damaged file and makes it again, with a digital source type; whether it could be."""

StoredFiles = tuple[Iterable[tuple[str, Size]], LookAtFiles, RebuildFile]
"""All stored files, what decodes them, and what makes one again."""


@dataclass(frozen=True, slots=True)
class DamagedPicture:
    """A damaged file, by the SHA-256 of its original; ``rebuilt`` if it is whole again."""

    sha256: str
    size: Size
    reason: str
    rebuilt: bool


@dataclass(slots=True)
class VerifiedPictures:
    """How many files were looked at, and those that were damaged."""

    files: int = 0
    damaged: tuple[DamagedPicture, ...] = ()


def verify_pictures(
    files: Iterable[tuple[str, Size]],
    records: LibraryStore,
    look: LookAtFiles,
    rebuild: RebuildFile,
    progressed: Callable[[VerifiedPictures], None],
) -> VerifiedPictures:
    """Look at all stored files of pictures that the library knows.

    Cost: some 10 ms for each file and process.

    Args:
        files: The stored files.
        records: What is known of their originals.
        look: Decodes files.
        rebuild: Removes a damaged file and makes it again, if it can.
        progressed: Hears after each batch.

    Raises:
        NotPossible: No picture can be decoded at all.
    """
    outcome = VerifiedPictures()
    remaining = iter(files)
    while batch := list(islice(remaining, BATCH)):
        for (sha256, size), appearance in zip(batch, look(batch), strict=True):
            picture = records.picture(sha256)
            reason = "" if picture is None else _damage(picture, size, appearance)
            if picture is not None and reason:
                rebuilt = rebuild(picture, size, source_type_of(records, sha256))
                outcome.damaged += (DamagedPicture(sha256, size, reason, rebuilt),)
        outcome.files += len(batch)
        progressed(outcome)
    return outcome


def _damage(picture: Picture, size: Size, appearance: Picture | PictureRefusal) -> str:
    """Return what is wrong with a file; "" if nothing is."""
    if isinstance(appearance, PictureRefusal):
        return appearance.reason
    expected = shown_size(picture.width, picture.height, size)
    if (appearance.width, appearance.height) != expected:
        actual = f"{appearance.width}×{appearance.height}"
        return f"it has {actual} pixels, not {expected[0]}×{expected[1]}"
    if picture.signature and distance(picture.signature, appearance.signature) > NEAR:
        return "it does not look like the picture that was imported"
    return ""
