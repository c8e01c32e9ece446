"""Viewers: who swipes."""

from __future__ import annotations

from dataclasses import dataclass

from smashpass.core.decks.pace import Limits, limits_of


@dataclass(frozen=True, slots=True)
class Viewer:
    """Who swipes. ``id`` is internal; ``name`` is the opaque text that the outside knows.

    Attributes:
        reminder: Whether they asked for breaks, None if not chosen.
        daily_minutes: The limit of a day that they set, None without one.
        minor_minutes: That of viewers under 18 who set none.
    """

    id: int
    name: str
    age_band: str
    created_at: int
    reminder: bool | None = None
    daily_minutes: int | None = None
    minor_minutes: int | None = None

    @property
    def limits(self) -> Limits:
        """Their effective limits."""
        return limits_of(self.age_band, self.reminder, self.daily_minutes, self.minor_minutes)
