"""The one clock: whoever needs the time of day is handed a clock, and this is the usual one."""

from __future__ import annotations

import time
from collections.abc import Callable

Clock = Callable[[], int]
"""Returns the time in microseconds since 1970, UTC."""


def system_clock() -> int:
    """Return the time of this machine in microseconds since 1970, UTC."""
    return time.time_ns() // 1_000
