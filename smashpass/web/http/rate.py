"""How often an address may ask for what costs us or others something."""

from __future__ import annotations

from dataclasses import dataclass

from flask import request

from smashpass.core.operations.proxies import client_network
from smashpass.store.operations.rate_limits import RateLimits
from smashpass.web.http.problems import RequestRefused


@dataclass(frozen=True, slots=True)
class RateLimit:
    """So many times in a window for each client, counted by all workers together.

    Attributes:
        name: What is limited.
        times: How often it may be asked for.
        seconds: Length of the window.
    """

    name: str
    times: int
    seconds: int = 3_600

    def take(self, counts: RateLimits) -> None:
        """Count this request.

        Raises:
            Refused: It was one too many.
        """
        wait = counts.take(
            self.name, client_network(request.remote_addr or ""), self.times, self.seconds
        )
        if wait:
            raise RequestRefused(
                429,
                "too_many_requests",
                "this was sent too often; wait before the next one",
                headers={"Retry-After": str(wait)},
            )
