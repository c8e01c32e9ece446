"""Work that a request leaves behind: done by one thread, forgotten where there is too much."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from queue import Full, Queue

PLANS = 50
"""Plans that wait; further ones are not made, and their decks ask when they come."""

_log = logging.getLogger(__name__)


class Planner:
    """Carries out plans in the background. Made before a fork; its thread starts with the first."""

    def __init__(self) -> None:
        self._plans: Queue[Callable[[], None]] = Queue(PLANS)
        self._thread: threading.Thread | None = None
        self._starting = threading.Lock()

    def add(self, plan: Callable[[], None]) -> None:
        """Leave a plan, unless too many wait already; returns at once."""
        try:
            self._plans.put_nowait(plan)
        except Full:
            return  # whoever comes for those cards will ask for their scores
        if self._thread is None:
            with self._starting:
                if self._thread is None:
                    self._thread = threading.Thread(target=self._run, name="planner", daemon=True)
                    self._thread.start()

    def _run(self) -> None:
        while True:
            plan = self._plans.get()
            try:
                plan()
            except Exception:
                # What is planned is a convenience: its failure is seen in the log alone.
                _log.exception("cannot ask for scores ahead")
