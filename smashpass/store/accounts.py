"""Accounts of those who edit: a name, a role, a password and at most one token, both hashed."""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass

from sqlalchemy import Engine, insert, select, update
from sqlalchemy.exc import IntegrityError
from werkzeug.security import check_password_hash, generate_password_hash

from smashpass.core.errors import BadInput, Conflict, NotFound
from smashpass.store.database import now, reading, writing
from smashpass.store.tables import account

ROLES = ("admin", "editor", "moderator", "analyst")
MIN_PASSWORD = 12
MAX_PASSWORD = 1_000
_MARK = "spa_"


@dataclass(frozen=True, slots=True)
class Account:
    """One account, without its secrets."""

    id: int
    name: str
    role: str


class Accounts:
    """Keeps the accounts."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def create(self, name: str, role: str, password: str) -> Account:
        """Make an account.

        Raises:
            BadInput: The name, role or password cannot be used.
            Conflict: There is one of this name.
        """
        if not name.isprintable() or not 1 <= len(name) <= 64 or name != name.strip():
            raise BadInput(f"{name[:64]!r} is no name", hint="use 1 to 64 plain characters")
        if role not in ROLES:
            raise BadInput(f"there is no role {role!r}", hint=f"use {', '.join(ROLES)}")
        if not MIN_PASSWORD <= len(password) <= MAX_PASSWORD:
            raise BadInput(
                f"the password has {len(password)} characters",
                hint=f"use {MIN_PASSWORD} or more",
            )
        row = {
            "name": name,
            "role": role,
            "password": generate_password_hash(password),
            "created_at": now(),
        }
        try:
            with writing(self._engine) as connection:
                number = connection.scalar(insert(account).values(row).returning(account.c.id))
        except IntegrityError as error:
            raise Conflict(f"there is an account {name!r} already") from error
        return Account(int(number or 0), name, role)

    def sign_in(self, name: str, password: str) -> Account | None:
        """Return the account if the password is right; an unknown name takes as long."""
        with reading(self._engine) as connection:
            row = connection.execute(select(account).where(account.c.name == name)).one_or_none()
        kept = _NOBODY if row is None else row.password
        right = check_password_hash(kept, password[:MAX_PASSWORD])
        return Account(row.id, row.name, row.role) if right and row is not None else None

    def find(self, number: int) -> Account | None:
        """Return an account by its number, or None."""
        with reading(self._engine) as connection:
            row = connection.execute(select(account).where(account.c.id == number)).one_or_none()
        return None if row is None else Account(row.id, row.name, row.role)

    def new_token(self, name: str) -> str:
        """Return a new token of an account, in place of the one before; it is not kept itself.

        Raises:
            NotFound: There is no such account.
        """
        token = _MARK + secrets.token_urlsafe(32)
        changed = update(account).where(account.c.name == name).values(token=_hash(token))
        with writing(self._engine) as connection:
            if connection.execute(changed).rowcount != 1:
                raise NotFound(
                    f"there is no account {name!r}", hint="make it: smashpass admin create"
                )
        return token

    def of_token(self, token: str) -> tuple[str, str] | None:
        """Return name and role of the account that a token belongs to, or None."""
        if not token.startswith(_MARK) or len(token) > 100 or not token.isascii():
            return None
        wanted = select(account.c.name, account.c.role).where(account.c.token == _hash(token))
        with reading(self._engine) as connection:
            row = connection.execute(wanted).one_or_none()
        return None if row is None else (row.name, row.role)


def _hash(token: str) -> bytes:
    """Return what is kept of a token: it is random, so that a plain hash cannot be guessed."""
    return hashlib.sha256(token.encode()).digest()


# Of no password: what the check of an unknown name is made against.
_NOBODY = (
    "scrypt:32768:8:1$aaaaaaaaaaaaaaaa$"
    "0000000000000000000000000000000000000000000000000000000000000000"
    "0000000000000000000000000000000000000000000000000000000000000000"
)
