"""Tokens of programs: random text, of which only the hash is kept."""

from __future__ import annotations

import hashlib
import secrets

from sqlalchemy import Engine, delete, insert, select, update

from smashpass.core.errors import BadInput, NotFound
from smashpass.core.people.account import ROLES, AccessToken
from smashpass.store.engine.database import now, reading, writing
from smashpass.store.engine.tables import account, api_token

COMMAND_LINE = "command line"
"""Label of the one token that ``smashpass admin token`` makes anew each time."""
MAX_TOKENS = 100

_MARK = "spa_"
_NOTED_EVERY = 60 * 1_000_000


class Tokens:
    """Keeps the tokens."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def make(self, owner: int, label: str, role: str) -> str:
        """Return a new token of an account that may at most what ``role`` may.

        Raises:
            BadInput: The label or the role cannot be used, or there are too many.
        """
        if not label.strip() or len(label) > 64 or not label.isprintable():
            raise BadInput("a token needs a label", hint="use 1 to 64 plain characters")
        if role not in ROLES:
            raise BadInput(f"there is no role {role!r}", hint=f"use {', '.join(ROLES)}")
        text = _MARK + secrets.token_urlsafe(32)
        row = {
            "account_id": owner,
            "label": label.strip(),
            "role": role,
            "hash": _hash(text),
            "created_at": now(self._engine),
        }
        existing = select(api_token.c.id).where(api_token.c.account_id == owner)
        with writing(self._engine) as connection:
            if len(connection.execute(existing).all()) >= MAX_TOKENS:
                raise BadInput(f"the account has {MAX_TOKENS} tokens", hint="revoke some")
            connection.execute(insert(api_token).values(row))
        return text

    def renew(self, name: str) -> str:
        """Return a new token for the command line in place of the one before.

        Raises:
            NotFound: There is no such account.
        """
        with reading(self._engine) as connection:
            row = connection.execute(select(account).where(account.c.name == name)).one_or_none()
        if row is None:
            raise NotFound(f"there is no account {name!r}", hint="make it: smashpass admin create")
        gone = delete(api_token).where(api_token.c.account_id == row.id)
        with writing(self._engine) as connection:
            connection.execute(gone.where(api_token.c.label == COMMAND_LINE))
        return self.make(row.id, COMMAND_LINE, row.role)

    def of(self, token: str) -> tuple[str, str] | None:
        """Return whose token it is and what it may, or None; notes the use once a minute."""
        if not token.startswith(_MARK) or len(token) > 100 or not token.isascii():
            return None
        columns = (account.c.name, account.c.role, api_token.c.role, api_token.c.id)
        statement = select(*columns, api_token.c.used_at).join_from(api_token, account)
        statement = statement.where(api_token.c.hash == _hash(token), account.c.disabled.is_(False))
        with reading(self._engine) as connection:
            row = connection.execute(statement).one_or_none()
        if row is None:
            return None
        name, account_role, token_role, number, used_at = row
        moment = now(self._engine)
        if used_at is None or used_at < moment - _NOTED_EVERY:
            use = update(api_token).where(api_token.c.id == number).values(used_at=moment)
            with writing(self._engine) as connection:
                connection.execute(use)
        return name, max(account_role, token_role, key=ROLES.index)

    def of_account(self, owner: int) -> list[AccessToken]:
        """Return what is known of the tokens of an account, newest first."""
        statement = select(api_token).where(api_token.c.account_id == owner)
        with reading(self._engine) as connection:
            rows = connection.execute(statement.order_by(api_token.c.id.desc())).all()
        return [
            AccessToken(row.id, row.label, row.role, row.created_at, row.used_at) for row in rows
        ]

    def revoke(self, owner: int, number: int) -> None:
        """Revoke a token. Raises NotFound if the account has none of this number."""
        gone = delete(api_token).where(api_token.c.account_id == owner, api_token.c.id == number)
        with writing(self._engine) as connection:
            if connection.execute(gone).rowcount != 1:
                raise NotFound(f"there is no token {number}")


def _hash(token: str) -> bytes:
    """Return what is kept of a token: it is random, so that a plain hash cannot be guessed."""
    return hashlib.sha256(token.encode()).digest()
