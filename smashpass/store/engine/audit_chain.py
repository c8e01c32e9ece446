"""How entries of the audit trail are chained in the database: one writer at a time, no gaps."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from sqlalchemy import Connection, delete, func, insert, select, text, update

from smashpass.core.operations.audit import AuditAction
from smashpass.core.operations.chain import BEGINNING, End, Link, digest
from smashpass.store.engine.tables import audit, meta

AUDIT_LOCK = 0x5A5B_0003
START, END = "audit_start", "audit_end"
"""Names in ``meta`` of where the chain begins and ends, each as number and digest."""


def read_end(connection: Connection, name: str) -> End:
    """Return where the chain begins or ends."""
    text = connection.scalar(select(meta.c.value).where(meta.c.name == name))
    if text is None:
        return End()
    number, _, sha256 = text.partition(" ")
    return End(int(number), bytes.fromhex(sha256))


def write_end(connection: Connection, name: str, end: End) -> None:
    """Keep where the chain begins or ends."""
    value = f"{end.id} {end.sha256.hex()}"
    changed = update(meta).where(meta.c.name == name).values(value=value)
    if not connection.execute(changed).rowcount:
        connection.execute(insert(meta), {"name": name, "value": value})


def lock_chain(connection: Connection) -> None:
    """Make this transaction the only one that writes the trail, until it ends."""
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": AUDIT_LOCK})


def append(connection: Connection, row: Mapping[str, Any]) -> int:
    """Add an entry behind the last one and return its number."""
    lock_chain(connection)
    last = read_end(connection, END)
    link = Link(id=last.id + 1, **row, sha256=BEGINNING)
    link = replace(link, sha256=digest(last.sha256, link))
    connection.execute(insert(audit), as_row(link))
    write_end(connection, END, End(link.id, link.sha256))
    return link.id


def note(
    connection: Connection,
    at: int,
    actor: str,
    action: AuditAction,
    target: str,
    detail: Mapping[str, Any],
) -> int:
    """Add the entry of an action within its transaction; return its number."""
    row = {"at": at, "actor": actor, "action": str(action), "target": target}
    return append(connection, row | {"detail": json.dumps(dict(detail), sort_keys=True)})


def remove_before(connection: Connection, moment: int) -> int:
    """Remove the oldest entries, those before ``moment``; the chain then begins behind them.

    An entry stays, however old, while an older one before it in the chain is young.
    """
    lock_chain(connection)
    first_young = select(func.min(audit.c.id)).where(audit.c.at >= moment).scalar_subquery()
    old = audit.c.id < func.coalesce(first_young, read_end(connection, END).id + 1)
    statement = select(audit.c.id, audit.c.sha256).where(old).order_by(audit.c.id.desc()).limit(1)
    row = connection.execute(statement).one_or_none()
    if row is None:
        return 0
    write_end(connection, START, End(row.id, row.sha256))
    return int(connection.execute(delete(audit).where(audit.c.id <= row.id)).rowcount)


def link_of(row: Any) -> Link:
    """Return a row of the table as a part of the chain."""
    return Link(
        id=row.id,
        at=row.at,
        actor=row.actor,
        action=row.action,
        target=row.target,
        detail=row.detail,
        sha256=row.sha256,
    )


def as_row(link: Link) -> dict[str, Any]:
    """Return a part of the chain as a row."""
    names = ("id", "at", "actor", "action", "target", "detail", "sha256")
    return {name: getattr(link, name) for name in names}
