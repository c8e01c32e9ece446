"""Rate limits per client address for costly requests."""

from __future__ import annotations

from dataclasses import dataclass

from flask import request

from smashpass.core.operations.proxies import client_network
from smashpass.services.ports.people import AttemptStore
from smashpass.web.http.problems import RequestRefused


@dataclass(frozen=True, slots=True)
class RateLimit:
    """A limit per client and time window, counted across all workers.

    Attributes:
        name: Name of the limited operation.
        times: Allowed requests per window.
        seconds: Length of the window.
    """

    name: str
    times: int
    seconds: int = 3_600

    def take(self, counts: AttemptStore) -> None:
        """Count this request.

        Raises:
            RequestRefused: The limit is exceeded.
        """
        wait = counts.take(
            self.name, client_network(request.remote_addr or ""), self.times, self.seconds
        )
        if wait:
            raise RequestRefused(
                429,
                "too_many_requests",
                "too many requests; wait before the next one",
                headers={"Retry-After": str(wait)},
            )
