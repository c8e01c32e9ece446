"""From a name, a password and perhaps a code to a session."""

from __future__ import annotations

from smashpass.core.operations.audit import AuditAction
from smashpass.core.people.account import Session
from smashpass.services.accounts.verify import Proof, Verifier, WrongCredentials
from smashpass.services.ports.operations import AuditTrail
from smashpass.services.ports.people import AccountStore, SessionStore

NOBODY = "unknown"
"""Stands in the trail for a name that does not exist: a password may have been typed there."""


class SignIn:
    """Lets people in."""

    def __init__(
        self, accounts: AccountStore, verifier: Verifier, sessions: SessionStore, trail: AuditTrail
    ) -> None:
        self._accounts, self._verifier = accounts, verifier
        self._sessions, self._trail = sessions, trail

    def enter(self, name: str, proof: Proof, *, agent: str) -> str:
        """Return the cookie of a new session.

        Every attempt that is looked at is in the trail, with the address it came from, whether or
        not there is such an account, so that both take the same time.

        Raises:
            WrongCredentials: Name, password or code are wrong.
            CodeNeeded: All is right, but there is a second factor and no code was sent.
            TooManyAttempts: There were too many wrong attempts.
            NotPossible: The code cannot be checked, because the secret key has changed.
        """
        detail = {"address": proof.address}
        try:
            verified = self._verifier.verify(name, proof)
        except WrongCredentials as wrong:
            actor = name if self._accounts.exists(name) else NOBODY
            self._trail.append(actor, AuditAction.SESSION_REFUSE, actor, detail)
            raise WrongCredentials(
                "the name, the password or the code is wrong",
                hint="check capital letters and try again",
            ) from wrong
        account = verified.account
        if verified.recovered:
            used = AuditAction.RECOVERY_CODE_USE
            self._trail.append(account.name, used, account.name, detail)
        self._trail.append(account.name, AuditAction.SESSION_START, account.name, detail)
        return self._sessions.start(account.id, agent)

    def leave(self, session: Session) -> None:
        """End a session that somebody signs out of."""
        self._sessions.end(session.account.id, session.id)
        name = session.account.name
        self._trail.append(name, AuditAction.SESSION_SIGN_OUT, name)
