"""Conditions that can never be true, as far as one list of predicates shows it."""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from smashpass.core.problems import Place
from smashpass.core.rules.tree import (
    AllOf,
    AnyOf,
    Attribute,
    Compare,
    NoneOf,
    NotOf,
    Predicate,
    TagTest,
)
from smashpass.core.values import Value

Placed = tuple[Predicate, Place]


@dataclass(frozen=True, slots=True)
class Contradiction:
    """Two items of one list that cannot hold together."""

    at: Place
    message: str
    related: Place | None = None


def contradictions(
    items: Sequence[Placed], attributes: Mapping[str, Attribute]
) -> Iterator[Contradiction]:
    """Find what makes "all of ``items``" impossible.

    Found are tags beside their own ``none`` or ``not``, and comparisons of one attribute that
    leave no value. Everything else is left to the exact check. ``attributes`` tells which are
    whole numbers. Contradictions inside one item are skipped: they were found there.
    Cost: a sort of the tags, and linear in the rest.
    """
    flat = list(_flat(items))
    yield from _tags(flat)
    yield from _values(flat, attributes)


def _flat(items: Sequence[Placed]) -> Iterator[Placed]:
    """Yield the items, those of inner ``all`` lists in their places."""
    for predicate, place in items:
        if isinstance(predicate, AllOf):
            yield from _flat([(item, place) for item in predicate.items])
        else:
            yield predicate, place


def _tags(items: Sequence[Placed]) -> Iterator[Contradiction]:
    required = {
        predicate.pattern: place for predicate, place in items if isinstance(predicate, TagTest)
    }
    ordered = sorted(required)
    for predicate, place in items:
        for refused in _refused(predicate):
            pattern = _covered(refused, ordered)
            if pattern is not None and required[pattern] != place:
                first, second = sorted((place, required[pattern]))
                yield Contradiction(second, f"{pattern} is asked for and refused at once", first)


def _refused(predicate: Predicate) -> Iterator[str]:
    """Yield the patterns that no image may have."""
    match predicate:
        case NoneOf(items) | NotOf(AnyOf(items)):
            yield from (item.pattern for item in items if isinstance(item, TagTest))
        case NotOf(TagTest(pattern)):
            yield pattern
        case _:
            return


def _covered(pattern: str, ordered: Sequence[str]) -> str | None:
    """Return the first of the sorted patterns that is covered by ``pattern``."""
    prefix = pattern.removesuffix("*")
    at = bisect_left(ordered, prefix)
    if at == len(ordered):
        return None
    covered = ordered[at].startswith(prefix) if pattern.endswith("*") else ordered[at] == pattern
    return ordered[at] if covered else None


def _values(
    items: Sequence[Placed], attributes: Mapping[str, Attribute]
) -> Iterator[Contradiction]:
    compared: dict[str, list[tuple[Compare, Place]]] = {}
    for predicate, place in items:
        if isinstance(predicate, Compare):
            compared.setdefault(predicate.attr, []).append((predicate, place))
    for name, placed in compared.items():
        tests = [test for test, _ in placed]
        attribute = attributes.get(name)
        whole = attribute is not None and attribute.type == "integer"
        # If every test accepts a missing value, an image without one meets them all.
        if all(test.on_missing for test in tests) or _possible(tests, whole):
            continue
        counts = range(1, len(tests) + 1)
        count = bisect_left(counts, True, key=lambda n: not _possible(tests[:n], whole)) + 1
        last = placed[count - 1][1]
        others = [place for _, place in placed[:count] if place != last]
        if others:
            yield Contradiction(last, f"no value of {name} meets all tests", others[0])


def _possible(tests: Sequence[Compare], whole: bool) -> bool:
    """Whether some value meets all tests."""
    low, high = _Bound(-math.inf), _Bound(math.inf)
    refused: set[Value] = set()
    listed: set[Value] | None = None
    for test in tests:
        constants = test.value if isinstance(test.value, tuple) else (test.value,)
        if test.op in ("eq", "in"):
            listed = set(constants) if listed is None else listed & set(constants)
        elif test.op == "ne":
            refused.update(constants)
        else:
            bottom, top = _interval(test, float(constants[0]), float(constants[-1]), whole)
            low = max(low, bottom, key=lambda bound: (bound.value, bound.open))
            high = min(high, top, key=lambda bound: (bound.value, not bound.open))
    if listed is not None:
        return any(value not in refused and _inside(value, low, high) for value in listed)
    if low.value == high.value:
        return not (low.open or high.open or low.value in refused)
    return low.value < high.value


@dataclass(frozen=True, slots=True)
class _Bound:
    """One end of an interval; an open one does not belong to it."""

    value: float
    open: bool = False


def _interval(test: Compare, first: float, last: float, whole: bool) -> tuple[_Bound, _Bound]:
    """Return both ends; the open ends of whole numbers are closed at the next one."""
    step = 1.0 if whole else 0.0
    match test.op:
        case "gt":
            return _Bound(first + step, not whole), _Bound(math.inf)
        case "gte":
            return _Bound(first), _Bound(math.inf)
        case "lt":
            return _Bound(-math.inf), _Bound(last - step, not whole)
        case "lte":
            return _Bound(-math.inf), _Bound(last)
        case _:
            return _Bound(first), _Bound(last)


def _inside(value: Value, low: _Bound, high: _Bound) -> bool:
    if isinstance(value, str):
        return True
    above = value > low.value or (value == low.value and not low.open)
    return above and (value < high.value or (value == high.value and not high.open))
