"""Jobs: work for the job process, one row each, held under a lease.

A worker that dies stops renewing its lease; after that the job is taken again. So work must be
repeatable. The next heartbeat of a worker that lost its lease fails.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Collection, Mapping
from typing import Any, cast

from sqlalchemy import Connection, Engine, func, insert, or_, select, update

from smashpass.core.errors import Conflict, NotFound
from smashpass.core.operations.job import OPEN_STATES, Job, JobState
from smashpass.store.engine.database import now, reading, writing
from smashpass.store.engine.tables import job

_MICROSECONDS = 1_000_000
LONGEST_LEASE_US = 3_600 * _MICROSECONDS
"""No lease is given for longer."""


class Jobs:
    """Keeps the jobs."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def enqueue(self, kind: str, payload: Mapping[str, Any], *, total: int = 0) -> int:
        """Add a job and return its number; ``payload`` must be plain JSON."""
        row = {
            "kind": kind,
            "payload": json.dumps(dict(payload), sort_keys=True),
            "state": "queued",
            "total": total,
        }
        with writing(self._engine) as connection:
            return cast(int, connection.scalar(insert(job).values(row).returning(job.c.id)))

    def take(self, kinds: Collection[str], *, lease_s: float = 60.0) -> Job | None:
        """Take the oldest job that nobody works on, or None; two callers never get the same."""
        moment = now(self._engine)
        # A lease that ends later than any can was given by a clock that was ahead.
        over = or_(job.c.lease_until < moment, job.c.lease_until > moment + LONGEST_LEASE_US)
        free = or_(job.c.state == "queued", (job.c.state == "running") & over)
        oldest = select(job.c.id).where(job.c.kind.in_(list(kinds)), free).order_by(job.c.id)
        with writing(self._engine) as connection:
            number = connection.scalar(oldest.limit(1).with_for_update(skip_locked=True))
            if number is None:
                return None
            lease = {
                "state": "running",
                "holder": secrets.token_hex(8),
                "lease_until": moment + int(lease_s * _MICROSECONDS),
                "attempts": job.c.attempts + 1,
            }
            connection.execute(update(job).where(job.c.id == number).values(lease))
            return _read(connection, number)

    def heartbeat(
        self, held_job: Job, *, completed: int = 0, total: int | None = None, lease_s: float = 60.0
    ) -> None:
        """Renew the lease and note the progress.

        Raises:
            Conflict: The job was cancelled, or another worker has it: stop the work.
        """
        values = {
            "done": completed,
            "lease_until": now(self._engine) + int(lease_s * _MICROSECONDS),
        }
        if total is not None:
            values["total"] = total
        self._settle(held_job, values)

    def finish(
        self, held_job: Job, state: JobState = "done", *, change: int | None = None, error: str = ""
    ) -> None:
        """End a job that the caller holds.

        Raises:
            Conflict: The job was cancelled, or another worker has it.
        """
        values: dict[str, Any] = {"state": state, "change_seq": change, "error": error}
        values["ended_at"] = now(self._engine)
        if state == "done":
            values["done"] = job.c.total
        self._settle(held_job, values)

    def cancel(self, number: int) -> tuple[Job, bool]:
        """Cancel a job that has not ended; return it, and whether this call cancelled it.

        Raises:
            NotFound: There is no such job.
        """
        unended = update(job).where(job.c.id == number, job.c.state.in_(OPEN_STATES))
        with writing(self._engine) as connection:
            cancelled = connection.execute(
                unended.values(state="cancelled", ended_at=now(self._engine))
            )
            return _read(connection, number), cancelled.rowcount == 1

    def get(self, number: int) -> Job:
        """Return a job.

        Raises:
            NotFound: There is no such job.
        """
        with reading(self._engine) as connection:
            return _read(connection, number)

    def newest(self, before: int | None = None, limit: int = 100) -> list[Job]:
        """Return jobs from the newest back; ``before`` pages on."""
        statement = select(job).order_by(job.c.id.desc()).limit(limit)
        if before is not None:
            statement = statement.where(job.c.id < before)
        with reading(self._engine) as connection:
            return [_job(row) for row in connection.execute(statement)]

    def waiting(self, kind: str) -> int:
        """Return how many jobs of a kind have not ended."""
        statement = select(job.c.id).where(job.c.kind == kind, job.c.state.in_(OPEN_STATES))
        with reading(self._engine) as connection:
            return len(connection.scalars(statement).all())

    def counts(self, failed_since: int) -> tuple[int, int, int]:
        """Return how many jobs are queued, run, and have failed since a moment (microseconds)."""
        recent_failure = (job.c.state == "failed") & (job.c.ended_at >= failed_since)
        counted = (
            select(job.c.state, func.count())
            .where(or_(job.c.state.in_(OPEN_STATES), recent_failure))
            .group_by(job.c.state)
        )
        with reading(self._engine) as connection:
            by_state = {state: int(number) for state, number in connection.execute(counted)}
        return by_state.get("queued", 0), by_state.get("running", 0), by_state.get("failed", 0)

    def _settle(self, held_job: Job, values: Mapping[str, Any]) -> None:
        """Change a job if the caller still holds it."""
        mine = (
            (job.c.id == held_job.id)
            & (job.c.holder == held_job.holder)
            & (job.c.state == "running")
        )
        with writing(self._engine) as connection:
            if connection.execute(update(job).where(mine).values(values)).rowcount != 1:
                raise Conflict(f"job {held_job.id} is no longer held", hint="stop working on it")


def _read(connection: Connection, number: int) -> Job:
    """Return a job or raise NotFound."""
    row = connection.execute(select(job).where(job.c.id == number)).one_or_none()
    if row is None:
        raise NotFound(f"there is no job {number}")
    return _job(row)


def _job(row: Any) -> Job:
    fields = dict(row._mapping) | {"payload": json.loads(row.payload)}
    fields["change"] = fields.pop("change_seq")
    return Job(**fields)
