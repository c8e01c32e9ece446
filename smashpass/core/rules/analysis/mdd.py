"""Sets of assignments as decision diagrams: exact, and small where the tests of a tree are.

An assignment gives each of a few variables one of its values. A set of assignments is a reduced
ordered decision diagram (R. E. Bryant, "Graph-Based Algorithms for Boolean Function Manipulation",
1986; D. E. Knuth, "The Art of Computer Programming" 4A, 7.1.4), with as many ways out of a node as
the variable has values. Equal sets have the same number, so that comparing them costs nothing.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field

StateSet = int
"""A set of assignments: the number of its diagram."""
NO_STATE: StateSet = 0
EVERY_STATE: StateSet = 1

MAX_STEPS = 60_000
"""Bounds the time of one analysis: about 0.1 s."""
MAX_VARIABLES = 300
"""The recursion goes one call a variable; Python allows about 1,000 calls."""


class TooLarge(Exception):
    """The tests of a tree have more combinations than can be analysed in the time allowed."""


@dataclass(slots=True)
class DecisionDiagrams:
    """All diagrams of one analysis, each made once.

    Attributes:
        sizes: For each variable, in the order of the diagrams, how many values it has.
        max_steps: After so many steps, ``TooLarge`` is raised.
    """

    sizes: Sequence[int]
    max_steps: int = MAX_STEPS
    _nodes: list[tuple[int, tuple[StateSet, ...]]] = field(default_factory=list)
    _known: dict[tuple[int, tuple[StateSet, ...]], StateSet] = field(default_factory=dict)
    _both: dict[tuple[StateSet, StateSet], StateSet] = field(default_factory=dict)
    _inverse: dict[StateSet, StateSet] = field(default_factory=dict)
    _steps: int = 0

    def __post_init__(self) -> None:
        """Make the two diagrams without a variable."""
        if len(self.sizes) > MAX_VARIABLES:
            raise TooLarge(f"{len(self.sizes)} variables")
        last = len(self.sizes)
        self._nodes += [(last, ()), (last, ())]
        self._inverse |= {NO_STATE: EVERY_STATE, EVERY_STATE: NO_STATE}

    def where(self, variable: int, values: Collection[int]) -> StateSet:
        """Return the assignments in which a variable has one of some values, given by place."""
        ways = [
            EVERY_STATE if place in values else NO_STATE for place in range(self.sizes[variable])
        ]
        return self._node(variable, tuple(ways))

    def both(self, left: StateSet, right: StateSet) -> StateSet:
        """Return the assignments that are in both sets."""
        if left == right or right == EVERY_STATE:
            return left
        if left == EVERY_STATE:
            return right
        if NO_STATE in (left, right):
            return NO_STATE
        key = (left, right) if left < right else (right, left)
        result = self._both.get(key)
        if result is None:
            variable = min(self._nodes[left][0], self._nodes[right][0])
            pairs = zip(self._ways(left, variable), self._ways(right, variable), strict=True)
            result = self._node(variable, tuple([self.both(a, b) for a, b in pairs]))
            self._both[key] = result
        return result

    def inverse(self, states: StateSet) -> StateSet:
        """Return the assignments that are not in the set."""
        result = self._inverse.get(states)
        if result is None:
            variable, ways = self._nodes[states]
            result = self._node(variable, tuple([self.inverse(way) for way in ways]))
            self._inverse[states] = result
            self._inverse[result] = states
        return result

    def either(self, left: StateSet, right: StateSet) -> StateSet:
        """Return the assignments that are in one of the sets, or in both."""
        return self.inverse(self.both(self.inverse(left), self.inverse(right)))

    def without(self, states: StateSet, others: StateSet) -> StateSet:
        """Return the assignments that are in the first set only."""
        return self.both(states, self.inverse(others))

    def every(self, sets: Iterable[StateSet]) -> StateSet:
        """Return the assignments that are in all sets."""
        result = EVERY_STATE
        for operand in sets:
            result = self.both(result, operand)
        return result

    def some(self, sets: Iterable[StateSet]) -> StateSet:
        """Return the assignments that are in at least one set."""
        return self.inverse(self.every(self.inverse(operand) for operand in sets))

    def at_least(self, n: int, sets: Sequence[StateSet]) -> StateSet:
        """Return the assignments that are in ``n`` or more of the sets."""
        reached = [EVERY_STATE, *[NO_STATE] * n]
        for operand in sets:
            for k in range(n, 0, -1):
                reached[k] = self.either(reached[k], self.both(reached[k - 1], operand))
        return reached[n]

    def example(self, states: StateSet) -> list[int] | None:
        """Return one assignment, the place of a value for each variable; None if there is none.

        Lower places are preferred, so place 0 is the one that says least.
        """
        if states == NO_STATE:
            return None
        chosen = [0] * len(self.sizes)
        while states != EVERY_STATE:
            variable, ways = self._nodes[states]
            chosen[variable] = next(place for place, way in enumerate(ways) if way != NO_STATE)
            states = ways[chosen[variable]]
        return chosen

    def _ways(self, states: StateSet, variable: int) -> tuple[StateSet, ...]:
        node_variable, ways = self._nodes[states]
        return ways if node_variable == variable else (states,) * self.sizes[variable]

    def _node(self, variable: int, ways: tuple[StateSet, ...]) -> StateSet:
        self._steps += 1
        if self._steps > self.max_steps:
            raise TooLarge(f"{self.max_steps} steps")
        if ways.count(ways[0]) == len(ways):
            return ways[0]
        key = (variable, ways)
        number = self._known.get(key)
        if number is None:
            number = self._known[key] = len(self._nodes)
            self._nodes.append(key)
        return number
