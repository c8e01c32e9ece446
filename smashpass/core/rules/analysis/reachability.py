"""Which images come to which place of a tree: exactly, over all images there can be."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from smashpass.core.rules.analysis.mdd import EVERY_WORLD, NO_WORLD, Worlds
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

Spot = tuple[int, ...]
"""A node's place: from the root, the number of the way taken at each branch."""
Part = tuple[int, ...]
"""A part's place in the test of an arm: the number of the item at each level, () for it all."""
End = tuple[Verdict, int, str] | tuple[Outcome, ...]
"""What a leaf decides, whatever it is called."""


@dataclass(frozen=True, slots=True)
class Edge:
    """One way out of a branch: the arm of that number, from 0, or after the last one ``else``."""

    spot: Spot
    branch: Branch
    number: int

    @property
    def key(self) -> tuple[Spot, int]:
        """What tells this way from all others of its tree."""
        return self.spot, self.number

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
        """How people call it: ``looks.then``, ``looks.arms[1]``, ``looks.else``."""
        if self.when is None:
            return f"{self.branch.id}.else"
        if self.branch.kind == "if":
            return f"{self.branch.id}.then"
        return f"{self.branch.id}.arms[{self.number}]"


def ways_of(node: Node, spot: Spot = ()) -> Iterator[Edge]:
    """Yield every way out of every branch, in reading order."""
    if isinstance(node, Branch):
        for number in range(len(node.arms) + 1):
            way = Edge(spot, node, number)
            yield way
            yield from ways_of(way.then, (*spot, number))


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
        tried: The worlds in which its test is tried; for ``else``, those that come to it.
        taken: The worlds that take it.
    """

    tried: Worlds
    taken: Worlds


class Reachability:
    """All ways of one tree, with the worlds that come to each."""

    def __init__(self, tree: Tree, names: Iterable[str] = ()) -> None:
        """Walk the tree; ``names`` are tags beside those that it names.

        Raises:
            TooLarge: There is no exact answer in the time allowed.
        """
        self.tree = tree
        self.space = StateSpace([tree], universe([tree], names))
        self.ways: dict[tuple[Spot, int], EdgeStates] = {}
        self._walk(tree.root, (), EVERY_WORLD)

    def _walk(self, node: Node, spot: Spot, reach: Worlds) -> None:
        if not isinstance(node, Branch):
            return
        diagrams = self.space.diagrams
        for number, arm in enumerate(node.arms):
            holding = NO_WORLD if reach == NO_WORLD else self.space.of(arm.when)
            taken = diagrams.both(reach, holding)
            self.ways[spot, number] = EdgeStates(reach, taken)
            self._walk(arm.then, (*spot, number), taken)
            reach = diagrams.without(reach, holding)
        last = len(node.arms)
        self.ways[spot, last] = EdgeStates(reach, reach)
        self._walk(node.otherwise, (*spot, last), reach)


def ends(space: StateSpace, node: Node, reach: Worlds = EVERY_WORLD) -> dict[End, Worlds]:
    """Share out ``reach`` among what the leaves at and below ``node`` decide."""
    found: dict[End, Worlds] = {}
    _share(space, node, reach, found)
    return found


def end_of(node: Node) -> End | None:
    """Return what a leaf decides, None for a branch."""
    if isinstance(node, Branch):
        return None
    if isinstance(node, Leaf):
        return node.verdict, node.weight, node.reason
    return node.outcomes


def _share(space: StateSpace, node: Node, reach: Worlds, found: dict[End, Worlds]) -> None:
    if reach == NO_WORLD:
        return
    end = end_of(node)
    if end is not None:
        found[end] = space.diagrams.either(found.get(end, NO_WORLD), reach)
        return
    assert isinstance(node, Branch)
    for arm in node.arms:
        holding = space.of(arm.when)
        _share(space, arm.then, space.diagrams.both(reach, holding), found)
        reach = space.diagrams.without(reach, holding)
    _share(space, node.otherwise, reach, found)
