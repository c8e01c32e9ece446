"""Moderation for every door alike: notices as cases, the quarantine, takedowns."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from smashpass.clock import Clock
from smashpass.core.errors import NotFound
from smashpass.core.imageset import Ordinal
from smashpass.core.library.stored import ImageRecord
from smashpass.core.operations.audit import AuditAction, AuditEntry
from smashpass.core.operations.notice import Notice, NoticeKind, NoticeState
from smashpass.core.pictures.picture import Picture, PictureRefusal
from smashpass.core.protection.screening import Screening
from smashpass.services.decks.images import ImageService
from smashpass.services.moderation.cases import CaseDecisions
from smashpass.services.moderation.quarantine import (
    ReleaseOutcome,
    ReleaseStatement,
    reject,
    release,
)
from smashpass.services.moderation.takedown import Takedown, TakenDown
from smashpass.services.ports.library import LibraryStore, PictureFiles
from smashpass.services.ports.operations import AuditTrail, NoticeStore, RunStore
from smashpass.services.runtime.library import LiveLibrary


@dataclass(frozen=True, slots=True)
class CaseView:
    """One case with everything needed to decide it.

    Attributes:
        case: The case.
        record: Its image, None if it is gone.
        together: How many images a takedown would take along.
        others: Other cases about the image.
        holder: Who works on it; "" if nobody does.
        now: The time, in microseconds since 1970.
    """

    case: Notice
    record: ImageRecord | None
    together: int
    others: Sequence[Notice]
    holder: str
    now: int


class ModerationService:
    """All that moderators and the authors of notices do."""

    def __init__(
        self,
        *,
        library: LiveLibrary,
        images: ImageService,
        store: LibraryStore,
        notices: NoticeStore,
        decisions: CaseDecisions,
        takedown: Takedown,
        files: PictureFiles,
        runs: RunStore,
        trail: AuditTrail,
        screening: Screening,
        decode_original: Callable[[str, str], bytes],
        inspect: Callable[[Path], Picture | PictureRefusal],
        clock: Clock,
    ) -> None:
        """Keep what is asked and edited.

        Args:
            library: The index of this process.
            images: Looks images up by public id.
            store: The library.
            notices: Where cases are kept.
            decisions: Decides cases.
            takedown: Takes images and pictures down.
            files: The files of pictures.
            runs: The imports.
            trail: The audit trail.
            screening: What may not be shown for its tags.
            decode_original: Returns a picture of a collection, by folder and name; b"" for none.
            inspect: Decodes one file, and writes nothing.
            clock: Gives microseconds since 1970.
        """
        self._library = library
        self._images = images
        self._store = store
        self._notices = notices
        self._decisions = decisions
        self._takedown = takedown
        self._files = files
        self._runs = runs
        self._trail = trail
        self._screening = screening
        self._decode_original = decode_original
        self._inspect = inspect
        self._clock = clock

    def report(self, image: str, kind: NoticeKind, reason: str, contact: str) -> Notice:
        """Open a case about an image, for anybody; the contact is kept in the case only.

        Raises:
            NotFound: There is no such image.
        """
        index, ordinal = self._library.index, self._images.ordinal_of(image)
        if ordinal is None or not (ordinal in index.live or ordinal in index.parts.hidden):
            raise NotFound(f"there is no image {image!r}")
        detail = {"reason": reason, "kind": kind}
        number = self._trail.append("public", AuditAction.NOTICE_OPEN, image, detail)
        return self._notices.open(number, image, kind, reason, contact)

    def case_of_token(self, token: str) -> Notice:
        """Return the case at a public address.

        Raises:
            NotFound: There is none.
        """
        return self._notices.of_token(token)

    def appeal(self, token: str, text: str) -> Notice:
        """Appeal against a decision, as :meth:`CaseDecisions.appeal`."""
        return self._decisions.appeal(token, text)

    def cases(
        self, states: Sequence[NoticeState], *, newest: bool, page: int, size: int
    ) -> tuple[Sequence[Notice], int]:
        """Return one page of the cases in some states, and how many there are."""
        return self._notices.in_states(states, newest=newest, page=page, size=size)

    def waiting(self) -> tuple[int, int]:
        """Return how many cases wait, and how many of them are overdue."""
        return self._notices.waiting()

    def case(self, number: int) -> CaseView:
        """Return a case with everything needed to decide it.

        Raises:
            NotFound: There is none.
        """
        case, now = self._notices.get(number), self._clock()
        others = [other for other in self._notices.about(case.image) if other.id != case.id]
        record = self._decisions.record(case.image)
        together = self._decisions.together(case.image)
        return CaseView(case, record, together, others, case.holder(now), now)

    def claim(self, number: int, by: str) -> Notice:
        """Let somebody work on a case; Conflict if somebody else does."""
        return self._notices.claim(number, by)

    def let_go(self, number: int, by: str) -> Notice:
        """Give up a claim."""
        return self._notices.let_go(number, by)

    def decide(self, number: int, outcome: str, facts: str, ground: str, *, by: str) -> Notice:
        """Decide a case, as :meth:`CaseDecisions.decide`."""
        decided = self._decisions.decide(number, outcome, facts, ground, by=by)
        self._library.refresh_loaded()
        return decided

    def quarantined(self, after: int = 0, limit: int = 100) -> Sequence[ImageRecord]:
        """Return images in quarantine with greater ordinals than ``after``, ascending."""
        return self._store.quarantined(after, limit)

    def find_quarantined(self, image: str) -> ImageRecord:
        """Return an image in quarantine.

        Raises:
            NotFound: There is none of that id, or it is not in quarantine.
        """
        record = self._images.find_record(image)
        if record.state != "quarantined":
            raise NotFound("there is no such image in quarantine")
        return record

    def statements(self, ordinal: Ordinal) -> Sequence[AuditEntry]:
        """Return what moderators stated of an image in quarantine, oldest first."""
        return [*self._trail.about(AuditAction.QUARANTINE_STATE, str(int(ordinal)))]

    def has_picture(self, record: ImageRecord) -> bool:
        """Return whether ``private_picture`` has something to show."""
        return bool(record.sha256 or self._original(record))

    def private_picture(self, record: ImageRecord) -> bytes:
        """Return the picture of an image that only moderators may see; b"" if there is none.

        Cost: where only the original is there, it is decoded: some 300 ms.
        """
        stored = self._files.largest_file(record.sha256) if record.sha256 else b""
        folder = self._original(record)
        return stored if stored or not folder else self._decode_original(folder, record.key)

    def release(
        self, image: str, statement: ReleaseStatement, *, by: str, origin: str, reason: str
    ) -> ReleaseOutcome:
        """State what is missing of an image, and release it if two people agree.

        Raises:
            NotFound: There is no such image.
            Conflict: It is not in quarantine, or has a tag that keeps it from being shown.
            BadInput: A statement or the reason is missing or malformed.
        """
        outcome = release(
            self._store,
            self._trail,
            self._ordinal(image),
            statement,
            screening=self._screening,
            by=by,
            origin=origin,
            reason=reason,
        )
        self._library.refresh_loaded()
        return outcome

    def reject(self, image: str, *, by: str, origin: str, reason: str) -> None:
        """Permanently reject an image in quarantine.

        Raises:
            NotFound: There is no such image.
            Conflict: It is not in quarantine.
            BadInput: The reason is empty.
        """
        ordinal = self._ordinal(image)
        reject(self._store, self._files, self._trail, ordinal, by=by, origin=origin, reason=reason)
        self._library.refresh_loaded()

    def take_down_image(self, image: str, *, by: str, origin: str, reason: str) -> TakenDown:
        """Take an image down, and all with the same pixels.

        Raises:
            NotFound: There is no such image.
            BadInput: The reason is empty.
        """
        ordinal = self._ordinal(image)
        outcome = self._takedown.image(ordinal, by=by, origin=origin, reason=reason)
        self._library.refresh_loaded()
        return outcome

    def take_down_picture(
        self, sha256: str, *, by: str, origin: str, reason: str, file: Path | None = None
    ) -> TakenDown:
        """Take every image down that shows a picture.

        Args:
            sha256: Of the file, 64 hex digits.
            by: Who does it.
            origin: Through which door.
            reason: Why.
            file: The file itself, if there is one: images with its pixels are found, too.

        Raises:
            NotFound: No image shows it.
            BadInput: The reason is empty.
        """
        pixels = ""
        if file is not None and not self._store.with_picture(sha256):
            picture = self._inspect(file)
            pixels = picture.pixels if isinstance(picture, Picture) else ""
        outcome = self._takedown.picture(sha256, by=by, origin=origin, reason=reason, pixels=pixels)
        self._library.refresh_loaded()
        return outcome

    def _ordinal(self, image: str) -> Ordinal:
        ordinal = self._images.ordinal_of(image)
        if ordinal is None:
            raise NotFound(f"there is no image {image[:60]!a}")
        return ordinal

    def _original(self, record: ImageRecord) -> str:
        """Return the folder of a collection if it holds the file of an image, else ""."""
        name = PurePosixPath(record.key)
        if record.run is None or name.is_absolute() or ".." in name.parts:
            return ""
        source = Path(self._runs.get(record.run).source)
        folder = source if source.is_dir() else source.parent
        try:
            exists = (folder / record.key).is_file()
        except (OSError, ValueError):  # not a possible file name
            return ""
        return str(folder) if exists else ""
