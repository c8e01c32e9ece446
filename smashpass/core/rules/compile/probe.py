"""The elements of a trace: every test with its place, its result, and the value it read."""

from __future__ import annotations

from dataclasses import dataclass

from smashpass.core.rules.compile.lowered import (
    AtLeastOf,
    Atom,
    EveryOf,
    HasAny,
    Inverse,
    Lowered,
    LoweredNode,
    SomeOf,
)
from smashpass.core.rules.tree import Compare, FacetTest, Leaf, Lottery
from smashpass.core.values import Value, Verdict


@dataclass(frozen=True, slots=True, eq=False)
class ArmEffect:
    """The conditions and consequences of a changed result of an arm.

    Attributes:
        literals: The atoms of the test, each with the answer that speaks for the test.
        if_true: The verdicts that are certain at some leaf behind the arm.
        if_false: The same for the arms after it and the branch's ``else``.
    """

    literals: tuple[tuple[Atom, bool], ...]
    if_true: frozenset[Verdict]
    if_false: frozenset[Verdict]


@dataclass(frozen=True, slots=True, eq=False)
class Probe:
    """One test of a tree at its place.

    Attributes:
        node: Id of the branch.
        words: The test in words.
        atom: What it tests; None for the test of a whole arm that has parts.
        way: Set if the test decides an arm, None if it is a part of such a test.
    """

    node: str
    words: str
    atom: Atom | None
    way: ArmEffect | None


Trace = list[tuple[Probe, bool, Value | None]]
"""Every test tried, its result, and the value read if it compares one."""


def attributes_read(trace: Trace) -> tuple[str, ...]:
    """Return the attributes that the tests of a trace read, in order, each once."""
    return tuple(
        dict.fromkeys(test.atom.attr for test, _, _ in trace if isinstance(test.atom, Compare))
    )


def certain(node: LoweredNode) -> frozenset[Verdict]:
    """Return the verdicts that some leaf at or below ``node`` gives without a draw."""
    if isinstance(node, Leaf):
        return frozenset((node.verdict,))
    if isinstance(node, Lottery):
        drawn = frozenset(outcome.verdict for outcome in node.outcomes if outcome.weight > 0)
        return drawn if len(drawn) == 1 else frozenset()
    below = [certain(node.otherwise), *(certain(arm.then) for arm in node.arms)]
    return frozenset[Verdict]().union(*below)


def literals(lowered: Lowered, expected: bool) -> list[tuple[Atom, bool]]:
    """Return the atoms of a test with the answer that speaks for it: not, not twice, and so on."""
    match lowered:
        case EveryOf(items) | SomeOf(items) | AtLeastOf(_, items):
            return [literal for item in items for literal in literals(item, expected)]
        case Inverse(item):
            return literals(item, not expected)
        case HasAny() | Compare() | FacetTest():
            return [(lowered, expected)]
