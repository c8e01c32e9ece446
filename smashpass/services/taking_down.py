"""Taking pictures down: every image that shows one goes out of sight, and its files are removed."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol

from smashpass.core.change import Change
from smashpass.core.errors import NotFound
from smashpass.core.imageset import Ordinal
from smashpass.core.library import ImageRecord, ImageState
from smashpass.core.likeness import Near
from smashpass.core.notice import NoticeKind
from smashpass.core.picture import Picture
from smashpass.services.automatic_cases import Cases, Trail, open_case

NEAR_CASE = "takedown.near"
"""The act in the audit trail by which a case is opened."""


class Library(Protocol):
    """Where images are."""

    def picture(self, sha256: str) -> Picture | None:
        """Return what is known of one picture, None if nothing is."""

    def with_picture(self, sha256: str) -> list[Ordinal]:
        """Return the images that have a picture, in whatever state."""

    def same_pictures(self, sha256: str, pixels: str = "") -> list[str]:
        """Return the SHA-256 of every picture that shows the same, ``sha256`` itself first."""

    def near_pictures(self, sha256: str) -> list[Near]:
        """Return the pictures near one, without those taken down."""

    def forbid_pictures(self, pictures: Sequence[str], reason: str) -> None:
        """Note that pictures are taken down: no import brings them back."""

    def set_state(
        self, images: Iterable[int], state: ImageState, *, by: str, origin: str, reason: str
    ) -> Change | None:
        """Show images or take them out of sight."""


class CaseLibrary(Library, Protocol):
    """Where images are, with their states."""

    def images(self, ordinals: Iterable[int]) -> Sequence[ImageRecord]:
        """Return everything about ``ordinals``."""


class PictureFiles(Protocol):
    """The files of pictures."""

    def take_down(self, sha256: str) -> None:
        """Remove all files of a picture for good."""

    def forbid(self, digest: str) -> None:
        """Let no file of a picture be written again, by its SHA-256 or its pixel hash."""


@dataclass(frozen=True, slots=True)
class NearImage:
    """An image whose picture is near one that was taken down, and how far it is, of 255."""

    ordinal: Ordinal
    distance: float


def take_down(
    library: Library,
    files: PictureFiles,
    sha256: str,
    *,
    by: str,
    origin: str,
    reason: str,
    pixels: str = "",
) -> list[Ordinal]:
    """Take a picture down, in every file with the same pixels; return the images that had it.

    The log says so first; then the files go. Killed between the two, the same call finishes it.

    Args:
        library: Where the images are.
        files: The files of pictures.
        sha256: Of the picture.
        by: Who does it.
        origin: By what way.
        reason: Why.
        pixels: Its pixel hash, where the library does not know the file itself.

    Raises:
        NotFound: No image has it.
    """
    pictures = library.same_pictures(sha256, pixels)
    images = sorted({image for one in pictures for image in library.with_picture(one)})
    if not images:
        raise NotFound(f"no image has the picture {sha256[:16]}…", hint="check the file or digits")
    library.forbid_pictures(pictures, reason)
    library.set_state(images, "taken_down", by=by, origin=origin, reason=reason)
    for one in pictures:
        known = library.picture(one)
        if known is not None and known.pixels:
            files.forbid(known.pixels)
        files.take_down(one)
    return images


def near_images(library: Library, sha256: str) -> list[NearImage]:
    """Return the images whose pictures are near one, the nearest first: a person decides.

    Cost: reads the signatures of all pictures.
    """
    return [
        NearImage(image, one.distance)
        for one in library.near_pictures(sha256)
        for image in library.with_picture(one.sha256)
    ]


def open_near_cases(
    library: CaseLibrary,
    trail: Trail,
    cases: Cases,
    sha256: str,
    *,
    by: str,
    kind: NoticeKind,
    name_image: Callable[[Ordinal], str],
) -> list[NearImage]:
    """Open a case for each live image near a picture that was taken down; return all near ones.

    Killed in between, the same call goes on: an image with a waiting case of the kind gets no
    second one. Cost: that of ``near_images``.
    """
    near = near_images(library, sha256)
    records = {record.ordinal: record for record in library.images(one.ordinal for one in near)}
    for one in near:
        image = name_image(one.ordinal)
        if records[one.ordinal].state != "live":
            continue
        text = (
            f"Opened automatically: looks like the picture {sha256[:16]} that was taken down "
            f"(distance {one.distance:.1f} of 255). Take it down if it shows the same."
        )
        detail = {"picture": sha256, "distance": one.distance}
        open_case(trail, cases, image, kind, text, by=by, action=NEAR_CASE, detail=detail)
    return near
