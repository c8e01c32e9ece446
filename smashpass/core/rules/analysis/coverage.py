"""How much of a tree some images exercise: ways, leaves, and each condition both ways."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

from smashpass.core.library.facts import Facts
from smashpass.core.rules.analysis.mdd import NO_STATE, StateSet
from smashpass.core.rules.analysis.reachability import Edge, Part, Reachability, parts_of, ways_of
from smashpass.core.rules.compile.closures import condition
from smashpass.core.rules.compile.lower import lower_predicate
from smashpass.core.rules.formatting import describe
from smashpass.core.rules.tree import Branch, Compare, FacetTest, QueryTest, TagTest, Tree
from smashpass.core.tags.vocabulary import Vocabulary

Kind = Literal["way", "leaf", "condition"]
KINDS: tuple[Kind, ...] = ("way", "leaf", "condition")


@dataclass(frozen=True, slots=True)
class Goal:
    """One aspect of a tree that an image can exercise.

    Attributes:
        kind: A way is taken, a leaf is reached, or a condition is tried and has an answer.
        way: The way that is taken, that leads to the leaf, or whose test holds the condition.
        part: Where the condition stands in the test.
        answer: What the condition answers.
    """

    kind: Kind
    way: Edge
    part: Part = ()
    answer: bool = True

    @property
    def key(self) -> tuple[object, ...]:
        """What tells this goal from others of its tree; a leaf counts once, however reached."""
        if self.kind == "leaf":
            return self.kind, self.way.then.id
        return self.kind, self.way.key, self.part, self.answer

    @property
    def name(self) -> str:
        """The goal in words: ``looks.else``, ``leaf no-match``, ``gate.then: beard is false``."""
        if self.kind == "way":
            return self.way.name
        if self.kind == "leaf":
            return f"leaf {self.way.then.id}"
        assert self.way.when is not None
        test = next(predicate for part, predicate in parts_of(self.way.when) if part == self.part)
        return f"{self.way.name}: {describe(test)} is {'true' if self.answer else 'false'}"


def goals_of(tree: Tree) -> tuple[Goal, ...]:
    """Return everything that images can show about a tree, in reading order."""
    goals: dict[tuple[object, ...], Goal] = {}
    for way in ways_of(tree.root):
        for goal in _goals(way):
            goals.setdefault(goal.key, goal)
    return tuple(goals.values())


def _goals(way: Edge) -> Iterator[Goal]:
    for part, predicate in () if way.when is None else parts_of(way.when):
        if isinstance(predicate, TagTest | Compare | QueryTest | FacetTest):
            yield Goal("condition", way, part, True)
            yield Goal("condition", way, part, False)
    yield Goal("way", way)
    if not isinstance(way.then, Branch):
        yield Goal("leaf", way)


class Course:
    """A tree to run images through; yields the goals that each of them meets."""

    def __init__(self, tree: Tree, vocabulary: Vocabulary) -> None:
        """Bind every condition of the tree to ``vocabulary``."""
        self._tree = tree
        self._tests: dict[tuple[object, Part], Callable[[Facts], bool]] = {}
        self._parts: dict[object, list[Part]] = {}
        for way in ways_of(tree.root):
            for part, predicate in () if way.when is None else parts_of(way.when):
                if not part or isinstance(predicate, TagTest | Compare | QueryTest | FacetTest):
                    lowered = lower_predicate(predicate, vocabulary)
                    self._tests[way.key, part] = condition(lowered)
                if isinstance(predicate, TagTest | Compare | QueryTest | FacetTest):
                    self._parts.setdefault(way.key, []).append(part)

    def goals_met(self, image: Facts) -> Iterator[tuple[object, ...]]:
        """Yield the keys of all goals that ``image`` meets; a condition is asked for itself."""
        node_path: tuple[int, ...] = ()
        node: object = self._tree.root
        while isinstance(node, Branch):
            for number in range(len(node.arms) + 1):
                way = Edge(node_path, node, number)
                for part in self._parts.get(way.key, ()):
                    yield Goal("condition", way, part, self._tests[way.key, part](image)).key
                if way.when is None or self._tests[way.key, ()](image):
                    yield Goal("way", way).key
                    if not isinstance(way.then, Branch):
                        yield Goal("leaf", way).key
                    node, node_path = way.then, (*node_path, number)
                    break


@dataclass(frozen=True)
class Coverage:
    """What images have shown about one tree.

    Attributes:
        tree: Id of the tree.
        goals: Everything there is to show, without what no image can.
        covered: Keys of the goals that were met.
        impossible: Goals that no image can meet.
    """

    tree: str
    goals: tuple[Goal, ...]
    covered: frozenset[tuple[object, ...]]
    impossible: tuple[Goal, ...] = ()

    @cached_property
    def missing(self) -> tuple[Goal, ...]:
        """The goals that were not met, in reading order."""
        return tuple(goal for goal in self.goals if goal.key not in self.covered)

    @property
    def counts(self) -> Mapping[Kind, tuple[int, int]]:
        """For each kind, how many goals were met, and how many there are."""
        counts = {}
        for kind in KINDS:
            goals = [goal for goal in self.goals if goal.kind == kind]
            counts[kind] = (sum(goal.key in self.covered for goal in goals), len(goals))
        return counts

    @property
    def percent(self) -> float:
        """The share of goals that were met; 100 only if all were."""
        total = len(self.goals)
        return 100.0 * (total - len(self.missing)) / total if total else 100.0


def coverage(
    tree: Tree, vocabulary: Vocabulary, images: Iterable[Facts], reach: Reachability | None = None
) -> Coverage:
    """Measure how much of ``tree`` the ``images`` exercise.

    With ``reach``, goals that no image can meet are set apart.
    """
    course = Course(tree, vocabulary)
    covered = frozenset(key for image in images for key in course.goals_met(image))
    goals = goals_of(tree)
    impossible = (
        () if reach is None else tuple(g for g in goals if states_meeting(reach, g) == NO_STATE)
    )
    apart = {goal.key for goal in impossible} - covered
    possible = tuple(goal for goal in goals if goal.key not in apart)
    return Coverage(tree.id, possible, covered, tuple(g for g in impossible if g.key in apart))


def states_meeting(reach: Reachability, goal: Goal) -> StateSet:
    """Return the assignments that meet a goal; for a leaf, by any of the ways that lead to it."""
    diagrams = reach.space.diagrams
    if goal.kind == "leaf":
        ways = [way for way in ways_of(reach.tree.root) if way.then.id == goal.way.then.id]
        return diagrams.some(reach.ways[way.key].taken for way in ways)
    reached = reach.ways[goal.way.key]
    if goal.kind == "way" or goal.way.when is None:
        return reached.taken
    test = next(predicate for part, predicate in parts_of(goal.way.when) if part == goal.part)
    holding = reach.space.of(test)
    return diagrams.both(reached.tried, holding if goal.answer else diagrams.inverse(holding))
