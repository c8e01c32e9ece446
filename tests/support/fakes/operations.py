"""Jobs, runs, notices and the audit trail in memory."""

from __future__ import annotations

import json
import secrets
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from smashpass.clock import Clock
from smashpass.core.errors import Conflict, NotFound
from smashpass.core.operations.audit import AuditAction, AuditEntry
from smashpass.core.operations.chain import Broken, End, Link, check, digest
from smashpass.core.operations.job import OPEN_STATES, Job, JobState
from smashpass.core.operations.notice import (
    TIME_TO_DECIDE,
    Notice,
    NoticeDecision,
    NoticeKind,
    NoticeState,
    case_reference,
    year_of,
)
from smashpass.core.operations.run import Run, RunState

_S = 1_000_000
_LONGEST_LEASE_S = 3_600


class JobsInMemory:
    """A queue of jobs."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._jobs: dict[int, Job] = {}

    def enqueue(self, kind: str, payload: Mapping[str, Any], *, total: int = 0) -> int:
        number = len(self._jobs) + 1
        self._jobs[number] = Job(number, kind, dict(payload), "queued", total=total)
        return number

    def get(self, number: int) -> Job:
        if number not in self._jobs:
            raise NotFound(f"there is no job {number}")
        return self._jobs[number]

    def newest(self, before: int | None = None, limit: int = 100) -> list[Job]:
        numbers = sorted(self._jobs, reverse=True)
        return [self._jobs[n] for n in numbers if before is None or n < before][:limit]

    def waiting(self, kind: str) -> int:
        return sum(job.kind == kind and job.state in OPEN_STATES for job in self._jobs.values())

    def counts(self, failed_since: int) -> tuple[int, int, int]:
        jobs = self._jobs.values()
        queued = sum(job.state == "queued" for job in jobs)
        running = sum(job.state == "running" for job in jobs)
        failed = sum(job.state == "failed" and (job.ended_at or 0) >= failed_since for job in jobs)
        return queued, running, failed

    def cancel(self, number: int) -> tuple[Job, bool]:
        job = self.get(number)
        if job.state not in OPEN_STATES:
            return job, False
        self._jobs[number] = replace(job, state="cancelled", ended_at=self._clock())
        return self._jobs[number], True

    def take(self, kinds: Collection[str], *, lease_s: float = 60.0) -> Job | None:
        for number, job in sorted(self._jobs.items()):
            if job.kind in kinds and self._is_free(job):
                self._jobs[number] = replace(
                    job,
                    state="running",
                    holder=secrets.token_hex(8),
                    lease_until=self._clock() + int(lease_s * _S),
                    attempts=job.attempts + 1,
                )
                return self._jobs[number]
        return None

    def heartbeat(
        self, job: Job, *, completed: int = 0, total: int | None = None, lease_s: float = 60.0
    ) -> None:
        held = self._held(job)
        self._jobs[job.id] = replace(
            held,
            done=completed,
            total=held.total if total is None else total,
            lease_until=self._clock() + int(lease_s * _S),
        )

    def finish(
        self, job: Job, state: JobState = "done", *, change: int | None = None, error: str = ""
    ) -> None:
        held = self._held(job)
        self._jobs[job.id] = replace(
            held,
            state=state,
            change=change,
            error=error,
            ended_at=self._clock(),
            done=held.total if state == "done" else held.done,
        )

    def _is_free(self, job: Job) -> bool:
        now = self._clock()
        over = not now <= job.lease_until <= now + _LONGEST_LEASE_S * _S
        return job.state == "queued" or (job.state == "running" and over)

    def _held(self, job: Job) -> Job:
        held = self._jobs[job.id]
        if held.state != "running" or held.holder != job.holder:
            raise Conflict(f"job {job.id} is no longer held", hint="stop working on it")
        return held


class RunsInMemory:
    """Import runs."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._runs: dict[int, Run] = {}

    def start(self, source: str, options: Mapping[str, Any]) -> int:
        number = len(self._runs) + 1
        nothing = dict.fromkeys(
            ("position", "added", "changed", "unchanged", "refused", "quarantined"), 0
        )
        self._runs[number] = Run(
            number, source, dict(options), "running", **nothing, started_at=self._clock()
        )
        return number

    def resume(self, number: int, jobs: Sequence[int] = ()) -> Run:
        run = self.get(number)
        if run.state == "done":
            raise Conflict(f"run {number} is done", hint="start a new run")
        options = dict(run.options)
        if jobs:
            options["jobs"] = sorted({*options.get("jobs", ()), *jobs})
        return self._keep(replace(run, state="running", ended_at=None, error="", options=options))

    def finish(self, number: int, state: RunState = "done", *, error: str = "") -> Run:
        run = self.get(number)
        return self._keep(replace(run, state=state, ended_at=self._clock(), error=error))

    def progress(self, number: int, *, position: int, refused: int = 0) -> None:
        run = self._runs.get(number)
        if run is None or run.state != "running":
            raise Conflict(f"run {number} is not running", hint="start or resume it first")
        self._keep(replace(run, position=position, refused=run.refused + refused))

    def get(self, number: int) -> Run:
        if number not in self._runs:
            raise NotFound(f"there is no run {number}")
        return self._runs[number]

    def latest(self, limit: int = 20, before: int | None = None) -> list[Run]:
        numbers = sorted(self._runs, reverse=True)
        return [self._runs[n] for n in numbers if before is None or n < before][:limit]

    def unfinished(self, source: str) -> Run | None:
        newest = [run for run in self._runs.values() if run.source == source][-1:]
        return next((run for run in newest if run.state != "done"), None)

    def _keep(self, run: Run) -> Run:
        self._runs[run.id] = run
        return run


class NoticesInMemory:
    """Cases."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._cases: dict[int, Notice] = {}
        self._numbers: Counter[int] = Counter()

    def open(self, number: int, image: str, kind: NoticeKind, text: str, contact: str) -> Notice:
        at, token = self._clock(), secrets.token_urlsafe(24)
        due_at = at + TIME_TO_DECIDE
        year = year_of(at)
        self._numbers[year] += 1
        reference = case_reference(year, self._numbers[year])
        case = Notice(number, token, at, image, kind, text, contact, "open", due_at)
        return self._keep(replace(case, reference=reference))

    def get(self, number: int) -> Notice:
        if number not in self._cases:
            raise NotFound(f"there is no case {number}")
        return self._cases[number]

    def of_token(self, token: str) -> Notice:
        for case in self._cases.values():
            if case.token == token:
                return case
        raise NotFound("there is no such case")

    def in_states(
        self, states: Sequence[NoticeState], *, newest: bool = False, page: int = 1, size: int = 100
    ) -> tuple[list[Notice], int]:
        cases = [case for case in self._cases.values() if case.state in states]
        if newest:
            cases.sort(key=lambda case: -case.id)
        else:
            cases.sort(key=lambda case: (case.due_at, case.id))
        return cases[(page - 1) * size : page * size], len(cases)

    def waiting(self) -> tuple[int, int]:
        waiting = [case for case in self._cases.values() if case.waiting]
        return len(waiting), sum(case.due_at < self._clock() for case in waiting)

    def since(self, moment: int) -> list[Notice]:
        return [case for _, case in sorted(self._cases.items()) if case.at >= moment]

    def about(self, image: str) -> list[Notice]:
        return [case for _, case in sorted(self._cases.items()) if case.image == image]

    def claim(self, number: int, by: str) -> Notice:
        case = self.get(number)
        if not case.waiting or case.holder(self._clock()) not in ("", by):
            raise self._refused(case)
        return self._keep(replace(case, claimed_by=by, claimed_at=self._clock()))

    def let_go(self, number: int, by: str) -> Notice:
        case = self.get(number)
        if case.claimed_by != by:
            return case
        return self._keep(replace(case, claimed_by="", claimed_at=0))

    def decide(self, number: int, decision: NoticeDecision) -> Notice:
        case = self._claimed(number, decision.by, "open")
        return self._keep(replace(case, state="decided", first=decision, claimed_by=""))

    def appeal(self, number: int, text: str) -> Notice:
        case = self.get(number)
        if case.state != "decided":
            raise self._refused(case)
        now = self._clock()
        return self._keep(
            replace(
                case, state="appealed", appeal=text, appealed_at=now, due_at=now + TIME_TO_DECIDE
            )
        )

    def decide_again(self, number: int, decision: NoticeDecision) -> Notice:
        case = self._claimed(number, decision.by, "appealed")
        return self._keep(replace(case, state="closed", second=decision, claimed_by=""))

    def _claimed(self, number: int, by: str, state: NoticeState) -> Notice:
        case = self.get(number)
        if case.state != state or case.claimed_by != by:
            raise self._refused(case)
        return case

    def _refused(self, case: Notice) -> Conflict:
        return Conflict(f"case {case.id} is {case.state}, or somebody else works on it")

    def _keep(self, case: Notice) -> Notice:
        self._cases[case.id] = case
        return case


class AuditInMemory:
    """An audit trail with its chain."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._links: list[Link] = []

    def append(
        self,
        actor: str,
        action: AuditAction,
        target: str = "",
        detail: Mapping[str, Any] | None = None,
    ) -> int:
        end, text = self._end(), json.dumps(dict(detail or {}), sort_keys=True)
        link = Link(end.id + 1, self._clock(), actor, str(action), target, text, b"")
        self._links.append(replace(link, sha256=digest(end.sha256, link)))
        return link.id

    def about(self, action: AuditAction, target: str) -> list[AuditEntry]:
        return [e for e in self.entries() if (e.action, e.target) == (str(action), target)]

    def entries(self, after: int = 0) -> Iterator[AuditEntry]:
        for link in self._links:
            if link.id > after:
                yield AuditEntry(
                    link.id,
                    link.at,
                    link.actor,
                    link.action,
                    link.target,
                    json.loads(link.detail),
                    link.sha256.hex(),
                )

    def newest(
        self,
        before: int | None = None,
        limit: int = 100,
        *,
        actor: str = "",
        action: str = "",
        since: int = 0,
    ) -> list[AuditEntry]:
        matching = [
            entry
            for entry in self.entries()
            if (before is None or entry.id < before)
            and (not actor or entry.actor == actor)
            and entry.action.startswith(action)
            and entry.at >= since
        ]
        return matching[::-1][:limit]

    def verify(self) -> tuple[int, End, Broken | None]:
        count, broken = check(self._links, End(), self._end())
        return count, self._end(), broken

    def _end(self) -> End:
        return End(self._links[-1].id, self._links[-1].sha256) if self._links else End()
