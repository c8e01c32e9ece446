"""Decoding pictures that the library has: linked originals, and the files that are shown."""

from __future__ import annotations

from collections.abc import Sequence

from smashpass.core.pictures.picture import Picture, PictureRefusal, Size
from smashpass.media.folder import MediaFolder
from smashpass.media.pool import DecoderPool, Task

_SIZES: tuple[Size, ...] = ("large", "small")
_NO_FILE = PictureRefusal("no_file", "neither its original nor a file of it is there")


class StoredPictures:
    """Looks at pictures in child processes, and writes nothing."""

    def __init__(self, folder: MediaFolder, pool: DecoderPool) -> None:
        """Read from ``folder`` and decode with ``pool``."""
        self._folder = folder
        self._pool = pool

    def originals(self, pictures: Sequence[Picture]) -> list[Picture | PictureRefusal]:
        """Return what linked originals look like; a refusal for one that has changed or gone."""
        return self._pool.inspect(
            [Task(picture.origin, (), picture.sha256) for picture in pictures]
        )

    def previews(self, pictures: Sequence[Picture]) -> list[Picture | PictureRefusal]:
        """Return what the largest file of each picture looks like."""
        paths = [
            next(
                (
                    str(self._folder.path(picture.sha256, size))
                    for size in _SIZES
                    if self._folder.has(picture.sha256, size)
                ),
                "",
            )
            for picture in pictures
        ]
        looks = iter(self._pool.inspect([Task(path, ()) for path in paths if path]))
        return [next(looks) if path else _NO_FILE for path in paths]
