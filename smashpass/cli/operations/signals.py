"""Stopping long commands: the first signal asks them to end, the second one ends them."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType


@contextmanager
def stop_signals() -> Iterator[list[int]]:
    """Yield a list that holds the signals that came; the second one ends the process at once."""
    signals: list[int] = []

    def stop(number: int, _frame: FrameType | None) -> None:
        if signals:
            raise KeyboardInterrupt
        signals.append(number)

    before = [(name, signal.signal(name, stop)) for name in (signal.SIGINT, signal.SIGTERM)]
    try:
        yield signals
    finally:
        for name, handler in before:
            signal.signal(name, handler)
