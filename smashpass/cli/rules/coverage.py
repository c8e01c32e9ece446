"""The coverage of trees by their tests, for a terminal."""

from __future__ import annotations

from collections.abc import Iterator

from smashpass.core.rules.analysis.coverage import Kind
from smashpass.core.rules.ruleset import RuleSet
from smashpass.services.rules.coverage import TreeCoverage, covered_by, yaml_of

_WORDS: dict[Kind, str] = {"way": "branches", "leaf": "leaves", "condition": "conditions"}


def measure(rules: RuleSet) -> list[TreeCoverage]:
    """Measure every tree of a set that has no error."""
    return [covered_by(tree, rules.examples.get(tree.id, ())) for tree in rules.trees]


def coverage_lines(covered: TreeCoverage) -> Iterator[str]:
    """Report the coverage of one tree, its gaps, and the missing tests."""
    measured = covered.coverage
    counts = [f"{_WORDS[kind]} {met}/{all_}" for kind, (met, all_) in measured.counts.items()]
    yield f"{measured.tree}: {measured.percent:.1f} % covered ({', '.join(counts)})"
    for goal in measured.impossible:
        yield f"  no image can reach: {goal.name}"
    if not covered.exact:
        yield "  the tree is too large for an exact analysis; missing tests are not generated"
        for goal in measured.missing:
            yield f"  not covered: {goal.name}"
    unwritten = [goal for goal, example in covered.missing if example is None]
    for goal in unwritten:
        yield f"  not covered, and no test can express it: {goal.name}"
    written = [example for _, example in covered.missing if example is not None]
    if written:
        yield f"  {len(written)} missing tests; add them to the tree if they are right:"
        for example in written:
            yield yaml_of(example).rstrip()
