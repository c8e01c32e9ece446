"""Trying again where others wrote in between."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from smashpass.core.errors import StaleVersion

TRIES = 10
"""Attempts before whoever asked is told that others were faster each time."""

Result = TypeVar("Result")


def retry_when_stale(attempt: Callable[[], Result]) -> Result:
    """Return what an attempt returns; one that others overtook is made again from the start.

    Args:
        attempt: Reads what is there now, and writes on top of it.

    Raises:
        StaleVersion: Others were faster ``TRIES`` times.
    """
    for _ in range(TRIES - 1):
        try:
            return attempt()
        except StaleVersion:
            continue
    return attempt()
