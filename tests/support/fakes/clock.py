"""A clock that stands still until a test moves it."""

from __future__ import annotations

_S = 1_000_000


class StoppedClock:
    """Returns the same moment, in microseconds since 1970, until it is moved."""

    def __init__(self, moment: int = 1_800_000_000 * _S) -> None:
        self.moment = moment

    def __call__(self) -> int:
        return self.moment

    def move(self, seconds: float) -> None:
        self.moment += int(seconds * _S)
