"""Import runs: their options, progress and row counts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

RunState = Literal["running", "done", "failed", "interrupted"]


@dataclass(frozen=True, slots=True)
class Run:
    """One import. ``position`` is where reading goes on; ``refused`` includes ``quarantined``."""

    id: int
    source: str
    options: Mapping[str, Any]
    state: RunState
    position: int
    added: int
    changed: int
    unchanged: int
    refused: int
    quarantined: int
    started_at: int
    ended_at: int | None = None
    error: str = ""

    @property
    def read(self) -> int:
        """Rows read so far: each was added, changed, unchanged or refused."""
        return self.added + self.changed + self.unchanged + self.refused
