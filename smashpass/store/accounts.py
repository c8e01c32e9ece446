"""Accounts of those who edit: a name, a role, a hashed password, perhaps a second factor."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Engine, Row, insert, select, update
from sqlalchemy.exc import IntegrityError
from werkzeug.security import check_password_hash, generate_password_hash

from smashpass.core.account import ROLES, Account
from smashpass.core.errors import BadInput, Conflict, NotFound
from smashpass.store.database import now, reading, writing
from smashpass.store.tables import account

MIN_PASSWORD = 12
MAX_PASSWORD = 1_000


@dataclass(frozen=True, slots=True)
class Guard:
    """What stands between a password and a session.

    Attributes:
        failures: Wrong attempts since the last right one.
        locked_until: No attempt counts before this moment.
        secret: Of the second factor; empty if there is none.
        used: Number of the last code that was taken, so that none is taken twice.
    """

    failures: int
    locked_until: int
    secret: str
    used: int


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
        row = {
            "name": name,
            "role": _role(role),
            "password": _hashed(password),
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
        return account_of(row) if right and row is not None and not row.disabled else None

    def find(self, number: int) -> Account | None:
        """Return an account by its number, or None."""
        with reading(self._engine) as connection:
            row = connection.execute(select(account).where(account.c.id == number)).one_or_none()
        return None if row is None else account_of(row)

    def everyone(self) -> list[Account]:
        """Return all accounts by name."""
        with reading(self._engine) as connection:
            rows = connection.execute(select(account).order_by(account.c.name)).all()
        return [account_of(row) for row in rows]

    def guard(self, name: str) -> Guard | None:
        """Return what guards an account, or None if there is no such account."""
        with reading(self._engine) as connection:
            row = connection.execute(select(account).where(account.c.name == name)).one_or_none()
        if row is None:
            return None
        return Guard(row.failures, row.locked_until, row.second_factor, row.second_factor_used)

    def failed(self, name: str, *, most: int, lock_until: int) -> int:
        """Count a wrong attempt; the ``most``-th locks the account. Return how many there were."""
        more = update(account).where(account.c.name == name)
        counted = more.values(failures=account.c.failures + 1).returning(account.c.failures)
        with writing(self._engine) as connection:
            failures = int(connection.scalar(counted) or 0)
            if failures >= most:
                connection.execute(more.values(failures=0, locked_until=lock_until))
        return failures

    def passed(self, name: str, *, used: int) -> bool:
        """Forget wrong attempts and remember the code that was taken; False if it was before."""
        row = account.c
        done = update(account).where(row.name == name)
        if used:
            done = done.where(row.second_factor_used < used).values(second_factor_used=used)
        with writing(self._engine) as connection:
            return connection.execute(done.values(failures=0, locked_until=0)).rowcount == 1

    def set_password(self, number: int, password: str) -> None:
        """Give an account another password, and take away what locks it.

        Raises:
            BadInput: The password cannot be used.
        """
        self._change(number, password=_hashed(password), failures=0, locked_until=0)

    def set_second_factor(self, number: int, secret: str, used: int = 0) -> None:
        """Ask for codes made from ``secret`` from now on; for none if it is empty."""
        self._change(number, second_factor=secret, second_factor_used=used)

    def set_role(self, number: int, role: str) -> None:
        """Give an account another role. Raises BadInput if there is no such role."""
        self._change(number, role=_role(role))

    def disable(self, number: int, *, disabled: bool) -> None:
        """Let nobody sign in with an account, or let them again."""
        self._change(number, disabled=disabled)

    def _change(self, number: int, **values: object) -> None:
        changed = update(account).where(account.c.id == number).values(values)
        with writing(self._engine) as connection:
            if connection.execute(changed).rowcount != 1:
                raise NotFound(f"there is no account {number}")


def account_of(row: Row[Any]) -> Account:
    """Return a row of the table as a value."""
    return Account(row.id, row.name, row.role, row.second_factor != "", row.disabled)


def _role(role: str) -> str:
    if role not in ROLES:
        raise BadInput(f"there is no role {role!r}", hint=f"use {', '.join(ROLES)}")
    return role


def _hashed(password: str) -> str:
    if not MIN_PASSWORD <= len(password) <= MAX_PASSWORD:
        raise BadInput(
            f"the password has {len(password)} characters", hint=f"use {MIN_PASSWORD} or more"
        )
    return generate_password_hash(password)


# Of no password: what the check of an unknown name is made against.
_NOBODY = (
    "scrypt:32768:8:1$aaaaaaaaaaaaaaaa$"
    "0000000000000000000000000000000000000000000000000000000000000000"
    "0000000000000000000000000000000000000000000000000000000000000000"
)
