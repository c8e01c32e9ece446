"""The log of all edits of the library, and undoing them, for every door alike."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from smashpass.core.errors import Conflict, NotFound
from smashpass.core.operations.changelog import Change
from smashpass.core.operations.job import Job
from smashpass.core.text.reasons import read_reason
from smashpass.services.ports.library import ChangeLog, LibraryStore
from smashpass.services.ports.operations import AuditTrail, JobQueue
from smashpass.services.runtime.library import LiveLibrary
from smashpass.services.tagging import bulk, undo
from smashpass.services.tagging.revert import revert
from smashpass.services.tagging.undo import ChangeFilter, UndoPreview

AT_ONCE = 100
"""Changes that are undone while somebody waits; more are left to the job process."""


@dataclass(frozen=True, slots=True)
class Undone:
    """What became of undoing changes: new changes, or a job where there are many."""

    selected: int
    changes: Sequence[Change]
    job: int | None = None


class ChangeService:
    """Who did what, and how it is undone."""

    def __init__(
        self,
        *,
        library: LiveLibrary,
        store: LibraryStore,
        log: ChangeLog,
        jobs: JobQueue,
        trail: AuditTrail,
    ) -> None:
        """Keep what is read and edited."""
        self._library = library
        self._store = store
        self._log = log
        self._jobs = jobs
        self._trail = trail

    def page(
        self,
        before: int | None,
        limit: int,
        *,
        by: str = "",
        kind: str = "",
        since: int = 0,
    ) -> Sequence[Change]:
        """Return the log of all edits from the newest back; ``before`` pages on."""
        return self._log.history(before, limit, by=by, kind=kind, since=since)

    def get(self, number: int) -> Change:
        """Return one change.

        Raises:
            NotFound: There is none of that number.
        """
        return self._log.get(number)

    def preview(self, changes: Sequence[Change]) -> Sequence[UndoPreview]:
        """Return what undoing changes would do to the library as it is now, newest first."""
        return undo.preview(self._library.latest(), changes, self._store)

    def select(self, selection: ChangeFilter) -> Sequence[Change]:
        """Return the changes to be undone, newest first.

        Raises:
            BadInput: None are named, or more than are undone at once.
            NotFound: A number names none.
        """
        return undo.find(self._log, selection)

    def undo(self, selection: ChangeFilter, *, by: str, origin: str, reason: str) -> Undone:
        """Undo changes, newest first, keeping later edits of others; many are left to a job.

        Raises:
            BadInput: The reason is empty, or no changes or too many are selected.
            NotFound: A number names no change.
        """
        reason = read_reason(reason)
        selected = self.select(selection)
        numbers = [change.seq for change in selected]
        if sum(change.images for change in selected) > undo.AT_ONCE or len(selected) > AT_ONCE:
            job = undo.request(
                self._jobs, self._trail, numbers, by=by, origin=origin, reason=reason
            )
            return Undone(len(numbers), (), job)
        changes = undo.undo(self._log, self._store, numbers, by=by, reason=reason, origin=origin)
        self._library.refresh_loaded()
        return Undone(len(numbers), changes)

    def revert(self, number: int, *, by: str, origin: str) -> Change | None:
        """Undo one change with the other parts of its bulk edit; return the last new change.

        Raises:
            NotFound: There is no such change.
            Conflict: It is of a kind that is not undone this way.
        """
        reverted = None
        for part in undo.bulk_edit_parts(self._log, self._jobs, number):
            reason = f"revert of change {number}"
            change = revert(self._log, self._store, part, by=by, origin=origin, reason=reason)
            reverted = reverted if change is None else change
        self._library.refresh_loaded()
        return reverted

    def revert_own(self, number: int, *, by: str, origin: str) -> None:
        """Undo a change of an image's tags that the same person made.

        Raises:
            NotFound: There is no such change.
            Conflict: Somebody else made it, or it is of another kind.
        """
        change = self._log.get(number)
        if change.by != by or change.kind != "tags":
            raise Conflict("this change was not made in this queue", hint="see the change log")
        revert(self._log, self._store, number, by=by, origin=origin)
        self._library.refresh_loaded()

    def find_job(self, number: int) -> Job:
        """Return a job that edits in bulk or undoes changes.

        Raises:
            NotFound: There is none of that number.
        """
        job = self._jobs.get(number)
        if job.kind not in (bulk.KIND, undo.KIND):
            raise NotFound(f"job {job.id} is not a bulk edit", hint="see the list of jobs")
        return job

    def of_job(self, job: Job, limit: int) -> Sequence[Change]:
        """Return what a job changed so far, newest first."""
        changes = self._log.history(origin=undo.ORIGIN.format(job.id), limit=limit)
        return [change for change in changes if change.images or change.kind == "vocabulary"]
