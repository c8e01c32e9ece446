"""The vocabulary for every door alike: lists, one tag, previewed actions, and files."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from smashpass.core.explore.related import Related
from smashpass.core.library.index import Index
from smashpass.core.operations.changelog import Change
from smashpass.core.tags.names import TagId, normalise
from smashpass.services.ports.library import ChangeLog, LibraryStore
from smashpass.services.rules.live import LiveRules
from smashpass.services.runtime.library import LiveLibrary
from smashpass.services.runtime.previews import require_previewed
from smashpass.services.vocabulary.actions import Preview, TagAction, perform, preview
from smashpass.services.vocabulary.browse import TagPage, browse, missing_implications, neighbours
from smashpass.services.vocabulary.complete import Completion, TopTags
from smashpass.services.vocabulary.dictionary import DictionaryEntry, dictionary_of
from smashpass.services.vocabulary.files import (
    Form,
    ImportTrial,
    import_dictionary,
    try_dictionary,
    write_dictionary,
)
from smashpass.services.vocabulary.history import TagEvent, history_of
from smashpass.services.vocabulary.import_plan import VocabularyImport
from smashpass.services.vocabulary.plans import require_tag
from smashpass.services.vocabulary.tag_details import ListedTag, TagDetails, list_tags, show_tag
from smashpass.services.vocabulary.texts import category_colours


@dataclass(frozen=True, slots=True)
class NamedTag:
    """A tag as somebody named it: the name in normal form, and the canonical tag it stands for."""

    typed: str
    id: TagId
    name: str


class VocabularyService:
    """All questions about tags, and all actions on them."""

    def __init__(
        self,
        *,
        library: LiveLibrary,
        rules: LiveRules,
        store: LibraryStore,
        log: ChangeLog,
        completion: Completion,
    ) -> None:
        """Keep what is asked and edited."""
        self._library = library
        self._rules = rules
        self._store = store
        self._log = log
        self._completion = completion

    def complete(self, typed: str, limit: int) -> list[dict[str, object]]:
        """Return tags that fit what was typed, best first, with exact counts."""
        return self._completion.complete(self._library.index, typed, limit)

    def top(self, index: Index) -> TopTags:
        """Return the file of the most common tags."""
        return self._completion.top(index)

    def browse(
        self, *, prefix: str, category: str | None, namespace: str | None, page: int
    ) -> TagPage:
        """Return a page of the tags that fit, most common first."""
        index = self._library.index
        return browse(
            index,
            self._completion.ranked(index),
            self._completion.texts(index),
            prefix=prefix,
            category=category,
            namespace=namespace,
            page=page,
        )

    def category_colours(self) -> dict[str, int]:
        """Return the colour of each category in use; see ``texts.category_colours``.

        Cost: one look at each tag, 10 ms at 100,000.
        """
        texts = self._completion.texts(self._library.index)
        return category_colours({tag.category for tag in texts.values()})

    def list(self, prefix: str, limit: int) -> list[ListedTag]:
        """Return the tags whose name or alias has a prefix, most images first."""
        return list_tags(self._library.index, self._store.tags(), prefix, limit)

    def find(self, name: str) -> NamedTag:
        """Return the tag with a name or an alias, in any spelling.

        Raises:
            NotFound: There is none; the nearest names are suggested.
        """
        vocabulary = self._library.index.vocabulary
        typed = require_tag(vocabulary, normalise(name))
        number = vocabulary.resolve(typed)
        assert number is not None
        return NamedTag(typed, number, vocabulary.names[number])

    def details(self, tag: NamedTag) -> TagDetails:
        """Return everything about a tag."""
        return show_tag(self._library.index, self._store.tag(tag.name))

    def neighbours(self, tag: NamedTag, limit: int) -> Sequence[Related]:
        """Return the tags that most often go together with a tag."""
        index = self._library.index
        return neighbours(index, tag.id, self._completion.ranked(index), limit)

    def missing_implications(self, tag: NamedTag, limit: int) -> Sequence[Related]:
        """Return the tags that nearly all images with a tag have, without being implied."""
        index = self._library.index
        return missing_implications(index, tag.id, self._completion.ranked(index), limit)

    def history(self, tag: NamedTag) -> Sequence[TagEvent]:
        """Return what was done to a tag and to its aliases, newest first."""
        return history_of(self._log, self._library.index.vocabulary, tag.id)

    def creation(self, tag: NamedTag) -> Change | None:
        """Return the change that brought a tag into the library, None if none tells."""
        return self._log.first_with_tag(tag.id)

    def preview(self, action: TagAction) -> Preview:
        """Return the exact effect of an action on the library as it is now.

        Raises:
            BadInput: There is no such action, or a text cannot be used.
            NotFound: A tag does not exist.
            Conflict: It contradicts the vocabulary.
        """
        return preview(self._library.latest(), self._rules.trees, action)

    def perform(
        self,
        action: TagAction,
        *,
        by: str,
        origin: str,
        reason: str | None,
        previewed: str | None = None,
    ) -> Change | None:
        """Perform an action, with its audit entry; return the change, None if none was needed.

        Args:
            action: The action.
            by: Who does it.
            origin: Through which door.
            reason: Why; None if nobody asked for a reason.
            previewed: The fingerprint of the preview that was looked at, if one was.

        Raises:
            SmashpassError: As for ``preview``; BadInput too if the reason is empty, and Conflict
                if the effect is not the previewed one.
        """
        if previewed is not None:
            require_previewed(previewed, self.preview(action).fingerprint)
        change = perform(self._store, action, by=by, origin=origin, reason=reason)
        self._library.refresh_loaded()
        return change

    def export(self, form: Form) -> Iterator[str]:
        """Yield the whole vocabulary as the text of a file, with the images of each tag."""
        index = self._library.latest()
        with self._store.view() as view:
            entries = dictionary_of(view.vocabulary(), view.tags())
        return write_dictionary(entries, index, form)

    def try_import(self, entries: Sequence[DictionaryEntry]) -> ImportTrial:
        """Return the effect of importing a file, exactly."""
        index = self._library.latest()
        return try_dictionary(index, self._store.tags(), entries, self._rules.trees)

    def import_entries(
        self,
        entries: Sequence[DictionaryEntry],
        file: str,
        *,
        by: str,
        origin: str,
        reason: str | None,
        previewed: str | None = None,
    ) -> tuple[Change | None, VocabularyImport]:
        """Import a file as one change; return it, None if none was needed, and what was planned.

        Raises:
            BadInput: The reason is empty.
            Conflict: The effect is not the previewed one.
        """
        if previewed is not None:
            require_previewed(
                previewed,
                fingerprint_of(self.try_import(entries)),
                "the file differs from the previewed one, or the library was edited since",
            )
        change, planned = import_dictionary(
            self._store, entries, file, by=by, origin=origin, reason=reason
        )
        self._library.refresh_loaded()
        return change, planned


def fingerprint_of(trial: ImportTrial) -> str:
    """Return a digest that differs whenever the effect of an import differs."""
    effect = repr((trial.planned.edit, trial.impact))
    return hashlib.sha256(effect.encode("utf-8", "backslashreplace")).hexdigest()[:32]
