"""Requests that wait for a thread, and whether there are too many of them."""

from __future__ import annotations

import json
import time
from collections import deque
from random import randint

PATIENCE_S = 1.0
"""How long a request may wait for a thread before those that follow are refused."""

PROBES = (b"GET /healthz ", b"GET /readyz ", b"GET /metrics ")
"""Never refused: a busy server must not be taken for a dead one."""

_RETRY_AFTER_S = (1, 3)
_BODY = json.dumps(
    {
        "type": "about:blank",
        "title": "Service Unavailable",
        "status": 503,
        "code": "overloaded",
        "detail": "the server has too much to do; try again in a few seconds",
    }
).encode()


class Backlog:
    """Since when each request waits for a thread, the oldest first. Safe for threads.

    What has waited too long is answered all the same; what comes meanwhile is refused at once. So
    nobody waits much longer than ``PATIENCE_S``, and the server is never busy with requests that
    nobody waits for any more.
    """

    def __init__(self) -> None:
        self._since: deque[float] = deque()

    def add(self) -> None:
        """Note a request that waits from now on."""
        self._since.append(time.monotonic())

    def take(self) -> None:
        """Note that the oldest one has got its thread."""
        self._since.popleft()

    def is_overdue(self) -> bool:
        """Whether the oldest request has waited too long."""
        try:
            return time.monotonic() - self._since[0] > PATIENCE_S
        except IndexError:
            return False


def refusal() -> bytes:
    """Return the answer to a request that is refused; clients come back at different times."""
    head = (
        "HTTP/1.1 503 Service Unavailable",
        "Content-Type: application/problem+json",
        f"Content-Length: {len(_BODY)}",
        f"Retry-After: {randint(*_RETRY_AFTER_S)}",  # noqa: S311
        "Cache-Control: no-store",
        "Connection: close",
    )
    return "\r\n".join([*head, "", ""]).encode() + _BODY
