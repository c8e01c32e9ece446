"""Texts of rule files on pages: truncated, and found by tree id."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from smashpass.core.errors import BadInput
from smashpass.core.problems import Problem
from smashpass.core.rules.ruleset import RuleSet
from smashpass.web.http.lookup import is_whole

MOST_TEXT = 40_000
MOST_LINES = 300
_MOST_WIDE = 300
_FEW = 3


def cut(text: str) -> str:
    """Truncate a text to what a page shows."""
    return text[:MOST_TEXT]


@dataclass(frozen=True, slots=True)
class ShownDifference:
    """The shown differences of one file, and the number of omitted lines."""

    path: str
    lines: Sequence[str]
    more: int


def cut_differences(files: Mapping[str, str]) -> list[ShownDifference]:
    """Truncate the differences of files, by path, to one page."""
    left = MOST_LINES
    differences = []
    for path, text in files.items():
        lines = text.split("\n")
        shown_lines = [
            line if len(line) <= _MOST_WIDE else f"{line[:_MOST_WIDE]}…" for line in lines[:left]
        ]
        left -= len(shown_lines)
        differences.append(ShownDifference(path, shown_lines, len(lines) - len(shown_lines)))
    return differences


def fold(problems: Sequence[Problem]) -> tuple[list[Problem], list[Problem]]:
    """Split problems into those shown and those collapsed.

    Errors and likely typos are shown. Other warnings are collapsed if there are many.
    """
    urgent = [
        problem
        for problem in problems
        if problem.severity == "error" or problem.hint.startswith("did you mean")
    ]
    rest = [problem for problem in problems if problem not in urgent]
    return (urgent, rest) if len(rest) > _FEW else (list(problems), [])


def files_of(rules: RuleSet) -> dict[str, str]:
    """Return the path of each tree by id."""
    trees = {tree.id for tree in rules.trees}
    return {name: path for path, name in rules.ids.items() if name in trees}


def required_number(text: str) -> int:
    """Parse a whole number.

    Raises:
        BadInput: It is not a whole number.
    """
    if not is_whole(text):
        raise BadInput(f"{text[:20]!r} is not a number", hint="give a whole number")
    return int(text)
