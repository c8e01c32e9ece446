"""How often an address may ask for what costs us or others something."""

from __future__ import annotations

import time
from collections import OrderedDict
from threading import Lock

from smashpass.web.problems import Refused

_REMEMBERED = 10_000
"""Addresses that are known at once; the one that was quiet longest is forgotten first."""


class RateLimit:
    """So many times an hour for each address, counted in this process. Safe for threads."""

    def __init__(self, times: int, seconds: float = 3_600.0) -> None:
        self._times, self._seconds = times, seconds
        self._taken: OrderedDict[str, list[float]] = OrderedDict()
        self._lock = Lock()

    def take(self, address: str) -> None:
        """Count one time.

        Raises:
            Refused: It was one too many.
        """
        now = time.monotonic()
        with self._lock:
            taken = [at for at in self._taken.pop(address, []) if at > now - self._seconds]
            wait = taken[0] + self._seconds - now if len(taken) >= self._times else 0.0
            if not wait:
                taken.append(now)
            self._taken[address] = taken
            while len(self._taken) > _REMEMBERED:
                self._taken.popitem(last=False)
        if wait:
            raise Refused(
                429,
                "too_many_requests",
                "this was sent too often; wait before the next one",
                headers={"Retry-After": str(int(wait) + 1)},
            )
