"""Taking pictures down: every image that has one goes out of sight, and its files are removed."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol

from smashpass.core.change import Change
from smashpass.core.errors import NotFound
from smashpass.core.imageset import Ordinal
from smashpass.core.library import ImageState


class Library(Protocol):
    """Where images are."""

    def with_picture(self, sha256: str) -> list[Ordinal]:
        """Return the images that have a picture, in whatever state."""

    def set_state(
        self, images: Iterable[int], state: ImageState, *, by: str, origin: str, reason: str
    ) -> Change | None:
        """Show images or take them out of sight."""


class PictureFiles(Protocol):
    """The files of pictures."""

    def take_down(self, sha256: str) -> None:
        """Remove all files of a picture for good."""


def take_down(
    library: Library, files: PictureFiles, sha256: str, *, by: str, origin: str, reason: str
) -> list[Ordinal]:
    """Take the picture of a SHA-256 down and return the images that had it.

    The log says so first; then the files go. Killed between the two, the same call finishes it.

    Raises:
        NotFound: No image has it.
    """
    images = library.with_picture(sha256)
    if not images:
        raise NotFound(f"no image has the picture {sha256[:16]}…", hint="check the digits")
    library.set_state(images, "taken_down", by=by, origin=origin, reason=reason)
    files.take_down(sha256)
    return images
