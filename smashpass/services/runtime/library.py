"""Following the library: one frozen index a process, kept up to date from the change log."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Mapping

from smashpass.core.imageset import EMPTY, ImageSet, Ordinal
from smashpass.core.library.builder import IndexBuilder
from smashpass.core.library.delta import IndexChanges
from smashpass.core.library.index import NO_SCORES, Index
from smashpass.core.library.score_column import ScoreColumn
from smashpass.core.operations.changelog import (
    AttributeEdit,
    Change,
    ImportBatch,
    RevisionEdit,
    StateEdit,
    TagEdits,
    VocabularyEdit,
)
from smashpass.core.protection.screening import (
    NOTHING_WITHHELD,
    Cleared,
    Screening,
    Withheld,
    without,
)
from smashpass.core.tags.names import TagId
from smashpass.core.tags.vocabulary import Vocabulary
from smashpass.services.ports.library import ChangeLog, LibraryStore, Snapshots
from smashpass.services.scoring.columns import ScoreColumns

CHANGES_AT_ONCE = 100
_DAY_US = 86_400_000_000
LONG_TAIL_IMAGES = 50_000
"""Images in a tail from which reading a newer snapshot is worth looking for."""


def build(library: LibraryStore) -> Index:
    """Make the index from the database alone, as of one moment. Seconds a million images."""
    builder = IndexBuilder()
    with library.view() as view:
        version, vocabulary, at = view.version(), view.vocabulary(), view.changed_at()
        for image in view.iterate():
            builder.add(*image)
        manual_tags, runs = view.given_by_hand(), view.written_by_runs()
    return builder.build(version, vocabulary, manual_tags, runs).dated(at // _DAY_US)


class LiveLibrary:
    """The index that this process answers from; edits made anywhere reach it by ``refresh``.

    Readers take ``index`` once a request and keep that reference. Any thread may refresh. Images
    that the screening withholds are hidden in it, from the version on that gave them such a tag.
    """

    def __init__(
        self,
        library: LibraryStore,
        log: ChangeLog,
        snapshots: Snapshots,
        screening: Screening,
        scores: ScoreColumns | None = None,
    ) -> None:
        """Create it; ``scores`` are the columns of scores that its index has as well."""
        self._library = library
        self._log = log
        self._snapshots = snapshots
        self._screening = screening
        self._scores = scores
        self._stored: Index | None = None
        self._index: Index | None = None
        self._withheld = NOTHING_WITHHELD
        self._cleared: Cleared | None = None
        self._refreshing = threading.Lock()

    @property
    def index(self) -> Index:
        """The index as of the last refresh; the first access loads it."""
        if self._index is None:
            self.refresh()
        assert self._index is not None
        return self._index

    @property
    def withheld(self) -> Withheld:
        """The images that are hidden in ``index`` for their tags, though stored as live."""
        if self._index is None:
            self.refresh()
        return self._withheld

    def latest(self) -> Index:
        """Apply what happened since the last refresh, and return the index."""
        self.refresh()
        return self.index

    def refresh_loaded(self) -> None:
        """Apply what happened since the last refresh, if this process has an index at all."""
        if self._index is not None:
            self.refresh()

    def refresh(self) -> int:
        """Apply what happened since the last time; return the library version.

        Cost when nothing happened: one look at the end of the change log, and one at the files of
        scores. A tail of many images is skipped where a newer snapshot holds them.

        Raises:
            DatabaseUnavailable: The database cannot be read; the index stays as it is.
        """
        with self._refreshing:
            index = self._stored or self._loaded() or build(self._library)
            while changes := self._log.read_after(index.version, CHANGES_AT_ONCE):
                if sum(change.images for change in changes) > LONG_TAIL_IMAGES:
                    newer = self._newer_snapshot(index.version)
                    if newer is not None:
                        index, self._cleared = newer, None
                        continue
                last = changes[-1]
                index = index.with_changes(
                    self._gather(index, changes), last.seq, last.at // _DAY_US
                )
                if any(isinstance(change.body(), StateEdit) for change in changes):
                    self._cleared = None
            columns = NO_SCORES if self._scores is None else self._scores.refresh()
            if index is not self._stored or self._index is None:
                self._screen(index, columns)
            elif columns is not self._index.scores:
                self._index = self._index.with_scores(columns)
            return index.version

    def _screen(self, index: Index, columns: Mapping[str, ScoreColumn]) -> None:
        """Answer from ``index`` and ``columns`` from now on, without what may not be shown."""
        if self._cleared is None:
            self._cleared = self._library.cleared()
        withheld = self._screening.withheld(index, self._cleared)
        self._stored, self._withheld = index, withheld
        self._index = without(index, withheld.images).with_scores(columns)

    def _loaded(self) -> Index | None:
        """Return the index of the newest snapshot, as of the day of its last change."""
        index = self._snapshots.load_newest()
        if index is None or not index.version:
            return index
        last = self._log.read_after(index.version - 1, 1)
        current = bool(last) and last[0].seq == index.version
        return index.dated(last[0].at // _DAY_US) if current else index

    def _newer_snapshot(self, version: int) -> Index | None:
        """Return the newest snapshot if it is newer than ``version``."""
        newest = self._snapshots.newest_version()
        return self._loaded() if newest is not None and newest > version else None

    def _gather(self, index: Index, changes: Iterable[Change]) -> IndexChanges:
        """Return the sum of ``changes``, later ones prevailing.

        Imported images are read as they are now. All that this tail did to them is in that
        already, so it is left out of the rest; what comes after it may be applied twice.
        """
        tail = _Tail()
        for change in changes:
            tail.take(change)
        images = self._library.stored(tail.arrived) if tail.arrived else ()
        # Read after the images, which may carry tags that are younger than this tail.
        tag_count = len(index.vocabulary.names)
        newest_tag = max((image.tags[-1] for image in images if image.tags), default=0)
        new_words = tail.new_words or newest_tag >= tag_count
        return IndexChanges(
            images=images,
            tagged={TagId(tag): sets - tail.arrived for tag, sets in tail.tagged.items()},
            untagged={TagId(tag): sets - tail.arrived for tag, sets in tail.untagged.items()},
            by_hand={TagId(tag): images for tag, images in tail.tagged.items()},
            not_by_hand={TagId(tag): images for tag, images in tail.untagged.items()},
            runs=tail.runs,
            attributes=self._values(tail.attributes),
            hidden=tail.hidden - tail.arrived,
            restored=tail.shown - tail.arrived,
            vocabulary=self._library.vocabulary() if new_words else None,
        )

    def _values(self, attributes: dict[str, ImageSet]) -> dict[str, dict[Ordinal, float | None]]:
        """Return the values that changed, as they are now."""
        values: dict[str, dict[Ordinal, float | None]] = {}
        for name, images in attributes.items():
            now = {image.ordinal: image.attributes for image in self._library.stored(images)}
            values[name] = {
                ordinal: attributes_now.get(name) for ordinal, attributes_now in now.items()
            }
        return values


class _Tail:
    """The sum of some log entries, in their order."""

    def __init__(self) -> None:
        self.arrived = EMPTY
        self.tagged: dict[int, ImageSet] = {}
        self.untagged: dict[int, ImageSet] = {}
        self.runs: dict[int, ImageSet] = {}
        self.hidden = EMPTY
        self.shown = EMPTY
        self.attributes: dict[str, ImageSet] = {}
        self.new_words = False

    def take(self, change: Change) -> None:
        """Add the next entry."""
        match change.body():
            case ImportBatch() as batch:
                written = batch.added | batch.changed
                self.arrived = self.arrived | written
                self.runs[batch.run] = self.runs.get(batch.run, EMPTY) | written
                self.new_words = self.new_words or bool(batch.names)
            case TagEdits(edits):
                for edit in edits:
                    tag = edit.tag
                    tagged, untagged = self.tagged.get(tag, EMPTY), self.untagged.get(tag, EMPTY)
                    self.tagged[tag] = (tagged - edit.removed) | edit.added
                    self.untagged[tag] = (untagged - edit.added) | edit.removed
            case StateEdit() as state:
                self.hidden = (self.hidden - state.shown) | state.hidden
                self.shown = (self.shown - state.hidden) | state.shown
            case AttributeEdit(name, images):
                full = f"image.{name}"
                self.attributes[full] = self.attributes.get(full, EMPTY) | images
            case VocabularyEdit():
                self.new_words = True
            case RevisionEdit():
                # Which trees are active is not part of the index.
                pass


def save_snapshot(
    library: LibraryStore, snapshots: Snapshots, make_words: Callable[[Vocabulary], bytes]
) -> Index:
    """Build the index from the database, write it as a snapshot and return it.

    What ``make_words`` gives is written with it, under the same checksum.
    """
    index = build(library)
    snapshots.save(index, make_words(index.vocabulary))
    return index
