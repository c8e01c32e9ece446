"""Scores on their way into the store: gathered for a moment, written in one transaction."""

from __future__ import annotations

import logging
import threading
import time

from smashpass.core.errors import DatabaseUnavailable, SmashpassError
from smashpass.core.library.model_version import ModelVersion
from smashpass.services.ports.scoring import ScoreStore, Values
from smashpass.services.scoring.measures import ScoringMeasures

FLUSH_S = 1.0
WAITING = 10_000
"""Pictures whose scores wait while the database is away; further ones are asked for again."""

_log = logging.getLogger(__name__)


class UnsavedScores:
    """Collects scores and stores them every second. Threads share it."""

    def __init__(self, store: ScoreStore, measures: ScoringMeasures) -> None:
        """Create it for one store."""
        self.measures = measures
        self._store = store
        self._lock = threading.Lock()
        self._writing = threading.Lock()
        self._scores: dict[ModelVersion, dict[str, Values]] = {}
        self._count = 0
        self._written_at = time.monotonic()

    def add(self, source: ModelVersion, scores: dict[str, Values]) -> None:
        """Add the scores that a model version gave to pictures, by their sha256."""
        with self._lock:
            room = max(0, WAITING - self._count)
            accepted = dict(list(scores.items())[:room])
            if accepted:
                self._scores.setdefault(source, {}).update(accepted)
                self._count += len(accepted)
        if len(accepted) < len(scores):
            self.measures.unsaved(len(scores) - len(accepted))

    def flush_if_due(self) -> None:
        """Store what was collected if the last time is a second ago."""
        if self._count and time.monotonic() - self._written_at >= FLUSH_S:
            self.flush()

    def flush(self) -> None:
        """Store what was collected; kept if the database is away."""
        with self._writing:
            self._written_at = time.monotonic()
            with self._lock:
                collected, self._scores, self._count = self._scores, {}, 0
            for source, scores in collected.items():
                self._write(source, scores)

    def _write(self, source: ModelVersion, scores: dict[str, Values]) -> None:
        try:
            self._store.put(source, scores)
        except DatabaseUnavailable:
            self.add(source, scores)
        except SmashpassError as error:
            _log.warning("cannot store scores", extra={"code": error.code, "detail": str(error)})
            self.measures.unsaved(len(scores))
        except Exception:  # a bug must not cost the scores of the other versions
            _log.exception("cannot store scores of %s", source)
            self.measures.unsaved(len(scores))
