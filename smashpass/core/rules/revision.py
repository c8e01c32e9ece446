"""Published revisions of rules: the active one, and a canary beside it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Revision:
    """A published set of trees. ``files`` maps path to text, and is empty in lists."""

    number: int
    sha256: str
    by: str
    reason: str
    at: int
    active: bool
    files: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Slots:
    """Which revisions decide, by number, 0 for none; the canary for ``percent`` of viewers."""

    active: int
    canary: int = 0
    percent: int = 0


@dataclass(frozen=True, slots=True)
class CanaryComparison:
    """Decisions that the active revision and a canary both made.

    Attributes:
        compared: How many.
        to_smash: Those that the canary turns to smash.
        to_pass: Those that it turns to pass.
        moved: Those with the same verdict from another leaf.
        unsure: Inconclusive: decided by lottery, or missing a scorer value.
        sample: Some that differ: ``image``, ``tree``, ``before`` and ``after``.
    """

    compared: int = 0
    to_smash: int = 0
    to_pass: int = 0
    moved: int = 0
    unsure: int = 0
    sample: tuple[Mapping[str, str], ...] = ()

    def as_json(self) -> dict[str, object]:
        """The counts as the command line and the admin API give them."""
        return {
            "compared": self.compared,
            "flips": {"to_smash": self.to_smash, "to_pass": self.to_pass},
            "moved": self.moved,
            "unsure": self.unsure,
            "sample": [dict(example) for example in self.sample],
        }


@dataclass(frozen=True, slots=True)
class Canary:
    """A revision beside the active one, for ``percent`` of viewers; 0: it only counts."""

    number: int
    sha256: str
    percent: int
    by: str
    reason: str
    at: int
    counts: CanaryComparison

    def as_json(self) -> dict[str, object]:
        """The canary as the command line and the admin API give it."""
        return {
            "revision": self.sha256,
            "percent": self.percent,
            "by": self.by,
            "reason": self.reason,
            **self.counts.as_json(),
        }
