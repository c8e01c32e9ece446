"""Timing: contenders take turns, so that a busy moment of the machine hits all of them."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from statistics import median, quantiles
from typing import TypeVar

T = TypeVar("T")

Contender = Callable[[], float]
"""Does its work once and returns the seconds that one operation took."""

_FEWEST_ROUNDS = 3


@dataclass(frozen=True, slots=True)
class Timing:
    """Seconds an operation took: the median, and the ends of the middle half."""

    median: float
    low: float
    high: float
    rounds: int


def interleaved(
    contenders: Mapping[str, Contender], rounds: int, budget_s: float
) -> dict[str, Timing]:
    """Let the contenders take turns; each round begins with another one.

    One round before the first is not counted. Ends after ``rounds``, or when ``budget_s`` is
    used up and three rounds are done.
    """
    for contender in contenders.values():
        contender()
    seconds_by_name: dict[str, list[float]] = {name: [] for name in contenders}
    names = list(contenders)
    end = time.monotonic() + budget_s
    for round_number in range(rounds):
        if round_number >= _FEWEST_ROUNDS and time.monotonic() > end:
            break
        for name in names[round_number % len(names) :] + names[: round_number % len(names)]:
            seconds_by_name[name].append(contenders[name]())
    return {name: _timing(seconds) for name, seconds in seconds_by_name.items()}


def once(operation: Callable[[], object]) -> Contender:
    """Make a contender of one call.

    The call before it is not counted: whoever had the turn before has taken the caches.
    """

    def run() -> float:
        operation()
        start = time.perf_counter()
        operation()
        return time.perf_counter() - start

    return run


def each(operation: Callable[[T], object], items: Sequence[T]) -> Contender:
    """Make a contender that calls ``operation`` for every item; the mean counts as one time.

    For operations of microseconds, which a single look at the clock would distort. The cost of
    the loop itself is part of it, for all contenders alike: about 0.02 µs.
    """

    def run() -> float:
        start = time.perf_counter()
        for item in items:
            operation(item)
        return (time.perf_counter() - start) / len(items)

    return run


def _timing(seconds: list[float]) -> Timing:
    low, _, high = quantiles(seconds, n=4, method="inclusive")
    return Timing(median(seconds), low, high, len(seconds))
