"""Sets of worlds as decision diagrams: exact, and small where the tests of a tree are.

A world gives each of a few variables one of its values. A set of worlds is a reduced ordered
decision diagram (R. E. Bryant, "Graph-Based Algorithms for Boolean Function Manipulation", 1986;
D. E. Knuth, "The Art of Computer Programming" 4A, 7.1.4), with as many ways out of a node as the
variable has values. Equal sets are the same number, so that comparing them costs nothing.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field

Worlds = int
"""A set of worlds: the number of its diagram."""
NO_WORLD: Worlds = 0
EVERY_WORLD: Worlds = 1

MAX_STEPS = 60_000
"""Bounds the time of one analysis: about 0.1 s."""
MAX_VARIABLES = 300
"""The recursion goes one call a variable; Python allows about 1,000 calls."""


class TooLarge(Exception):
    """The tests of a tree have more combinations than can be looked at in the time allowed."""


@dataclass(slots=True)
class DecisionDiagrams:
    """All diagrams of one analysis, each made once.

    Attributes:
        sizes: For each variable, in the order of the diagrams, how many values it has.
        max_steps: After so many steps, ``TooLarge`` is raised.
    """

    sizes: Sequence[int]
    max_steps: int = MAX_STEPS
    _nodes: list[tuple[int, tuple[Worlds, ...]]] = field(default_factory=list)
    _known: dict[tuple[int, tuple[Worlds, ...]], Worlds] = field(default_factory=dict)
    _both: dict[tuple[Worlds, Worlds], Worlds] = field(default_factory=dict)
    _inverse: dict[Worlds, Worlds] = field(default_factory=dict)
    _steps: int = 0

    def __post_init__(self) -> None:
        """Make the two diagrams without a variable."""
        if len(self.sizes) > MAX_VARIABLES:
            raise TooLarge(f"{len(self.sizes)} variables")
        last = len(self.sizes)
        self._nodes += [(last, ()), (last, ())]
        self._inverse |= {NO_WORLD: EVERY_WORLD, EVERY_WORLD: NO_WORLD}

    def where(self, variable: int, values: Collection[int]) -> Worlds:
        """Return the worlds in which a variable has one of some values, given by place."""
        ways = [
            EVERY_WORLD if place in values else NO_WORLD for place in range(self.sizes[variable])
        ]
        return self._node(variable, tuple(ways))

    def both(self, one: Worlds, other: Worlds) -> Worlds:
        """Return the worlds that are in both sets."""
        if one == other or other == EVERY_WORLD:
            return one
        if one == EVERY_WORLD:
            return other
        if NO_WORLD in (one, other):
            return NO_WORLD
        key = (one, other) if one < other else (other, one)
        found = self._both.get(key)
        if found is None:
            variable = min(self._nodes[one][0], self._nodes[other][0])
            pairs = zip(self._ways(one, variable), self._ways(other, variable), strict=True)
            found = self._node(variable, tuple([self.both(a, b) for a, b in pairs]))
            self._both[key] = found
        return found

    def inverse(self, worlds: Worlds) -> Worlds:
        """Return the worlds that are not in the set."""
        found = self._inverse.get(worlds)
        if found is None:
            variable, ways = self._nodes[worlds]
            found = self._node(variable, tuple([self.inverse(way) for way in ways]))
            self._inverse[worlds] = found
            self._inverse[found] = worlds
        return found

    def either(self, one: Worlds, other: Worlds) -> Worlds:
        """Return the worlds that are in one of the sets, or in both."""
        return self.inverse(self.both(self.inverse(one), self.inverse(other)))

    def without(self, worlds: Worlds, others: Worlds) -> Worlds:
        """Return the worlds that are in the first set only."""
        return self.both(worlds, self.inverse(others))

    def every(self, sets: Iterable[Worlds]) -> Worlds:
        """Return the worlds that are in all sets."""
        found = EVERY_WORLD
        for each in sets:
            found = self.both(found, each)
        return found

    def some(self, sets: Iterable[Worlds]) -> Worlds:
        """Return the worlds that are in at least one set."""
        return self.inverse(self.every(self.inverse(each) for each in sets))

    def at_least(self, n: int, sets: Sequence[Worlds]) -> Worlds:
        """Return the worlds that are in ``n`` or more of the sets."""
        reached = [EVERY_WORLD, *[NO_WORLD] * n]
        for each in sets:
            for k in range(n, 0, -1):
                reached[k] = self.either(reached[k], self.both(reached[k - 1], each))
        return reached[n]

    def example(self, worlds: Worlds) -> list[int] | None:
        """Return one world, the place of a value for each variable; None if there is none.

        Lower places are preferred, so place 0 is the one that says least.
        """
        if worlds == NO_WORLD:
            return None
        chosen = [0] * len(self.sizes)
        while worlds != EVERY_WORLD:
            variable, ways = self._nodes[worlds]
            chosen[variable] = next(place for place, way in enumerate(ways) if way != NO_WORLD)
            worlds = ways[chosen[variable]]
        return chosen

    def _ways(self, worlds: Worlds, variable: int) -> tuple[Worlds, ...]:
        own, ways = self._nodes[worlds]
        return ways if own == variable else (worlds,) * self.sizes[variable]

    def _node(self, variable: int, ways: tuple[Worlds, ...]) -> Worlds:
        self._steps += 1
        if self._steps > self.max_steps:
            raise TooLarge(f"{self.max_steps} steps")
        if ways.count(ways[0]) == len(ways):
            return ways[0]
        key = (variable, ways)
        found = self._known.get(key)
        if found is None:
            found = self._known[key] = len(self._nodes)
            self._nodes.append(key)
        return found
