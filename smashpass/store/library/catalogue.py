"""The library: its images and its vocabulary. Every edit is one transaction with one log entry."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TypeVar

from sqlalchemy import Connection, Engine

from smashpass.core.errors import StaleVersion
from smashpass.core.imageset import ImageSet, Ordinal
from smashpass.core.library.credit import Credit, ImageRow
from smashpass.core.library.stored import (
    ImageRecord,
    ImageState,
    OnExisting,
    RowCounts,
    StoredImage,
    Tag,
)
from smashpass.core.operations.audit import AuditAction
from smashpass.core.operations.changelog import Change, TagEdit, VocabularyEdit, VocabularyPlan
from smashpass.core.pictures.likeness import Near
from smashpass.core.pictures.picture import Picture
from smashpass.core.tags.names import TagId
from smashpass.core.tags.vocabulary import Vocabulary
from smashpass.store.engine.database import now, reading, writing
from smashpass.store.library import batch, changelog, editing, pictures, removed
from smashpass.store.library import vocabulary as vocabulary_store
from smashpass.store.library.ids import IdCache
from smashpass.store.library.view import DatabaseView
from smashpass.store.operations import runs

Result = TypeVar("Result")


class Catalogue:
    """Reads and writes the library. Make one per process: it remembers numbers for names."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._numbers = IdCache()
        self._credits: dict[int, Credit] = {}
        self._lock = threading.Lock()

    @contextmanager
    def view(self) -> Iterator[DatabaseView]:
        """Yield the library as it is now; later edits do not show in it."""
        with reading(self._engine) as connection:
            yield DatabaseView(connection)

    def library_version(self) -> int:
        """Return the number of the last change, 0 for an empty library."""
        return self._read(DatabaseView.version)

    def vocabulary(self) -> Vocabulary:
        """Return all tag names with their aliases and implications."""
        return self._read(DatabaseView.vocabulary)

    def tags(self) -> list[Tag]:
        """Return every tag name with its category and texts, by id."""
        return self._read(DatabaseView.tags)

    def tag(self, name: str) -> Tag:
        """Return one tag by its canonical spelling; NotFound if there is none."""
        return self._read(lambda view: view.tag(name))

    def iterate(self, after_ordinal: int = 0) -> Iterator[StoredImage]:
        """Yield every image above ``after_ordinal``, ascending, as a stream from one moment."""
        with self.view() as view:
            yield from view.iterate(after_ordinal)

    def stored(self, images: ImageSet) -> list[StoredImage]:
        """Return those of ``images`` that exist, ascending, as an index needs them."""
        return self._read(lambda view: list(view.stored(images)))

    def images(self, ordinals: Iterable[int]) -> list[ImageRecord]:
        """Return everything about those of ``ordinals`` that exist, in the order given."""
        return self._read(lambda view: view.images(ordinals))

    def credits_of(self, ordinals: Iterable[int]) -> dict[Ordinal, Credit]:
        """Return the credits of those of ``ordinals`` that exist."""
        return self._read(lambda view: view.credits_of(ordinals))

    def pictures_of(self, ordinals: Iterable[int]) -> dict[Ordinal, Picture]:
        """Return the pictures of those of ``ordinals`` that have one."""
        with reading(self._engine) as connection:
            return pictures.of_images(connection, ordinals)

    def card_details(self, ordinals: Iterable[int]) -> dict[Ordinal, tuple[Credit, Picture | None]]:
        """Return what cards show of those of ``ordinals`` that exist: one read for a deck."""
        credit_ids = pictures.with_credits(self._engine, ordinals)
        unknown = {number for number, _ in credit_ids.values()} - self._credits.keys()
        if unknown:
            # What a number stands for stays, so another moment tells the same.
            self._credits.update(self._read(lambda view: view.credits(unknown)))
        return {
            ordinal: (self._credits[number], picture)
            for ordinal, (number, picture) in credit_ids.items()
        }

    def picture(self, sha256: str) -> Picture | None:
        """Return what is known of one picture, None if nothing is."""
        with reading(self._engine) as connection:
            return pictures.by_sha256(connection, sha256)

    def states_with(self, sha256: str) -> set[ImageState]:
        """Return the states of the images that have a picture, by 64 hex digits."""
        return {batch.STATES[state] for state in pictures.states_with(self._engine, sha256)}

    def pictures_without_signature(self) -> list[Picture]:
        """Return the pictures whose look is not known, by hash."""
        with reading(self._engine) as connection:
            return pictures.without_signature(connection)

    def record_likeness(self, looked_at: Iterable[Picture]) -> None:
        """Keep pixel hash and signature of pictures that had none, in one transaction."""
        self._write(lambda connection: pictures.record_likeness(connection, looked_at))

    def with_picture(self, sha256: str) -> list[Ordinal]:
        """Return the images that have a picture, by 64 hex digits, in whatever state."""
        with reading(self._engine) as connection:
            return pictures.images_of(connection, bytes.fromhex(sha256))

    def same_pictures(self, sha256: str, pixels: str = "") -> list[str]:
        """Return the SHA-256 of every picture that shows the same, ``sha256`` itself first."""
        with reading(self._engine) as connection:
            return removed.same_pictures(connection, sha256, pixels)

    def near_pictures(self, sha256: str) -> list[Near]:
        """Return the pictures near one, without those taken down; reads all signatures."""
        with reading(self._engine) as connection:
            return removed.near_pictures(connection, sha256)

    def forbid_pictures(self, pictures: Sequence[str], reason: str) -> None:
        """Note that pictures (SHA-256, hex) are taken down: no import brings them back."""
        self._write(
            lambda connection: removed.remove(connection, pictures, now(connection), reason)
        )

    def cleared(self) -> dict[TagId, ImageSet]:
        """Return by tag the images that two people reviewed for it."""
        return self._read(DatabaseView.cleared)

    def find(self, source: str, key: str) -> Ordinal | None:
        """Return the image that ``source`` calls ``key``, or None."""
        return self._read(lambda view: view.find(source, key))

    def write_rows(
        self,
        run_id: int,
        rows: Sequence[ImageRow],
        *,
        on_existing: OnExisting,
        position: int,
        refused: int = 0,
    ) -> RowCounts:
        """Write one batch of an import, with its log entry and the progress of the run.

        All or nothing. Rows with a ``refusal`` are stored out of sight as quarantined (if they
        are new, or overwrite) and counted as such. Best in batches of 1,000 to 10,000 rows.

        Args:
            run_id: The running run that this is for.
            rows: What was read.
            on_existing: What to do with images that the library knows by (source, key).
            position: Where reading goes on after this batch.
            refused: Rows between the last position and this one that are not among ``rows``.

        Raises:
            Conflict: The run is not running.
        """

        def write(connection: Connection) -> RowCounts:
            counts, body = batch.write(
                connection,
                self._numbers,
                rows,
                run=run_id,
                on_existing=on_existing,
                at=now(connection),
            )
            if body.added or body.changed:
                changelog.append(connection, body, by=f"run {run_id}", origin="import")
            runs.advance(connection, run_id, counts, position=position, refused=refused)
            return counts

        return self._write(write)

    def apply_tag_edit(
        self,
        images: ImageSet,
        *,
        add: Sequence[TagId] = (),
        remove: Sequence[TagId] = (),
        by: str,
        origin: str,
        reason: str = "",
        action: AuditAction | None = None,
        target: str = "",
    ) -> Change | None:
        """Give and take tags of all ``images``; return the log entry, None if nothing changed.

        With ``action`` this, like every edit below, has an entry in the audit trail as well.

        Raises:
            NotFound: A tag does not exist.
        """
        edits = [TagEdit(tag, removed=images) for tag in remove]
        edits += [TagEdit(tag, added=images) for tag in add if tag not in remove]
        return self.apply_tag_edits(
            edits, by=by, origin=origin, reason=reason, action=action, target=target
        )

    def apply_tag_edits(
        self,
        edits: Sequence[TagEdit],
        *,
        by: str,
        origin: str,
        reason: str = "",
        action: AuditAction | None = None,
        target: str = "",
    ) -> Change | None:
        """Give and take each tag of its own images, as one entry; a revert needs this form.

        An image that an edit both gives the tag and takes it from loses it.
        """

        def write(connection: Connection) -> Change | None:
            body = editing.edit_tags(connection, edits)
            if not body.edits:
                return None
            return changelog.append(
                connection, body, by=by, origin=origin, reason=reason, action=action, target=target
            )

        return self._write(write)

    def set_state(
        self,
        images: Iterable[int],
        state: ImageState,
        *,
        by: str,
        origin: str,
        reason: str,
        action: AuditAction | None = None,
        target: str = "",
    ) -> Change | None:
        """Show images or take them out of sight; return the log entry if any went or came back."""

        def write(connection: Connection) -> Change | None:
            body = editing.edit_state(connection, images, state, reason)
            if not (body.hidden or body.shown):
                return None
            return changelog.append(
                connection, body, by=by, origin=origin, reason=reason, action=action, target=target
            )

        return self._write(write)

    def release(
        self,
        ordinal: int,
        credit: Credit,
        *,
        cleared: Iterable[TagId] = (),
        by: str,
        origin: str,
        reason: str,
        action: AuditAction | None = None,
        target: str = "",
    ) -> Change:
        """Show an image that is in quarantine, under a new credit; return the log entry.

        ``cleared`` are the tags for which two people reviewed it.

        Raises:
            Conflict: It is not in quarantine any more.
        """

        def write(connection: Connection) -> Change:
            body = editing.release(
                connection, self._numbers, ordinal, credit, cleared, now(connection)
            )
            return changelog.append(
                connection, body, by=by, origin=origin, reason=reason, action=action, target=target
            )

        return self._write(write)

    def quarantined(self, after: int = 0, limit: int = 100) -> list[ImageRecord]:
        """Return images in quarantine above ``after``, ascending."""
        return self._read(lambda view: view.images(view.quarantined(after, limit)))

    def set_attribute(
        self,
        name: str,
        values: Mapping[int, float | None],
        *,
        by: str,
        origin: str,
        reason: str = "",
    ) -> Change | None:
        """Set the attribute ``name`` (bare, as in ``score``) of images; None takes it away."""

        def write(connection: Connection) -> Change | None:
            self._numbers.ensure_attribute_ids(connection, [name])
            number = self._numbers.attributes[name]
            body = editing.edit_attribute(connection, name, number, values)
            if not body.images:
                return None
            return changelog.append(connection, body, by=by, origin=origin, reason=reason)

        return self._write(write)

    def edit_vocabulary(
        self,
        plan: VocabularyPlan,
        *,
        by: str,
        origin: str,
        reason: str = "",
        at_version: int | None = None,
        action: AuditAction | None = None,
        target: str = "",
    ) -> Change | None:
        """Edit the vocabulary; return the log entry, or None if nothing changed.

        ``at_version`` is the library version that the plan was made for.

        Raises:
            NotFound: Something is to be taken away or described that does not exist.
            Conflict: A name is an alias of another tag already, or the library has another
                version by now.
        """

        def write(connection: Connection) -> Change | None:
            if at_version is not None and changelog.latest(connection) != at_version:
                raise StaleVersion(
                    "somebody else edited the library in the meantime", hint="reload and try again"
                )
            body = vocabulary_store.edit_vocabulary(connection, self._numbers, plan)
            if body == VocabularyEdit():
                return None
            return changelog.append(
                connection, body, by=by, origin=origin, reason=reason, action=action, target=target
            )

        return self._write(write)

    def create_tags(self, names: Sequence[str], *, by: str, origin: str) -> tuple[TagId, ...]:
        """Return the ids of ``names`` (canonical spelling), making those that do not exist."""
        self.edit_vocabulary(VocabularyPlan(names=tuple(names)), by=by, origin=origin)
        ids = self._read(lambda view: view.tag_ids(names))
        return tuple(ids[name] for name in names)

    def describe_tag(
        self,
        name: str,
        *,
        category: str = "",
        label: str = "",
        description: str = "",
        by: str,
        origin: str,
    ) -> Change | None:
        """Set the texts of a tag; return the log entry, or None if nothing changed."""
        plan = VocabularyPlan(described=((name, (category, label, description)),))
        return self.edit_vocabulary(plan, by=by, origin=origin, reason=f"about {name}")

    def _read(self, question: Callable[[DatabaseView], Result]) -> Result:
        """Return what ``question`` finds in the library as it is now."""
        with self.view() as view:
            return question(view)

    def _write(self, work: Callable[[Connection], Result]) -> Result:
        """Do ``work`` as the only writer; a failure leaves nothing behind, in memory either."""
        succeeded = False
        with self._lock:
            try:
                with writing(self._engine, library=True) as connection:
                    result = work(connection)
                succeeded = True
            finally:
                if not succeeded:
                    self._numbers.forget()
        return result
