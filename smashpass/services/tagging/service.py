"""Edits of the tags of images for every door alike: one by one, or in bulk."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from smashpass.clock import Clock
from smashpass.core.errors import BadInput
from smashpass.core.explore.related import Related
from smashpass.core.imageset import ImageSet, Ordinal
from smashpass.core.library.index import Index
from smashpass.core.library.stored import ImageRecord
from smashpass.core.operations.changelog import Change
from smashpass.core.query.phrases import Finder
from smashpass.core.tags.lookalikes import new_name_warnings
from smashpass.core.tags.names import TagId, normalise
from smashpass.services.ports.library import ChangeLog, LibraryStore
from smashpass.services.ports.operations import AuditTrail, JobQueue
from smashpass.services.rules.live import LiveRules
from smashpass.services.runtime.library import LiveLibrary
from smashpass.services.runtime.previews import require_previewed
from smashpass.services.search.search import tag_names
from smashpass.services.tagging import bulk
from smashpass.services.tagging.bulk import BulkEffect
from smashpass.services.tagging.edit import retag
from smashpass.services.tagging.image_history import ImageEvent, ImageTag, history, tags_by_category
from smashpass.services.tagging.provenance import trace
from smashpass.services.vocabulary.complete import Completion
from smashpass.services.vocabulary.suggest import RECENT_EDITS, RECENT_US, TagSuggestions, suggest


@dataclass(frozen=True, slots=True)
class TaggingOutcome:
    """What saving the tags of an image did, and what others had edited meanwhile.

    Attributes:
        change: The change, None if nothing had to be saved.
        added: Tags that the image got.
        removed: Tags that it lost.
        added_by_others: Tags that it has, but had not when it was shown.
        removed_by_others: Tags that it had then, but has no more.
        warnings: New tags that look like others.
    """

    change: Change | None
    added: tuple[str, ...]
    removed: tuple[str, ...]
    added_by_others: tuple[str, ...]
    removed_by_others: tuple[str, ...]
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ImageHistory:
    """One page of the changes of an image, and its tags by category with their origins."""

    tags: Sequence[tuple[str, Sequence[ImageTag]]]
    events: Sequence[ImageEvent]
    further: int | None


class TaggingService:
    """All edits of the tags of images."""

    def __init__(
        self,
        *,
        library: LiveLibrary,
        rules: LiveRules,
        store: LibraryStore,
        log: ChangeLog,
        jobs: JobQueue,
        trail: AuditTrail,
        completion: Completion,
        finder: Finder,
        clock: Clock,
    ) -> None:
        """Keep what is edited and asked; ``clock`` gives microseconds since 1970."""
        self._library = library
        self._rules = rules
        self._store = store
        self._log = log
        self._jobs = jobs
        self._trail = trail
        self._completion = completion
        self._finder = finder
        self._clock = clock

    def save(
        self,
        index: Index,
        ordinal: Ordinal,
        *,
        image: str,
        shown: Collection[str],
        wanted: Collection[str],
        by: str,
        origin: str,
        reason: str,
    ) -> TaggingOutcome:
        """Save the difference between the tags that were shown and those that are wanted.

        So edits of the same image by others in the meantime are merged.

        Args:
            index: The index in which the image can be seen, up to date.
            ordinal: The image.
            image: Its public id.
            shown: The tags that somebody saw.
            wanted: The tags that they want.
            by: Who edits.
            origin: Through which door.
            reason: Why.

        Raises:
            BadInput: A text is not a valid tag name, or the reason is empty.
            StaleVersion: Others made conflicting changes to the same tags.
        """
        vocabulary = index.vocabulary
        shown_tags, wanted_tags = (
            {
                name if (tag := vocabulary.resolve(name)) is None else vocabulary.names[tag]
                for name in map(normalise, names)
            }
            for names in (shown, wanted)
        )
        current = set(tag_names(index, index.own_tags(ordinal)))
        add, remove = sorted(wanted_tags - shown_tags), sorted(shown_tags - wanted_tags)
        warnings = new_name_warnings(add, vocabulary, 2)
        change = None
        if add or remove:
            change = self.retag(
                index,
                ordinal,
                image=image,
                add=add,
                remove=remove,
                shown=sorted(shown_tags),
                by=by,
                origin=origin,
                reason=reason,
            )
        return TaggingOutcome(
            change,
            tuple(name for name in add if name not in current),
            tuple(name for name in remove if name in current),
            tuple(sorted(current - shown_tags)),
            tuple(sorted(shown_tags - current)),
            tuple(warnings),
        )

    def retag(
        self,
        index: Index,
        ordinal: Ordinal,
        *,
        image: str,
        add: Collection[str],
        remove: Collection[str],
        shown: Collection[str],
        by: str,
        origin: str,
        reason: str,
    ) -> Change | None:
        """Add and remove tags of one image, unless others changed the same ones since ``shown``.

        Raises:
            BadTag: A text is not a valid tag name.
            StaleVersion: A tag was changed by somebody else, against this edit.
        """
        change = retag(
            index,
            ordinal,
            self._store,
            image=image,
            add=add,
            remove=remove,
            base_tags=shown,
            by=by,
            origin=origin,
            reason=reason,
        )
        self._library.refresh_loaded()
        return change

    def suggestions(self, index: Index, ordinal: Ordinal, by: str) -> TagSuggestions:
        """Return tags that an image may want, for an editor."""
        edits = self._log.history(
            by=by, kind="tags", since=self._clock() - RECENT_US, limit=RECENT_EDITS, whole=True
        )
        current = self._library.index
        ranked = self._completion.ranked_lately(current)
        return suggest(current, index.own_tags(ordinal), edits, ranked)

    def image_history(
        self, index: Index, record: ImageRecord, before: int | None = None
    ) -> ImageHistory:
        """Return how an image got its tags, and the changes that touched it, newest first."""
        changes, further = self._log.of_image(record.ordinal, before=before)
        texts = self._completion.texts(self._library.index)
        return ImageHistory(
            tags_by_category(index, record.ordinal, texts, record, changes),
            history(index.vocabulary.names, record.ordinal, changes),
            further,
        )

    def origins(self, ordinal: Ordinal, tag: TagId) -> Sequence[dict[str, object]]:
        """Return every way by which an image has a tag, with who and when, or run and line.

        Raises:
            NotFound: The image does not have the tag.
        """
        return trace(self._library.index, ordinal, tag, self._store, self._log)

    def common_tags(self, index: Index, images: ImageSet, limit: int) -> Sequence[Related]:
        """Return the tags that most of some images have, with how many have each."""
        return bulk.common_tags(index, images, self._completion.ranked(index), limit)

    def telling_tags(self, index: Index, images: ImageSet, limit: int) -> Sequence[Related]:
        """Return the tags by which some images can be told apart, with how many have each."""
        return bulk.telling_tags(index, images, self._completion.ranked(index), limit)

    def preview_bulk(
        self,
        query: str,
        add: Sequence[str],
        remove: Sequence[str],
        chosen: Collection[Ordinal] | None = None,
    ) -> BulkEffect:
        """Return the exact effect of editing the images that match a query, or that were chosen.

        Raises:
            BadInput: No tag is given, the query cannot be read, a name is not valid, or too many
                images were chosen.
        """
        if not add and not remove:
            raise BadInput("give tags to add or remove")
        index = self._library.latest()
        return bulk.preview(index, query, add, remove, self._rules.trees, self._finder, chosen)

    def request_bulk(
        self,
        query: str,
        add: Sequence[str],
        remove: Sequence[str],
        *,
        by: str,
        origin: str,
        reason: str,
        previewed: str | None = None,
        chosen: Collection[Ordinal] | None = None,
    ) -> tuple[int, BulkEffect]:
        """Leave an edit of many images to the job process; return the job's number.

        Args:
            query: Names the images.
            add: Tags to be added.
            remove: Tags to be removed.
            by: Who asks.
            origin: Through which door.
            reason: Why.
            previewed: The fingerprint of the preview that was looked at, if one was.
            chosen: The images; None for those of the query.

        Raises:
            BadInput: As for ``preview_bulk``, or the reason is empty.
            Conflict: The effect is not the previewed one.
        """
        effect = self.preview_bulk(query, add, remove, chosen)
        require_previewed(previewed, effect.fingerprint)
        number = bulk.request(
            self._jobs,
            self._trail,
            effect,
            query,
            add,
            remove,
            by=by,
            origin=origin,
            reason=reason,
            chosen=chosen,
        )
        return number, effect
