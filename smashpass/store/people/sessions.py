"""Sessions: browsers in which somebody is signed in. Of their cookie only the hash is kept."""

from __future__ import annotations

import hashlib
import secrets

from sqlalchemy import Engine, delete, insert, select, update

from smashpass.core.errors import NotFound
from smashpass.core.people.account import Session
from smashpass.store.engine.database import now, reading, writing
from smashpass.store.engine.tables import account, admin_session
from smashpass.store.people.accounts import account_of

IDLE_S = 12 * 3_600
"""A session that nobody used for this long has ended."""
LONGEST_S = 7 * 24 * 3_600
"""A session ends after this, used or not."""

_NOTED_EVERY = 60 * 1_000_000
_S = 1_000_000


class Sessions:
    """Keeps the sessions."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def start(self, owner: int, agent: str) -> str:
        """Return the cookie of a new session; sessions that ended are swept away."""
        cookie, moment = secrets.token_urlsafe(32), now(self._engine)
        row = {
            "account_id": owner,
            "hash": _hash(cookie),
            "csrf": secrets.token_urlsafe(32),
            "created_at": moment,
            "seen_at": moment,
            "agent": agent[:200],
        }
        ended = (admin_session.c.seen_at < moment - IDLE_S * _S) | (
            admin_session.c.created_at < moment - LONGEST_S * _S
        )
        with writing(self._engine) as connection:
            connection.execute(delete(admin_session).where(ended))
            connection.execute(insert(admin_session).values(row))
        return cookie

    def of(self, cookie: str) -> Session | None:
        """Return the session of a cookie while it lasts, or None; notes its use once a minute."""
        if not cookie or len(cookie) > 100 or not cookie.isascii():
            return None
        moment, row = now(self._engine), admin_session.c
        statement = select(account, row.id.label("session"), row.csrf, row.seen_at, row.agent,
                        row.created_at.label("began"))  # fmt: skip
        statement = statement.join_from(admin_session, account)
        statement = statement.where(
            row.hash == _hash(cookie),
            row.seen_at >= moment - IDLE_S * _S,
            row.created_at >= moment - LONGEST_S * _S,
            account.c.disabled.is_(False),
        )
        with reading(self._engine) as connection:
            entry = connection.execute(statement).one_or_none()
        if entry is None:
            return None
        if entry.seen_at < moment - _NOTED_EVERY:
            use = update(admin_session).where(row.id == entry.session).values(seen_at=moment)
            with writing(self._engine) as connection:
                connection.execute(use)
        return Session(
            entry.session,
            account_of(entry),
            entry.csrf,
            entry.began,
            entry.seen_at,
            entry.agent,
        )

    def of_account(self, owner: int) -> list[Session]:
        """Return the sessions of an account that last, the one used last first."""
        moment, row = now(self._engine), admin_session.c
        statement = select(account, row.id.label("session"), row.seen_at, row.agent,
                        row.created_at.label("began"))  # fmt: skip
        statement = statement.join_from(admin_session, account)
        statement = statement.where(
            row.account_id == owner,
            row.seen_at >= moment - IDLE_S * _S,
            row.created_at >= moment - LONGEST_S * _S,
        )
        with reading(self._engine) as connection:
            rows = connection.execute(statement.order_by(row.seen_at.desc(), row.id.desc())).all()
        return [
            Session(
                entry.session,
                account_of(entry),
                "",
                entry.began,
                entry.seen_at,
                entry.agent,
            )
            for entry in rows
        ]

    def end(self, owner: int, number: int) -> None:
        """End a session. Raises NotFound if the account has none of this number."""
        gone = delete(admin_session).where(
            admin_session.c.account_id == owner, admin_session.c.id == number
        )
        with writing(self._engine) as connection:
            if connection.execute(gone).rowcount != 1:
                raise NotFound(f"there is no session {number}")

    def end_all(self, owner: int, *, but: int = 0) -> int:
        """End all sessions of an account but one, and return how many."""
        gone = delete(admin_session).where(
            admin_session.c.account_id == owner, admin_session.c.id != but
        )
        with writing(self._engine) as connection:
            return connection.execute(gone).rowcount


def _hash(cookie: str) -> bytes:
    """Return what is kept of a cookie: it is random, so that a plain hash cannot be guessed."""
    return hashlib.sha256(cookie.encode()).digest()
