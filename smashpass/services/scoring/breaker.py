"""A breaker: who failed several times in a row is left alone for a while."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Literal

BreakerState = Literal["closed", "open"]

FAILURES = 5
PAUSE_S = 5.0


class Breaker:
    """Closed at first; open after ``failures`` in a row; after a pause one call tries again."""

    def __init__(
        self,
        *,
        failures: int = FAILURES,
        pause_s: float = PAUSE_S,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._most = failures
        self._pause_s = pause_s
        self._clock = clock
        self._lock = threading.Lock()
        self._failed = 0
        self._closed_at = 0.0

    def lets_through(self) -> bool:
        """Whether a call may be made now; who gets True must tell how it went."""
        with self._lock:
            if self._failed < self._most:
                return True
            if self._clock() < self._closed_at:
                return False
            self._closed_at = self._clock() + self._pause_s  # the others wait for this one's news
            return True

    @property
    def state(self) -> BreakerState:
        """``open`` from the failure that opened it until a call succeeds."""
        return "closed" if self._failed < self._most else "open"

    def succeeded(self) -> None:
        """Note a call that went well."""
        with self._lock:
            self._failed = 0

    def failed(self) -> None:
        """Note a call that did not."""
        with self._lock:
            self._failed += 1
            if self._failed >= self._most:
                self._closed_at = self._clock() + self._pause_s
