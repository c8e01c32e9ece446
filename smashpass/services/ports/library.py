"""The library: images, vocabulary, pictures, its change log and its snapshots."""

from __future__ import annotations

from collections.abc import (
    Callable,
    Collection,
    Iterable,
    Iterator,
    Mapping,
    Sequence,
)
from contextlib import AbstractContextManager
from typing import Protocol

from smashpass.core.imageset import ImageSet, Ordinal
from smashpass.core.library.credit import Credit, ImageRow
from smashpass.core.library.index import Index
from smashpass.core.library.stored import (
    ImageRecord,
    ImageState,
    OnExisting,
    RowCounts,
    StoredImage,
    Tag,
)
from smashpass.core.operations.audit import AuditAction
from smashpass.core.operations.changelog import (
    Change,
    TagEdit,
    VocabularyPlan,
)
from smashpass.core.pictures.likeness import Near, RemovedPicture
from smashpass.core.pictures.picture import Picture, PictureRefusal, Size
from smashpass.core.protection.screening import (
    Cleared,
)
from smashpass.core.tags.names import TagId
from smashpass.core.tags.vocabulary import Vocabulary
from smashpass.services.ports.places import Place


class LibraryStore(Protocol):
    """The library in the database: images, pictures, vocabulary. An edit is one transaction."""

    def card_details(
        self, ordinals: Iterable[int]
    ) -> Mapping[Ordinal, tuple[Credit, Picture | None]]:
        """Return credit and picture of those of ``ordinals`` that exist."""

    def set_attribute(
        self,
        name: str,
        values: Mapping[int, float | None],
        *,
        by: str,
        origin: str,
        reason: str = ...,
    ) -> Change | None:
        """Set the attribute ``name`` of images; None takes it away."""

    def view(self) -> AbstractContextManager[LibraryView]:
        """Open the library as it is now."""

    def write_rows(
        self,
        run_id: int,
        rows: Sequence[ImageRow],
        *,
        on_existing: OnExisting,
        position: int,
        refused: int = 0,
    ) -> RowCounts:
        """Write one batch and the progress of the run in one transaction."""

    def set_state(
        self,
        images: Iterable[int],
        state: ImageState,
        *,
        by: str,
        origin: str,
        reason: str,
        action: AuditAction | None = ...,
        target: str = ...,
    ) -> Change | None:
        """Show images or take them out of sight."""

    def images(self, ordinals: Iterable[int]) -> Sequence[ImageRecord]:
        """Return everything about ``ordinals``."""

    def vocabulary(self) -> Vocabulary:
        """Return the vocabulary as it is now."""

    def release(
        self,
        ordinal: Ordinal,
        credit: Credit,
        *,
        cleared: Iterable[TagId],
        by: str,
        origin: str,
        reason: str,
        action: AuditAction,
        target: str,
    ) -> Change:
        """Show an image that is in quarantine, under a new credit."""

    def states_with(self, sha256: str) -> Collection[ImageState]:
        """Return the states of the images that have a picture."""

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

    def pictures_without_signature(self) -> Sequence[Picture]:
        """Return the pictures whose look is not known, by hash."""

    def record_likeness(self, pictures: Iterable[Picture]) -> None:
        """Keep pixel hash and signature of pictures, in one transaction."""

    def pictures_of(self, ordinals: Iterable[int]) -> Mapping[Ordinal, Picture]:
        """Return the pictures of those of ``ordinals`` that have one."""

    def stored(self, images: ImageSet) -> Sequence[StoredImage]:
        """Return those of ``images`` that exist, as they are now."""

    def cleared(self) -> Cleared:
        """Return by tag the images that two people reviewed for it."""

    def create_tags(self, names: Sequence[str], *, by: str, origin: str) -> tuple[TagId, ...]:
        """Return the ids of names, making those that are new."""

    def apply_tag_edit(
        self,
        images: ImageSet,
        *,
        add: Sequence[TagId] = ...,
        remove: Sequence[TagId] = ...,
        by: str,
        origin: str,
        reason: str = ...,
        action: AuditAction | None = ...,
        target: str = ...,
    ) -> Change | None:
        """Give and take tags; return the log entry, None if nothing changed."""

    def apply_tag_edits(
        self,
        edits: Sequence[TagEdit],
        *,
        by: str,
        origin: str,
        reason: str = ...,
        action: AuditAction | None = ...,
        target: str = ...,
    ) -> Change | None:
        """Give and take each tag of its own images, as one entry."""

    def edit_vocabulary(
        self,
        plan: VocabularyPlan,
        *,
        by: str,
        origin: str,
        reason: str,
        at_version: int | None,
        action: AuditAction | None = ...,
        target: str = ...,
    ) -> Change | None:
        """Do what is wished; StaleVersion if the library has another version by now."""

    def tags(self) -> Iterable[Tag]:
        """Return every tag name with its texts."""

    def quarantined(self, after: int = ..., limit: int = ...) -> Sequence[ImageRecord]:
        """Return images in quarantine with greater ordinals than ``after``, ascending."""

    def tag(self, name: str) -> Tag:
        """Return one tag by its canonical spelling; NotFound if there is none."""


class LibraryView(Protocol):
    """The library as it was at one moment."""

    def known(self, source: str, keys: Iterable[str]) -> Mapping[str, tuple[Ordinal, ImageState]]:
        """Return those of ``keys`` that the library has of ``source``."""

    def pictured(self, hashes: Iterable[str]) -> Collection[str]:
        """Return those of ``hashes`` (SHA-256, hex) that some image passed by the gate has."""

    def removed(self) -> Iterable[RemovedPicture]:
        """Return the pictures that were taken down."""

    def images(self, ordinals: Iterable[int]) -> Sequence[ImageRecord]:
        """Return everything about ``ordinals``."""

    def tags(self) -> Sequence[Tag]:
        """Return every tag name."""

    def brought_by(self, place: str, state: ImageState, reason: str = "") -> ImageSet:
        """Return the images that runs of a collection wrote last, by state and reason's begin."""

    def version(self) -> int:
        """Return the number of the last change, 0 for an empty library."""

    def changed_at(self) -> int:
        """Return the moment of that change, 0 if there is none."""

    def vocabulary(self) -> Vocabulary:
        """Return all tag names with their aliases and implications."""

    def iterate(self) -> Iterator[StoredImage]:
        """Yield every image, ascending by ordinal."""

    def given_by_hand(self) -> Mapping[TagId, ImageSet]:
        """Return by tag the images to which somebody gave it, and nobody took it since."""

    def written_by_runs(self) -> Mapping[int, ImageSet]:
        """Return by number of an import the images that it added or changed."""


class ChangeLog(Protocol):
    """The change log: what was edited, by whom, in order."""

    def read_after(self, seq: int, limit: int) -> Sequence[Change]:
        """Return at most ``limit`` entries that follow ``seq``, oldest first."""

    def gave(self, ordinal: Ordinal, tag: TagId) -> Change | None:
        """Return the newest entry by which somebody gave a tag to an image."""

    def runs_of(self, ordinal: Ordinal) -> list[int]:
        """Return the numbers of the imports that wrote an image, oldest first."""

    def get(self, seq: int) -> Change:
        """Return one entry; NotFound if there is none."""

    def first_with_tag(self, tag: TagId) -> Change | None:
        """Return the entry that brought a tag name into the library, None if none tells."""

    def of_image(
        self, ordinal: Ordinal, *, before: int | None = ...
    ) -> tuple[list[Change], int | None]:
        """Return entries that touched an image, newest first, and the ``before`` that goes on."""

    def history(
        self,
        before: int | None = ...,
        limit: int = ...,
        *,
        by: str = ...,
        kind: str = ...,
        origin: str = ...,
        since: int = ...,
        whole: bool = ...,
    ) -> list[Change]:
        """Return entries from the newest back."""

    def latest(self) -> int:
        """Return the number of the newest entry; 0 if there is none."""

    def names_brought_by(self, run: int) -> Sequence[str]:
        """Return the tag names that an import made, in the order of their numbers."""

    def vocabulary_edits(self, tags: Collection[TagId], limit: int) -> Sequence[Change]:
        """Return the newest edits of words that touch one of ``tags``, newest first."""


MakePicture = Callable[[str, str, Size, str], Picture | PictureRefusal]
"""Writes a picture in a size, if the original at a path still has that SHA-256; its files state
a digital source type."""

DecodePictures = Callable[[Sequence[Picture]], Sequence[Picture | PictureRefusal]]
"""Returns what the files of pictures that the library has look like, in their order."""


class PictureFiles(Protocol):
    """The files of pictures, by the SHA-256 of the original."""

    def remove(self, sha256: str) -> None:
        """Remove all files of a picture."""

    def take_down(self, sha256: str) -> None:
        """Remove all files of a picture for good."""

    def forbid(self, digest: str) -> None:
        """Let no file of a picture be written again, by its SHA-256 or its pixel hash."""

    def largest_file(self, sha256: str) -> bytes:
        """Return the largest file of a picture; b"" if there is none."""

    def placed(self, sha256: str, size: Size) -> Place | None:
        """Return where a file can be had, None if it is not there; ValueError for no digest."""


class Snapshots(Protocol):
    """Saved indexes."""

    def newest_version(self) -> int | None:
        """Return the library version of the newest file, None if there is none."""

    def newest_word_index(self) -> bytes | None:
        """Return what finds the words of the newest file, None if there is nothing."""

    def load_newest(self) -> Index | None:
        """Return the index of the newest file, None if there is none."""

    def check_newest(self) -> None:
        """Verify the newest file, if there is one."""

    def save(self, index: Index, words: bytes) -> None:
        """Write ``index`` as a file, with what finds its words."""
