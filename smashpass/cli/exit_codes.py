"""Exit codes of all commands."""

from __future__ import annotations

from enum import IntEnum


class ExitCode(IntEnum):
    """How a command ended."""

    DONE = 0
    FAILED = 1
    USAGE = 2
    """The arguments are invalid."""
    PARTLY = 3
    """Done, except for what was refused."""
    LOCKED = 75
    """Another run holds the lock; try again later."""
    INTERRUPTED = 130
