"""Published rule sets: each is kept whole and permanently; one of them is active."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

from sqlalchemy import Connection, Engine, delete, insert, select, update

from smashpass.core.errors import NotFound, StaleVersion
from smashpass.core.operations.audit import AuditAction
from smashpass.core.operations.changelog import RevisionEdit
from smashpass.core.rules.revision import Revision, Slots
from smashpass.store.engine.database import now, reading, writing
from smashpass.store.engine.tables import canary, revision, revision_file, revision_slot
from smashpass.store.library import changelog

ACTIVE = "active"
CANARY = "canary"


class Revisions:
    """Keeps the revisions and which of them decides."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def publish(
        self,
        files: Mapping[str, str],
        sha256: str,
        *,
        by: str,
        reason: str,
        origin: str = "cli",
        replacing: int | None = None,
    ) -> Revision:
        """Keep a rule set (path → text), make it active and return it.

        A set that was published before, by its ``sha256``, becomes active again as it was kept.
        ``replacing`` is the number of the revision that must be active before, 0 for none;
        without it any may be.

        Raises:
            StaleVersion: Another one than ``replacing`` is active.
        """
        with writing(self._engine, library=True) as connection:
            if replacing is not None and active_of(connection) != replacing:
                raise StaleVersion(
                    "somebody else published rules in the meantime",
                    hint="review the changes and publish again",
                )
            statement = select(revision.c.number).where(revision.c.sha256 == sha256)
            number = connection.scalar(statement)
            if number is None:
                number = keep(connection, files, sha256, by=by, reason=reason)
            published = AuditAction.RULES_PUBLISH
            _activate(connection, number, published, by=by, reason=reason, origin=origin)
            return whole(connection, number)

    def rollback(self, sha256: str, *, by: str, reason: str, origin: str = "cli") -> Revision:
        """Make an earlier revision active, named by its sha256 or the first 8 or more digits.

        Raises:
            NotFound: No revision, or more than one, is named so.
        """
        with writing(self._engine, library=True) as connection:
            number = _find_number(connection, sha256)
            rolled_back = AuditAction.RULES_ROLLBACK
            _activate(connection, number, rolled_back, by=by, reason=reason, origin=origin)
            return whole(connection, number)

    def slots(self) -> Slots:
        """Return the numbers of the active revision and of the canary. One small read."""
        share = select(canary.c.percent).where(canary.c.number == revision_slot.c.number)
        statement = select(
            revision_slot.c.slot, revision_slot.c.number, share.scalar_subquery().label("percent")
        )
        with reading(self._engine) as connection:
            rows = {row.slot: row for row in connection.execute(statement)}
        active, beside = rows.get(ACTIVE), rows.get(CANARY)
        return Slots(
            active=active.number if active else 0,
            canary=beside.number if beside else 0,
            percent=beside.percent or 0 if beside else 0,
        )

    def numbered(self, number: int) -> Revision:
        """Return the revision of this number, which exists, whole."""
        with reading(self._engine) as connection:
            return whole(connection, number)

    def active(self) -> Revision | None:
        """Return the revision that decides, whole, or None before the first."""
        with reading(self._engine) as connection:
            number = active_of(connection)
            return whole(connection, number) if number else None

    def get(self, sha256: str) -> Revision:
        """Return a revision, whole, by 8 or more leading digits of its sha256.

        Raises:
            NotFound: No revision, or more than one, is named so.
        """
        with reading(self._engine) as connection:
            return whole(connection, _find_number(connection, sha256))

    def list(self) -> list[Revision]:
        """Return all revisions without their files, newest first."""
        with reading(self._engine) as connection:
            active = active_of(connection)
            rows = connection.execute(select(revision).order_by(revision.c.number.desc()))
            return [_revision(row, active, {}) for row in rows]


def keep(
    connection: Connection, files: Mapping[str, str], sha256: str, *, by: str, reason: str
) -> int:
    """Insert a revision with its files and return its number."""
    row = {"sha256": sha256, "by": by, "reason": reason, "at": now(connection)}
    inserted = insert(revision).values(row).returning(revision.c.number)
    number = cast(int, connection.scalar(inserted))
    rows = [{"number": number, "path": path, "text": text} for path, text in files.items()]
    if rows:
        connection.execute(insert(revision_file), rows)
    return number


def _activate(
    connection: Connection, number: int, action: AuditAction, *, by: str, reason: str, origin: str
) -> None:
    """Point the active slot at a revision and log it, unless it points there."""
    previous = active_of(connection)
    # A canary that becomes the active revision has ended well.
    promoted = (revision_slot.c.slot == CANARY) & (revision_slot.c.number == number)
    connection.execute(delete(revision_slot).where(promoted))
    if previous == number:
        return
    if previous:
        moved = update(revision_slot).where(revision_slot.c.slot == ACTIVE)
        connection.execute(moved.values(number=number))
    else:
        connection.execute(insert(revision_slot), {"slot": ACTIVE, "number": number})
    statement = select(revision.c.sha256).where(revision.c.number == number)
    sha256 = cast(str, connection.scalar(statement))
    changelog.append(
        connection,
        RevisionEdit(number, sha256, previous),
        by=by,
        origin=origin,
        reason=reason,
        action=action,
        target=sha256,
    )


def active_of(connection: Connection) -> int:
    """Return the number of the active revision, 0 if there is none."""
    statement = select(revision_slot.c.number).where(revision_slot.c.slot == ACTIVE)
    return connection.scalar(statement) or 0


def _find_number(connection: Connection, sha256: str) -> int:
    """Return the number of the one revision whose sha256 begins with ``sha256``."""
    numbers = []
    if len(sha256) >= 8 and sha256.isalnum():
        statement = select(revision.c.number).where(revision.c.sha256.startswith(sha256.lower()))
        numbers = list(connection.scalars(statement.limit(2)))
    if len(numbers) != 1:
        raise NotFound(
            f"no single revision matches {sha256!r}",
            hint="list them with 'smashpass rules list' and give at least 8 digits",
        )
    return int(numbers[0])


def whole(connection: Connection, number: int) -> Revision:
    """Return a revision with its files."""
    row = connection.execute(select(revision).where(revision.c.number == number)).one()
    statement = select(revision_file).where(revision_file.c.number == number)
    files = {file.path: file.text for file in connection.execute(statement.order_by("path"))}
    return _revision(row, active_of(connection), files)


def _revision(row: Any, active: int, files: Mapping[str, str]) -> Revision:
    return Revision(
        number=row.number,
        sha256=row.sha256,
        by=row.by,
        reason=row.reason,
        at=row.at,
        active=row.number == active,
        files=files,
    )
