"""Everything that can be said about a set of rules without a library, each thing at its place."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from smashpass.core.problems import Place, Problem, Severity
from smashpass.core.rules.analysis.coverage import coverage
from smashpass.core.rules.analysis.lint import Finding, Lint, lint
from smashpass.core.rules.analysis.places import TreePlaces
from smashpass.core.rules.analysis.reachability import Edge
from smashpass.core.rules.example import Example
from smashpass.core.rules.ruleset import RuleSet
from smashpass.core.rules.tree import Tree
from smashpass.services.rules.examples import example_vocabulary, facts_of, failures

_CODES = {
    "contradiction": ("E402", "E402"),
    "unreachable": ("E409", "W409"),
    "pointless": ("E408", "W408"),
    "constant": ("W402", "W402"),
}
"""For each kind of finding its code, in the tree itself and in a fragment that it uses."""
_HINTS = {
    "contradiction": "remove what contradicts the rest",
    "unreachable": "remove it, or move it in front of what covers it",
    "pointless": "ask nothing, or decide differently",
    "constant": "remove it: it changes nothing here",
}


def findings(rules: RuleSet) -> list[Problem]:
    """Return all problems of a set: its own, failing tests, what the exact look shows.

    Where nothing is wrong, what is unused and which branches no test takes come as warnings.
    Sorted by place.
    """
    problems = dict.fromkeys(rules.problems)
    problems |= dict.fromkeys(failures(rules.checked))
    # What a look at the text alone has found, the exact look finds again in other words.
    reported = {
        (problem.file, problem.line, problem.col, problem.code) for problem in rules.problems
    }
    lints = {}
    for checked in rules.checked:
        lints[checked.tree.id] = lint(checked.tree)
        for problem in _of_lint(checked.tree, lints[checked.tree.id], checked.places):
            if (problem.file, problem.line, problem.col, problem.code) not in reported:
                problems[problem] = None
    if not any(problem.severity == "error" for problem in problems):
        problems |= dict.fromkeys(rules.unused)
        for tree in rules.trees:
            examples = rules.examples.get(tree.id, ())
            untested = _untested(tree, examples, lints[tree.id], rules.places[tree.id])
            problems |= dict.fromkeys(untested)
    return sorted(problems, key=lambda item: (item.file, item.line, item.col, item.code))


def _of_lint(tree: Tree, looked: Lint, places: TreePlaces) -> Iterator[Problem]:
    for finding in looked.findings:
        problem = _problem(finding, places)
        if problem is not None:
            yield problem
    if not looked.exact:
        yield _at(
            places.ways[(), 0],
            "W504",
            f"the tree {tree.id} is too large for an exact look; only simple checks were made",
            "warning",
            "split it into several trees",
        )


def _problem(finding: Finding, places: TreePlaces) -> Problem | None:
    """Return a finding as a problem; None for a part that a named predicate holds.

    What stands in a fragment may be right in other trees: it is a warning, at the place where
    this tree uses the fragment.
    """
    node_path, number = finding.way.key
    code, shared = _CODES[finding.kind]
    hint = _HINTS[finding.kind]
    if finding.kind == "constant":
        part = places.parts.get((node_path, number, finding.part))
        return (
            None if part is None or node_path in places.sites else _part(part, finding, code, hint)
        )
    at = places.ways[node_path, number]
    related = str(places.ways[finding.because[0].key]) if finding.because else ""
    site = places.sites.get(node_path)
    if finding.kind == "contradiction" or site is None:
        return _at(at, code, finding.message, "error", hint, related)
    return _at(site, shared, finding.message, "warning", "use another fragment here", str(at))


def _part(at: Place, finding: Finding, code: str, hint: str) -> Problem:
    return _at(at, code, finding.message, "warning", hint)


def _untested(
    tree: Tree, examples: Sequence[Example], result: Lint, places: TreePlaces
) -> Iterator[Problem]:
    """Warn of each way that no test takes and that an image could take."""
    if not examples:
        message = f"the tree {tree.id} has no tests"
        yield _at(places.ways[(), 0], "W502", message, "warning", "add tests: to its file")
        return
    vocabulary = example_vocabulary(tree, examples)
    measured = coverage(tree, vocabulary, [facts_of(item, vocabulary) for item in examples])
    never = {item.way.key for item in result.findings if item.kind != "constant"}
    for goal in measured.missing:
        if goal.kind == "way" and not _behind(goal.way, never):
            yield _at(
                places.ways[goal.way.key],
                "W502",
                f"no test of the tree {tree.id} takes the branch {goal.way.name}",
                "warning",
                "smashpass rules test --coverage writes one",
            )


def _behind(way: Edge, never: set[tuple[tuple[int, ...], int]]) -> bool:
    """Whether a way, or one that leads to it, is never taken."""
    steps = (*way.node_path, way.number)
    return any((steps[:depth], step) in never for depth, step in enumerate(steps))


def _at(
    at: Place, code: str, message: str, severity: Severity, hint: str, related: str = ""
) -> Problem:
    return Problem(at.file, at.line, at.col, code, message, severity, hint, related)
