"""Recording decisions: queued in the request, processed by a thread, never waited for.

The thread compares decisions with those of the revision beside, if one runs, and writes the
decision log, if one is kept. What it cannot keep up with is dropped and counted.
"""

from __future__ import annotations

import atexit
import logging
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from queue import Empty, Full, Queue

from smashpass.clock import Clock
from smashpass.core.errors import SmashpassError
from smashpass.core.library.index import Index
from smashpass.core.values import Value
from smashpass.services.decisions.batch import Count, DecidedImage, DecisionBatch
from smashpass.services.decisions.decision_log import DecisionLog
from smashpass.services.decisions.shadow import Shadow
from smashpass.services.rules.book import RuleBook
from smashpass.services.rules.live import LiveRules

WAITING = 2_000
"""Requests that may wait to be looked at; a deck of 20 cards takes some 4 kB."""
FLUSH_S = 0.5
CLOSE_S = 3.0

_log = logging.getLogger(__name__)


class Recorder:
    """Records decisions. Made before a fork; its thread starts with the first batch."""

    def __init__(
        self,
        rules: LiveRules,
        shadow: Shadow,
        log: DecisionLog | None,
        *,
        clock: Clock,
        waiting: int = WAITING,
    ) -> None:
        """Create a recorder.

        Args:
            rules: Tells whether a canary runs.
            shadow: Compares with the canary.
            log: Writes the decision log; None if there is none.
            clock: Returns the time in microseconds since 1970.
            waiting: How many batches wait for the thread at most.
        """
        self._rules = rules
        self._shadow = shadow
        self._log = log
        self._clock = clock
        self._queue: Queue[DecisionBatch | None] = Queue(waiting)
        self._thread: threading.Thread | None = None
        self._starting = threading.Lock()
        self.count: Count = lambda _what, _number: None

    @property
    def enabled(self) -> bool:
        """Whether anything records decisions; if not, none need be queued."""
        return self._log is not None or self._rules.canary is not None

    def note(
        self,
        index: Index,
        book: RuleBook,
        tree: str,
        viewer: str,
        context: Mapping[str, Value],
        decisions: Sequence[DecidedImage],
    ) -> None:
        """Queue what was decided; returns at once."""
        canary = self._rules.canary
        batch = DecisionBatch(
            self._clock(), index, book, tree, viewer, context, decisions,
            self._rules.book, None if canary is None else canary.book,
        )  # fmt: skip
        if self._thread is None:
            self._start()
        try:
            self._queue.put_nowait(batch)
        except Full:
            self.count("dropped", len(decisions))

    def close(self) -> None:
        """Process what waits, for some seconds at most, and end the thread."""
        thread = self._thread
        if thread is None or not thread.is_alive():
            return
        try:
            self._queue.put(None, timeout=CLOSE_S)
        except Full:
            _log.warning("decisions are left unrecorded", extra={"waiting": self._queue.qsize()})
            return
        thread.join(CLOSE_S)

    def _start(self) -> None:
        with self._starting:
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="recording", daemon=True)
                self._thread.start()
                atexit.register(self.close)

    def _run(self) -> None:
        """Process batches until the end."""
        flushed = time.monotonic()
        going = True
        while going:
            try:
                batch = self._queue.get(timeout=FLUSH_S)
            except Empty:
                pass
            else:
                going = batch is not None
                if batch is not None:
                    self._guarded(lambda batch=batch: self._take(batch))  # type: ignore[misc]
            if not going or time.monotonic() - flushed > FLUSH_S:
                self._guarded(self._flush)
                flushed = time.monotonic()

    def _take(self, batch: DecisionBatch) -> None:
        if batch.canary is not None:
            self._shadow.take(batch, self.count)
        if self._log is not None:
            self._log.take(batch, self.count)

    def _flush(self) -> None:
        self._shadow.flush()
        if self._log is not None:
            self._log.flush()

    def _guarded(self, work: Callable[[], None]) -> None:
        """Do one piece of work; its failure is logged, and the next one is tried."""
        try:
            work()
        except SmashpassError as error:
            _log.warning("cannot record", extra={"code": error.code, "detail": str(error)})
        except Exception:
            # A bug in recording must not end it, and must never reach a request.
            _log.exception("recording failed")
