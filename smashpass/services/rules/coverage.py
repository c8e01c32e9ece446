"""Coverage of a tree by its examples, and the examples that are missing, ready to be pasted."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from smashpass.core.rules.analysis.coverage import Course, Coverage, Goal, coverage, states_meeting
from smashpass.core.rules.analysis.mdd import NO_STATE, StateSet, TooLarge
from smashpass.core.rules.analysis.reachability import Reachability
from smashpass.core.rules.analysis.states import Witness
from smashpass.core.rules.compile.compile import compile_tree
from smashpass.core.rules.example import Example, Expectation
from smashpass.core.rules.explain.decide import odds
from smashpass.core.rules.formatting import format_value
from smashpass.core.rules.tree import Lottery, Tree
from smashpass.core.values import Value, Verdict, without_fraction
from smashpass.services.rules.examples import example_vocabulary, facts_of

_PLAIN = re.compile(r"[a-z][a-z0-9_]*(:[a-z0-9_]+)?", re.ASCII)
_DIGITS = 15
"""More significant digits no rule file may have."""


@dataclass(frozen=True, slots=True)
class TreeCoverage:
    """The coverage of one tree.

    Attributes:
        coverage: What the examples show.
        exact: Whether goals that no image can meet are set apart; a tree may be too large.
        missing: For each goal that is not met, an example that meets it; None if none can be
            written. An example that meets several goals stands at the first of them.
    """

    coverage: Coverage
    exact: bool
    missing: tuple[tuple[Goal, Example | None], ...]

    def as_json(self) -> dict[str, object]:
        """The coverage as ``rules test --coverage --json`` prints it."""
        counts = self.coverage.counts
        return {
            "tree": self.coverage.tree,
            "percent": round(self.coverage.percent, 2),
            "exact": self.exact,
            "ways": dict(zip(("covered", "total"), counts["way"], strict=True)),
            "leaves": dict(zip(("covered", "total"), counts["leaf"], strict=True)),
            "conditions": dict(zip(("covered", "total"), counts["condition"], strict=True)),
            "impossible": [goal.name for goal in self.coverage.impossible],
            "uncovered": [goal.name for goal in self.coverage.missing],
            "missing_tests": [
                {"for": goal.name, "test": None if example is None else yaml_of(example)}
                for goal, example in self.missing
            ],
        }


def covered_by(tree: Tree, examples: Sequence[Example]) -> TreeCoverage:
    """Measure the coverage of a tree by its examples, and write those that are missing.

    Every example that is returned has been run: it meets its goal and expects what comes out.
    """
    vocabulary = example_vocabulary(tree, examples)
    images = [facts_of(example, vocabulary) for example in examples]
    try:
        reach = Reachability(tree)
        measured = coverage(tree, vocabulary, images, reach)
        return TreeCoverage(measured, True, tuple(_missing(tree, reach, measured, examples)))
    except TooLarge:
        return TreeCoverage(coverage(tree, vocabulary, images), False, ())


def yaml_of(example: Example) -> str:
    """Return an example as an item of ``tests``, indented by two blanks."""
    parts = [f"tags: [{', '.join(map(_text, sorted(example.tags)))}]"]
    if example.attributes:
        attrs = [f"{name}: {_value(value)}" for name, value in example.attributes.items()]
        parts.append(f"attrs: {{{', '.join(attrs)}}}")
    expect = [f"leaf: {example.expect.leaf}"]
    if example.expect.verdict is not None:
        expect.append(f"verdict: {example.expect.verdict}")
    if example.expect.odds is not None:
        shares = [f"{verdict}: {share}" for verdict, share in example.expect.odds.items()]
        expect.append(f"odds: {{{', '.join(shares)}}}")
    return (
        f"  - name: {json.dumps(example.name, ensure_ascii=False)}\n"
        f"    given: {{{', '.join(parts)}}}\n"
        f"    expect: {{{', '.join(expect)}}}\n"
    )


def _missing(
    tree: Tree, reach: Reachability, measured: Coverage, examples: Sequence[Example]
) -> Iterator[tuple[Goal, Example | None]]:
    covered = set(measured.covered)
    # Ways first: an example for a way shows some of the conditions on it too.
    for goal in sorted(measured.missing, key=lambda goal: goal.kind == "condition"):
        if goal.key in covered:
            continue
        states = states_meeting(reach, goal)
        if goal.kind == "condition":
            states = _more(
                reach,
                goal,
                states,
                [open_goal for open_goal in measured.missing if open_goal.key not in covered],
            )
        witness = reach.space.witness(states)
        example = None if witness is None else _example(tree, goal, witness, examples)
        if example is not None:
            covered |= example[1]
        yield goal, None if example is None else example[0]


def _more(reach: Reachability, goal: Goal, states: StateSet, missing: Sequence[Goal]) -> StateSet:
    """Return the assignments that meet other goals of the same test too, if any do."""
    for other in missing:
        if other.kind == "condition" and other.way.key == goal.way.key:
            combined = reach.space.diagrams.both(states, states_meeting(reach, other))
            states = states if combined == NO_STATE else combined
    return states


def _example(
    tree: Tree, goal: Goal, witness: Witness, examples: Sequence[Example]
) -> tuple[Example, set[tuple[object, ...]]] | None:
    """Return an example, and all goals that it meets; None if it does not meet this one."""
    attributes = {name: _rounded(value) for name, value in witness.attributes.items()}
    draft = Example(goal.name, frozenset(witness.tags), attributes, Expectation())
    # Words of queries are read as the tags that all examples together name.
    vocabulary = example_vocabulary(tree, [*examples, draft])
    image = facts_of(draft, vocabulary)
    goals_met = set(Course(tree, vocabulary).goals_met(image))
    if goal.key not in goals_met:
        return None
    end = compile_tree(tree, vocabulary).leaf(image)
    shares: dict[Verdict, int] | None = None
    if isinstance(end, Lottery):
        sums = odds(end)
        shares = {verdict: sums[verdict] for verdict in ("smash", "pass") if verdict in sums}
    expect = Expectation(end.id, None if isinstance(end, Lottery) else end.verdict, None, shares)
    return Example(goal.name, draft.tags, attributes, expect), goals_met


def _rounded(value: Value) -> Value:
    if isinstance(value, bool | str):
        return value
    return float(f"{value:.{_DIGITS}g}")


def _text(text: str) -> str:
    return text if _PLAIN.fullmatch(text) else json.dumps(text, ensure_ascii=False)


def _value(value: Value) -> str:
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False)
    return format_value(value) if isinstance(value, bool) else str(without_fraction(value))
