"""Inspecting one rule file as it is written: what is wrong, what it draws, what its tests show."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from smashpass.core.library.index import Index
from smashpass.core.problems import Problem
from smashpass.core.rules.analysis.impact import verdicts
from smashpass.core.rules.analysis.leaf_counts import leaf_counts
from smashpass.core.rules.ruleset import RuleSet, UsableNames
from smashpass.core.rules.tree import Tree
from smashpass.services.rules.authoring.outline import OutlineCounts, OutlineNode, outline
from smashpass.services.rules.check import findings
from smashpass.services.rules.coverage import TreeCoverage, covered_by
from smashpass.services.rules.examples import ExampleResult, run_examples
from smashpass.services.rules.library_notes import library_notes


@dataclass(frozen=True, slots=True)
class Inspection:
    """What there is to say about one file of a set.

    Attributes:
        problems: Everything that is wrong, those of the file itself first.
        tree: The tree of the file; None if it has an error, or is a fragment.
        root: The tree as a list with its shares.
        tests: What came out of each of its tests.
        covered: How much of the tree the tests show.
        decisions: How many recorded decisions the shares are of.
        usable: What the file may name; None if its text cannot be read as YAML.
    """

    problems: tuple[Problem, ...]
    tree: Tree | None
    root: OutlineNode | None
    tests: tuple[ExampleResult, ...]
    covered: TreeCoverage | None
    decisions: int = 0
    usable: UsableNames | None = None

    @property
    def errors(self) -> int:
        """How many problems block publishing."""
        return sum(problem.severity == "error" for problem in self.problems)

    @property
    def passed(self) -> int:
        """How many tests came out as expected."""
        return sum(result.passed for result in self.tests)


def inspect_file(rules: RuleSet, path: str, index: Index, ends: Mapping[str, int]) -> Inspection:
    """Return what there is to say about the file at ``path``.

    Args:
        rules: The whole set with the file in it.
        path: Of the file.
        index: The library that shares are of.
        ends: By leaf id, how many recorded decisions ended there.

    Cost: some 20 ms for a tree of five levels; a fragment costs as much for every tree.
    """
    name, usable = rules.ids.get(path), rules.usable.get(path)
    tree = next((candidate for candidate in rules.trees if candidate.id == name), None)
    problems = findings(rules if tree is None else _only(rules, tree))
    if tree is None:
        return Inspection(_own_first(problems, path), None, None, (), None, usable=usable)
    places = rules.places[tree.id]
    problems += library_notes(tree, places, verdicts(tree, index), index)
    examples = rules.examples.get(tree.id, ())
    return Inspection(
        _own_first(problems, path),
        tree,
        outline(tree, OutlineCounts(leaf_counts(tree, index), ends), places),
        tuple(run_examples(tree, examples)),
        covered_by(tree, examples),
        sum(ends.values()),
        usable,
    )


def _own_first(problems: Iterable[Problem], path: str) -> tuple[Problem, ...]:
    """Return problems, each once, those of one file before the others."""
    unique = dict.fromkeys(problems)
    return tuple(
        sorted(
            unique,
            key=lambda problem: (problem.file != path, problem.file, problem.line, problem.col),
        )
    )


def _only(rules: RuleSet, tree: Tree) -> RuleSet:
    """Return the set as if one tree were all of it."""
    checked_trees = tuple(checked for checked in rules.checked if checked.tree is tree)
    return replace(rules, trees=(tree,), checked=checked_trees)
