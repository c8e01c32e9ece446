"""Files that decoders wrote become durable in the background, many with each flush.

A decoder that waited for the disk would leave its processor idle. Here one thread of the importing
process puts in place what all decoders have written meanwhile, while they work on the next ones.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable

from smashpass.core.errors import NotPossible
from smashpass.core.pictures.picture import Picture, PictureRefusal
from smashpass.media.folder import MediaFolder, WrittenFile
from smashpass.media.store import SAME_PIXELS_TAKEN_DOWN, TAKEN_DOWN


class Settler:
    """Puts files of one batch in place; :meth:`finish` returns when all of them are."""

    def __init__(self, folder: MediaFolder) -> None:
        """Wait for files of ``folder``."""
        self._folder = folder
        self._new: list[tuple[Picture, list[WrittenFile]]] = []
        self._changed = threading.Condition()
        self._ended = False
        self._failure: OSError | None = None
        self._refusals: dict[str, PictureRefusal] = {}
        self._thread: threading.Thread | None = None

    def add(self, picture: Picture, files: list[WrittenFile]) -> None:
        """Take over the files of a picture."""
        if not files:
            return
        if self._thread is None:
            self._thread = threading.Thread(target=self._work, name="settler", daemon=True)
            self._thread.start()
        with self._changed:
            self._new.append((picture, files))
            self._changed.notify()

    def finish(self) -> dict[str, PictureRefusal]:
        """Return, by SHA-256, the pictures that were taken down in the meantime.

        Raises:
            NotPossible: The files cannot be written.
        """
        if self._thread is not None:
            with self._changed:
                self._ended = True
                self._changed.notify()
            self._thread.join()
        if self._failure is not None:
            raise not_written(f"{self._failure.filename or ''}: {self._failure.strerror}")
        return self._refusals

    def _work(self) -> None:
        """Settle what is new, until the batch has ended and nothing is left."""
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._new or self._ended)
                batch, self._new = self._new, []
            if not batch:
                return
            try:
                self._folder.settle(file for _, files in batch for file in files)
                self._refuse_forbidden(picture for picture, _ in batch)
            except OSError as error:
                self._failure = error
                return

    def _refuse_forbidden(self, pictures: Iterable[Picture]) -> None:
        """Remove what a takedown forbade after its decoder had looked.

        A takedown forbids first and then removes, so either it removes the files or this does.
        """
        for picture in pictures:
            for digest, refusal in (
                (picture.sha256, TAKEN_DOWN),
                (picture.pixels, SAME_PIXELS_TAKEN_DOWN),
            ):
                if self._folder.forbids(digest):
                    self._folder.remove(picture.sha256)
                    self._refusals[picture.sha256] = refusal


def not_written(failure: str) -> NotPossible:
    """Return the error that the sizes of a picture cannot be written."""
    return NotPossible(
        f"a picture cannot be written: {failure[:500]!a}",
        hint="free space on the disk, or correct SMASHPASS_MEDIA_URL, and start again",
    )
