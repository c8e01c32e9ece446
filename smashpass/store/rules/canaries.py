"""The canary: a revision beside the active one, and what was seen of the two."""

from __future__ import annotations

import json
from collections.abc import Mapping

from sqlalchemy import Connection, Engine, delete, insert, select, update

from smashpass.core.errors import Conflict, StaleVersion
from smashpass.core.operations.audit import AuditAction
from smashpass.core.rules.revision import Canary, CanaryComparison
from smashpass.store.engine.audit_chain import note
from smashpass.store.engine.database import now, reading, writing
from smashpass.store.engine.tables import canary, revision, revision_slot
from smashpass.store.rules.revisions import CANARY, active_of, keep

SAMPLED = 24
"""Differences that are kept of one canary, the first ones seen."""


class Canaries:
    """Keeps which revision runs beside the active one."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def start(
        self,
        files: Mapping[str, str],
        sha256: str,
        percent: int,
        *,
        by: str,
        origin: str,
        reason: str,
        replacing: int | None = None,
    ) -> Canary:
        """Let a rule set run beside the active one; the canary before it ends.

        Another share for the canary that runs keeps what was counted.

        Args:
            files: The texts by path.
            sha256: Names the set.
            percent: For how many viewers it decides; 0: for none, it only counts.
            by: Who does so.
            origin: Through which door.
            reason: Why.
            replacing: The number of the revision that must be active; None: any.

        Raises:
            Conflict: The set is the active one.
            StaleVersion: Another one than ``replacing`` is active.
        """
        with writing(self._engine, library=True) as connection:
            active = active_of(connection)
            if replacing is not None and active != replacing:
                raise StaleVersion(
                    "somebody else published rules in the meantime",
                    hint="review the changes and try again",
                )
            number = connection.scalar(select(revision.c.number).where(revision.c.sha256 == sha256))
            if number is None:
                number = keep(connection, files, sha256, by=by, reason=reason)
            if number == active:
                raise Conflict(
                    "these rules are active already", hint="choose other rules for the canary"
                )
            of_number = canary.c.number == number
            values = {"percent": percent, "by": by, "reason": reason, "at": now(self._engine)}
            if _number(connection) == number:
                connection.execute(update(canary).where(of_number).values(values))
            else:
                connection.execute(delete(canary).where(of_number))
                connection.execute(insert(canary), {"number": number, **values})
                _leave(connection)
                connection.execute(insert(revision_slot), {"slot": CANARY, "number": number})
            detail = {"percent": percent, "origin": origin, "reason": reason}
            note(connection, now(self._engine), by, AuditAction.RULES_CANARY, sha256, detail)
            return _canary(connection, number)

    def stop(self, *, by: str, origin: str) -> Canary | None:
        """End the canary and return what it was, or None if none runs."""
        with writing(self._engine, library=True) as connection:
            number = _number(connection)
            if not number:
                return None
            ended_canary = _canary(connection, number)
            _leave(connection)
            ended = AuditAction.RULES_CANARY_END
            note(connection, now(self._engine), by, ended, ended_canary.sha256, {"origin": origin})
            return ended_canary

    def current(self) -> Canary | None:
        """Return the canary that runs, or None."""
        with reading(self._engine) as connection:
            number = _number(connection)
            return _canary(connection, number) if number else None

    def add(self, number: int, more: CanaryComparison) -> None:
        """Add what a process saw of a canary; nothing if it never ran."""
        of_number = canary.c.number == number
        with writing(self._engine) as connection:
            row = connection.execute(
                select(canary.c.sample).where(of_number).with_for_update()
            ).one_or_none()
            if row is None:
                return
            sample = [*json.loads(row.sample), *map(dict, more.sample)][:SAMPLED]
            connection.execute(
                update(canary)
                .where(of_number)
                .values(
                    compared=canary.c.compared + more.compared,
                    to_smash=canary.c.to_smash + more.to_smash,
                    to_pass=canary.c.to_pass + more.to_pass,
                    moved=canary.c.moved + more.moved,
                    unsure=canary.c.unsure + more.unsure,
                    sample=json.dumps(sample, ensure_ascii=False),
                )
            )


def _number(connection: Connection) -> int:
    """Return the number of the canary that runs, 0 if none does."""
    statement = select(revision_slot.c.number).where(revision_slot.c.slot == CANARY)
    return connection.scalar(statement) or 0


def _leave(connection: Connection) -> None:
    """Empty the slot."""
    connection.execute(delete(revision_slot).where(revision_slot.c.slot == CANARY))


def _canary(connection: Connection, number: int) -> Canary:
    """Return the canary of this number."""
    statement = select(canary, revision.c.sha256).join(
        revision, revision.c.number == canary.c.number
    )
    row = connection.execute(statement.where(canary.c.number == number)).one()
    counts = CanaryComparison(
        row.compared, row.to_smash, row.to_pass, row.moved, row.unsure,
        tuple(json.loads(row.sample)),
    )  # fmt: skip
    return Canary(number, row.sha256, row.percent, row.by, row.reason, row.at, counts)
