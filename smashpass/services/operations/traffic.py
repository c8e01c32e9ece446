"""Counts requests by day: in memory while they are answered, in the database once a minute."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Mapping

from smashpass.clock import Clock
from smashpass.core.errors import DatabaseUnavailable
from smashpass.core.operations.traffic import Traffic, bucket_of

INTERVAL_S = 60.0
_DAY_US = 86_400_000_000

_log = logging.getLogger(__name__)


class TrafficRecorder:
    """Counts what one process answers.

    What a process has not stored when it ends, at most a minute's counts, is lost.
    """

    def __init__(self, store: Callable[[Mapping[int, Traffic]], None], clock: Clock) -> None:
        """Create a recorder.

        Args:
            store: Adds traffic by day since 1970 to what is stored of these days.
            clock: Gives microseconds since 1970.
        """
        self._store, self._clock = store, clock
        self._lock = threading.Lock()
        self._unsaved: dict[int, Traffic] = {}
        self._requests = self._failed = 0
        self._decks: dict[int, int] = {}
        self._day = 0

    def count(self, status: int, seconds: float, *, is_deck: bool) -> None:
        """Count one answer. Cost: under 1 µs."""
        day = self._clock() // _DAY_US
        with self._lock:
            if day != self._day:
                self._collect()
                self._day = day
            self._requests += 1
            if status >= 500:
                self._failed += 1
            elif is_deck:
                bucket = bucket_of(seconds)
                self._decks[bucket] = self._decks.get(bucket, 0) + 1

    def start(self) -> None:
        """Store the counts of this process once a minute, from a thread of its own.

        Of its own, because the database may make it wait while an import writes.
        """
        threading.Thread(target=self._run, name="traffic", daemon=True).start()

    def save(self) -> None:
        """Store what was counted; kept for the next time if the database does not answer."""
        with self._lock:
            self._collect()
            unsaved, self._unsaved = self._unsaved, {}
        if not unsaved:
            return
        try:
            self._store(unsaved)
        except DatabaseUnavailable as error:
            _log.warning("requests are not counted yet", extra={"detail": str(error)})
            with self._lock:
                for day, traffic in unsaved.items():
                    self._unsaved[day] = self._unsaved.get(day, Traffic()) + traffic

    def _run(self) -> None:
        """Store counts for as long as the process lives."""
        while True:
            time.sleep(INTERVAL_S)
            try:
                self.save()
            except Exception:
                # A bug in counting must not end it: the next time may succeed, and is logged.
                _log.exception("counting requests failed")

    def _collect(self) -> None:
        """Put the counts since the last time to those of their day."""
        if self._requests:
            traffic = Traffic(self._requests, self._failed, self._decks)
            self._unsaved[self._day] = self._unsaved.get(self._day, Traffic()) + traffic
            self._requests, self._failed, self._decks = 0, 0, {}
