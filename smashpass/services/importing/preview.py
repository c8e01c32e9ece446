"""A dry run: the same counts as the import would give, and nothing written.

Memory grows with the collection, because a key may come twice: about 150 bytes a row under
``skip``, 700 otherwise.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace

from smashpass.core.library.credit import Credit, ImageRow
from smashpass.core.library.stored import ImageRecord, ImageState, OnExisting, RowCounts
from smashpass.core.pictures.likeness import RemovedPictures
from smashpass.services.importing.batches import BATCH_ROWS, batches
from smashpass.services.importing.gate import Gate, Refusal
from smashpass.services.importing.pictures import PICTURE_BATCH_ROWS, PictureStep, let_in
from smashpass.services.importing.ports import ExaminePictures, Listener, Progress, Reader
from smashpass.services.importing.request import ImportOptions, Summary
from smashpass.services.ports.library import LibraryView


@dataclass(frozen=True, slots=True)
class _ImageContent:
    """What an import may change of an image, besides its state."""

    tags: frozenset[str]
    attributes: tuple[tuple[str, float], ...]
    label: str
    width: int | None
    height: int | None
    credit: Credit
    reason: str
    sha256: str = ""


@dataclass(frozen=True, slots=True)
class _Held:
    """An image as the library would hold it; the content is left out where nobody asks for it."""

    state: ImageState
    content: _ImageContent | None = None


_LEAN: Mapping[ImageState, _Held] = {
    "live": _Held("live"),
    "quarantined": _Held("quarantined"),
    "hidden": _Held("hidden"),
    "taken_down": _Held("taken_down"),
}


def preview(
    reader: Reader,
    gate: Gate,
    view: LibraryView | None,
    options: ImportOptions,
    listener: Listener,
    *,
    lines: Collection[int] | None = None,
    pictures: ExaminePictures | None = None,
) -> Summary:
    """Return what :func:`run_import` would report, without writing.

    Args:
        reader: The collection.
        gate: Who judges.
        view: The library as it is now; None if there is none yet.
        options: As for the import.
        listener: Hears of refused rows and progress.
        lines: The lines to read, for a retry.
        pictures: Looks at pictures without leaving anything; None leaves them alone.
    """
    counts, left_out = RowCounts(), 0
    plan = _PlannedLibrary(view, options.on_existing)
    listener.started(None, 0)

    def refuse(row: Refusal) -> None:
        listener.refused(row.line, row.key, row.code, row.reason)

    total = reader.size
    hold = pictures is not None
    size = PICTURE_BATCH_ROWS if hold else BATCH_ROWS
    parts = batches(
        reader, gate, refuse, lines=lines, size=size, hold_pictures=hold, pictures_settle=hold
    )
    if pictures is not None:
        removed = RemovedPictures(() if view is None else view.removed())
        picturing = PictureStep(
            pictures, reader.folder, options.on_existing, removed, gate.warnings
        )
        parts = picturing.filled(parts, plan.let_in, refuse)
    for batch in parts:
        counts += plan.take(batch.rows)
        left_out += batch.left_out
        refused = left_out + counts.quarantined
        listener.progressed(Progress(batch.position, refused, reader.position(), total))
    return replace(
        Summary.of_counts(counts, left_out),
        new_tags=tuple(plan.new_tags),
        dropped_tags=gate.warnings.illegal_tags,
    )


class _PlannedLibrary:
    """The library as it would become."""

    def __init__(self, view: LibraryView | None, on_existing: OnExisting) -> None:
        self._view = view
        self._on_existing = on_existing
        self._planned: defaultdict[str, dict[str, _Held]] = defaultdict(dict)
        self._names: dict[int, str] = {}
        self._pictured: set[str] = set()
        if view is not None and on_existing != "skip":
            self._names = {tag.id: tag.name for tag in view.tags()}
        self._words = set() if view is None else {tag.name for tag in view.tags()}
        self.new_tags: dict[str, None] = {}

    def take(self, rows: Sequence[ImageRow]) -> RowCounts:
        """Process one batch and return the counts it would have."""
        self._look_up(rows)
        states = self._states(rows)
        outcomes = {"added": 0, "changed": 0, "unchanged": 0, "quarantined": 0}
        for row in rows:
            outcome = self._place(row)
            if outcome != "double" and not self._changes_nothing(row, states):
                self.new_tags |= dict.fromkeys(tag for tag in row.tags if tag not in self._words)
            outcome = "unchanged" if outcome == "double" else outcome
            outcomes["quarantined" if row.refusal else outcome] += 1
        return RowCounts(**outcomes)

    def let_in(self, source: str, keys: Sequence[str]) -> set[str]:
        """Return those of ``keys`` that the library would have of ``source``, past the gate."""
        planned = self._planned[source]
        stored_keys = set() if self._view is None else let_in(self._view, source, keys)
        return stored_keys | {
            key for key in keys if key in planned and planned[key].state != "quarantined"
        }

    def _states(self, rows: Sequence[ImageRow]) -> dict[tuple[str, str], ImageState]:
        """Return the states of those images of ``rows`` that the library has."""
        places = {(row.credit.source, row.key) for row in rows}
        planned = self._planned
        return {
            (source, key): planned[source][key].state
            for source, key in places
            if key in planned[source]
        }

    def _changes_nothing(self, row: ImageRow, states: Mapping[tuple[str, str], ImageState]) -> bool:
        """Whether the import would take nothing of ``row``, not even its tag names."""
        state = states.get((row.credit.source, row.key))
        if state is None or self._on_existing == "overwrite":
            return False
        return bool(row.refusal) or (self._on_existing == "skip" and state != "quarantined")

    def _look_up(self, rows: Sequence[ImageRow]) -> None:
        """Learn what the library has of ``rows``."""
        if self._view is None:
            return
        hashes = {row.picture.sha256 for row in rows if row.picture is not None}
        self._pictured.update(self._view.pictured(hashes))
        keys: defaultdict[str, list[str]] = defaultdict(list)
        for row in rows:
            if row.key not in self._planned[row.credit.source]:
                keys[row.credit.source].append(row.key)
        for source, source_keys in keys.items():
            planned = self._planned[source]
            stored = self._view.known(source, source_keys)
            if self._on_existing == "skip":
                planned.update((key, _LEAN[state]) for key, (_, state) in stored.items())
                continue
            records = self._view.images(ordinal for ordinal, _ in stored.values())
            planned.update((record.key, self._stored(record)) for record in records)

    def _place(self, row: ImageRow) -> str:
        """Do to the image of ``row`` what the import would do, and say what that is."""
        planned = self._planned[row.credit.source]
        old = planned.get(row.key)
        sha256 = row.picture.sha256 if row.picture is not None else ""
        if old is None:
            if sha256 and not row.refusal and sha256 in self._pictured:
                return "double"
            planned[row.key] = self._new(row)
            self._note_picture(row)
            return "added"
        self._note_picture(row)
        new = self._merged(old, row)
        if new == old:
            return "unchanged"
        planned[row.key] = new
        return "changed"

    def _note_picture(self, row: ImageRow) -> None:
        """Remember the picture of a row that passed the gate: under a new key it is a double."""
        if row.picture is not None and not row.refusal:
            self._pictured.add(row.picture.sha256)

    def _merged(self, old: _Held, row: ImageRow) -> _Held:
        """Return what becomes of a known image."""
        if old.state == "quarantined" and not row.refusal:
            return self._new(row)
        if self._on_existing == "skip" or old.content is None:
            return old
        if self._on_existing == "overwrite":
            new = self._new(row)
            if new.content is None:
                return new
            sha256 = new.content.sha256 or old.content.sha256
            if old.state in ("live", "quarantined"):
                return _Held(new.state, replace(new.content, sha256=sha256))
            return _Held(old.state, replace(new.content, reason=old.content.reason, sha256=sha256))
        return old if row.refusal else _Held(old.state, _appended(old.content, row))

    def _new(self, row: ImageRow) -> _Held:
        """Return a row as a new image."""
        state: ImageState = "quarantined" if row.refusal else "live"
        if self._on_existing == "skip":
            return _LEAN[state]
        attributes = tuple(sorted(dict(row.attributes).items()))
        content = _ImageContent(
            frozenset(row.tags),
            attributes,
            row.label,
            row.width,
            row.height,
            row.credit,
            row.refusal,
            row.picture.sha256 if row.picture is not None else "",
        )
        return _Held(state, content)

    def _stored(self, record: ImageRecord) -> _Held:
        """Return an image of the library."""
        content = _ImageContent(
            frozenset(self._names[tag] for tag in record.tags),
            tuple(sorted(record.attributes.items())),
            record.label,
            record.width,
            record.height,
            record.credit,
            record.reason,
            record.sha256,
        )
        return _Held(record.state, content)


def _appended(old: _ImageContent, row: ImageRow) -> _ImageContent:
    """Return ``old`` with what ``row`` adds: tags, and what was not known."""
    return replace(
        old,
        tags=old.tags.union(row.tags),
        attributes=tuple(sorted({**dict(row.attributes), **dict(old.attributes)}.items())),
        label=old.label or row.label,
        width=row.width if old.width is None else old.width,
        height=row.height if old.height is None else old.height,
        sha256=old.sha256 or (row.picture.sha256 if row.picture is not None else ""),
    )
