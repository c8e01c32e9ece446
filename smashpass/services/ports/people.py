"""People: viewers and their swipes, accounts with their sessions and tokens."""

from __future__ import annotations

from collections.abc import (
    Collection,
    Iterator,
    Mapping,
    Sequence,
)
from typing import Protocol

from smashpass.core.decks.pace import Pace
from smashpass.core.decks.results import StandingSwipe
from smashpass.core.imageset import Ordinal
from smashpass.core.people.account import AccessToken, Account, Guard, Session
from smashpass.core.people.swipe import (
    CurrentVerdicts,
    Swipe,
    SwipeOutcome,
    TrainingSwipe,
    ViewerDelta,
)
from smashpass.core.people.viewer import Viewer


class ViewerStore(Protocol):
    """Who swipes."""

    def create(self, age_band: str) -> Viewer:
        """Create a viewer with a new name."""

    def delete(self, number: int) -> None:
        """Remove a viewer with all swipes; NotFound if there is none."""

    def delta(self, name: str, since: int = 0) -> ViewerDelta | None:
        """Return the viewer of this name with the swipes after number ``since``, or None."""

    def set_limits(self, number: int, limits: Mapping[str, bool | int | None]) -> Viewer:
        """Keep what a viewer chose: ``reminder``, ``daily_minutes``, ``taste``; leave the rest."""

    def restart_pace(self, number: int, at: int) -> None:
        """Count the swiping of a viewer from ``at`` on; NotFound if there is none."""

    def last_seen(self, number: int) -> tuple[int, Pace]:
        """Return the day of a viewer's last swipe, since 1970, and how they have been swiping."""


class SwipeStore(Protocol):
    """Swipes of all viewers."""

    def counts_by_image(self) -> Iterator[tuple[Ordinal, int, int]]:
        """Yield (image, swipes that stand, smashes among them), by image."""

    def counts_of(self, images: Collection[Ordinal]) -> Mapping[Ordinal, tuple[int, int]]:
        """Return (swipes that stand, smashes among them) of those of a few images that have any."""

    def standing(self, viewer_id: int, images: Collection[Ordinal]) -> Mapping[Ordinal, Swipe]:
        """Return a viewer's swipes that stand, of those of a few images that have one."""

    def for_training(self) -> Iterator[TrainingSwipe]:
        """Yield the swipes that models may learn from, by viewer and then by time.

        Those that stand, of adults who let their swipes be used for suggestions.
        """

    def record(
        self, viewer_id: int, swipes: Sequence[Swipe], *, now: int | None = ...
    ) -> SwipeOutcome:
        """Keep a batch, which is on disk when this returns."""

    def undo(self, viewer_id: int, client_id: str) -> Ordinal:
        """Take a swipe back and return its image; the one before it stands again."""

    def current_verdicts(self, viewer_id: int) -> CurrentVerdicts:
        """Return the verdicts that stand."""

    def page(
        self, viewer_id: int, *, before: int | None = ..., limit: int = ...
    ) -> tuple[list[Swipe], int | None]:
        """Return swipes, last recorded first, and what to give as ``before`` to go on, or None."""

    def all_standing(self, viewer_id: int) -> Sequence[StandingSwipe]:
        """Return the swipes that count, one per image, in the order in which they were swiped."""

    def numbered(self, viewer_id: int, numbers: Sequence[int]) -> list[Swipe]:
        """Return the swipes of a viewer with these numbers, last recorded first."""

    def of_viewer(self, viewer_id: int) -> Iterator[Swipe]:
        """Yield every swipe of a viewer in the order recorded, those taken back too."""


class ErasureStore(Protocol):
    """Who is gone, and the decision log they are taken out of."""

    def note(self, name: str, at: int) -> None:
        """Keep a tombstone; OSError if that cannot be done, and the next sweep does it."""

    def restored(self) -> bool:
        """Tell whether a backup brought viewers back."""

    def sweep(self) -> int:
        """Remove viewers who are back from a backup; return how many."""

    def decisions_of(self, name: str) -> Iterator[bytes]:
        """Yield the records that the decision log has of a viewer."""

    def erase_decisions(self) -> int:
        """Take all who are gone out of the decision log; return how many records there were."""


class AccountStore(Protocol):
    """Accounts of the staff, with hashed passwords and second factors."""

    def create(self, name: str, role: str, password: str) -> Account:
        """Make an account."""

    def everyone(self) -> Sequence[Account]:
        """Return all accounts, by name."""

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

    def recovery_codes_left(self, number: int) -> int:
        """Return how many recovery codes of an account are unused."""

    def set_role(self, number: int, role: str) -> None:
        """Give an account another role."""

    def unreadable_secrets(self) -> Sequence[str]:
        """Return the names of accounts whose second factor the secret key does not decrypt."""

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

    def preference(self, number: int, name: str) -> str | None:
        """Return a preference of an account as it was kept, or None."""

    def set_preferences(self, number: int, values: Mapping[str, str]) -> None:
        """Keep preferences of an account, all or none; other names stay."""

    def claim(
        self, number: int, images: Sequence[Ordinal], most: int, *, now: int, until: int
    ) -> Sequence[Ordinal]:
        """Claim the first ``most`` images that nobody else has; the account's others are freed."""

    def claims_of_others(self, number: int, now: int) -> Mapping[Ordinal, str]:
        """Return the images of other accounts, with their names; "" for those who saved theirs."""

    def keep_saved(self, number: int, image: Ordinal, until: int) -> None:
        """Keep a saved image from others for a while, if the account had claimed it."""

    def free(self, number: int, images: Sequence[Ordinal]) -> None:
        """Free images that an account had claimed."""


class SessionStore(Protocol):
    """Browsers in which somebody is signed in."""

    def of(self, cookie: str) -> Session | None:
        """Return the session of a cookie, or None."""

    def of_account(self, owner: int) -> Sequence[Session]:
        """Return the sessions of an account."""

    def end(self, owner: int, number: int) -> None:
        """End one session of an account."""

    def end_all(self, owner: int, *, but: int = 0) -> int:
        """End all sessions of an account but one; return how many."""

    def start(self, owner: int, agent: str) -> str:
        """Return the cookie of a new session."""


class TokenStore(Protocol):
    """Tokens of programs."""

    def of(self, token: str) -> tuple[str, str] | None:
        """Return whose token it is and what it may, or None."""

    def of_account(self, owner: int) -> Sequence[AccessToken]:
        """Return the tokens of an account."""

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

    def remove_ended(self, now: int) -> int:
        """Forget counts of times that are over; return how many."""

    def give_back(self, name: str, client: str, times: int = 1) -> None:
        """Count ``times`` fewer."""
