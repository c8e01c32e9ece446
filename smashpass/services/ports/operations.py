"""Operations: jobs, import runs, notices and the audit trail."""

from __future__ import annotations

from collections.abc import (
    Collection,
    Iterable,
    Iterator,
    Mapping,
    Sequence,
)
from typing import Any, Protocol

from smashpass.core.operations.audit import AuditAction, AuditEntry
from smashpass.core.operations.chain import Broken, End
from smashpass.core.operations.job import Job, JobState
from smashpass.core.operations.notice import Notice, NoticeDecision, NoticeKind, NoticeState
from smashpass.core.operations.run import Run, RunState


class JobQueue(Protocol):
    """Work for the job process, one row each, held under a lease."""

    def enqueue(self, kind: str, payload: Mapping[str, Any], *, total: int = 0) -> int:
        """Add a job and return its number."""

    def get(self, number: int) -> Job:
        """Return a job; NotFound if there is none."""

    def newest(self, before: int | None = ..., limit: int = ...) -> list[Job]:
        """Return jobs from the newest back."""

    def waiting(self, kind: str) -> int:
        """Return how many jobs of a kind have not ended."""

    def counts(self, failed_since: int) -> tuple[int, int, int]:
        """Return how many jobs are queued, run, and have failed since a moment (microseconds)."""

    def cancel(self, number: int) -> tuple[Job, bool]:
        """Cancel a job that has not ended; return it, and whether this call cancelled it."""

    def take(self, kinds: Collection[str], *, lease_s: float = ...) -> Job | None:
        """Take the oldest job that nobody works on, or None."""

    def heartbeat(
        self, job: Job, *, completed: int = ..., total: int | None = ..., lease_s: float = ...
    ) -> None:
        """Renew the lease; Conflict if the job is no longer held."""

    def finish(
        self, job: Job, state: JobState = ..., *, change: int | None = ..., error: str = ...
    ) -> None:
        """End a job that the caller holds."""


class RunStore(Protocol):
    """Import runs."""

    def start(self, source: str, options: Mapping[str, Any]) -> int:
        """Begin a run and return its number."""

    def resume(self, number: int, jobs: Sequence[int] = ()) -> Run:
        """Set a run that stopped to running again; ``jobs`` join those in its options."""

    def finish(self, number: int, state: RunState = "done", *, error: str = "") -> Run:
        """End a run."""

    def progress(self, number: int, *, position: int, refused: int = 0) -> None:
        """Note how far reading came where there is nothing to write."""

    def get(self, number: int) -> Run:
        """Return a run; NotFound if there is none."""

    def latest(self, limit: int = 20, before: int | None = None) -> Sequence[Run]:
        """Return runs from the newest back; ``before`` pages on."""

    def unfinished(self, source: str) -> Run | None:
        """Return the newest run of ``source`` if it never came to an end."""


class NoticeStore(Protocol):
    """Notices, one row a case."""

    def get(self, number: int) -> Notice:
        """Return a case; NotFound if there is none."""

    def in_states(
        self, states: Sequence[NoticeState], *, newest: bool = ..., page: int = ..., size: int = ...
    ) -> tuple[list[Notice], int]:
        """Return a page of the cases in some states, and how many there are on all pages."""

    def waiting(self) -> tuple[int, int]:
        """Return how many cases wait for a decision, and how many of them too long."""

    def since(self, moment: int) -> list[Notice]:
        """Return the cases that began at a moment or later, oldest first."""

    def let_go(self, number: int, by: str) -> Notice:
        """End a claim of ``by``, if there is one."""

    def about(self, image: str) -> list[Notice]:
        """Return all cases about an image, oldest first."""

    def open(self, number: int, image: str, kind: NoticeKind, text: str, contact: str) -> Notice:
        """Begin a case."""

    def claim(self, number: int, by: str) -> Notice:
        """Let somebody work on a case; Conflict if another one does."""

    def decide(self, number: int, decision: NoticeDecision) -> Notice:
        """Keep the decision of somebody who has claimed the case."""

    def decide_again(self, number: int, decision: NoticeDecision) -> Notice:
        """Keep the decision about an appeal."""

    def appeal(self, number: int, text: str) -> Notice:
        """Begin the second part of a case."""

    def of_token(self, token: str) -> Notice:
        """Return the case of a public address."""


class AuditTrail(Protocol):
    """The audit trail, only ever appended to."""

    def about(self, action: AuditAction, target: str) -> Iterable[AuditEntry]:
        """Return the entries of one act on one target, oldest first."""

    def append(
        self,
        actor: str,
        action: AuditAction,
        target: str = "",
        detail: Mapping[str, Any] | None = None,
    ) -> int:
        """Add an entry and return its number."""

    def entries(self, after: int = 0) -> Iterator[AuditEntry]:
        """Yield the entries that follow ``after``, oldest first."""

    def newest(
        self,
        before: int | None = None,
        limit: int = 100,
        *,
        actor: str = "",
        action: str = "",
        since: int = 0,
    ) -> Sequence[AuditEntry]:
        """Return entries from the newest back, optionally of an actor, an action or a time on."""

    def verify(self) -> tuple[int, End, Broken | None]:
        """Return how many entries fit into the chain, its end, and the first that does not fit."""
