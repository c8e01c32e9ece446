"""Filling: one scorer is asked about every picture that its model version has not scored yet.

Each batch is kept at once, so whoever goes on after an interruption asks only about the rest.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence

from smashpass.core.imageset import Ordinal
from smashpass.core.library.model_version import ModelVersion
from smashpass.services.ports.scoring import ScoreStore, StoredVersion, Values
from smashpass.services.scoring.client import GuardedScorer, PendingScore
from smashpass.services.scoring.fill_report import FillOptions, Progressed, ScorerFill
from smashpass.services.scoring.ports import (
    BATCH,
    BREAKER_OPEN,
    BUSY,
    INCOMPATIBLE,
    TIMEOUT,
    UNREACHABLE,
    Item,
)

CALLS_AT_ONCE = 4
CALL_S = 30.0
PAUSES_S = (5.0, 10.0, 20.0, 40.0)
"""How long a scorer that does not answer is left alone before it is asked again."""
PAGE = 512
"""Pictures that are looked up at once."""
MOST_VERSIONS = 5
"""How often the version may change while a library is filled."""
_ALONE = 2
"""Pictures that are tried alone where the first batch fails; few, or the breaker opens."""
_UNREADABLE_PERCENT = 1
"""Pictures that may fail, asked about alone, without keeping a new version from use."""
_LOOK_S = 0.1
_HOPELESS = (INCOMPATIBLE, TIMEOUT, UNREACHABLE)
"""Why the first question is not answered where another picture would not be either."""
_NOBODY = ModelVersion("", "", "", "")
"""A version without scores."""

READS_TAGS = "its scores depend on tags and are kept in memory only"


ItemOf = Callable[[Ordinal, str], Item | None]
"""Makes what a scorer is shown of an image; None for one that may not be shown at present."""


class _FillStopped(Exception):
    """Somebody wants the filling to stop, or the limit is reached; nothing is wrong."""


class _GivenUp(Exception):
    """The scorer cannot be asked any more."""


class ScoreFilling:
    """One run for one scorer, on one thread; each call to the scorer has a thread of its own."""

    def __init__(
        self,
        scorer: GuardedScorer,
        store: ScoreStore,
        item_of: ItemOf,
        options: FillOptions,
        *,
        stopping: Callable[[], bool],
        progressed: Progressed,
    ) -> None:
        """Prepare it; ``stopping`` is asked again and again."""
        self._scorer = scorer
        self._store = store
        self._item_of = item_of
        self._options = options
        self._stopping = stopping
        self._progressed = progressed
        self._pending: deque[PendingScore] = deque()
        self._in_flight: set[str] = set()
        self._source = scorer.source
        self._past_sources: set[ModelVersion] = set()
        self._total_asked = 0
        self._is_complete = False
        self._reached_end = False
        self._waits = PAUSES_S if options.patient else ()
        self._pauses = iter(self._waits)
        self._next_at = 0.0
        self._begin()

    def _begin(self) -> None:
        """Begin to count, for another version too."""
        self._asked = self._scored = self._without_value = 0
        self._failed = self._without_file = self._hidden = self._late = 0
        self._to_ask = 0

    def run(self) -> ScorerFill:
        """Ask until nothing is left, and put the version to use then.

        A version that changes meanwhile begins from the start. Batches that fail are asked again
        picture by picture, so that one bad picture costs itself alone.

        Raises:
            DatabaseUnavailable: The store cannot be reached; what was kept is kept.
        """
        error = ""
        try:
            if self._learn():
                self._pass(self._batch_size())
                if self._failed:
                    self._pass(1)
            self._reached_end = True
            self._is_complete = not self._failed and not self._late
        except _FillStopped:
            self._let_go()
        except _GivenUp as reason:
            error = str(reason)
            self._let_go()
        return self._ended(error)

    def _ended(self, error: str) -> ScorerFill:
        """Return how far it came; put the version to use if it has answered for all pictures."""
        versions = {version.source: version for version in self._store.versions()}
        stored = versions.get(self._source)
        unaskable = self._without_file + self._hidden
        left = max(0, self._store.count_unscored(self._source) - unaskable)
        if self._is_complete or not left:
            left = 0
        serving = stored is not None and stored.serving
        if stored is not None and not serving and not error and self._may_serve(stored, left):
            self._store.serve(self._source)
            serving = True
        return self._state(left=left, serving=serving, error=error)

    def _may_serve(self, stored: StoredVersion, left: int) -> bool:
        """Tell whether the version was asked about all pictures, and could read nearly all."""
        few = self._failed * 100 <= stored.pictures * _UNREADABLE_PERCENT
        return not left or (self._reached_end and left <= self._failed and few)

    def _state(self, left: int, *, serving: bool = False, error: str = "") -> ScorerFill:
        return ScorerFill(
            source=self._source,
            asked=self._asked,
            scored=self._scored,
            without_value=self._without_value + self._without_file,
            failed=self._failed,
            left=left,
            serving=serving,
            error=error,
        )

    def _learn(self) -> bool:
        """Find out which version answers, by asking about the first pictures; False if none is.

        Where the newest version that is known has scored all, one picture is asked about again.
        """
        scorer, store = self._scorer, self._store
        for version in store.versions():
            if (version.source.scorer, version.source.model) == (scorer.name, scorer.model):
                self._source = version.source
        newest, reason = self._source, ""
        self._to_ask = store.count_unscored(newest)
        for items in self._first_questions():
            call = self._ask(items)
            scorer.wait(call)
            source = self._answered_by(call)
            if self._source == _NOBODY and source == newest:
                self._in_flight.clear()
                self._source = newest  # nothing new: what it said before stays as it is
                return True
            self._take(call)
            if source is not None:
                return True
            reason = _reason(call) or reason
            if reason in _HOPELESS:
                break
        self._source = newest
        if reason:
            raise _GivenUp(f"it does not answer: {reason}")
        return False

    def _first_questions(self) -> Iterator[list[Item]]:
        """Yield questions until one is answered: what is unscored first, then what was scored.

        A picture that no scorer can read must not hide which version answers.
        """
        tried: set[str] = set()
        for items in self._batches(self._batch_size()):
            tried.update(item.sha256 for item in items)
            yield items
            if not all(item.lacks_file for item in items):
                yield from ([item] for item in items[:_ALONE])
                break
        self._source = _NOBODY
        left = _ALONE
        for items in self._batches(1):
            if items[0].sha256 not in tried:
                yield items
                left -= not items[0].lacks_file
            if not left:
                break

    def _pass(self, size: int) -> None:
        """Ask about everything that is unscored, in questions of ``size`` pictures."""
        source = None
        while source != self._source:  # once more for each new version
            source = self._source
            self._failed = self._without_file = self._hidden = self._late = 0
            for items in self._batches(size):
                while len(self._pending) >= CALLS_AT_ONCE:
                    self._finish_one()
                if source != self._source:
                    break
                self._pending.append(self._ask(items))
            self._drain()

    def _batches(self, size: int) -> Iterator[list[Item]]:
        """Yield what is unscored and not asked about at the moment, in lists of ``size``."""
        after = Ordinal(0)
        while images := self._store.unscored(self._source, after, PAGE):
            after = images[-1][0]
            items: list[Item] = []
            for ordinal, sha256 in images:
                if sha256 in self._in_flight:
                    continue
                item = self._item_of(ordinal, sha256)
                if item is None:
                    self._hidden += 1
                    continue
                items.append(item)
                if len(items) == size:
                    yield items
                    items = []
            if items:
                yield items

    def _batch_size(self) -> int:
        """Return how many pictures a question has: fewer where few a second are wished."""
        rate, limit = self._options.rate, self._options.limit
        size = BATCH if rate is None else max(1, min(BATCH, int(rate)))
        return size if limit is None else max(1, min(size, limit))

    def _ask(self, items: Sequence[Item]) -> PendingScore:
        """Begin to ask, as soon as the rate and the scorer allow it."""
        limit = self._options.limit
        if limit is not None:
            items = items[: limit - self._total_asked]
            if not items:
                raise _FillStopped
        self._wait_until(self._next_at)
        while True:
            call = self._scorer.ask(items, time.monotonic() + CALL_S)
            if call.reason not in (BREAKER_OPEN, BUSY):
                break
            self._drain()
            pause = next(self._pauses, None)
            if pause is None:
                waited_s = sum(self._waits)
                again = f"it did not answer again in {waited_s:.0f} s"
                raise _GivenUp(again if self._waits else "it stopped answering")
            self._wait_until(time.monotonic() + pause)
        self._in_flight.update(item.sha256 for item in items)
        self._asked += len(items)
        self._total_asked += len(items)
        if self._options.rate is not None:
            self._next_at = time.monotonic() + len(items) / self._options.rate
        return call

    def _wait_until(self, moment: float) -> None:
        """Wait for a moment of ``time.monotonic``, unless somebody wants to stop."""
        while True:
            if self._stopping():
                raise _FillStopped
            rest = moment - time.monotonic()
            if rest <= 0:
                return
            time.sleep(min(rest, _LOOK_S))

    def _finish_one(self) -> None:
        """Wait for the call that was begun first, and keep what it brings."""
        call = self._pending.popleft()
        self._scorer.wait(call)
        self._take(call)

    def _drain(self) -> None:
        """Finish all calls."""
        while self._pending:
            self._finish_one()

    def _let_go(self) -> None:
        """Wait for the calls that were begun, and keep what still belongs to this version."""
        while self._pending:
            call = self._pending.popleft()
            self._scorer.wait(call)
            if not self._scorer.reads_tags and self._answered_by(call) in (None, self._source):
                self._take(call)

    def _answered_by(self, call: PendingScore) -> ModelVersion | None:
        """Return the version that answered; None if none did, as nothing was asked or it failed."""
        if not call.done.is_set() or all(item.lacks_file for item in call.items):
            return None
        if call.reason and all(values is None for values in call.values):
            return None
        return self._scorer.source_of(call.version)

    def _take(self, call: PendingScore) -> None:
        """Keep what a call brought, and count it."""
        items = call.items
        self._in_flight.difference_update(item.sha256 for item in items)
        if self._scorer.reads_tags:
            raise _GivenUp(READS_TAGS)
        source, reason = self._answered_by(call), _reason(call)
        if source is not None:
            self._pauses = iter(self._waits)
            self._turn_to(source)
        # An answer that comes after its time is not taken: it may still be changing.
        values = list(call.values) if call.done.is_set() else [None] * len(items)
        scores: dict[str, Values] = {}
        embeddings: dict[str, bytes] = {}
        for item, item_values, embedding in zip(items, values, call.embeddings, strict=True):
            if item_values is not None:
                scores[item.sha256] = item_values
                if embedding:
                    embeddings[item.sha256] = embedding
            elif reason:
                self._failed += 1
            elif item.lacks_file:
                self._asked -= 1
                self._without_file += 1
            else:
                scores[item.sha256] = {}
        self._store.put(source or self._source, scores, embeddings)
        if source in (None, self._source):
            with_value = sum(
                any(value is not None for value in item_values.values())
                for item_values in scores.values()
            )
            self._scored += with_value
            self._without_value += len(scores) - with_value
            self._to_ask = max(0, self._to_ask - len(scores))
        else:
            self._late += len(scores)
        self._progressed(self._state(self._to_ask))

    def _turn_to(self, source: ModelVersion) -> None:
        """Go on with the version that answered; what was counted for another one is forgotten.

        Late answers of a version before are kept as its own and change nothing else.
        """
        if source == self._source or source in self._past_sources:
            return
        if len(self._past_sources) == MOST_VERSIONS:
            raise _GivenUp("its version keeps changing")
        asked = 0 if self._past_sources else self._asked
        self._begin()
        self._asked = asked
        self._past_sources.add(self._source)
        self._source = source
        self._to_ask = self._store.count_unscored(source)


def _reason(call: PendingScore) -> str:
    """Return why a call brought nothing, or not all; "" if it brought all there is."""
    return call.reason if call.done.is_set() else TIMEOUT
