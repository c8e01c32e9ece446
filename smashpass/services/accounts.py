"""Administration of accounts: what admins do to others' accounts, and people to their own."""

from __future__ import annotations

from typing import Protocol

from smashpass.core.account import ROLES, Account, may
from smashpass.core.audit import AuditAction
from smashpass.core.errors import BadInput, NotFound
from smashpass.services.trail import Trail


class Accounts(Protocol):
    """Keeps accounts."""

    def create(self, name: str, role: str, password: str) -> Account:
        """Make an account."""

    def find(self, number: int) -> Account | None:
        """Return an account by its number, or None."""

    def sign_in(self, name: str, password: str) -> Account | None:
        """Return the account if the password is right."""

    def set_password(self, number: int, password: str) -> None:
        """Give an account another password."""

    def set_second_factor(self, number: int, secret: str, used: int = 0) -> None:
        """Ask for codes made from ``secret`` from now on; for none if it is empty."""

    def set_role(self, number: int, role: str) -> None:
        """Give an account another role."""

    def disable(self, number: int, *, disabled: bool) -> None:
        """Let nobody sign in with an account, or let them again."""


class Sessions(Protocol):
    """Keeps the browsers in which somebody is signed in."""

    def end(self, owner: int, number: int) -> None:
        """End one session of an account."""

    def end_all(self, owner: int, *, but: int = 0) -> int:
        """End all sessions of an account but one; return how many."""


class Tokens(Protocol):
    """Keeps the tokens of programs."""

    def make(self, owner: int, label: str, role: str) -> str:
        """Return a new token of an account."""

    def renew(self, name: str) -> str:
        """Return a new token for the command line in place of the one before."""

    def revoke(self, owner: int, number: int) -> None:
        """Take a token away."""


class AccountAdministration:
    """Every act on accounts, each with its entry in the audit trail."""

    def __init__(
        self, accounts: Accounts, sessions: Sessions, tokens: Tokens, trail: Trail
    ) -> None:
        """Keep where accounts, sessions and tokens are, and the audit trail."""
        self._accounts, self._sessions, self._tokens = accounts, sessions, tokens
        self._trail = trail

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
        self, account: Account, current: str, new: str, *, session: int, origin: str
    ) -> int:
        """Change one's own password; every other session ends. Returns how many ended.

        Raises:
            BadInput: The current password is wrong, or the new one cannot be used.
        """
        self._require_password(account, current)
        self._accounts.set_password(account.id, new)
        ended = self._sessions.end_all(account.id, but=session)
        detail = {"sessions_ended": ended, "origin": origin}
        self._trail.append(account.name, AuditAction.PASSWORD_CHANGE, account.name, detail)
        return ended

    def switch_second_factor_on(
        self, account: Account, secret: str, used: int, *, origin: str
    ) -> None:
        """Ask for codes made from ``secret`` from now on; ``used`` numbers the code just shown."""
        self._accounts.set_second_factor(account.id, secret, used)
        on = AuditAction.SECOND_FACTOR_ON
        self._trail.append(account.name, on, account.name, {"origin": origin})

    def switch_second_factor_off(self, account: Account, current: str, *, origin: str) -> None:
        """Ask for no codes any more.

        Raises:
            BadInput: The current password is wrong.
        """
        self._require_password(account, current)
        self._accounts.set_second_factor(account.id, "")
        off = AuditAction.SECOND_FACTOR_OFF
        self._trail.append(account.name, off, account.name, {"origin": origin})

    def end_session(self, account: Account, number: int, *, origin: str) -> None:
        """Sign out another browser of one's own."""
        self._sessions.end(account.id, number)
        self._trail.append(account.name, AuditAction.SESSION_END, account.name, {"origin": origin})

    def create_token(self, account: Account, label: str, role: str, *, origin: str) -> str:
        """Return a new token of one's own that may at most what ``role`` may.

        Raises:
            BadInput: The label cannot be used, or the role may do more than the account.
        """
        if role not in ROLES or not may(account.role, role):
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

    def _require_password(self, account: Account, current: str) -> None:
        if self._accounts.sign_in(account.name, current) is None:
            raise BadInput("the current password is wrong", hint="type it again")

    def _other(self, number: int, by: Account) -> Account:
        """Return an account that is not one's own: nobody locks themselves out."""
        account = self._accounts.find(number)
        if account is None:
            raise NotFound("there is no such account")
        if account.id == by.id:
            raise BadInput("this is your own account", hint="let another admin change it")
        return account
