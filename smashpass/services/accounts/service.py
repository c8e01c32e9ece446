"""Administration of accounts: what admins do to others' accounts, and people to their own."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from smashpass.clock import Clock
from smashpass.core.errors import BadInput, NotFound
from smashpass.core.operations.audit import AuditAction
from smashpass.core.people.account import (
    ROLES,
    AccessToken,
    Account,
    Session,
    require_good_password,
    role_includes,
)
from smashpass.services.accounts.second_factor import (
    code_number,
    new_recovery_codes,
    recovery_digits,
)
from smashpass.services.accounts.verify import Proof, Verifier, WrongCredentials
from smashpass.services.ports.operations import AuditTrail
from smashpass.services.ports.people import AccountStore, SessionStore, TokenStore


@dataclass(frozen=True, slots=True)
class OwnAccount:
    """What the owner of an account sees of it.

    Attributes:
        sessions: The browsers that are signed in.
        tokens: The tokens of programs.
        recovery_codes_left: How many recovery codes are unused.
    """

    sessions: Sequence[Session]
    tokens: Sequence[AccessToken]
    recovery_codes_left: int


class AccountService:
    """All actions on accounts, each with its entry in the audit trail."""

    def __init__(
        self,
        *,
        accounts: AccountStore,
        verifier: Verifier,
        sessions: SessionStore,
        tokens: TokenStore,
        trail: AuditTrail,
        clock: Clock,
    ) -> None:
        """Create the service; ``clock`` returns microseconds since 1970."""
        self._accounts, self._sessions, self._tokens = accounts, sessions, tokens
        self._verifier, self._trail, self._clock = verifier, trail, clock

    def everyone(self) -> Sequence[Account]:
        """Return all accounts, by name."""
        return self._accounts.everyone()

    def own(self, account: Account) -> OwnAccount:
        """Return what the owner of an account sees of it."""
        return OwnAccount(
            sessions=self._sessions.of_account(account.id),
            tokens=self._tokens.of_account(account.id),
            recovery_codes_left=self._accounts.recovery_codes_left(account.id),
        )

    def create(self, name: str, role: str, password: str, *, by: str, origin: str) -> Account:
        """Make an account; its owner changes the password after the first sign-in.

        Raises:
            BadInput: The name, role or password cannot be used.
            Conflict: There is one of this name.
        """
        account = self._accounts.create(name, role, password)
        detail = {"role": role, "origin": origin}
        self._trail.append(by, AuditAction.ACCOUNT_CREATE, account.name, detail)
        return account

    def set_role(self, number: int, role: str, *, by: Account, origin: str) -> Account:
        """Let another account do more or less; return it as it was.

        Raises:
            NotFound: There is no such account.
            BadInput: It is one's own, or there is no such role.
        """
        account = self._other(number, by)
        self._accounts.set_role(account.id, role)
        detail = {"role": role, "origin": origin}
        self._trail.append(by.name, AuditAction.ACCOUNT_ROLE, account.name, detail)
        return account

    def close(self, number: int, *, by: Account, origin: str) -> Account:
        """Close another account, which ends its sessions and tokens; return it as it was.

        Raises:
            NotFound: There is no such account.
            BadInput: It is one's own.
        """
        account = self._other(number, by)
        self._accounts.disable(account.id, disabled=True)
        self._sessions.end_all(account.id)
        self._trail.append(by.name, AuditAction.ACCOUNT_CLOSE, account.name, {"origin": origin})
        return account

    def reopen(self, number: int, *, by: Account, origin: str) -> Account:
        """Open another account again; return it as it was. Raises as :meth:`close`."""
        account = self._other(number, by)
        self._accounts.disable(account.id, disabled=False)
        self._trail.append(by.name, AuditAction.ACCOUNT_REOPEN, account.name, {"origin": origin})
        return account

    def change_password(
        self, account: Account, new: str, proof: Proof, *, session: int, origin: str
    ) -> int:
        """Change one's own password; every other session ends. Returns how many ended.

        Raises:
            BadInput: The new password cannot be used.
            WrongCredentials, CodeNeeded, TooManyAttempts, NotPossible: See ``Verifier.verify``.
        """
        require_good_password(new)
        self._prove(account, proof, origin)
        self._accounts.set_password(account.id, new)
        ended = self._sessions.end_all(account.id, but=session)
        detail = {"sessions_ended": ended, "origin": origin}
        self._trail.append(account.name, AuditAction.PASSWORD_CHANGE, account.name, detail)
        return ended

    def switch_second_factor_on(
        self, account: Account, secret: str, code: str, proof: Proof, *, origin: str
    ) -> tuple[str, ...]:
        """Ask for codes made from ``secret`` from now on; in place of another secret, too.

        Args:
            account: One's own account.
            secret: What codes are made from.
            code: One of them, which shows that the app has the secret.
            proof: The password and, if there is a second factor already, a code of that.
            origin: The door.

        Returns:
            New recovery codes, to be shown once; those before are no longer valid.

        Raises:
            BadInput: The code is not made from the secret.
            WrongCredentials, CodeNeeded, TooManyAttempts, NotPossible: See ``Verifier.verify``.
        """
        used = code_number(secret, code, self._clock() / 1_000_000)
        if not used:
            raise BadInput(
                "the code of the new secret is wrong", hint="check the clock of the phone"
            )
        self._prove(account, proof, origin)
        codes = new_recovery_codes()
        self._accounts.set_second_factor(account.id, secret, used, _digits(codes))
        detail = {"replaced": account.second_factor, "origin": origin}
        self._trail.append(account.name, AuditAction.SECOND_FACTOR_ON, account.name, detail)
        return codes

    def switch_second_factor_off(self, account: Account, proof: Proof, *, origin: str) -> None:
        """Ask for no codes any more. Raises as ``Verifier.verify``."""
        self._prove(account, proof, origin)
        self._accounts.set_second_factor(account.id, "")
        off = AuditAction.SECOND_FACTOR_OFF
        self._trail.append(account.name, off, account.name, {"origin": origin})

    def renew_recovery_codes(
        self, account: Account, proof: Proof, *, origin: str
    ) -> tuple[str, ...]:
        """Return new recovery codes, to be shown once; those before are no longer valid.

        Raises:
            BadInput: The account has no second factor.
            WrongCredentials, CodeNeeded, TooManyAttempts, NotPossible: See ``Verifier.verify``.
        """
        if not account.second_factor:
            raise BadInput("this account has no second factor", hint="switch it on first")
        self._prove(account, proof, origin)
        codes = new_recovery_codes()
        self._accounts.set_recovery_codes(account.id, _digits(codes))
        renewed = AuditAction.RECOVERY_CODES_RENEW
        self._trail.append(account.name, renewed, account.name, {"origin": origin})
        return codes

    def recover(self, name: str, *, by: str, origin: str) -> bool:
        """Switch the second factor of an account off for somebody who lost it.

        Returns whether it was on. Every session of the account ends.

        Raises:
            NotFound: There is no such account.
        """
        account = self._accounts.named(name)
        self._accounts.set_second_factor(account.id, "")
        ended = self._sessions.end_all(account.id)
        detail = {"was_on": account.second_factor, "sessions_ended": ended, "origin": origin}
        self._trail.append(by, AuditAction.ACCOUNT_RECOVER, account.name, detail)
        return account.second_factor

    def end_session(self, account: Account, number: int, *, origin: str) -> None:
        """Sign out another browser of one's own."""
        self._sessions.end(account.id, number)
        self._trail.append(account.name, AuditAction.SESSION_END, account.name, {"origin": origin})

    def end_other_sessions(self, account: Account, current: int, *, origin: str) -> int:
        """Sign out every browser of one's own but the current one; return how many."""
        ended = self._sessions.end_all(account.id, but=current)
        detail = {"sessions_ended": ended, "origin": origin}
        self._trail.append(account.name, AuditAction.SESSION_END, account.name, detail)
        return ended

    def last_sign_ins(self) -> Mapping[int, int]:
        """Return the last sign-in by account, as far as the trail goes, in microseconds.

        Cost: one query an account, which goes back to its last sign-in.
        """
        moments: dict[int, int] = {}
        for account in self.everyone():
            started = AuditAction.SESSION_START
            for entry in self._trail.newest(None, 1, actor=account.name, action=started):
                moments[account.id] = entry.at
        return moments

    def create_token(self, account: Account, label: str, role: str, *, origin: str) -> str:
        """Return a new token of one's own that may at most what ``role`` may.

        Raises:
            BadInput: The label cannot be used, or the role may do more than the account.
        """
        if role not in ROLES or not role_includes(account.role, role):
            raise BadInput(
                f"your tokens cannot have the role {role[:40]!r}", hint="choose a role of the list"
            )
        token = self._tokens.make(account.id, label, role)
        detail = {"label": label.strip(), "role": role, "origin": origin}
        self._trail.append(account.name, AuditAction.TOKEN_CREATE, account.name, detail)
        return token

    def renew_token(self, name: str, *, by: str, origin: str) -> str:
        """Return a new token for the command line; the one before is no longer valid.

        Raises:
            NotFound: There is no such account.
        """
        token = self._tokens.renew(name)
        self._trail.append(by, AuditAction.TOKEN_CREATE, name, {"origin": origin})
        return token

    def revoke_token(self, account: Account, number: int, *, origin: str) -> None:
        """Take a token of one's own away; programs that use it are refused at once.

        Raises:
            NotFound: The account has no such token.
        """
        self._tokens.revoke(account.id, number)
        detail = {"token": number, "origin": origin}
        self._trail.append(account.name, AuditAction.TOKEN_REVOKE, account.name, detail)

    def _prove(self, account: Account, proof: Proof, origin: str) -> None:
        """Check that it is the owner who acts, not only somebody at their browser."""
        detail = {"address": proof.address, "origin": origin}
        try:
            verified = self._verifier.verify(account.name, proof)
        except WrongCredentials:
            self._trail.append(account.name, AuditAction.PROOF_REFUSE, account.name, detail)
            raise
        if verified.recovered:
            used = AuditAction.RECOVERY_CODE_USE
            self._trail.append(account.name, used, account.name, detail)

    def _other(self, number: int, by: Account) -> Account:
        """Return an account that is not one's own: nobody locks themselves out."""
        account = self._accounts.find(number)
        if account is None:
            raise NotFound("there is no such account")
        if account.id == by.id:
            raise BadInput("this is your own account", hint="let another admin change it")
        return account


def _digits(codes: Iterable[str]) -> list[str]:
    """Return what is kept of recovery codes, before it is hashed."""
    return [recovery_digits(code) for code in codes]
