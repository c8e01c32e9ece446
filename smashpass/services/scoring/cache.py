"""The scores that a process met lately."""

from __future__ import annotations

import threading
from dataclasses import dataclass

from cachetools import LRUCache

from smashpass.core.library.model_version import ModelVersion
from smashpass.services.ports.scoring import Values

ENTRIES = 50_000
"""About 25 MB."""

Key = tuple[str, int]
"""sha256 of the picture, and a digest of the tags if the scorer looks at them, else 0."""


@dataclass(frozen=True, slots=True)
class KnownScore:
    """What a scorer said of one picture.

    Attributes:
        values: By full attribute name; empty if it said nothing.
        source: What said so.
        is_stored: Whether it was read from the store: of a version that may still be in use
            when the scorer has a newer one.
        since: When it was read there, or given, of ``time.monotonic``.
    """

    values: Values
    source: ModelVersion
    is_stored: bool
    since: float


class ScoreCache:
    """The entries used last; threads share it."""

    def __init__(self, entries: int = ENTRIES) -> None:
        self._entries: LRUCache[Key, KnownScore] = LRUCache(entries)
        self._lock = threading.Lock()

    def __len__(self) -> int:
        return len(self._entries)

    def get(self, key: Key) -> KnownScore | None:
        """Return the score kept under ``key``."""
        with self._lock:
            return self._entries.get(key)

    def put(self, key: Key, score: KnownScore) -> None:
        """Keep a score, and drop those that were not asked for the longest time."""
        with self._lock:
            self._entries[key] = score
