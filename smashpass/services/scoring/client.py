"""One scorer and everything that keeps it from holding a request.

Each call has a thread of its own, so that whoever waits can stop waiting, whatever the scorer
does. The threads are daemons: one that never returns does not keep the process from ending.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

from smashpass.core.library.embedding import KEY, packed_embedding
from smashpass.core.library.model_version import ModelVersion
from smashpass.core.rules.attributes import MAX_TEXT_VALUE, is_number, is_plugin
from smashpass.services.ports.scoring import Values
from smashpass.services.scoring.breaker import Breaker, BreakerState
from smashpass.services.scoring.ports import (
    BAD_ANSWER,
    BREAKER_OPEN,
    BUSY,
    FAILED,
    PREPROCESSING,
    TIMEOUT,
    Item,
    Scorer,
    ScorerFailed,
)

PROBE_S = 5.0
"""Seconds for a look at a scorer before the first question."""

CALLS_AT_ONCE = 8
"""More would only wait behind each other at the scorer."""

LONGEST_VERSION = 100
"""Characters of a version."""

_log = logging.getLogger(__name__)


@dataclass(slots=True)
class PendingScore:
    """What became of asking about some images.

    Attributes:
        values: For each image what is known of it, None for nothing.
        embeddings: For each image its packed embedding, b"" for none.
        reason: Why values are missing; "" if the scorer answered.
        version: Of the scorer that answered.
        ms: How long it took.
    """

    items: Sequence[Item]
    until: float
    started: float
    values: list[Values | None] = field(default_factory=list)
    embeddings: list[bytes] = field(default_factory=list)
    reason: str = ""
    version: str = ""
    ms: float = 0.0
    done: threading.Event = field(default_factory=threading.Event)
    judged: bool = False


@dataclass(frozen=True, slots=True)
class UsableAnswer:
    """What can be used of a scorer's answer.

    Attributes:
        values: For each image its values, None for nothing.
        embeddings: For each image its packed embedding, b"" for none.
        left_out: How many values were left out for their form.
    """

    values: Sequence[Values | None] = ()
    embeddings: Sequence[bytes] = ()
    left_out: int = 0


NOTHING_USABLE = UsableAnswer()


class GuardedScorer:
    """Asks one scorer."""

    def __init__(
        self, scorer: Scorer, *, breaker: Breaker | None = None, calls: int = CALLS_AT_ONCE
    ) -> None:
        self.name = scorer.name
        self.attributes = scorer.attributes
        # A scorer that asks a server says which; to others these parts mean nothing.
        self.model = str(getattr(scorer, "model", ""))
        self.address = str(getattr(scorer, "address", ""))
        self.reads_tags = False  # as far as was seen
        self.version = scorer.version  # as of the last answer: a request never waits for a scorer
        self._scorer = scorer
        self._breaker = breaker or Breaker()
        self._slots = threading.BoundedSemaphore(calls)
        self._judging = threading.Lock()

    @property
    def source(self) -> ModelVersion:
        """What its scores are kept under, as of its last answer."""
        return self.source_of(self.version)

    def source_of(self, version: str) -> ModelVersion:
        """Return what the scores of one version are kept under."""
        return ModelVersion(self.name, self.model, version, PREPROCESSING)

    @property
    def breaker(self) -> BreakerState:
        """Whether it is being asked at present."""
        return self._breaker.state

    def probe(self) -> None:
        """Have the scorer look at its server, if it can; the log says what is wrong.

        A scorer that does so anyway before its first question is only earlier by this.
        """
        probe = getattr(self._scorer, "probe", None)
        if not callable(probe):
            return
        try:
            probe(PROBE_S)
        except ScorerFailed as failure:
            _log.warning("scorer %s: %s", self.name, failure)
        except Exception:  # a stranger's code
            _log.exception("scorer %s failed", self.name)

    def call(self, items: Sequence[Item], seconds: float) -> PendingScore:
        """Ask about images and wait for the answer, for some seconds at most."""
        call = self.ask(items, time.monotonic() + seconds)
        values, reason = self.wait(call)
        if call.done.is_set():
            return call
        nothing = [b""] * len(items)
        return PendingScore(
            items, call.until, call.started, list(values), nothing, reason, call.version
        )

    def ask(self, items: Sequence[Item], until: float) -> PendingScore:
        """Begin to ask about images; returns at once.

        Args:
            items: The images.
            until: The moment, of ``time.monotonic``, after which nobody waits any more.
        """
        count = len(items)
        call = PendingScore(items, until, time.monotonic(), [None] * count, [b""] * count)
        if call.started >= until:
            return _refused(call, TIMEOUT)
        if not self._slots.acquire(blocking=False):
            return _refused(call, BUSY)
        if not self._breaker.lets_through():
            self._slots.release()
            return _refused(call, BREAKER_OPEN)
        thread = threading.Thread(
            target=self._work, args=(call,), name=f"scorer {self.name}", daemon=True
        )
        try:
            thread.start()
        except RuntimeError:  # the system gives no more threads
            self._slots.release()
            self._judge(call, well=False)
            return _refused(call, BUSY)
        return call

    def wait(self, call: PendingScore) -> tuple[list[Values | None], str]:
        """Return what came of a call, and why something is missing; never waits beyond its end."""
        if call.done.wait(max(0.0, call.until - time.monotonic())):
            return call.values, call.reason
        self._judge(call, well=False)
        return [None] * len(call.items), TIMEOUT

    def _work(self, call: PendingScore) -> None:
        """Ask, on the call's own thread."""
        usable = NOTHING_USABLE
        call.reason = FAILED
        try:
            answered, reason = self._answer(call)
            call.version = self.version = _checked_version(self._scorer.version)
            usable, call.reason = answered, reason
        except Exception:  # whatever a stranger's code does, it costs no more than its numbers
            _log.exception("scorer %s failed", self.name)
        finally:
            call.ms = (time.monotonic() - call.started) * 1_000
            self.reads_tags = self.reads_tags or any(item.reads_tags for item in call.items)
            call.values[: len(usable.values)] = usable.values
            call.embeddings[: len(usable.embeddings)] = usable.embeddings
            self._slots.release()
            self._judge(call, well=not call.reason)
            call.done.set()

    def _answer(self, call: PendingScore) -> tuple[UsableAnswer, str]:
        """Return what the scorer says, and why something is missing."""
        try:
            left = call.until - time.monotonic()
            # A tuple: whoever sorted a list in place would give numbers to the wrong images.
            answer = self._scorer.score(tuple(call.items), left)
            return self._usable(answer, len(call.items)), ""
        except ScorerFailed as failure:
            _log.warning("scorer %s: %s", self.name, failure)
            so_far = failure.so_far[: len(call.items)]
            return self._usable(so_far, len(so_far)), failure.reason

    def _usable(self, answer: object, count: int) -> UsableAnswer:
        """Return what can be used of an answer; the log says how much cannot."""
        usable = checked(answer, count, self.attributes)
        if usable.left_out:
            _log.warning(
                "scorer %s: %d values are not of a form that is read", self.name, usable.left_out
            )
        return usable

    def _judge(self, call: PendingScore, *, well: bool) -> None:
        """Tell the breaker once how a call went: when it ended or when it was given up."""
        with self._judging:
            if call.judged:
                return
            call.judged = True
        if well:
            self._breaker.succeeded()
        else:
            self._breaker.failed()


def checked(answer: object, count: int, fills: Collection[str] | None) -> UsableAnswer:
    """Return what can be used of what a scorer answered.

    What cannot be read of one image costs that image alone: its value becomes None.

    Args:
        answer: Whatever the scorer returned.
        count: How many images it was asked about.
        fills: The attributes it fills, None if it does not say.

    Raises:
        ScorerFailed: It is not a list with one entry for each image.
    """
    if not isinstance(answer, Sequence) or isinstance(answer, str | bytes):
        raise ScorerFailed(BAD_ANSWER, "not a list")
    if len(answer) != count:
        raise ScorerFailed(BAD_ANSWER, f"{len(answer)} answers for {count} images")
    left_out = 0
    usable: list[Values | None] = []
    embeddings: list[bytes] = []
    for stated in answer:
        embedding = b""
        if stated is None:
            usable.append(None)
        elif isinstance(stated, Mapping):
            values = {
                name: value if _is_value(value) else None
                for name, value in stated.items()
                if isinstance(name, str) and is_plugin(name)
            }
            embedding = packed_embedding(stated.get(KEY))
            in_use = sum(value is not None for value in values.values()) + bool(embedding)
            left_out += len(stated) - in_use
            usable.append(values)
        else:
            left_out += 1
            usable.append(dict.fromkeys(fills or ()))
        embeddings.append(embedding)
    return UsableAnswer(usable, embeddings, left_out)


def _checked_version(version: object) -> str:
    """Return the version of a scorer, under which its scores are kept.

    Raises:
        TypeError: It is not a text.
        ValueError: It is one that not every database can keep.
    """
    if not isinstance(version, str):
        raise TypeError(f"its version is not a text but {type(version).__name__}")
    if len(version) > LONGEST_VERSION or not version.isprintable():
        raise ValueError(f"its version is not printable, or longer than {LONGEST_VERSION}")
    return version


def _is_value(value: object) -> bool:
    """Tell whether an attribute may hold a value."""
    if isinstance(value, str):
        return len(value) <= MAX_TEXT_VALUE
    return type(value) is bool or is_number(value)


def _refused(call: PendingScore, reason: str) -> PendingScore:
    """Return a call that was not made."""
    call.reason = reason
    call.judged = True
    call.done.set()
    return call
