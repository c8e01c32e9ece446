"""Drafts of rule files, each of one account."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, Engine, delete, insert, select, update
from sqlalchemy.exc import IntegrityError

from smashpass.core.errors import StaleVersion
from smashpass.core.rules.draft import RuleDraft
from smashpass.store.engine.database import now, reading, writing
from smashpass.store.engine.tables import rule_draft


class RuleDrafts:
    """Keeps drafts until they are published or dropped."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def of(self, account: int) -> list[RuleDraft]:
        """Return the drafts of an account, by path."""
        statement = select(rule_draft).where(rule_draft.c.account_id == account)
        with reading(self._engine) as connection:
            rows = connection.execute(statement.order_by(rule_draft.c.path)).all()
        return [_draft(row) for row in rows]

    def find(self, account: int, path: str) -> RuleDraft | None:
        """Return one draft, or None."""
        with reading(self._engine) as connection:
            return _find(connection, account, path)

    def save(
        self, account: int, path: str, *, base: int, text: str, last_saved_at: int
    ) -> RuleDraft:
        """Keep a draft and return it.

        Args:
            account: Whose it is.
            path: Of the file.
            base: Number of the revision that it began with.
            text: The whole text.
            last_saved_at: When the draft before it was saved; 0 if there was none.

        Raises:
            StaleVersion: The draft that is kept is not that one.
        """
        try:
            return self._saved(account, path, base, text, last_saved_at)
        except IntegrityError as error:  # two windows made the first draft at once
            raise _stale(path) from error

    def drop(self, account: int, path: str, *, last_saved_at: int | None = None) -> bool:
        """Forget a draft unless it was saved since ``last_saved_at``; tell whether it existed."""
        statement = delete(rule_draft).where(_is(account, path))
        if last_saved_at is not None:
            statement = statement.where(rule_draft.c.saved_at == last_saved_at)
        with writing(self._engine) as connection:
            return bool(connection.execute(statement).rowcount)

    def _saved(
        self, account: int, path: str, base: int, text: str, last_saved_at: int
    ) -> RuleDraft:
        with writing(self._engine) as connection:
            previous = _find(connection, account, path, locking=True)
            if (0 if previous is None else previous.saved_at) != last_saved_at:
                raise _stale(path)
            draft = RuleDraft(path, base, text, max(now(self._engine), last_saved_at + 1))
            values = {"base": base, "text": text, "saved_at": draft.saved_at}
            if previous is None:
                new = {"account_id": account, "path": path, **values}
                connection.execute(insert(rule_draft), new)
            else:
                connection.execute(update(rule_draft).where(_is(account, path)).values(values))
            return draft


def _stale(path: str) -> StaleVersion:
    return StaleVersion(
        f"your draft of {path} was saved elsewhere in the meantime",
        hint="compare the two texts and save again",
    )


def _is(account: int, path: str) -> Any:
    return (rule_draft.c.account_id == account) & (rule_draft.c.path == path)


def _find(
    connection: Connection, account: int, path: str, *, locking: bool = False
) -> RuleDraft | None:
    statement = select(rule_draft).where(_is(account, path))
    row = connection.execute(statement.with_for_update() if locking else statement).one_or_none()
    return None if row is None else _draft(row)


def _draft(row: Any) -> RuleDraft:
    return RuleDraft(row.path, row.base, row.text, row.saved_at)
