"""From a name, a password and perhaps a code to a session, or to one of three refusals."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from typing import Protocol

import pyotp

from smashpass.core.account import Account, Session
from smashpass.core.audit import AuditAction
from smashpass.core.errors import SmashpassError
from smashpass.services.trail import Trail

MOST_FAILURES = 5
LOCKED_S = 15 * 60
CODE_S = 30
"""A code of the second factor stands for so many seconds (RFC 6238)."""

_S = 1_000_000


class SignInRefused(SmashpassError):
    """Name, password or code are not right; which of them is not said."""

    code = "sign_in_refused"


class CodeNeeded(SmashpassError):
    """The password is right, and a code of the second factor is asked for."""

    code = "code_needed"


class Locked(SmashpassError):
    """There were too many wrong attempts; nothing counts for a while."""

    code = "locked"


class Guard(Protocol):
    """What stands between a password and a session; see ``store.accounts``."""

    @property
    def locked_until(self) -> int:
        """No attempt counts before this moment."""

    @property
    def secret(self) -> str:
        """Of the second factor; empty if there is none."""

    @property
    def used(self) -> int:
        """Number of the last code that was taken."""


class Accounts(Protocol):
    """Knows passwords."""

    def guard(self, name: str) -> Guard | None:
        """Return what guards an account, or None if there is none."""

    def sign_in(self, name: str, password: str) -> Account | None:
        """Return the account if the password is right; as slow for unknown names."""

    def failed(self, name: str, *, most: int, lock_until: int) -> int:
        """Count a wrong attempt."""

    def passed(self, name: str, *, used: int) -> bool:
        """Forget wrong attempts; False if the code was taken before."""


class Sessions(Protocol):
    """Makes sessions."""

    def start(self, owner: int, agent: str) -> str:
        """Return the cookie of a new session."""

    def end(self, owner: int, number: int) -> None:
        """End a session of an account."""


class SigningIn:
    """Lets people in."""

    def __init__(
        self,
        accounts: Accounts,
        sessions: Sessions,
        trail: Trail,
        *,
        clock: Callable[[], float] = time.time,
    ) -> None:
        """Take who knows passwords, who makes sessions, the trail, and seconds since 1970."""
        self._accounts, self._sessions, self._trail = accounts, sessions, trail
        self._clock = clock

    def enter(self, name: str, password: str, code: str, *, agent: str, address: str) -> str:
        """Return the cookie of a new session.

        Every attempt on an account that exists is in the trail, with the address it came from.

        Raises:
            SignInRefused: Name, password or code are wrong.
            CodeNeeded: All is right, but there is a second factor and no code was given.
            Locked: There were too many wrong attempts.
        """
        now = self._clock()
        guard = self._accounts.guard(name)
        if guard is not None and guard.locked_until > now * _S:
            minutes = math.ceil((guard.locked_until / _S - now) / 60)
            raise Locked(
                "there were too many wrong attempts",
                hint=f"try again in {minutes} minute{'s' if minutes > 1 else ''}",
            )
        account = self._accounts.sign_in(name, password)
        used = 0
        if account is not None and guard is not None and guard.secret:
            if not code.strip():
                raise CodeNeeded("type the code of your authenticator app")
            used = code_number(guard.secret, code, now)
        good = account is not None and (used > 0 or not account.second_factor)
        if account is None or not good or not self._accounts.passed(name, used=used):
            if guard is not None:
                self._count(name, address, now)
            raise SignInRefused(
                "name, password or code are not right", hint="mind capital letters and try again"
            )
        self._trail.append(
            account.name, AuditAction.SESSION_START, account.name, {"address": address}
        )
        return self._sessions.start(account.id, agent)

    def leave(self, session: Session) -> None:
        """End a session that somebody signs out of."""
        self._sessions.end(session.account.id, session.id)
        name = session.account.name
        self._trail.append(name, AuditAction.SESSION_SIGN_OUT, name)

    def _count(self, name: str, address: str, now: float) -> None:
        """Count a wrong attempt on an account that exists."""
        lock_until = int((now + LOCKED_S) * _S)
        failures = self._accounts.failed(name, most=MOST_FAILURES, lock_until=lock_until)
        self._trail.append(name, AuditAction.SESSION_REFUSE, name, {"address": address})
        if failures >= MOST_FAILURES:
            self._trail.append(name, AuditAction.ACCOUNT_LOCK, name, {"minutes": LOCKED_S // 60})


def new_secret() -> str:
    """Return a secret that codes can be made from."""
    return pyotp.random_base32()


def secret_address(secret: str, name: str) -> str:
    """Return the address that authenticator apps read from a picture."""
    return str(pyotp.TOTP(secret).provisioning_uri(name=name, issuer_name="smashpass"))


def code_number(secret: str, code: str, now: float) -> int:
    """Return the number of the time step that ``code`` is of, 0 if it is of none.

    The step before and the one after count too: clocks differ.
    """
    digits = "".join(code.split())
    if not digits.isascii() or not digits.isdigit():
        return 0
    step = int(now) // CODE_S
    maker = pyotp.TOTP(secret)
    for number in (step, step - 1, step + 1):
        if pyotp.utils.strings_equal(maker.at(number * CODE_S), digits):
            return number
    return 0
