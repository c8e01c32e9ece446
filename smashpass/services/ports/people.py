"""People: viewers and their swipes, accounts with their sessions and tokens."""

from __future__ import annotations

from collections.abc import (
    Collection,
    Iterator,
    Sequence,
)
from typing import Protocol

from smashpass.core.imageset import Ordinal
from smashpass.core.people.account import Account, Guard
from smashpass.core.people.swipe import CurrentVerdicts, Swipe, SwipeOutcome, ViewerDelta
from smashpass.core.people.viewer import Viewer


class ViewerStore(Protocol):
    """Who swipes."""

    def create(self, age_band: str) -> Viewer:
        """Create a viewer with a new name."""

    def delta(self, name: str, since: int = 0) -> ViewerDelta | None:
        """Return the viewer of this name with the swipes after number ``since``, or None."""


class SwipeStore(Protocol):
    """Swipes of all viewers."""

    def counts_by_image(self) -> Iterator[tuple[Ordinal, int, int]]:
        """Yield (image, swipes that stand, smashes among them), by image."""

    def record(
        self, viewer_id: int, swipes: Sequence[Swipe], *, now: int | None = ...
    ) -> SwipeOutcome:
        """Keep a batch, which is on disk when this returns."""

    def current_verdicts(self, viewer_id: int) -> CurrentVerdicts:
        """Return the verdicts that stand."""


class StatisticsStore(Protocol):
    """Tallies of swipes, for the figures of the nightly job."""

    def tallies_by_image(self) -> Iterator[tuple[Ordinal, tuple[int, int, int, int, int]]]:
        """Yield (image, fields of a tally) of the swipes that stand."""

    def tallies_by_day(self) -> Iterator[tuple[int, tuple[int, int, int, int, int]]]:
        """Yield (days since 1970, fields of a tally), oldest first."""


class AccountStore(Protocol):
    """Accounts of the staff, with hashed passwords and second factors."""

    def create(self, name: str, role: str, password: str) -> Account:
        """Make an account."""

    def find(self, number: int) -> Account | None:
        """Return an account by its number, or None."""

    def named(self, name: str) -> Account:
        """Return an account by its name."""

    def set_password(self, number: int, password: str) -> None:
        """Give an account another password."""

    def set_second_factor(
        self, number: int, secret: str, used: int = 0, recovery: Collection[str] = ()
    ) -> None:
        """Ask for codes made from ``secret`` from now on; for none if it is empty."""

    def set_recovery_codes(self, number: int, recovery: Collection[str]) -> None:
        """Replace the recovery codes of an account."""

    def set_role(self, number: int, role: str) -> None:
        """Give an account another role."""

    def disable(self, number: int, *, disabled: bool) -> None:
        """Let nobody sign in with an account, or let them again."""

    def exists(self, name: str) -> bool:
        """Tell whether there is an account of this name."""

    def sign_in(self, name: str, password: str) -> Account | None:
        """Return the account if the password is right; as slow for unknown names."""

    def guard(self, number: int) -> Guard:
        """Return the second factor of an account that has one."""

    def accept_code(self, number: int, step: int) -> bool:
        """Remember a code by its time step; False if it or a later one was accepted before."""

    def use_recovery_code(self, number: int, digits: str) -> bool:
        """Use a recovery code up; False if the account does not have it."""


class SessionStore(Protocol):
    """Browsers in which somebody is signed in."""

    def end(self, owner: int, number: int) -> None:
        """End one session of an account."""

    def end_all(self, owner: int, *, but: int = 0) -> int:
        """End all sessions of an account but one; return how many."""

    def start(self, owner: int, agent: str) -> str:
        """Return the cookie of a new session."""


class TokenStore(Protocol):
    """Tokens of programs."""

    def make(self, owner: int, label: str, role: str) -> str:
        """Return a new token of an account."""

    def renew(self, name: str) -> str:
        """Return a new token for the command line in place of the one before."""

    def revoke(self, owner: int, number: int) -> None:
        """Take a token away."""


class AttemptStore(Protocol):
    """How often something was tried lately, counted for all processes together."""

    def take(self, name: str, client: str, times: int, seconds: int) -> int:
        """Count one; return 0, or the seconds to wait if there were too many."""

    def give_back(self, name: str, client: str, times: int = 1) -> None:
        """Count ``times`` fewer."""
