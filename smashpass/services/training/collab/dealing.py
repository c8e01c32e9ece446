"""What collaborative filtering says of cards: ``plugin.collab``, for one viewer at a time.

It is never kept: not in the store of scores, and not with what is the same for all viewers.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Hashable
from typing import TYPE_CHECKING, NamedTuple

from cachetools import FIFOCache

from smashpass.core.errors import SmashpassError
from smashpass.core.imageset import ImageSet
from smashpass.services.training.collab.report import LEAST_EARLIER

if TYPE_CHECKING:
    from smashpass.services.training.collab.factors import ImageFactors, ViewerVector

COLLAB = "plugin.collab"

LOOK_S = 1.0
"""Seconds between two looks at the folder."""
REMEMBERED = 20_000
"""Viewers whose vector is kept in memory, some 400 bytes each."""

_log = logging.getLogger(__name__)


class SwipeHistory(NamedTuple):
    """What a viewer swiped, as far as suggestions may rest on it.

    Attributes:
        viewer: Who it is.
        moment: Changes with every swipe, and with what may be served.
        smashed: Images that they smash at present.
        passed: Images that they pass.
    """

    viewer: str
    moment: Hashable
    smashed: ImageSet
    passed: ImageSet


class CollabScores:
    """The model in use, and where viewers stand by it. Safe for threads."""

    def __init__(
        self, stamp: Callable[[], Hashable | None], load: Callable[[], ImageFactors | None]
    ) -> None:
        """Keep how the model is read.

        Args:
            stamp: Returns what changes with every training; None before the first.
            load: Returns the model in use; None if there is none.
        """
        self._stamp = stamp
        self._load = load
        self._seen_stamp: Hashable | None = None
        self._look_at = 0.0
        self._factors: ImageFactors | None = None
        self._lock = threading.Lock()
        self._vectors: FIFOCache[str, tuple[Hashable, ViewerVector]] = FIFOCache(REMEMBERED)

    @property
    def factors(self) -> ImageFactors | None:
        """The model in use, at most a second late; None if there is none.

        One that cannot be read is logged and not used, until the next training.
        """
        if time.monotonic() >= self._look_at:
            with self._lock:
                self._look()
        return self._factors

    def viewer(self, factors: ImageFactors, history: SwipeHistory | None) -> ViewerVector | None:
        """Return where a viewer stands; None where their swipes do not say.

        Kept in memory until the next swipe. Cost: 0.3 ms for 500 swipes.
        """
        if history is None or len(history.smashed) + len(history.passed) < LEAST_EARLIER:
            return None
        key = (factors.version, history.moment)
        with self._lock:
            kept = self._vectors.get(history.viewer)
        if kept is not None and kept[0] == key:
            return kept[1]
        vector = factors.viewer(history.smashed, history.passed)
        with self._lock:
            self._vectors[history.viewer] = (key, vector)
        return vector

    def _look(self) -> None:
        if time.monotonic() < self._look_at:
            return  # another thread has just looked
        stamp = self._stamp()
        if stamp != self._seen_stamp:
            try:
                self._factors = self._load()
            except SmashpassError as error:
                self._factors = None
                _log.warning(
                    "going on without collaborative filtering",
                    extra={"code": error.code, "detail": str(error)},
                )
            self._seen_stamp = stamp
        self._look_at = time.monotonic() + LOOK_S


NO_COLLAB = CollabScores(lambda: None, lambda: None)
"""What is used where no model can be."""
