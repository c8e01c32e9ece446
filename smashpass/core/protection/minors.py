"""Protections for viewers under 18: one table, used for decisions and for the facts page."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

MINOR = "13-17"
"""The age band of viewers under 18."""

Protection = Literal["break", "daily_limit", "no_history", "no_taste"]

PROTECTIONS: Mapping[Protection, str] = {
    "break": "There is always a break of %(rest)s minutes after %(span)s minutes of swiping.",
    "daily_limit": "A day ends after %(minutes)s minutes of swiping, unless they set another "
    "limit; there is always one.",
    "no_history": "No tree reads their swipes: a question about them is answered as the tree says "
    "for a missing value.",
    "no_taste": "Their swipes are never used for suggestions: cards cannot be ordered by taste, "
    "and no model learns from them.",
}
"""What is shown of each protection; one that is not in here does not hold."""


def protected(age_band: str, protection: Protection) -> bool:
    """Whether a protection applies to viewers of an age band."""
    return age_band == MINOR and protection in PROTECTIONS
