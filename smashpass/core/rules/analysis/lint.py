"""Mistakes of a tree whose every line is valid: found exactly, or not at all.

A tree is analysed over all possible images, without a library. A finding holds for every library:
a way that can never be taken, a test that always has the same answer where it is tried, a question
that changes nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from smashpass.core.rules.analysis.mdd import EVERY_STATE, NO_STATE, StateSet, TooLarge
from smashpass.core.rules.analysis.reachability import (
    Edge,
    Part,
    Reachability,
    end_of,
    ends,
    parts_of,
    ways_of,
)
from smashpass.core.rules.formatting import describe
from smashpass.core.rules.tree import Branch, Node, Tree, leaves

Kind = Literal["contradiction", "unreachable", "constant", "pointless"]
_NAMED = 4


@dataclass(frozen=True, slots=True)
class Finding:
    """One mistake.

    Attributes:
        kind: A test that can never hold, a way that is never taken, a part of a test with
            always the same answer where it is tried, or a branch that decides nothing.
        way: The way it is about; for a branch that decides nothing its ``else``.
        part: The part of the way's test.
        message: What is wrong, in words.
        because: The ways that make it so: those that cover it, or that lead to it.
    """

    kind: Kind
    way: Edge
    part: Part
    message: str
    because: tuple[Edge, ...] = ()


@dataclass(frozen=True, slots=True)
class Lint:
    """The findings. If not ``exact``, the tree was too large to be analysed completely."""

    findings: tuple[Finding, ...]
    exact: bool


def lint(tree: Tree) -> Lint:
    """Analyse a tree. Cost: some milliseconds, at most about 0.2 s."""
    findings: list[Finding] = []
    try:
        findings.extend(_findings(Reachability(tree)))
    except TooLarge:
        return Lint(tuple(findings), exact=False)
    return Lint(tuple(findings), exact=True)


def _findings(reach: Reachability) -> Iterator[Finding]:
    for way in ways_of(reach.tree.root):
        reached = reach.ways[way.key]
        came = reach.ways[way.node_path, 0].tried
        if came == NO_STATE:
            continue  # reported where it is cut off
        if reached.taken == NO_STATE:
            yield _never(reach, way)
            continue
        if way.when is not None:
            yield from _constant(reach, way, reached.tried)
        elif _pointless(reach, way.branch, came):
            message = f"whatever {way.branch.id} asks, all its ways decide the same"
            yield Finding("pointless", way, (), message)


def _never(reach: Reachability, way: Edge) -> Finding:
    """Return why a way is never taken, naming as few others as possible."""
    holding = EVERY_STATE if way.when is None else reach.space.of(way.when)
    if holding == NO_STATE and way.when is not None:
        message = f"the condition can never be true: {describe(way.when)}"
        return Finding("contradiction", way, (), message)
    facts = list(_facts(reach, way))
    diagrams = reach.space.diagrams
    # The farthest are dropped first, so that those which stand nearest are named.
    for fact in list(facts):
        others = [other for other in facts if other is not fact]
        if diagrams.both(holding, diagrams.every(other[2] for other in others)) == NO_STATE:
            facts = others
    subject = "the else" if way.when is None else "the arm"
    explanations = [_explained(*fact[:2]) for fact in facts[:_NAMED]]
    more = f" and {len(facts) - _NAMED} more" if len(facts) > _NAMED else ""
    message = f"{subject} can never be reached: {', '.join(explanations)}{more}"
    return Finding("unreachable", way, (), message, tuple(fact[0] for fact in facts))


def _facts(reach: Reachability, way: Edge) -> Iterator[tuple[Edge, bool, StateSet]]:
    """Yield every test on the way there, with its answer and the assignments of that answer."""
    node: Node = reach.tree.root
    steps = [*way.node_path, way.number]
    for depth, step in enumerate(steps):
        if not isinstance(node, Branch):
            return
        for number, arm in enumerate(node.arms):
            if number > step or (number == step and depth == len(steps) - 1):
                break
            states = reach.space.of(arm.when)
            answer = number == step
            holding = states if answer else reach.space.diagrams.inverse(states)
            yield Edge(tuple(steps[:depth]), node, number), answer, holding
        node = Edge(tuple(steps[:depth]), node, step).then


def _explained(way: Edge, answer: bool) -> str:
    test = "" if way.when is None else describe(way.when)
    if answer:
        return f"{way.branch.id} lets only {test} through"
    return f"{way.name} takes {test}"


def _constant(reach: Reachability, way: Edge, arriving: StateSet) -> Iterator[Finding]:
    """Yield the parts of a test that have always the same answer; parts of these are left out."""
    assert way.when is not None
    constant_parts: list[Part] = []
    for part, predicate in parts_of(way.when):
        if not part or any(part[: len(prefix)] == prefix for prefix in constant_parts):
            continue
        holding = reach.space.of(predicate)
        always = reach.space.diagrams.without(arriving, holding) == NO_STATE
        if always or reach.space.diagrams.both(arriving, holding) == NO_STATE:
            constant_parts.append(part)
            answer = "true" if always else "false"
            message = f"here {describe(predicate)} is always {answer}"
            yield Finding("constant", way, part, message)


def _pointless(reach: Reachability, branch: Branch, came: StateSet) -> bool:
    """Whether all ways of a branch decide the same for every image that reaches the branch."""
    nodes = [*(arm.then for arm in branch.arms), branch.otherwise]
    decided = [{end_of(leaf) for leaf in leaves(node)} for node in nodes]
    if any(outcomes.isdisjoint(decided[-1]) for outcomes in decided):
        return False
    expected = ends(reach.space, branch.otherwise, came)
    return all(ends(reach.space, arm.then, came) == expected for arm in branch.arms)
