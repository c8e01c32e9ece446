"""Pictures that this program drew itself: stored as they are, without a decoder process.

Only for bytes that were encoded here a moment ago. What is noted of them is what an import of the
same file would note, by the same functions.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256

from smashpass.core.errors import NotPossible
from smashpass.core.pictures.marks import marks_of
from smashpass.core.pictures.picture import (
    LONGEST_SIDE,
    Picture,
    PictureRefusal,
    Size,
    shown_size,
    stored_size,
)
from smashpass.core.pictures.source_types import stronger
from smashpass.media.decode import decode
from smashpass.media.derive import encoded, placeholder
from smashpass.media.likeness import pixel_hash, signature
from smashpass.media.store import SAME_PIXELS_TAKEN_DOWN, TAKEN_DOWN, PictureStore


@dataclass(frozen=True, slots=True)
class ReadyPicture:
    """A picture with the files that the store is to have of it."""

    picture: Picture
    files: tuple[tuple[Size, bytes], ...]


def ready_picture(data: bytes) -> ReadyPicture:
    """Return a WebP picture of our own as the store wants it; a size it has already is its bytes.

    Cost at 256 x 256 pixels: about 1 ms; larger pictures need a second file.
    """
    decoded = decode(data)
    marks = marks_of(decoded.blocks)
    width, height = decoded.width, decoded.height
    sizes = dict.fromkeys(stored_size(width, height, size) for size in LONGEST_SIDE)
    picture = Picture(
        sha256=sha256(data).hexdigest(),
        width=width,
        height=height,
        mime=decoded.mime,
        placeholder=placeholder(decoded),
        size=len(data),
        pixels=pixel_hash(decoded),
        signature=signature(decoded),
        marks=marks,
    )
    files = tuple(
        (
            size,
            data
            if shown_size(width, height, size) == (width, height)
            else encoded(decoded, size, marks.digital_source_type),
        )
        for size in sizes
    )
    return ReadyPicture(picture, files)


class ReadyPictures:
    """Puts pictures of our own into the store."""

    def __init__(self, store: PictureStore) -> None:
        """Write into ``store``."""
        self._store = store

    def keep(self, pictures: Sequence[ReadyPicture]) -> list[Picture | PictureRefusal]:
        """Store the files of pictures; they are on the disk when this returns.

        A picture that was taken down is refused, and nothing of it is written.

        Raises:
            NotPossible: A file cannot be written.
            MediaUnavailable: The store is on another machine and cannot be reached.
        """
        results = [self._refusal(ready.picture) or ready.picture for ready in pictures]
        files = [
            (ready.picture.sha256, size, content)
            for ready, result in zip(pictures, results, strict=True)
            if isinstance(result, Picture)
            for size, content in ready.files
            if self._wanted(ready.picture, size)
        ]
        try:
            self._store.write_all(files)
        except OSError as error:
            raise NotPossible(
                f"a picture cannot be written: {error.strerror}",
                where=str(error.filename or ""),
                hint="free space on the disk, or correct SMASHPASS_MEDIA_URL, and start again",
            ) from error
        return results

    def _refusal(self, picture: Picture) -> PictureRefusal | None:
        """Return why a picture may not be stored, None if it may."""
        if self._store.forbids(picture.sha256):
            return TAKEN_DOWN
        return SAME_PIXELS_TAKEN_DOWN if self._store.forbids(picture.pixels) else None

    def _wanted(self, picture: Picture, size: Size) -> bool:
        """Whether a file is to be written: not over one that states more of it is made by AI."""
        stated = self._store.source_type(picture.sha256, size)
        ours = picture.marks.digital_source_type
        return stated is None or stronger(ours, stated) == ours
