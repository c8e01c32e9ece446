"""Staying current: one thread per process polls the library and the rules."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable

from smashpass.core.errors import SmashpassError

INTERVAL_S = 0.25
_AGAIN_S = 0.02

_log = logging.getLogger(__name__)


class Refresher:
    """Refreshes library and rules; made before the fork, started after it.

    Attributes:
        ready: Whether all was loaded once; stays so.
        degraded: Code of the failure of the last poll; "" if it succeeded.
        version: The library version at the last poll, 0 before the first.
    """

    def __init__(self, library: Callable[[], int], *others: Callable[[], int]) -> None:
        """Follow the library by what refreshes it and returns its version, and others."""
        self._library, self._others = library, others
        self._polled_at = 0.0
        self._thread: threading.Thread | None = None
        self._looking = threading.Lock()
        self.ready = False
        self.degraded = ""
        self.version = 0

    def start(self) -> None:
        """Follow from a thread of this process."""
        self._thread = threading.Thread(target=self._run, name="keeping up", daemon=True)
        self._thread.start()

    def poll_if_due(self) -> None:
        """Poll if no background thread runs and the last poll is older than INTERVAL_S."""
        if self._thread is None and time.monotonic() - self._polled_at > INTERVAL_S:
            self.poll()

    def poll(self) -> None:
        """Poll now. A failure is kept in ``degraded``; what was loaded stays in use."""
        with self._looking:
            try:
                self.version = self._library()
                for refresh in self._others:
                    refresh()
            except SmashpassError as error:
                if not self.degraded:
                    _log.warning("cannot follow", extra={"code": error.code, "detail": str(error)})
                self.degraded = error.code
            else:
                if self.degraded:
                    _log.info("following again")
                self.degraded = ""
                self.ready = True
            self._polled_at = time.monotonic()

    def reach(self, version: int, within_s: float) -> bool:
        """Poll until the library has at least ``version``; tell whether it has in time.

        A poll that succeeds brings the newest version there is, so only failures are worth
        another poll: nobody holds a thread by asking for a version that does not exist.
        """
        until = time.monotonic() + within_s
        while self.version < version:
            self.poll()
            if not self.degraded or time.monotonic() >= until:
                break
            time.sleep(_AGAIN_S)
        return self.version >= version

    def _run(self) -> None:
        """Poll for as long as the process lives."""
        while True:
            try:
                self.poll()
            except Exception:
                # A bug in following must not end it: the next poll may succeed, and is logged.
                _log.exception("following failed")
                self.degraded = "internal_error"
            time.sleep(INTERVAL_S)
