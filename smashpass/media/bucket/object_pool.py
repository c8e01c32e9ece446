"""Decoding for a bucket: child processes write files here, and this process uploads them.

The children have no network. An import is told of a picture once its objects are stored. Killed
before, it leaves objects that belong to no image, which are sent to nobody; the next run finds them
and writes nothing twice.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from smashpass.core.errors import NotPossible
from smashpass.core.pictures.picture import (
    EFFORT,
    LONGEST_SIDE,
    Picture,
    PictureRefusal,
    Size,
    stored_size,
)
from smashpass.core.pictures.source_types import stronger
from smashpass.media.bucket.objects import AT_ONCE, ObjectStore
from smashpass.media.bucket.spool import SpoolFolder
from smashpass.media.folder import MediaFolder
from smashpass.media.pool import WAIT_S, DecoderPool, Task
from smashpass.media.store import SAME_PIXELS_TAKEN_DOWN, TAKEN_DOWN


class UploadingPool(DecoderPool):
    """Decodes as its base does; the sizes it makes become objects."""

    def __init__(
        self, store: ObjectStore, workers: int, *, wait_s: float = WAIT_S, effort: int = EFFORT
    ) -> None:
        """Upload to ``store``; nothing is made before the first picture."""
        super().__init__(Path(), workers, wait_s=wait_s, effort=effort)
        self._store = store
        self._spooled: SpoolFolder | None = None
        self._making = threading.Lock()

    def close(self) -> None:
        """End the child processes and remove what lies on its way."""
        super().close()
        with self._making:
            if self._spooled is not None:
                self._spooled.close()
            self._spooled = None

    def inspect(self, tasks: Sequence[Task]) -> list[Picture | PictureRefusal]:
        """Decode each file, in the order of ``tasks``, and store the sizes that it is to have.

        Raises:
            NotPossible: No child process can be started, or the sizes cannot be written.
            MediaUnavailable: The bucket cannot be reached.
        """
        spool = self._folder_for_children()
        results = super().inspect(tasks)
        places: dict[str, list[int]] = {}
        for place, (task, result) in enumerate(zip(tasks, results, strict=True)):
            if task.sizes and isinstance(result, Picture):
                places.setdefault(result.sha256, []).append(place)

        def store(sha256: str) -> PictureRefusal | None:
            picture = results[places[sha256][0]]
            assert isinstance(picture, Picture)
            return self._stored(picture, [tasks[place] for place in places[sha256]], spool)

        with ThreadPoolExecutor(AT_ONCE) as threads:
            refusals = list(threads.map(store, places))
        for sha256, refusal in zip(places, refusals, strict=True):
            if refusal is not None:
                for place in places[sha256]:
                    results[place] = refusal
        return results

    def _folder_for_children(self) -> MediaFolder:
        """Return the folder that the children write to; made after the last fork."""
        with self._making:
            if self._spooled is None:
                try:
                    self._spooled = SpoolFolder(self._store.spool)
                except OSError as error:
                    raise NotPossible(
                        f"pictures cannot be written before they are uploaded: {error.strerror}",
                        where=str(self._store.spool),
                        hint="free space on the disk, or check the owner of the folder",
                    ) from error
                self._files = MediaFolder(self._spooled.path)
            return self._files

    def _stored(
        self, picture: Picture, tasks: Sequence[Task], spool: MediaFolder
    ) -> PictureRefusal | None:
        """Upload the files of one picture that the bucket lacks, or has with a weaker statement.

        All files of a picture state the same digital source type, the strongest of all imports.
        Where the bucket states more than the children knew, they make the files again.
        """
        sha256, store = picture.sha256, self._store
        try:
            if store.forbids(sha256):
                return TAKEN_DOWN
            if store.forbids(picture.pixels):
                return SAME_PIXELS_TAKEN_DOWN
            there = {size: store.source_type(sha256, size) for size in LONGEST_SIDE}
            made = {size: spool.source_type(sha256, size) for size in LONGEST_SIDE}
            strongest = ""
            for stated in (*there.values(), *made.values()):
                strongest = stronger(strongest, stated or "")
            wanted = {
                stored_size(picture.width, picture.height, size)
                for task in tasks
                for size in task.sizes
            }
            needed: list[Size] = [
                size
                for size, stated in there.items()
                if (stated is None and size in wanted)
                or (stated is not None and stated != strongest)
            ]
            if any(made[size] != strongest for size in needed):
                spool.remove(sha256)
                (again,) = super().inspect([Task(tasks[0].path, needed, sha256, strongest)])
                if isinstance(again, PictureRefusal):
                    return again
            for size in needed:
                store.write(sha256, size, spool.read(sha256, size))
        finally:
            spool.remove(sha256)
        return None
