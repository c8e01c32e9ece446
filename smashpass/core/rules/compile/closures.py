"""The closures of a tree: one for each test, and one that walks from test to test.

Each takes the facts and either None or a list, to which every evaluated test is added. No other
code decides, so that a trace always agrees with the decision.
"""

from __future__ import annotations

from collections.abc import Callable

from smashpass.core.library.facts import Facts
from smashpass.core.rules.compile.compare import holds
from smashpass.core.rules.compile.lowered import (
    AtLeastOf,
    Atom,
    EveryOf,
    HasAny,
    Inverse,
    Lowered,
    LoweredArm,
    LoweredBranch,
    LoweredNode,
    SomeOf,
)
from smashpass.core.rules.compile.probe import ArmEffect, Probe, Trace, certain, literals
from smashpass.core.rules.formatting import describe, describe_tags
from smashpass.core.rules.tree import Compare, FacetTest, Leaf, Lottery

Closure = Callable[[Facts, Trace | None], bool]
Walk = Callable[[Facts, Trace | None], Leaf | Lottery]
End = Leaf | Lottery
Junction = tuple[Closure, Probe | None, "Junction | End", "Junction | End"]
"""The test of an arm, its entry in the trace if it has parts, and where yes and no lead."""


def closure_of(root: LoweredNode) -> Walk:
    """Return the closure that takes facts from ``root`` to the end of their path."""
    start = _junctions(root)

    def walk(facts: Facts, trace: Trace | None) -> End:
        node = start
        while isinstance(node, tuple):
            when, whole, then, otherwise = node
            result = when(facts, trace)
            if whole is not None and trace is not None:
                trace.append((whole, result, None))
            node = then if result else otherwise
        return node

    return walk


def condition(lowered: Lowered) -> Callable[[Facts], bool]:
    """Return one test as a function of the image alone, by the closures that decide."""
    test = _test("", lowered)
    return lambda facts: test(facts, None)


def _junctions(node: LoweredNode) -> Junction | End:
    """Turn a branch into one junction for each arm; the last one's ``otherwise`` is its else."""
    if not isinstance(node, LoweredBranch):
        return node
    after = _junctions(node.otherwise)
    behind = certain(node.otherwise)
    for arm in reversed(node.arms):
        then = certain(arm.then)
        way = ArmEffect(tuple(literals(arm.when, True)), then, behind)
        when, whole = _arm(node.id, arm, way)
        after = (when, whole, _junctions(arm.then), after)
        behind = behind | then
    return after


def _arm(node: str, arm: LoweredArm, way: ArmEffect) -> tuple[Closure, Probe | None]:
    """Compile the test of an arm; one with parts gets an entry of its own in the trace."""
    if isinstance(arm.when, HasAny | Compare | FacetTest):
        return _atom(Probe(node, arm.words, arm.when, way), arm.when), None
    return _test(node, arm.when), Probe(node, arm.words, None, way)


def _test(node: str, lowered: Lowered) -> Closure:
    match lowered:
        case HasAny(_, patterns, _, present):
            return _atom(Probe(node, describe_tags(patterns, present), lowered, None), lowered)
        case Compare() | FacetTest():
            return _atom(Probe(node, describe(lowered), lowered, None), lowered)
        case EveryOf(items):
            return _every(tuple(_test(node, item) for item in items))
        case SomeOf(items):
            return _some(tuple(_test(node, item) for item in items))
        case AtLeastOf(n, items):
            return _enough(n, tuple(_test(node, item) for item in items))
        case Inverse(item):
            inner = _test(node, item)
            return lambda facts, trace: not inner(facts, trace)


def _every(items: tuple[Closure, ...]) -> Closure:
    if len(items) == 2:
        first, second = items
        return lambda facts, trace: first(facts, trace) and second(facts, trace)

    def test(facts: Facts, trace: Trace | None) -> bool:
        for item in items:  # noqa: SIM110 - a generator takes three times as long
            if not item(facts, trace):
                return False
        return True

    return test


def _some(items: tuple[Closure, ...]) -> Closure:
    if len(items) == 2:
        first, second = items
        return lambda facts, trace: first(facts, trace) or second(facts, trace)

    def test(facts: Facts, trace: Trace | None) -> bool:
        for item in items:  # noqa: SIM110 - as above
            if item(facts, trace):
                return True
        return False

    return test


def _enough(n: int, items: tuple[Closure, ...]) -> Closure:
    """Count until the result is certain, either way."""

    def test(facts: Facts, trace: Trace | None) -> bool:
        missing = n
        left = len(items)
        for item in items:
            if left < missing:
                return False
            left -= 1
            if item(facts, trace):
                missing -= 1
                if missing <= 0:
                    return True
        return missing <= 0

    return test


def _atom(test: Probe, atom: Atom) -> Closure:
    match atom:
        case HasAny(tags, _, _, present):
            if present and len(tags) == 1:
                return _has_one(test, next(iter(tags)))
            return _has_any(test, tags, present)
        case Compare():
            return _compares(test, atom)
        case FacetTest(name, value):
            return _credited(test, name, value)


def _has_one(info: Probe, tag: int) -> Closure:
    def test(facts: Facts, trace: Trace | None) -> bool:
        result = tag in facts.tags
        if trace is not None:
            trace.append((info, result, None))
        return result

    return test


def _has_any(info: Probe, tags: frozenset[int], present: bool) -> Closure:
    disjoint = tags.isdisjoint

    def test(facts: Facts, trace: Trace | None) -> bool:
        result = disjoint(facts.tags) is not present
        if trace is not None:
            trace.append((info, result, None))
        return result

    return test


def _compares(info: Probe, compare: Compare) -> Closure:
    attr = compare.attr
    answer = holds(compare)

    def test(facts: Facts, trace: Trace | None) -> bool:
        value = facts.value(attr)
        result = answer(value)
        if trace is not None:
            trace.append((info, result, value))
        return result

    return test


def _credited(info: Probe, name: str, expected: str) -> Closure:
    def test(facts: Facts, trace: Trace | None) -> bool:
        value = facts.facet(name)
        result = value == expected
        if trace is not None:
            trace.append((info, result, value))
        return result

    return test
