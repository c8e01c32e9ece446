"""What is wished of a fill, and how far it came."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from smashpass.core.library.model_version import ModelVersion


@dataclass(frozen=True, slots=True)
class FillOptions:
    """How to fill.

    Attributes:
        model: Only the scorers of this model; "" for all.
        limit: Pictures to ask about at most; None for all.
        rate: Pictures a second at most; None for as fast as the scorer answers.
        patient: Whether to wait for a scorer that stopped answering.
    """

    model: str = ""
    limit: int | None = None
    rate: float | None = None
    patient: bool = True


@dataclass(frozen=True, slots=True)
class ScorerFill:
    """How far one scorer came.

    Attributes:
        source: The version of the model that answered last.
        asked: Pictures that it was asked about, each as often as it was.
        scored: Of which it gave at least one value.
        without_value: Of which it gave none, or whose file is missing.
        failed: Of which no answer came, even alone.
        left: Servable images that it has not scored, those that failed included.
        serving: Whether the scores of that version are in use now.
        error: Why it came no farther; "" if it did what was wished.
    """

    source: ModelVersion
    asked: int = 0
    scored: int = 0
    without_value: int = 0
    failed: int = 0
    left: int = 0
    serving: bool = False
    error: str = ""


Progressed = Callable[[ScorerFill], None]
"""Is told how far a fill came, after each batch."""
