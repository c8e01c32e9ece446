"""The audit trail: security-relevant actions, append-only and hash-chained."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from sqlalchemy import Engine, select

from smashpass.core.operations.audit import AuditAction, AuditEntry
from smashpass.core.operations.chain import Broken, End, check
from smashpass.store.engine.audit_chain import END, START, link_of, note, read_end
from smashpass.store.engine.database import now, reading, writing
from smashpass.store.engine.tables import audit

STREAMED_ROWS = 1_000


class Audit:
    """Keeps the trail. Nothing here changes or removes an entry."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def append(
        self,
        actor: str,
        action: AuditAction,
        target: str = "",
        detail: Mapping[str, Any] | None = None,
    ) -> int:
        """Add an entry and return its number; ``detail`` must be plain JSON without secrets."""
        with writing(self._engine) as connection:
            return note(connection, now(self._engine), actor, action, target, detail or {})

    def about(self, action: AuditAction, target: str) -> list[AuditEntry]:
        """Return the entries of one action on one target, oldest first. Cost: reads the trail."""
        statement = select(audit).where(audit.c.action == action, audit.c.target == target)
        with reading(self._engine) as connection:
            rows = connection.execute(statement.order_by(audit.c.id)).all()
        return [_entry(row) for row in rows]

    def newest(
        self,
        before: int | None = None,
        limit: int = 100,
        *,
        actor: str = "",
        action: str = "",
        since: int = 0,
    ) -> list[AuditEntry]:
        """Return entries from the newest back; ``before`` pages on.

        Args:
            before: The number of the last entry of the page before.
            limit: How many at most.
            actor: Whose; "" for those of everybody.
            action: Prefix of the action; "" for all.
            since: Microseconds since 1970 of the first moment; 0 for all.
        """
        statement = select(audit).order_by(audit.c.id.desc()).limit(limit)
        if before is not None:
            statement = statement.where(audit.c.id < before)
        if actor:
            statement = statement.where(audit.c.actor == actor)
        if action:
            statement = statement.where(audit.c.action.startswith(action, autoescape=True))
        if since:
            statement = statement.where(audit.c.at >= since)
        with reading(self._engine) as connection:
            return [_entry(row) for row in connection.execute(statement)]

    def entries(self, after: int = 0) -> Iterator[AuditEntry]:
        """Yield the entries that follow ``after``, oldest first, as a stream."""
        statement = select(audit).where(audit.c.id > after).order_by(audit.c.id)
        statement = statement.execution_options(yield_per=STREAMED_ROWS)
        with reading(self._engine) as connection, connection.execute(statement) as rows:
            for row in rows:
                yield _entry(row)

    def verify(self) -> tuple[int, End, Broken | None]:
        """Return how many entries fit into the chain, its end, and the first that does not fit."""
        statement = select(audit).order_by(audit.c.id).execution_options(yield_per=STREAMED_ROWS)
        with reading(self._engine) as connection:
            start, end = read_end(connection, START), read_end(connection, END)
            with connection.execute(statement) as rows:
                count, broken = check((link_of(row) for row in rows), start, end)
        return count, end, broken


def _entry(row: Any) -> AuditEntry:
    fields = dict(row._mapping) | {"detail": json.loads(row.detail)}
    return AuditEntry(**fields | {"sha256": row.sha256.hex()})
