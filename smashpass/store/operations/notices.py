"""Notices: one row a case, from the notice over the decision to the appeal about it."""

from __future__ import annotations

import json
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from sqlalchemy import Connection, Engine, func, insert, or_, select, update

from smashpass.core.errors import Conflict, NotFound
from smashpass.core.operations.notice import (
    CLAIM,
    TIME_TO_DECIDE,
    Notice,
    NoticeDecision,
    NoticeKind,
    NoticeState,
    Statement,
    case_reference,
    year_of,
)
from smashpass.store.engine.database import now, reading, writing
from smashpass.store.engine.tables import meta, notice

_TOKEN_BYTES = 24
_LONGEST_TOKEN = 64


class Notices:
    """Keeps the cases."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def open(self, number: int, image: str, kind: NoticeKind, text: str, contact: str) -> Notice:
        """Begin the case of a notice that the audit trail has under ``number``; return it."""
        at = now(self._engine)
        row: dict[str, Any] = {
            "id": number,
            "token": secrets.token_urlsafe(_TOKEN_BYTES),
            "at": at,
            "image": image,
            "kind": kind,
            "text": text,
            "contact": contact,
            "state": "open",
            "due_at": at + TIME_TO_DECIDE,
        }
        with writing(self._engine, library=True) as connection:
            row["reference"] = _next_reference(connection, year_of(at))
            connection.execute(insert(notice), row)
        return Notice(**row)

    def get(self, number: int) -> Notice:
        """Return a case.

        Raises:
            NotFound: There is none of this number.
        """
        with reading(self._engine) as connection:
            return _read(connection, number)

    def of_token(self, token: str) -> Notice:
        """Return the case whose public address has ``token``.

        Raises:
            NotFound: There is none.
        """
        row = None
        if token.isascii() and 0 < len(token) <= _LONGEST_TOKEN:
            with reading(self._engine) as connection:
                statement = select(notice).where(notice.c.token == token)
                row = connection.execute(statement).one_or_none()
        if row is None:
            raise NotFound("there is no such case")
        return _notice(row)

    def in_states(
        self, states: Sequence[NoticeState], *, newest: bool = False, page: int = 1, size: int = 100
    ) -> tuple[list[Notice], int]:
        """Return a page of the cases in some states, and how many there are on all pages.

        The next due comes first; with ``newest`` the one that began last.
        """
        among = notice.c.state.in_(list(states))
        order = (notice.c.id.desc(),) if newest else (notice.c.due_at, notice.c.id)
        statement = select(notice).where(among).order_by(*order)
        with reading(self._engine) as connection:
            total = connection.scalar(select(func.count()).select_from(notice).where(among)) or 0
            rows = connection.execute(statement.limit(size).offset((page - 1) * size))
            return [_notice(row) for row in rows], total

    def waiting(self) -> tuple[int, int]:
        """Return how many cases wait for a decision, and how many of them too long."""
        open_ones = notice.c.state.in_(("open", "appealed"))
        count = select(func.count()).select_from(notice).where(open_ones)
        with reading(self._engine) as connection:
            late = connection.scalar(count.where(notice.c.due_at < now(self._engine))) or 0
            return connection.scalar(count) or 0, late

    def since(self, moment: int) -> list[Notice]:
        """Return the cases that began at a moment or later, oldest first."""
        statement = select(notice).where(notice.c.at >= moment).order_by(notice.c.id)
        with reading(self._engine) as connection:
            return [_notice(row) for row in connection.execute(statement)]

    def about(self, image: str) -> list[Notice]:
        """Return all cases about an image, oldest first."""
        statement = select(notice).where(notice.c.image == image).order_by(notice.c.id)
        with reading(self._engine) as connection:
            return [_notice(row) for row in connection.execute(statement)]

    def claim(self, number: int, by: str) -> Notice:
        """Let ``by`` work on a case that waits for a decision; renews a claim of theirs.

        Raises:
            NotFound: There is no such case.
            Conflict: Somebody else works on it, or nothing is to be decided.
        """
        moment = now(self._engine)
        free = or_(notice.c.claimed_by.in_(("", by)), notice.c.claimed_at <= moment - CLAIM)
        return self._settle(number, {"claimed_by": by, "claimed_at": moment}, free, _waiting, by=by)

    def let_go(self, number: int, by: str) -> Notice:
        """End a claim of ``by``, if there is one."""
        mine = (notice.c.id == number) & (notice.c.claimed_by == by)
        with writing(self._engine) as connection:
            connection.execute(update(notice).where(mine).values(claimed_by="", claimed_at=0))
            return _read(connection, number)

    def decide(self, number: int, decision: NoticeDecision) -> Notice:
        """Keep the decision of somebody who has claimed the case.

        Raises:
            NotFound: There is no such case.
            Conflict: It was decided before, or the claim has ended.
        """
        values = {"state": "decided", "first": _written(decision), "claimed_by": ""}
        mine = notice.c.claimed_by == decision.by
        return self._settle(number, values, mine, notice.c.state == "open", by=decision.by)

    def appeal(self, number: int, text: str) -> Notice:
        """Begin the second part of a case, with a clock of its own; it can be done once.

        Raises:
            NotFound: There is no such case.
            Conflict: Nothing was decided yet, or it was appealed before.
        """
        moment = now(self._engine)
        values = {
            "state": "appealed",
            "appeal": text,
            "appealed_at": moment,
            "due_at": moment + TIME_TO_DECIDE,
        }
        return self._settle(number, values, notice.c.state == "decided")

    def decide_again(self, number: int, decision: NoticeDecision) -> Notice:
        """Keep the decision about an appeal, which ends the case.

        Raises:
            NotFound: There is no such case.
            Conflict: There is no appeal to be decided, or the claim has ended.
        """
        values = {"state": "closed", "second": _written(decision), "claimed_by": ""}
        mine = notice.c.claimed_by == decision.by
        return self._settle(number, values, mine, notice.c.state == "appealed", by=decision.by)

    def _settle(
        self, number: int, values: Mapping[str, Any], *conditions: Any, by: str = ""
    ) -> Notice:
        """Change a case if all conditions hold, and return it; else say why they do not."""
        with writing(self._engine) as connection:
            step = update(notice).where(notice.c.id == number, *conditions).values(values)
            changed = connection.execute(step).rowcount == 1
            case = _read(connection, number)
        if changed:
            return case
        holder = case.holder(now(self._engine))
        if case.waiting and holder and holder != by:
            raise Conflict(
                f"case {case.reference} is worked on by {holder}", hint="take another one"
            )
        raise Conflict(
            f"case {case.reference} is {case.state} by now", hint="reload it before you continue"
        )


def _next_reference(connection: Connection, year: int) -> str:
    """Count a case of a year; the count outlives cases that are removed, so none is used twice.

    The caller's transaction is the only writer of the library.
    """
    name = f"cases_{year}"
    before = connection.scalar(select(meta.c.value).where(meta.c.name == name))
    number = int(before or 0) + 1
    if before is None:
        connection.execute(insert(meta), {"name": name, "value": str(number)})
    else:
        counted = update(meta).where(meta.c.name == name).values(value=str(number))
        connection.execute(counted)
    return case_reference(year, number)


_waiting = notice.c.state.in_(("open", "appealed"))


def _written(decision: NoticeDecision) -> str:
    return json.dumps(asdict(decision), sort_keys=True)


def _decision(text: str) -> NoticeDecision | None:
    if not text:
        return None
    fields = json.loads(text)
    return NoticeDecision(**(fields | {"statement": Statement(**fields["statement"])}))


def _read(connection: Connection, number: int) -> Notice:
    """Return a case or raise NotFound."""
    row = connection.execute(select(notice).where(notice.c.id == number)).one_or_none()
    if row is None:
        raise NotFound(f"there is no case {number}")
    return _notice(row)


def _notice(row: Any) -> Notice:
    fields = dict(row._mapping)
    return Notice(**(fields | {name: _decision(fields[name]) for name in ("first", "second")}))
