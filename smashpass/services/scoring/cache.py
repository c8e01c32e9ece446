"""The numbers that scorers gave lately, each process its own."""

from __future__ import annotations

import threading

from cachetools import LRUCache

from smashpass.services.scoring.ports import Item, Values

ENTRIES = 50_000
"""About 25 MB."""

Key = tuple[str, str, str, int]


def key_of(name: str, version: str, item: Item, *, reads_tags: bool) -> Key | None:
    """Return what a number depends on; None if it is not to be remembered.

    The tags are part of it if the scorer looks at them. An image without a picture has nothing
    that it could be known by.
    """
    digest = item.tags_digest if reads_tags else 0
    return (name, version, item.sha256, digest) if item.sha256 else None


class ValueCache:
    """The entries used last; threads share it."""

    def __init__(self, entries: int = ENTRIES) -> None:
        self._entries: LRUCache[Key, Values] = LRUCache(entries)
        self._lock = threading.Lock()

    def __len__(self) -> int:
        return len(self._entries)

    def get(self, key: Key | None) -> Values | None:
        """Return the numbers kept under ``key``."""
        if key is None:
            return None
        with self._lock:
            return self._entries.get(key)

    def put(self, key: Key | None, values: Values) -> None:
        """Keep numbers, and drop those that were not asked for the longest time."""
        if key is None:
            return
        with self._lock:
            self._entries[key] = values
