"""Whether somebody is who they say: a password and, with a second factor, a code."""

from __future__ import annotations

from dataclasses import dataclass

from smashpass.clock import Clock
from smashpass.core.errors import NotPossible, SmashpassError
from smashpass.core.people.account import Account
from smashpass.services.accounts.attempts import Attempt, Attempts
from smashpass.services.accounts.second_factor import code_number, recovery_digits
from smashpass.services.ports.people import AccountStore


class WrongCredentials(SmashpassError):
    """Name, password or code are wrong; which of them is not said."""

    code = "wrong_credentials"


class CodeNeeded(SmashpassError):
    """The password is right, and a code of the second factor is asked for."""

    code = "code_needed"


@dataclass(frozen=True, slots=True)
class Proof:
    """What somebody sends to prove who they are.

    Attributes:
        password: The current password.
        code: A code of the authenticator app or a recovery code; empty without one.
        address: Where it comes from.
        device: The browser, if it is known to belong to the account; else empty.
    """

    password: str
    code: str
    address: str
    device: str = ""


@dataclass(frozen=True, slots=True)
class Verified:
    """Somebody who proved who they are; ``recovered`` if a recovery code was used up for it."""

    account: Account
    recovered: bool


class Verifier:
    """Checks proofs of one kind, such as for signing in, and counts the wrong ones."""

    def __init__(self, accounts: AccountStore, attempts: Attempts, clock: Clock) -> None:
        """Create a verifier; ``clock`` gives microseconds since 1970."""
        self._accounts, self._attempts, self._clock = accounts, attempts, clock

    def verify(self, name: str, proof: Proof) -> Verified:
        """Return whose proof it is. Takes as long for names that do not exist.

        Raises:
            TooManyAttempts: Nothing was looked at, as too many proofs were wrong.
            CodeNeeded: All is right, but there is a second factor and no code was sent.
            WrongCredentials: Something is wrong.
            NotPossible: The code cannot be checked, because the secret key has changed.
        """
        attempt = self._attempts.begin(name, proof.address, proof.device)
        account = self._accounts.sign_in(name, proof.password)
        if account is None:
            raise WrongCredentials("the password or the code is wrong", hint="try again")
        recovered = account.second_factor and self._recovers(account, proof, attempt)
        self._attempts.succeed(attempt)
        return Verified(account, recovered)

    def verify_code(self, name: str, proof: Proof) -> Verified:
        """Return whose code it is; the caller knows that the password was right just now.

        Raises:
            NotFound: There is no such account.
            TooManyAttempts, CodeNeeded, WrongCredentials, NotPossible: See :meth:`verify`.
        """
        attempt = self._attempts.begin(name, proof.address, proof.device)
        account = self._accounts.named(name)
        if account.disabled or not account.second_factor:
            raise WrongCredentials("the code is wrong", hint="sign in again")
        recovered = self._recovers(account, proof, attempt)
        self._attempts.succeed(attempt)
        return Verified(account, recovered)

    def _recovers(self, account: Account, proof: Proof, attempt: Attempt) -> bool:
        """Use the code of a proof up; return whether it was a recovery code."""
        if not proof.code.strip():
            self._attempts.withdraw(attempt)
            raise CodeNeeded(
                "a code is needed",
                hint="enter a code from your authenticator app, or a recovery code",
            )
        return self._check_code(account, proof.code)

    def _check_code(self, account: Account, code: str) -> bool:
        """Use a code up; return whether it was a recovery code."""
        digits = recovery_digits(code)
        if digits:
            if self._accounts.use_recovery_code(account.id, digits):
                return True
        else:
            secret = self._accounts.guard(account.id).secret
            if secret is None:
                raise NotPossible(
                    "codes cannot be checked, because the secret key of this server has changed",
                    hint=f"use a recovery code, or run: smashpass admin recover {account.name}",
                )
            step = code_number(secret, code, self._clock() / 1_000_000)
            if step and self._accounts.accept_code(account.id, step):
                return False
        raise WrongCredentials("the password or the code is wrong", hint="try again")
