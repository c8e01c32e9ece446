"""What is old in the database: counted and removed by class."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, Engine, Table, delete, func, insert, select, update

from smashpass.core.decks.pace import DAY_US
from smashpass.store.engine import audit_chain
from smashpass.store.engine.database import reading, writing
from smashpass.store.engine.tables import audit, change, job, meta, notice, revision, run, viewer

AT_ONCE = 100
"""Rows in one transaction, so that swipes do not wait long. A viewer goes with all swipes."""
RETAINED_AT = "retained_at"


class OldRows:
    """Finds and removes what is older than a moment."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def newest_moment(self) -> int:
        """Return the newest moment that anything was recorded at, 0 if nothing was."""
        moments = (change.c.at, audit.c.at, viewer.c.created_at, run.c.started_at, revision.c.at)
        days = select(func.max(viewer.c.seen_day))
        last_run = select(meta.c.value).where(meta.c.name == RETAINED_AT)
        with reading(self._engine) as connection:
            moments_found = [connection.scalar(select(func.max(moment))) or 0 for moment in moments]
            moments_found.append((connection.scalar(days) or 0) * DAY_US)
            moments_found.append(int(connection.scalar(last_run) or 0))
        return max(moments_found)

    def note_run(self, now: int) -> None:
        """Keep when the job was done."""
        statement = update(meta).where(meta.c.name == RETAINED_AT).values(value=str(now))
        with writing(self._engine) as connection:
            if not connection.execute(statement).rowcount:
                connection.execute(insert(meta), {"name": RETAINED_AT, "value": str(now)})

    def viewers(self, moment: int) -> int:
        """Count viewers whose last swipe, or first visit, was on an earlier day."""
        return self._count(viewer, viewer.c.seen_day < moment // DAY_US)

    def remove_viewers(self, moment: int) -> int:
        """Remove them with their swipes."""
        return self._remove(viewer, viewer.c.seen_day < moment // DAY_US)

    def jobs(self, moment: int) -> int:
        """Count jobs that ended before."""
        return self._count(job, job.c.ended_at < moment)

    def remove_jobs(self, moment: int) -> int:
        """Remove them."""
        return self._remove(job, job.c.ended_at < moment)

    def notices(self, moment: int) -> int:
        """Count notices that were sent before and do not wait for a decision."""
        return self._count(notice, _settled(moment))

    def remove_notices(self, moment: int) -> int:
        """Remove them."""
        return self._remove(notice, _settled(moment))

    def acts(self, moment: int) -> int:
        """Count entries of the audit trail that can go: old, with no younger one before them."""
        young = select(func.min(audit.c.id)).where(audit.c.at >= moment).scalar_subquery()
        with reading(self._engine) as connection:
            end = audit_chain.read_end(connection, audit_chain.END).id + 1
            old = select(func.count()).where(audit.c.id < func.coalesce(young, end))
            return int(connection.scalar(old) or 0)

    def remove_acts(self, moment: int) -> int:
        """Remove them; the chain begins behind them."""
        with writing(self._engine) as connection:
            return audit_chain.remove_before(connection, moment)

    def _count(self, table: Table, old: ColumnElement[bool]) -> int:
        with reading(self._engine) as connection:
            counted = select(func.count()).select_from(table).where(old)
            return int(connection.scalar(counted) or 0)

    def _remove(self, table: Table, old: ColumnElement[bool]) -> int:
        key: Any = table.c.id
        removed = 0
        while True:
            oldest = select(key).where(old).order_by(key).limit(AT_ONCE)
            with writing(self._engine) as connection:
                deleted = connection.execute(delete(table).where(key.in_(oldest))).rowcount
            removed += deleted
            if deleted < AT_ONCE:
                return removed


def _settled(moment: int) -> ColumnElement[bool]:
    return (notice.c.at < moment) & notice.c.state.not_in(("open", "appealed"))
