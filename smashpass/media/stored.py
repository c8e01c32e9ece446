"""Decoding pictures that the library has: linked originals, and the files that are shown."""

from __future__ import annotations

from collections.abc import Sequence

from smashpass.core.pictures.picture import Picture, PictureRefusal, Size, stored_size
from smashpass.media.pool import DecoderPool, Task
from smashpass.media.store import PictureStore

_SIZES: tuple[Size, ...] = ("large", "small")
_NO_FILE = PictureRefusal("no_file", "neither its original nor a file of it is there")


class StoredPictures:
    """Looks at pictures in child processes."""

    def __init__(self, files: PictureStore, pool: DecoderPool) -> None:
        """Read from ``files`` and decode with ``pool``."""
        self._files = files
        self._pool = pool

    def originals(self, pictures: Sequence[Picture]) -> list[Picture | PictureRefusal]:
        """Return what linked originals look like; a refusal for one that has changed or gone."""
        return self._pool.inspect(
            [Task(picture.origin, (), picture.sha256) for picture in pictures]
        )

    def files(self, names: Sequence[tuple[str, Size]]) -> list[Picture | PictureRefusal]:
        """Return what stored files look like; a refusal for one that is damaged or gone."""
        with self._files.on_disk(names) as paths:
            return self._pool.inspect([Task(str(path), ()) for path in paths])

    def rebuild(self, picture: Picture, size: Size, source_type: str) -> bool:
        """Remove a damaged file and make it again from a linked original, if that is unchanged.

        One that an earlier version made beside a smaller one with the same pixels is not needed.
        """
        self._files.remove(picture.sha256, (size,))
        kept = stored_size(picture.width, picture.height, size)
        if kept != size and self._files.has(picture.sha256, kept):
            return True
        if not picture.origin:
            return False
        remade = self._pool.make(picture.origin, picture.sha256, size, source_type)
        return isinstance(remade, Picture)

    def previews(self, pictures: Sequence[Picture]) -> list[Picture | PictureRefusal]:
        """Return what the largest file of each picture looks like."""
        sizes = [
            next((size for size in _SIZES if self._files.has(picture.sha256, size)), None)
            for picture in pictures
        ]
        present = [
            (picture.sha256, size)
            for picture, size in zip(pictures, sizes, strict=True)
            if size is not None
        ]
        with self._files.on_disk(present) as paths:
            looks = iter(self._pool.inspect([Task(str(path), ()) for path in paths]))
        return [_NO_FILE if size is None else next(looks) for size in sizes]
