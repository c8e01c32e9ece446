"""Jobs: work for the job process."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

JobState = Literal["queued", "running", "done", "failed", "cancelled"]

OPEN_STATES: tuple[JobState, ...] = ("queued", "running")
"""The states of a job that has not ended."""


@dataclass(frozen=True, slots=True)
class Job:
    """Work for the job process. ``change`` is the log entry it made, if it made one."""

    id: int
    kind: str
    payload: Mapping[str, Any]
    state: JobState
    done: int = 0
    total: int = 0
    attempts: int = 0
    holder: str = ""
    lease_until: int = 0
    change: int | None = None
    error: str = ""
    ended_at: int | None = None
