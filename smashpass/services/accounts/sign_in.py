"""Who is asking: from a password to a session, and whose session or token it is."""

from __future__ import annotations

from smashpass.core.operations.audit import AuditAction
from smashpass.core.people.account import Session
from smashpass.services.accounts.first_step import FirstSteps
from smashpass.services.accounts.known_devices import KnownDevices
from smashpass.services.accounts.verify import Proof, Verified, Verifier, WrongCredentials
from smashpass.services.ports.operations import AuditTrail
from smashpass.services.ports.people import AccountStore, SessionStore, TokenStore

NOBODY = "unknown"
"""Stands in the trail for a name that does not exist: a password may have been typed there."""


class SignInService:
    """Lets people in, and recognises people, browsers and programs that were let in."""

    def __init__(
        self,
        *,
        accounts: AccountStore,
        verifier: Verifier,
        sessions: SessionStore,
        tokens: TokenStore,
        devices: KnownDevices,
        first_steps: FirstSteps,
        trail: AuditTrail,
    ) -> None:
        """Create the service; ``verifier`` has a count of wrong attempts of its own."""
        self._accounts, self._verifier = accounts, verifier
        self._sessions, self._tokens = sessions, tokens
        self._devices, self._first_steps, self._trail = devices, first_steps, trail

    def session_of(self, cookie: str) -> Session | None:
        """Return the session of a cookie, or None."""
        return self._sessions.of(cookie)

    def admin_of(self, token: str) -> tuple[str, str] | None:
        """Return whose token of a program it is and what it may, or None."""
        return self._tokens.of(token)

    def device_cookie_name(self, name: str) -> str:
        """Return the name of the cookie by which a browser is recognised for an account."""
        return self._devices.cookie_name(name)

    def device_of(self, name: str, cookie: str) -> str:
        """Return the device that a cookie names; empty if it was not made for this account."""
        return self._devices.read(name, cookie)

    def new_device(self, name: str) -> str:
        """Return the content of a cookie for a browser that just signed in to an account."""
        return self._devices.new(name)

    def first_step(self, name: str) -> str:
        """Return a note that the password was right, for whoever is asked for a code next."""
        return self._first_steps.new(name)

    def password_proven(self, name: str, note: str) -> bool:
        """Return whether the password of an account was right just now."""
        return self._first_steps.proves(name, note)

    def enter_code(self, name: str, proof: Proof, note: str, *, agent: str) -> str:
        """Return the cookie of a new session: the second step, with a code and no password.

        Raises:
            CodeNeeded: No code was sent.
            WrongCredentials: The code is wrong, or the first step is not proven by the note.
            TooManyAttempts, NotPossible: See :meth:`enter`.
        """
        if not self.password_proven(name, note):
            raise WrongCredentials("the first step has expired", hint="sign in again")
        try:
            verified = self._verifier.verify_code(name, proof)
        except WrongCredentials as wrong:
            detail = {"address": proof.address}
            self._trail.append(name, AuditAction.SESSION_REFUSE, name, detail)
            hint = "codes change every 30 seconds and work once; try the next one"
            raise WrongCredentials("the code is wrong", hint=hint) from wrong
        return self._let_in(verified, proof, agent)

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
        return self._let_in(verified, proof, agent)

    def _let_in(self, verified: Verified, proof: Proof, agent: str) -> str:
        """Begin the session of somebody who proved who they are."""
        account, detail = verified.account, {"address": proof.address}
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
