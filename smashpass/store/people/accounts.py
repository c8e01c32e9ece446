"""Accounts of those who edit: a name, a role, a hashed password, perhaps a second factor."""

from __future__ import annotations

import hashlib
from collections.abc import Collection
from typing import Any

from sqlalchemy import Connection, Engine, Row, delete, func, insert, select, update
from sqlalchemy.exc import IntegrityError
from werkzeug.security import check_password_hash, generate_password_hash

from smashpass.core.errors import BadInput, Conflict, NotFound
from smashpass.core.people.account import MAX_PASSWORD, ROLES, Account, Guard, require_good_password
from smashpass.store.engine.database import now, reading, writing
from smashpass.store.engine.tables import account, recovery_code
from smashpass.store.people.account_work import AccountWork
from smashpass.store.people.secret_box import MARK, SecretBox


class Accounts(AccountWork):
    """Keeps the accounts."""

    def __init__(self, engine: Engine, box: SecretBox) -> None:
        """Open the store; ``box`` encrypts the secrets of second factors."""
        super().__init__(engine)
        self._box = box

    def create(self, name: str, role: str, password: str) -> Account:
        """Make an account.

        Raises:
            BadInput: The name, role or password cannot be used.
            Conflict: There is one of this name.
        """
        if not name.isprintable() or not 1 <= len(name) <= 64 or name != name.strip():
            raise BadInput(
                f"{name[:64]!r} is not a valid name", hint="use 1 to 64 plain characters"
            )
        row = {
            "name": name,
            "role": _role(role),
            "password": _hashed(password),
            "created_at": now(self._engine),
        }
        try:
            with writing(self._engine) as connection:
                number = connection.scalar(insert(account).values(row).returning(account.c.id))
        except IntegrityError as error:
            raise Conflict(f"the account {name!r} already exists") from error
        return Account(int(number or 0), name, role)

    def sign_in(self, name: str, password: str) -> Account | None:
        """Return the account if the password is right; an unknown name takes as long."""
        with reading(self._engine) as connection:
            row = connection.execute(select(account).where(account.c.name == name)).one_or_none()
        password_hash = _NOBODY if row is None else row.password
        right = check_password_hash(password_hash, password[:MAX_PASSWORD])
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

    def exists(self, name: str) -> bool:
        """Tell whether there is an account of this name, closed or not."""
        with reading(self._engine) as connection:
            return connection.scalar(select(account.c.id).where(account.c.name == name)) is not None

    def named(self, name: str) -> Account:
        """Return an account by its name. Raises NotFound if there is none."""
        with reading(self._engine) as connection:
            row = connection.execute(select(account).where(account.c.name == name)).one_or_none()
        if row is None:
            raise NotFound(
                f"there is no account {name!r}", hint="make one with `smashpass admin create`"
            )
        return account_of(row)

    def guard(self, number: int) -> Guard:
        """Return the second factor of an account. Raises NotFound if there is no such account."""
        with reading(self._engine) as connection:
            row = connection.execute(select(account).where(account.c.id == number)).one_or_none()
        if row is None:
            raise NotFound(f"there is no account {number}")
        return Guard(self._box.open(row.second_factor), row.second_factor_used)

    def accept_code(self, number: int, step: int) -> bool:
        """Remember a code by its time step; False if it or a later one was accepted before."""
        row = account.c
        unused = update(account).where(row.id == number, row.second_factor_used < step)
        with writing(self._engine) as connection:
            return connection.execute(unused.values(second_factor_used=step)).rowcount == 1

    def use_recovery_code(self, number: int, digits: str) -> bool:
        """Use a recovery code up; False if the account does not have it."""
        row = recovery_code.c
        used = delete(recovery_code).where(row.account_id == number, row.hash == _hash(digits))
        with writing(self._engine) as connection:
            return connection.execute(used).rowcount == 1

    def recovery_codes_left(self, number: int) -> int:
        """Return how many recovery codes an account has."""
        statement = select(func.count()).where(recovery_code.c.account_id == number)
        with reading(self._engine) as connection:
            return int(connection.scalar(statement) or 0)

    def set_password(self, number: int, password: str) -> None:
        """Give an account another password. Raises BadInput if it cannot be used."""
        self._change(number, password=_hashed(password))

    def set_second_factor(
        self, number: int, secret: str, used: int = 0, recovery: Collection[str] = ()
    ) -> None:
        """Ask for codes made from ``secret`` from now on; for none if it is empty.

        Args:
            number: The account.
            secret: What codes are made from; it is kept encrypted.
            used: Number of the code that was just shown.
            recovery: Digits of the recovery codes that take the place of those before.
        """
        sealed = self._box.close(secret) if secret else ""
        changed = update(account).where(account.c.id == number)
        with writing(self._engine) as connection:
            values = {"second_factor": sealed, "second_factor_used": used}
            if connection.execute(changed.values(values)).rowcount != 1:
                raise NotFound(f"there is no account {number}")
            _replace_recovery_codes(connection, number, recovery)

    def set_recovery_codes(self, number: int, recovery: Collection[str]) -> None:
        """Replace the recovery codes of an account; they are given by their digits."""
        with writing(self._engine) as connection:
            _replace_recovery_codes(connection, number, recovery)

    def encrypt_secrets(self) -> int:
        """Encrypt the secrets that an earlier version kept as they are; return how many."""
        row = account.c
        plain = (row.second_factor != "") & row.second_factor.not_like(f"{MARK}%")
        statement = select(row.id, row.second_factor).where(plain)
        with reading(self._engine) as connection:
            if connection.execute(statement.limit(1)).first() is None:
                return 0
        with writing(self._engine) as connection:
            rows = connection.execute(statement.with_for_update()).all()
            for owner in rows:
                changed = update(account).where(row.id == owner.id)
                closed = self._box.close(owner.second_factor)
                connection.execute(changed.values(second_factor=closed))
        return len(rows)

    def unreadable_secrets(self) -> list[str]:
        """Return the names of accounts whose secret was encrypted with another secret key."""
        row = account.c
        statement = select(row.name, row.second_factor).where(row.second_factor != "")
        with reading(self._engine) as connection:
            rows = connection.execute(statement.order_by(row.name)).all()
        return [owner.name for owner in rows if self._box.open(owner.second_factor) is None]

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
    """Return an account from a row of its table."""
    return Account(row.id, row.name, row.role, row.second_factor != "", row.disabled)


def _replace_recovery_codes(connection: Connection, number: int, recovery: Collection[str]) -> None:
    connection.execute(delete(recovery_code).where(recovery_code.c.account_id == number))
    rows = [{"account_id": number, "hash": _hash(digits)} for digits in recovery]
    if rows:
        connection.execute(insert(recovery_code), rows)


def _hash(digits: str) -> bytes:
    """Return what is kept of a recovery code: it is random and long, so a plain hash will do."""
    return hashlib.sha256(digits.encode()).digest()


def _role(role: str) -> str:
    if role not in ROLES:
        raise BadInput(f"there is no role {role!r}", hint=f"use {', '.join(ROLES)}")
    return role


def _hashed(password: str) -> str:
    require_good_password(password)
    return generate_password_hash(password)


# Of no password: what the check of an unknown name is made against.
_NOBODY = (
    "scrypt:32768:8:1$aaaaaaaaaaaaaaaa$"
    "0000000000000000000000000000000000000000000000000000000000000000"
    "0000000000000000000000000000000000000000000000000000000000000000"
)
