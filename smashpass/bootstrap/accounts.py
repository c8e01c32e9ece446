"""The parts of an installation for those who edit: accounts, sessions, tokens."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from smashpass.clock import Clock

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from smashpass.services.accounts.verify import Verifier
    from smashpass.store.operations.audit import Audit
    from smashpass.store.operations.rate_limits import RateLimits
    from smashpass.store.people.accounts import Accounts
    from smashpass.store.people.sessions import Sessions
    from smashpass.store.people.tokens import Tokens


class AccountParts:
    """What an installation is made of, as far as accounts go; each made when first asked for."""

    clock: Clock

    if TYPE_CHECKING:

        @property
        def engine(self) -> Engine:
            """The database."""

        @property
        def secret_key(self) -> str:
            """What signs the cookies."""

        @property
        def audit(self) -> Audit:
            """The audit trail."""

    @cached_property
    def accounts(self) -> Accounts:
        """Who may edit."""
        from smashpass.store.people.accounts import Accounts
        from smashpass.store.people.secret_box import SecretBox

        return Accounts(self.engine, SecretBox(lambda: self.secret_key))

    @cached_property
    def tokens(self) -> Tokens:
        """The tokens of programs."""
        from smashpass.store.people.tokens import Tokens

        return Tokens(self.engine)

    @cached_property
    def sessions(self) -> Sessions:
        """The browsers in which somebody is signed in."""
        from smashpass.store.people.sessions import Sessions

        return Sessions(self.engine)

    @cached_property
    def rate_limits(self) -> RateLimits:
        """How often addresses asked for what is limited."""
        from smashpass.store.operations.rate_limits import RateLimits

        return RateLimits(self.engine, self.secret_key, self.clock)

    def verifier(self, kind: str) -> Verifier:
        """Return who checks passwords and codes, with a count of wrong attempts of its own."""
        from smashpass.services.accounts.attempts import Attempts
        from smashpass.services.accounts.verify import Verifier

        attempts = Attempts(kind, self.rate_limits)
        return Verifier(self.accounts, attempts, lambda: self.clock())
