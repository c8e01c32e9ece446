"""Taking pictures down: every image that shows one goes out of sight, and its files are removed."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from smashpass.core.errors import NotFound
from smashpass.core.imageset import Ordinal
from smashpass.core.operations.audit import AuditAction
from smashpass.core.operations.notice import NoticeKind
from smashpass.core.text.reasons import read_reason
from smashpass.services.moderation.automatic_cases import open_case
from smashpass.services.ports.library import LibraryStore, PictureFiles
from smashpass.services.ports.operations import AuditTrail, NoticeStore

NOTED_NEAR = 50
"""Near images that the audit trail names; the number says how many there are."""
MAX_TARGET = 1_000
"""Characters of the ids of images in the audit trail."""


@dataclass(frozen=True, slots=True)
class NearImage:
    """An image whose picture is near one that was taken down, and how far it is, of 255."""

    image: str
    distance: float

    def as_json(self) -> dict[str, object]:
        """The image as the command line and the audit trail give it."""
        return {"image": self.image, "distance": round(self.distance, 2)}


@dataclass(frozen=True, slots=True)
class TakenDown:
    """The public ids of the images that a takedown took along, and those that look alike.

    ``change`` numbers the log entry of an image without a picture.
    """

    images: tuple[str, ...]
    near: tuple[NearImage, ...] = ()
    change: int | None = None


@dataclass(frozen=True, slots=True)
class Takedown:
    """Takes images and pictures down; all ways to it are this one.

    Attributes:
        library: Where the images are.
        files: The files of pictures.
        trail: The audit trail.
        cases: Where cases are opened for images that look alike.
        name_image: Gives the public id of an image.
    """

    library: LibraryStore
    files: PictureFiles
    trail: AuditTrail
    cases: NoticeStore
    name_image: Callable[[Ordinal], str]

    def image(
        self, ordinal: Ordinal, *, by: str, origin: str, reason: str, kind: NoticeKind = "rights"
    ) -> TakenDown:
        """Take an image down, and every image with the same pixels.

        Raises:
            BadInput: The reason is empty.
            NotFound: There is no such image.
        """
        reason = read_reason(reason)
        records = self.library.images([ordinal])
        if not records:
            raise NotFound("there is no such image")
        if records[0].sha256:
            sha256 = records[0].sha256
            return self.picture(sha256, by=by, origin=origin, reason=reason, kind=kind)
        change = self.library.set_state(
            [ordinal], "taken_down", by=by, origin=origin, reason=reason
        )
        number = None if change is None else change.seq
        takedown = TakenDown((self.name_image(ordinal),), change=number)
        return self._record_audit(takedown, by, origin, reason)

    def picture(
        self,
        sha256: str,
        *,
        by: str,
        origin: str,
        reason: str,
        pixels: str = "",
        kind: NoticeKind = "rights",
    ) -> TakenDown:
        """Take a picture down, in every file with the same pixels.

        The log says so first; then the files go. Killed in between, the same call finishes it.
        Each live image that looks alike gets a case, for a person to decide.

        Args:
            sha256: Of the picture.
            by: Who does it.
            origin: By what way.
            reason: Why.
            pixels: Its pixel hash, where the library does not know the file itself.
            kind: What is wrong with it, for the cases.

        Raises:
            BadInput: The reason is empty.
            NotFound: No image has it.
        """
        reason = read_reason(reason)
        ordinals = self._remove(sha256, by, origin, reason, pixels)
        removed = self.library.images(ordinals)[0].sha256
        near = self._open_near_cases(removed, by, kind)
        takedown = TakenDown(tuple(map(self.name_image, ordinals)), near)
        return self._record_audit(takedown, by, origin, reason)

    def repeat_for(self, digests: Iterable[str], *, by: str) -> int:
        """Take down images whose pictures were taken down after the backup they are back from.

        Args:
            digests: Of all pictures that were taken down, and of their pixels.
            by: Who restored the backup.

        Returns:
            How many images were taken down. Cost: a look into the database for each digest.
        """
        count = 0
        reason = "taken down after the backup that was restored"
        for digest in digests:
            records = self.library.images(self.library.with_picture(digest))
            if any(record.state != "taken_down" for record in records):
                takedown = self.picture(digest, by=by, origin="restore", reason=reason)
                count += len(takedown.images)
        return count

    def _remove(self, sha256: str, by: str, origin: str, reason: str, pixels: str) -> list[Ordinal]:
        """Put the images that show a picture out of sight and remove its files."""
        library = self.library
        pictures = library.same_pictures(sha256, pixels)
        images = sorted({image for same in pictures for image in library.with_picture(same)})
        if not images:
            raise NotFound(
                f"no image has the picture {sha256[:16]}…", hint="check the file or digits"
            )
        library.forbid_pictures(pictures, reason)
        library.set_state(images, "taken_down", by=by, origin=origin, reason=reason)
        for same in pictures:
            record = library.picture(same)
            if record is not None and record.pixels:
                self.files.forbid(record.pixels)
            self.files.take_down(same)
        return images

    def _open_near_cases(self, sha256: str, by: str, kind: NoticeKind) -> tuple[NearImage, ...]:
        """Open a case for each live image near a picture; return all near ones, nearest first.

        An image with a waiting case of the kind gets no second one. Cost: reads the signatures of
        all pictures.
        """
        library = self.library
        distances = [
            (image, near.distance)
            for near in library.near_pictures(sha256)
            for image in library.with_picture(near.sha256)
        ]
        states = {
            record.ordinal: record.state
            for record in library.images(image for image, _ in distances)
        }
        for image, distance in distances:
            if states[image] != "live":
                continue
            text = (
                f"Opened automatically: looks like the picture {sha256[:16]} that was taken down "
                f"(distance {distance:.1f} of 255). Take it down if it shows the same."
            )
            open_case(
                self.trail,
                self.cases,
                self.name_image(image),
                kind,
                text,
                by=by,
                action=AuditAction.TAKEDOWN_NEAR,
                detail={"picture": sha256, "distance": distance},
            )
        return tuple(NearImage(self.name_image(image), distance) for image, distance in distances)

    def _record_audit(self, takedown: TakenDown, by: str, origin: str, reason: str) -> TakenDown:
        """Write the audit entry; repeating the takedown writes another one."""
        detail = {
            "origin": origin,
            "reason": reason,
            "near": [near.as_json() for near in takedown.near[:NOTED_NEAR]],
            "near_count": len(takedown.near),
        }
        target = ",".join(takedown.images)[:MAX_TARGET]
        self.trail.append(by, AuditAction.IMAGE_TAKEDOWN, target, detail)
        return takedown
