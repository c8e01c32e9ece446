"""Choices that depend on a seed alone: the same everywhere, in every version of Python."""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import sha256
from typing import TypeVar

T = TypeVar("T")


class Seeded:
    """Draws by name: what one name gives does not depend on which others were asked."""

    def __init__(self, seed: str) -> None:
        self.seed = seed

    def number(self, name: str) -> float:
        """Return a number from 0 up to, not including, 1."""
        digest = sha256(f"{self.seed}/{name}".encode()).digest()
        return int.from_bytes(digest[:6], "big") / 2**48

    def pick(self, name: str, choices: Sequence[T], weights: Sequence[float] = ()) -> T:
        """Return one of ``choices``, by their weights if there are any."""
        if not weights:
            return choices[int(self.number(name) * len(choices))]
        left = self.number(name) * sum(weights)
        for choice, weight in zip(choices, weights, strict=True):
            left -= weight
            if left < 0:
                return choice
        return choices[-1]
