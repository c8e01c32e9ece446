"""One call to an image generator: what came of it, and what it may have cost."""

from __future__ import annotations

import re
import time
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from smashpass.demo.generator.prompts import PictureOrder
from smashpass.demo.generator.shapes import (
    Shape,
    UnusableAnswer,
    error_text,
    path_of,
    picture_of,
    question,
    refused_parameter,
)
from smashpass.exchange import Endpoint, ExchangeFailed, Reply, exchange

MOST_BYTES = 48_000_000
"""Of an answer. A picture of 1,024 x 1,024 is some 3,000,000 as base64 text."""

COST_HEADER = "x-cost"
_COST = re.compile(r"\d{1,9}(\.\d{1,9})?")
_SECONDS = re.compile(r"\d{1,6}")

Fate = Literal["again", "failed", "refused", "hopeless"]
"""What a failure means: ask again later, give the picture up in this run, or for good, or give all
pictures up."""


@dataclass(frozen=True, slots=True)
class GeneratedPicture:
    """A picture as it came.

    Attributes:
        data: The file; not looked at yet.
        version: Of the model; "" if not stated.
        cost: What the server says that it costs; None if it does not say.
        seeded: Whether the server took the seed.
    """

    data: bytes
    version: str
    cost: Decimal | None
    seeded: bool


class GeneratorFailed(Exception):
    """No picture came.

    Attributes:
        fate: What follows.
        free: Whether it is certain that nothing is billed.
        wait_s: Seconds that the server asks to wait; 0 if it does not say.
        cost: As of a picture.
    """

    def __init__(
        self,
        fate: Fate,
        detail: str,
        *,
        free: bool = False,
        wait_s: int = 0,
        cost: Decimal | None = None,
    ) -> None:
        """Keep why not."""
        super().__init__(detail)
        self.fate = fate
        self.free = free
        self.wait_s = wait_s
        self.cost = cost


class GeneratorClient:
    """A model of a generator. May be used by many threads; keeps no connection."""

    def __init__(
        self, endpoint: Endpoint, shape: Shape, model: str, *, token: str = "", limit_s: float = 180
    ) -> None:
        """Keep where to ask for what.

        Args:
            endpoint: The server.
            shape: Of question and answer.
            model: Its name on the server.
            token: Sent as a bearer token; "" for none.
            limit_s: Seconds that a call may take.
        """
        self.endpoint = endpoint
        self.shape: Shape = shape
        self.model = model
        self._token = token
        self._limit_s = limit_s
        # Threads that learn of a parameter at the same time add the same.
        self._omitted: frozenset[str] = frozenset()

    def ask(self, order: PictureOrder) -> GeneratedPicture:
        """Ask for one picture.

        Raises:
            GeneratorFailed: There is none.
        """
        omitted = self._omitted
        headers = {"Content-Type": "application/json"}
        if self._token:
            headers["Authorization"] = f"Bearer {self._token}"
        try:
            reply = exchange(
                self.endpoint,
                "POST",
                path_of(self.shape, self.model),
                until=time.monotonic() + self._limit_s,
                most=MOST_BYTES,
                body=question(self.shape, self.model, order, omitted),
                headers=headers,
            )
        except ExchangeFailed as failure:
            raise GeneratorFailed("again", str(failure), free=not failure.connected) from failure
        cost = _cost(reply)
        if reply.status != 200:
            raise self._refusal(reply, cost, omitted)
        fields = {name.lower(): value for name, value in reply.headers.items()}
        try:
            data, version = picture_of(self.shape, reply.body, fields)
        except UnusableAnswer as answer:
            fate: Fate = "hopeless" if answer.hopeless else "failed"
            raise GeneratorFailed(fate, str(answer), cost=cost) from answer
        return GeneratedPicture(data, version, cost, "seed" not in omitted)

    def _refusal(
        self, reply: Reply, cost: Decimal | None, omitted: frozenset[str]
    ) -> GeneratorFailed:
        """Return what a status other than 200 means.

        Only what is refused before any picture is made is certain to be free.
        """
        status = reply.status
        message = error_text(reply.body)
        if self._token:
            message = message.replace(self._token, "********")
        detail = f"HTTP status {status}" + (f": {ascii(message)[:200]}" if message else "")
        if status == 400 and self.shape == "openai":
            parameter = refused_parameter(reply.body)
            if parameter and parameter not in omitted:
                self._omitted |= {parameter}
                return GeneratorFailed("again", detail, free=True)
        if 300 <= status < 400:
            return GeneratorFailed(
                "hopeless", f"{detail}: it redirects, and redirects are not followed", free=True
            )
        if status in (401, 402, 403, 404, 405):
            return GeneratorFailed("hopeless", detail, free=True)
        if status in (408, 429) or status >= 500:
            stated = (reply.headers.get("Retry-After") or "").strip()
            wait_s = int(stated) if _SECONDS.fullmatch(stated) else 0
            return GeneratorFailed("again", detail, free=status == 429, wait_s=wait_s, cost=cost)
        return GeneratorFailed("refused", f"refused: {detail}", cost=cost)


def _cost(reply: Reply) -> Decimal | None:
    """Return what the server says that the call costs, None if it does not say."""
    stated = (reply.headers.get(COST_HEADER) or "").strip()
    return Decimal(stated) if _COST.fullmatch(stated) else None
