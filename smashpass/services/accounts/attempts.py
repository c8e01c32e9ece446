"""How often somebody may try to prove who they are: few wrong attempts, and never a full lock.

Attempts are counted for the name that was typed, whether or not there is such an account, so that
no answer tells which names exist. Who tries from an address has a few attempts for each name. All
addresses together have some more for a name, and wait longer the more they try; a browser that
signed in to the account before has a count of its own, so nobody can keep its owner out.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from smashpass.core.errors import SmashpassError
from smashpass.core.operations.proxies import client_network
from smashpass.services.ports.people import AttemptStore

MOST_FAILURES = 5
"""So many wrong attempts within ``WINDOW_S`` from an address, or a known browser."""
WINDOW_S = 15 * 60
BRAKE = ((80, 60 * 60), (40, 15 * 60), (20, 60))
"""So many wrong attempts at a name within so many seconds, from all unknown browsers together.

The longest window is asked first, so that the whole time to wait is said.
"""


class TooManyAttempts(SmashpassError):
    """Nothing that is sent now is looked at; ``wait_s`` seconds later it is again."""

    code = "too_many_attempts"

    def __init__(self, wait_s: int) -> None:
        """Say how long to wait."""
        minutes = -(-wait_s // 60)
        super().__init__(
            "there were too many wrong attempts",
            hint=f"try again in {minutes} minute{'s' if minutes > 1 else ''}",
        )
        self.wait_s = wait_s


@dataclass(frozen=True, slots=True)
class Attempt:
    """One attempt that was counted before its outcome is known."""

    places: tuple[tuple[str, str], ...]


class Attempts:
    """Counts attempts of one kind, such as signing in."""

    def __init__(self, kind: str, counts: AttemptStore) -> None:
        self._kind, self._counts = kind, counts

    def begin(self, name: str, address: str, device: str = "") -> Attempt:
        """Count an attempt before anything is looked at, so that many at once gain nothing.

        Args:
            name: The account that is tried.
            address: Who tries.
            device: The browser, if it is known to belong to that account; else empty.

        Raises:
            TooManyAttempts: There were too many.
        """
        client = f"device {device}" if device else f"address {client_network(address)}"
        limits = [(f"{self._kind} by client", f"{client}\n{name}", MOST_FAILURES, WINDOW_S)]
        if not device:
            limits += [
                (f"{self._kind} in {length} s", name, most, length) for most, length in BRAKE
            ]
        places: list[tuple[str, str]] = []
        for counter, subject, most, seconds in limits:
            wait = self._counts.take(counter, subject, most, seconds)
            if wait:
                self._give_back(places[1:])  # the address pays, others do not
                raise TooManyAttempts(wait)
            places.append((counter, subject))
        return Attempt(tuple(places))

    def succeed(self, attempt: Attempt) -> None:
        """Forget the wrong attempts of this client; all together have one fewer."""
        counter, subject = attempt.places[0]
        self._counts.give_back(counter, subject, MOST_FAILURES)
        self._give_back(attempt.places[1:])

    def withdraw(self, attempt: Attempt) -> None:
        """Count an attempt no longer in which nothing was guessed."""
        self._give_back(attempt.places)

    def _give_back(self, places: Iterable[tuple[str, str]]) -> None:
        for counter, subject in places:
            self._counts.give_back(counter, subject)
