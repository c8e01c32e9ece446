"""Scores on their way into the store: gathered for a moment, written in one transaction."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Mapping

from smashpass.core.errors import DatabaseUnavailable, SmashpassError
from smashpass.core.library.model_version import ModelVersion
from smashpass.services.ports.scoring import NO_EMBEDDINGS, ScoreStore, Values
from smashpass.services.scoring.measures import ScoringMeasures

FLUSH_S = 1.0
WAITING = 10_000
"""Pictures whose scores wait while the database is away; further ones are asked for again."""

SavedAnswer = tuple[Values, bytes]
"""Values, and a packed embedding or b""."""

_log = logging.getLogger(__name__)


class UnsavedScores:
    """Collects scores and stores them every second. Threads share it."""

    def __init__(self, store: ScoreStore, measures: ScoringMeasures) -> None:
        """Create it for one store."""
        self.measures = measures
        self._store = store
        self._lock = threading.Lock()
        self._writing = threading.Lock()
        self._scores: dict[ModelVersion, dict[str, SavedAnswer]] = {}
        self._count = 0
        self._written_at = time.monotonic()

    def add(
        self,
        source: ModelVersion,
        scores: Mapping[str, Values],
        embeddings: Mapping[str, bytes] = NO_EMBEDDINGS,
    ) -> None:
        """Add the scores and embeddings that a model version gave to pictures, by their sha256."""
        with self._lock:
            room = max(0, WAITING - self._count)
            accepted = {
                sha256: (scores[sha256], embeddings.get(sha256, b""))
                for sha256 in list(scores)[:room]
            }
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
            for source, answers in collected.items():
                scores = {sha256: values for sha256, (values, _) in answers.items()}
                vectors = {sha256: vector for sha256, (_, vector) in answers.items() if vector}
                self._write(source, scores, vectors)

    def _write(
        self, source: ModelVersion, scores: Mapping[str, Values], embeddings: Mapping[str, bytes]
    ) -> None:
        try:
            self._store.put(source, scores, embeddings)
        except DatabaseUnavailable:
            self.add(source, scores, embeddings)
        except SmashpassError as error:
            _log.warning("cannot store scores", extra={"code": error.code, "detail": str(error)})
            self.measures.unsaved(len(scores))
        except Exception:  # a bug must not cost the scores of the other versions
            _log.exception("cannot store scores of %s", source)
            self.measures.unsaved(len(scores))
