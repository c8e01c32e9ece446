"""Which images reach which node of a tree: exactly, over all possible images."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from smashpass.core.rules.analysis.mdd import EVERY_STATE, NO_STATE, StateSet
from smashpass.core.rules.analysis.states import StateSpace
from smashpass.core.rules.analysis.universe import universe
from smashpass.core.rules.tree import (
    AllOf,
    AnyOf,
    AtLeast,
    Branch,
    Leaf,
    Node,
    NoneOf,
    NotOf,
    Outcome,
    Predicate,
    Tree,
)
from smashpass.core.values import Verdict

NodePath = tuple[int, ...]
"""A node's position: from the root, the number of the way taken at each branch."""
Part = tuple[int, ...]
"""A part's place in the test of an arm: the number of the item at each level, () for it all."""
End = tuple[Verdict, int, str] | tuple[Outcome, ...]
"""What a leaf decides, whatever its id."""


@dataclass(frozen=True, slots=True)
class Edge:
    """One way out of a branch: the arm of that number, from 0, or after the last one ``else``."""

    node_path: NodePath
    branch: Branch
    number: int

    @property
    def key(self) -> tuple[NodePath, int]:
        """Identifies this way within its tree."""
        return self.node_path, self.number

    @property
    def when(self) -> Predicate | None:
        """The test of the arm; None for ``else``."""
        arms = self.branch.arms
        return arms[self.number].when if self.number < len(arms) else None

    @property
    def then(self) -> Node:
        """Where the way leads."""
        arms = self.branch.arms
        return arms[self.number].then if self.number < len(arms) else self.branch.otherwise

    @property
    def name(self) -> str:
        """Its name in messages: ``looks.then``, ``looks.arms[1]``, ``looks.else``."""
        if self.when is None:
            return f"{self.branch.id}.else"
        if self.branch.kind == "if":
            return f"{self.branch.id}.then"
        return f"{self.branch.id}.arms[{self.number}]"


def ways_of(node: Node, node_path: NodePath = ()) -> Iterator[Edge]:
    """Yield every way out of every branch, in reading order."""
    if isinstance(node, Branch):
        for number in range(len(node.arms) + 1):
            way = Edge(node_path, node, number)
            yield way
            yield from ways_of(way.then, (*node_path, number))


def parts_of(predicate: Predicate, part: Part = ()) -> Iterator[tuple[Part, Predicate]]:
    """Yield a test and all parts of it with their places, in reading order."""
    yield part, predicate
    match predicate:
        case NotOf(item):
            yield from parts_of(item, (*part, 0))
        case AllOf(items) | AnyOf(items) | NoneOf(items) | AtLeast(_, items):
            for number, item in enumerate(items):
                yield from parts_of(item, (*part, number))
        case _:
            return


@dataclass(frozen=True, slots=True)
class EdgeStates:
    """What comes to one way.

    Attributes:
        tried: The assignments for which its test is tried; for ``else``, those that come to it.
        taken: The assignments that take it.
    """

    tried: StateSet
    taken: StateSet


class Reachability:
    """All ways of one tree, with the assignments that reach each."""

    def __init__(self, tree: Tree, names: Iterable[str] = ()) -> None:
        """Walk the tree; ``names`` are tags beside those that it names.

        Raises:
            TooLarge: There is no exact answer in the time allowed.
        """
        self.tree = tree
        self.space = StateSpace([tree], universe([tree], names))
        self.ways: dict[tuple[NodePath, int], EdgeStates] = {}
        self._walk(tree.root, (), EVERY_STATE)

    def _walk(self, node: Node, node_path: NodePath, reach: StateSet) -> None:
        if not isinstance(node, Branch):
            return
        diagrams = self.space.diagrams
        for number, arm in enumerate(node.arms):
            holding = NO_STATE if reach == NO_STATE else self.space.of(arm.when)
            passing = diagrams.both(reach, holding)
            self.ways[node_path, number] = EdgeStates(reach, passing)
            self._walk(arm.then, (*node_path, number), passing)
            reach = diagrams.without(reach, holding)
        last = len(node.arms)
        self.ways[node_path, last] = EdgeStates(reach, reach)
        self._walk(node.otherwise, (*node_path, last), reach)


def ends(space: StateSpace, node: Node, reach: StateSet = EVERY_STATE) -> dict[End, StateSet]:
    """Share out ``reach`` among what the leaves at and below ``node`` decide."""
    shares: dict[End, StateSet] = {}
    _share(space, node, reach, shares)
    return shares


def end_of(node: Node) -> End | None:
    """Return what a leaf decides, or None for a branch."""
    if isinstance(node, Branch):
        return None
    if isinstance(node, Leaf):
        return node.verdict, node.weight, node.reason
    return node.outcomes


def _share(space: StateSpace, node: Node, reach: StateSet, shares: dict[End, StateSet]) -> None:
    if reach == NO_STATE:
        return
    end = end_of(node)
    if end is not None:
        shares[end] = space.diagrams.either(shares.get(end, NO_STATE), reach)
        return
    assert isinstance(node, Branch)
    for arm in node.arms:
        holding = space.of(arm.when)
        _share(space, arm.then, space.diagrams.both(reach, holding), shares)
        reach = space.diagrams.without(reach, holding)
    _share(space, node.otherwise, reach, shares)
