"""Viewers: who swipes."""

from __future__ import annotations

from dataclasses import dataclass

from smashpass.core.decks.pace import Limits, limits_of
from smashpass.core.protection.minors import protected


@dataclass(frozen=True, slots=True)
class Viewer:
    """Who swipes. ``id`` is internal; ``name`` is the opaque text that the outside knows.

    Attributes:
        reminder: Whether they asked for breaks, None if not chosen.
        daily_minutes: The limit of a day that they set, None without one.
        minor_minutes: That of viewers under 18 who set none.
        taste: Whether they let their swipes be used for suggestions.
    """

    id: int
    name: str
    age_band: str
    created_at: int
    reminder: bool | None = None
    daily_minutes: int | None = None
    minor_minutes: int | None = None
    taste: bool = True

    @property
    def limits(self) -> Limits:
        """Their effective limits."""
        return limits_of(self.age_band, self.reminder, self.daily_minutes, self.minor_minutes)

    @property
    def has_suggestions(self) -> bool:
        """Whether their swipes may be used for suggestions, theirs and others'; never under 18."""
        return self.taste and not protected(self.age_band, "no_taste")
