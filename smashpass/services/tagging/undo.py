"""Undoing many changes at once: looked at first, newest first, keeping what others did since."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

from smashpass.core.errors import BadInput, Conflict
from smashpass.core.imageset import EMPTY, ImageSet
from smashpass.core.library.index import Index
from smashpass.core.operations.audit import AuditAction
from smashpass.core.operations.changelog import (
    Change,
    ImportBatch,
    RevisionEdit,
    StateEdit,
    TagEdits,
    VocabularyEdit,
)
from smashpass.core.operations.job import Job
from smashpass.core.tags.names import TagId
from smashpass.services.ports.library import ChangeLog, LibraryStore
from smashpass.services.ports.operations import AuditTrail, JobQueue
from smashpass.services.tagging import bulk
from smashpass.services.tagging.revert import in_state, revert

KIND = "revert"
ORIGIN = "job {}"
MOST = 10_000
"""Changes that are undone at once."""
AT_ONCE = 5_000
"""Images up to which nobody has to wait for a job."""


@dataclass(frozen=True, slots=True)
class UndoPreview:
    """What undoing one change would do.

    Attributes:
        change: The change.
        undone: How many single edits would be undone: a tag of an image, an image hidden, a name.
        kept: How many would stay as they are, because somebody edited the same since.
        refused: Why it cannot be undone; "" if it can.
    """

    change: Change
    undone: int
    kept: int
    refused: str = ""


@dataclass(frozen=True, slots=True)
class ChangeFilter:
    """Which changes are to be undone: some by number, or all of a person, a job or an import.

    Attributes:
        numbers: Their numbers; then nothing else counts.
        by: Who made them.
        job: Or the job that did.
        run: Or the import.
        kind: Only those of one kind.
        since: Only those from this moment on, in microseconds since 1970.
        newest: None with a greater number: those were not there when somebody looked.
    """

    numbers: tuple[int, ...] = ()
    by: str = ""
    job: int = 0
    run: int = 0
    kind: str = ""
    since: int = 0
    newest: int = 0

    @property
    def named(self) -> bool:
        """Whether it names anything."""
        return bool(self.numbers or self.by or self.job or self.run)


def find(log: ChangeLog, change_filter: ChangeFilter) -> list[Change]:
    """Return the changes that are wanted, newest first, whole.

    Raises:
        BadInput: None are named, or more than are undone at once.
        NotFound: A number names none.
    """
    if not change_filter.named:
        raise BadInput("no change is named", hint="choose changes from the list")
    if change_filter.numbers:
        numbers_ = sorted(set(change_filter.numbers), reverse=True)
        if len(numbers_) > MOST:
            raise _too_many()
        return [log.get(number) for number in numbers_]
    changes = log.history(
        change_filter.newest + 1 if change_filter.newest else None,
        limit=MOST + 1,
        by=f"run {change_filter.run}" if change_filter.run else change_filter.by,
        kind="import" if change_filter.run else change_filter.kind,
        origin=ORIGIN.format(change_filter.job) if change_filter.job else "",
        since=change_filter.since,
        whole=True,
    )
    if len(changes) > MOST:
        raise _too_many()
    return [change for change in changes if change.images or change.kind == "vocabulary"]


def preview(index: Index, changes: Iterable[Change], editor: LibraryStore) -> list[UndoPreview]:
    """Return what undoing changes would do, one after the other, newest first."""
    now: dict[TagId, ImageSet] = {}
    return [_outlook(index, change, now, editor) for change in changes]


def bulk_edit_parts(log: ChangeLog, jobs: JobQueue, number: int) -> list[int]:
    """Return a change with the other parts of the same bulk edit: they belong together.

    Raises:
        NotFound: There is no such change.
    """
    change = log.get(number)
    job = change.origin.removeprefix(ORIGIN.format(""))
    if change.kind != "tags" or job == change.origin or not job.isdecimal():
        return [number]
    if jobs.get(int(job)).kind != bulk.KIND:
        return [number]
    return [part.seq for part in log.history(limit=MOST, kind="tags", origin=change.origin)]


def undo(
    log: ChangeLog,
    editor: LibraryStore,
    numbers: Sequence[int],
    *,
    by: str,
    reason: str,
    origin: str,
    progressed: Callable[[int], None] | None = None,
) -> list[Change]:
    """Undo changes, newest first; return the new entries. Those that cannot be are passed over.

    Doing it again does nothing: what is undone already is not current any more.
    """
    entries = []
    for place, number in enumerate(sorted(set(numbers), reverse=True), 1):
        try:
            entry = _undone(log, editor, log.get(number), by, reason, origin)
        except Conflict:
            # The page that was looked at before says which ones these are, and why.
            entry = None
        if entry is not None:
            entries.append(entry)
        if progressed is not None:
            progressed(place)
    return entries


def request(
    jobs: JobQueue, trail: AuditTrail, numbers: Sequence[int], *, by: str, origin: str, reason: str
) -> int:
    """Leave the undoing of changes to the job process; return the number of the job."""
    payload = {"changes": [*numbers], "by": by, "reason": reason}
    job = jobs.enqueue(KIND, payload, total=len(numbers))
    detail = {"job": job, "changes": len(numbers), "origin": origin, "reason": reason}
    trail.append(by, AuditAction.CHANGE_UNDO, f"{min(numbers)}-{max(numbers)}", detail)
    return job


def do(
    job: Job, log: ChangeLog, editor: LibraryStore, progressed: Callable[[int], None]
) -> int | None:
    """Do a job of undoing. Returns the number of its last entry."""
    payload = job.payload
    entries = undo(
        log,
        editor,
        [int(number) for number in payload["changes"]],
        by=str(payload["by"]),
        reason=str(payload["reason"]),
        origin=ORIGIN.format(job.id),
        progressed=progressed,
    )
    return entries[-1].seq if entries else None


def _undone(
    log: ChangeLog, editor: LibraryStore, change: Change, by: str, reason: str, origin: str
) -> Change | None:
    """Undo one change; an import by hiding what it brought, as nothing is kept of before."""
    body = change.body()
    if isinstance(body, ImportBatch):
        current = in_state(editor, body.added, "live")
        return editor.set_state(
            current,
            "hidden",
            by=by,
            origin=origin,
            reason=reason,
            action=AuditAction.CHANGE_REVERT,
            target=str(change.seq),
        )
    return revert(log, editor, change.seq, by=by, reason=reason, origin=origin)


def _too_many() -> BadInput:
    return BadInput(f"more than {MOST:,} changes are selected", hint="undo fewer at once")


def _outlook(
    index: Index, change: Change, now: dict[TagId, ImageSet], editor: LibraryStore
) -> UndoPreview:
    """Return what undoing a change would do; ``now`` has the tags that were undone before it."""
    match change.body():
        case TagEdits(edits):
            undone = total = 0
            for edit in edits:
                had = now.get(edit.tag)
                if had is None:
                    had = index.parts.postings.get(edit.tag, EMPTY)
                to_remove, to_restore = edit.added & had, edit.removed - had
                undone += len(to_remove) + len(to_restore)
                total += len(edit.added) + len(edit.removed)
                now[edit.tag] = (had - to_remove) | to_restore
            return UndoPreview(change, undone, total - undone)
        case StateEdit(hidden, shown):
            if hidden and shown:
                return UndoPreview(change, 0, 0, "it both hid and showed images")
            # What was taken down since is hidden, too, but stays so.
            back = in_state(editor, hidden & index.parts.hidden, "hidden")
            standing = len(back) + len(shown & index.live)
            return UndoPreview(change, standing, len(hidden | shown) - standing)
        case ImportBatch(added=added, changed=altered):
            current = added & index.live
            return UndoPreview(change, len(current), len(added) - len(current) + len(altered))
        case VocabularyEdit() as edit:
            # New names stay: they may be in use.
            return UndoPreview(change, len(replace(edit, names=()).touched), 0)
        case RevisionEdit():
            return UndoPreview(change, 0, 0, "rules are rolled back on their own page")
        case _:
            return UndoPreview(change, 0, 0, "the values before were not kept")
