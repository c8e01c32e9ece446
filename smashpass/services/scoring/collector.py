"""Asking one scorer in the background, for all viewers of this process together.

Decks say which images they want scores of: now, or soon. A few threads take them in batches, look
into the store first, and ask the scorer for the rest. An image that several decks want is asked
about once. A deck waits only if an answer may be expected before its deadline, and only a few
decks wait at the same time, so that the others' requests find a thread.
"""

from __future__ import annotations

import atexit
import logging
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import replace

from cachetools import LRUCache

from smashpass.core.errors import DatabaseUnavailable
from smashpass.core.library.model_version import ModelVersion
from smashpass.services.ports.scoring import ScoreStore, Values
from smashpass.services.scoring.cache import Key, KnownScore, ScoreCache
from smashpass.services.scoring.client import GuardedScorer
from smashpass.services.scoring.measures import ScoringMeasures
from smashpass.services.scoring.ports import (
    BAD_ANSWER,
    BATCH,
    BREAKER_OPEN,
    BUSY,
    FAILED,
    NO_PICTURE,
    PENDING,
    TIMEOUT,
    Item,
)
from smashpass.services.scoring.unsaved import FLUSH_S, UnsavedScores

CALLS_AT_ONCE = 4
CALL_S = 5.0
"""Seconds after which a call is given up; no deck waits that long."""

QUEUED = 2_000
"""Images that wait to be asked about; beyond, those wanted soon are forgotten first."""

READ_AGAIN_S = 60.0
"""Seconds after which a remembered score is looked up in the store again: another version may be in
use by then."""

WAITING_DECKS = 4
"""Requests of a process that wait for scores at the same time: half of a worker's threads."""

_FORGOTTEN_S = 30.0
"""Seconds after which decks wait anew for an image that was asked for in vain."""

_MARGIN_S = 0.03
"""A call that runs for nearly as long as a deck may wait will not end just then."""

_log = logging.getLogger(__name__)


class QueuedImage:
    """One image that a scorer is to be asked about, and then what came of it."""

    __slots__ = ("done", "is_live", "item", "key", "ms", "reason", "score", "since")

    def __init__(self, item: Item, key: Key | None, since: float) -> None:
        """Queue an item under the key by which its score is remembered.

        Args:
            item: The image.
            key: The key.
            since: When it was first asked for, of ``time.monotonic``.
        """
        self.item = item
        self.key = key
        self.since = since
        self.done = threading.Event()
        self.score: KnownScore | None = None
        self.reason = ""
        self.ms = 0.0
        self.is_live = False

    def end(self, score: KnownScore | None, reason: str = "") -> None:
        """Tell those who wait what came of it."""
        self.score, self.reason = score, reason
        self.done.set()


class ScoreCollector:
    """Collects the scores of one scorer. Made before a fork; its threads start with the first ask.

    Attributes:
        scorer: Whom it asks.
        measures: Told of each call.
    """

    def __init__(
        self,
        scorer: GuardedScorer,
        store: ScoreStore | None,
        fills: Callable[[str], bool],
        *,
        call_s: float = CALL_S,
        read_again_s: float = READ_AGAIN_S,
    ) -> None:
        """Create the collector.

        Args:
            scorer: Whom to ask.
            store: Keeps the scores; None keeps them in memory only.
            fills: Whether an attribute is this scorer's to fill; others are not kept.
            call_s: Seconds for a call.
            read_again_s: Seconds after which a remembered score is looked up in the store again.
        """
        self.scorer = scorer
        self.measures = ScoringMeasures()
        self._store = store
        self._unsaved = None if store is None else UnsavedScores(store, self.measures)
        self._fills = fills
        self._call_s = call_s
        self._read_again_s = read_again_s
        self._cache = ScoreCache()
        self._lock = threading.Condition()
        self._now: OrderedDict[Key | int, QueuedImage] = OrderedDict()
        self._soon: OrderedDict[Key | int, QueuedImage] = OrderedDict()
        self._asked: dict[Key | int, QueuedImage] = {}
        self._calls: dict[int, float] = {}  # by thread: when its present call began
        self._last_s = 0.0
        # By picture: when it was first asked for, until it is known.
        self._since: LRUCache[Key | int, float] = LRUCache(4 * QUEUED)
        # By picture: how many may be asked about together with it, after a batch of it failed.
        self._together: LRUCache[Key | int, int] = LRUCache(QUEUED)
        self._threads: list[threading.Thread] = []

    def listen(self, measures: ScoringMeasures) -> None:
        """Tell ``measures`` of all calls from now on."""
        self.measures = measures
        if self._unsaved is not None:
            self._unsaved.measures = measures

    def known(self, item: Item) -> KnownScore | None:
        """Return what this process knows of an image without asking anybody."""
        score = self._remembered(self._key(item))
        if score is not None and self._is_old(score):
            self.ask([item], now=False)
        return score

    def ask(self, items: Sequence[Item], *, now: bool) -> list[QueuedImage]:
        """Queue images, before others if a deck wants them now; returns at once."""
        with self._lock:
            queued = [self._queue(item, now=now) for item in items]
            overfull = len(self._now) + len(self._soon) - QUEUED
            for _ in range(overfull):
                queue = self._soon or self._now
                _, forgotten = queue.popitem(last=False)
                forgotten.end(None, BUSY)
            if len(self._threads) < CALLS_AT_ONCE:
                self._start()
            self._lock.notify(min(CALLS_AT_ONCE, -(-len(items) // BATCH)))
        return queued

    def wait(
        self,
        queued: Sequence[QueuedImage],
        until: float,
        waiting: threading.Semaphore,
        *,
        at_most_s: float,
    ) -> str:
        """Wait for images, if they can be expected in time; return why some are missing.

        An image is waited for once: what was asked for ahead of the deck has had its time.

        Args:
            queued: The images.
            until: The deadline, of ``time.monotonic``.
            waiting: Limits how many requests wait at the same time.
            at_most_s: Seconds for an image from when it was first asked for.
        """
        late_images = [image for image in queued if not image.done.is_set()]
        if not late_images:
            return ""
        until = min(until, max(image.since for image in late_images) + at_most_s)
        reason = self._hopeless(until)
        if reason:
            return reason
        if not waiting.acquire(blocking=False):
            return BUSY
        try:
            for image in queued:
                if not image.done.wait(max(0.0, until - time.monotonic())):
                    return TIMEOUT
        finally:
            waiting.release()
        return ""

    def flush(self) -> None:
        """Store the scores that are not stored yet."""
        if self._unsaved is not None:
            self._unsaved.flush()

    def _hopeless(self, until: float) -> str:
        """Return why no answer can be expected by ``until``; "" if one can."""
        if self.scorer.breaker == "open":
            return BREAKER_OPEN
        now = time.monotonic()
        left = until - now
        if left <= 0:
            return PENDING
        with self._lock:
            oldest = min(self._calls.values(), default=now)
            batches = -(-len(self._now) // BATCH)
        rounds = -(-(batches + len(self._calls)) // CALLS_AT_ONCE)
        expected_s = max(now - oldest + _MARGIN_S, self._last_s * max(1, rounds))
        return PENDING if expected_s > left else ""

    def _key(self, item: Item) -> Key | None:
        """Return what a score of an image is remembered under; None if by nothing."""
        if not item.sha256:
            return None
        return item.sha256, item.tags_digest if self.scorer.reads_tags else 0

    def _queue(self, item: Item, *, now: bool) -> QueuedImage:
        """Return the entry of an image: the one that is there, or a new one."""
        key = self._key(item)
        name: Key | int = id(item) if key is None else key
        image = self._asked.get(name) or self._now.get(name)
        if image is not None:
            return image
        image = self._soon.pop(name, None) if now else self._soon.get(name)
        if image is None:
            image = QueuedImage(item, key, self._first_asked(name))
        (self._now if now else self._soon).setdefault(name, image)
        return image

    def _first_asked(self, name: Key | int) -> float:
        """Return when an image was first asked for: lately and in vain, or now."""
        now = time.monotonic()
        since = self._since.get(name, now)
        if now - since > _FORGOTTEN_S:
            since = now
        self._since[name] = since
        return since

    def _start(self) -> None:
        if not self._threads:
            atexit.register(self.flush)
        name = f"scores of {self.scorer.name}"
        thread = threading.Thread(target=self._run, name=name, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _run(self) -> None:
        """Take batches for as long as the process lives."""
        while True:
            with self._lock:
                if not self._now and not self._soon:
                    self._lock.wait(FLUSH_S)
                batch = self._take()
            try:
                if batch:
                    self._collect(batch)
                elif self._unsaved is not None:
                    self._unsaved.flush_if_due()
            except Exception:
                # A bug in collecting must end neither the thread nor a deck.
                _log.exception("collecting scores failed")
            finally:
                self._end(batch)

    def _take(self) -> dict[Key | int, QueuedImage]:
        """Take a batch off the queues, what is wanted now first."""
        batch: dict[Key | int, QueuedImage] = {}
        most = BATCH
        for queue in (self._now, self._soon):
            while queue:
                name = next(iter(queue))
                most = min(most, self._together.get(name, BATCH))
                if len(batch) >= most:
                    break
                batch[name] = queue.pop(name)
        self._asked.update(batch)
        return batch

    def _end(self, batch: dict[Key | int, QueuedImage]) -> None:
        with self._lock:
            for name, image in batch.items():
                self._asked.pop(name, None)
                if not image.done.is_set():
                    image.end(None, FAILED)

    def _collect(self, batch: dict[Key | int, QueuedImage]) -> None:
        """Find the scores of a batch: in the store, else by a call."""
        missing = []
        stored = self._stored([image.item.sha256 for image in batch.values()])
        for image in batch.values():
            score = stored.get(image.item.sha256)
            if score is None and (before := self._remembered(image.key)):
                score = replace(before, since=time.monotonic())  # not there yet, or it is away
            if score is None:
                missing.append(image)
            else:
                self._remember(image, score)
                image.end(score)
        if missing:
            self._call(missing)

    def _stored(self, pictures: Sequence[str]) -> dict[str, KnownScore]:
        """Return what the store knows of pictures; nothing while the database is away."""
        if self._store is None or self.scorer.reads_tags:
            return {}
        try:
            scores = self._store.get(self.scorer.name, [sha256 for sha256 in pictures if sha256])
        except DatabaseUnavailable:
            return {}
        return {
            sha256: KnownScore(values, source, is_stored=True, since=time.monotonic())
            for sha256, (source, values) in scores.items()
        }

    def _call(self, images: Sequence[QueuedImage]) -> None:
        """Ask the scorer about images, and keep what it says."""
        thread = threading.get_ident()
        began = time.monotonic()
        with self._lock:
            self._calls[thread] = began
        try:
            call = self.scorer.call([image.item for image in images], self._call_s)
        finally:
            seconds = time.monotonic() - began
            with self._lock:
                del self._calls[thread]
        if call.reason not in (BUSY, BREAKER_OPEN):
            self._last_s = seconds
            self.measures.call(self.scorer.name, call.reason or "ok", seconds, len(images))
        self.measures.breaker(self.scorer.name, is_open=self.scorer.breaker == "open")
        self._note_failure(images, failed=call.reason in (BAD_ANSWER, FAILED))
        source = self.scorer.source_of(call.version)
        kept: dict[str, Values] = {}
        embeddings: dict[str, bytes] = {}
        for image, values, embedding in zip(images, call.values, call.embeddings, strict=True):
            image.ms, image.is_live = call.ms, True
            if values is None and call.reason:
                image.end(None, call.reason)
                continue
            if values is None and (not image.item.sha256 or image.item.lacks_file):
                image.end(None, NO_PICTURE)  # to be asked about again: a file may come back
                continue
            score = self._score(values or {}, source)
            image.key = self._key(image.item)
            self._remember(image, score)
            if image.item.sha256:
                kept[image.item.sha256] = score.values
                embeddings[image.item.sha256] = embedding
            image.end(score)
        if self._unsaved is not None and kept and not self.scorer.reads_tags:
            self._unsaved.add(source, kept, embeddings)
            self._unsaved.flush_if_due()

    def _note_failure(self, images: Sequence[QueuedImage], *, failed: bool) -> None:
        """Halve the next batches of images that failed together: one of them may be the cause."""
        with self._lock:
            for image in images:
                if image.key is None:
                    continue
                if failed and len(images) > 1:
                    self._together[image.key] = len(images) // 2
                elif not failed:
                    self._together.pop(image.key, None)

    def _score(self, values: Values, source: ModelVersion) -> KnownScore:
        """Return what is this scorer's to say."""
        own = {name: value for name, value in values.items() if self._fills(name)}
        return KnownScore(own, source, is_stored=False, since=time.monotonic())

    def _remembered(self, key: Key | None) -> KnownScore | None:
        """Return what this process knows under a key; None if a newer version is to be asked."""
        score = None if key is None else self._cache.get(key)
        if score is None or score.is_stored or score.source.version == self.scorer.version:
            return score
        return None  # of an older version, and not kept anywhere: it is asked for again

    def _is_old(self, score: KnownScore) -> bool:
        """Tell whether the store may have put another version in use since."""
        if self._store is None or self.scorer.reads_tags:
            return False
        return time.monotonic() - score.since >= self._read_again_s

    def _remember(self, image: QueuedImage, score: KnownScore) -> None:
        if image.key is not None:
            with self._lock:
                self._since.pop(image.key, None)
            self._cache.put(image.key, score)
