"""Marks in the text of a rule file: the exact columns of each problem, and what to put there."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from smashpass.core.problems import Problem

_PROPOSED = re.compile(r"did you mean (?P<names>[^?]+)\?")
_PLAIN_NAME = re.compile(r"[a-z0-9_][\w./-]*(?::[\w./-]+)?", re.ASCII)
"""Names that need no quotes in YAML."""
_WORD = re.compile(r"[\w./-]+(?::[\w./-]+)?")
_PLAIN_END = re.compile(r"[,\[\]{}]|:(?=\s|$)|\s+#|\s*$")
"""What ends a text without quotes, inside of brackets as well."""
_QUOTED = re.compile(r'"(?:[^"\\]|\\.)*"|' + r"'(?:[^']|'')*'")


@dataclass(frozen=True, slots=True)
class Mark:
    """One problem in the text.

    Attributes:
        line: From 1.
        start: First column, from 1, in code points.
        end: The column after the last one.
        severity: ``error`` or ``warning``.
        message: What is wrong.
        typed: What stands there.
        proposals: What may stand there instead; each replaces exactly these columns.
    """

    line: int
    start: int
    end: int
    severity: str
    message: str
    typed: str
    proposals: tuple[str, ...] = ()

    def as_json(self) -> dict[str, object]:
        """The mark as the editor reads it."""
        return {
            "line": self.line,
            "start": self.start,
            "end": self.end,
            "severity": self.severity,
            "message": self.message,
        }


def mark_of(text: str, problem: Problem) -> Mark | None:
    """Return where a problem stands in the text of its file; None if the text has no such line.

    Args:
        text: The text, whatever its line breaks.
        problem: A problem of this file.
    """
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    if not 1 <= problem.line <= len(lines):
        return None
    line = lines[problem.line - 1]
    start, end = span(line, problem.col)
    number, typed = problem.line, line[start - 1 : end - 1]
    names = _proposals(problem)
    if names and _plain(typed) not in _quoted_in(problem.message):
        # A problem of a whole branch: the name stands further on.
        place = _place_of(_quoted_in(problem.message), lines, problem.line)
        if place is None:
            names = ()
        else:
            number, start, end = place
            typed = lines[number - 1][start - 1 : end - 1]
    return Mark(number, start, end, problem.severity, problem.message, typed, names)


def span(line: str, col: int) -> tuple[int, int]:
    """Return first column and the column after the text that begins at ``col``.

    A text in quotes is without them; where a list or a mapping begins, the rest of the line
    counts.
    """
    at = min(max(col, 1), len(line) + 1) - 1
    quoted = _QUOTED.match(line, at)
    if quoted is not None and quoted.end() - at > 2:
        return at + 2, quoted.end()
    ending = _PLAIN_END.search(line, at)
    assert ending is not None, "every line has an end"
    if ending.start() > at and line[at : at + 2] != "- ":
        return at + 1, ending.start() + 1
    return at + 1, max(at, len(line.rstrip())) + 1


def _proposals(problem: Problem) -> tuple[str, ...]:
    """Return the names that a hint proposes, those that need no quotes in YAML."""
    match = _PROPOSED.search(problem.hint)
    names = [] if match is None else match["names"].split(" or ")
    return tuple(name for name in names if _PLAIN_NAME.fullmatch(name))


def _quoted_in(message: str) -> set[str]:
    """Return the names that a message is about."""
    return {_plain(name) for name in re.findall(r"'([^']+)'", message)}


def _place_of(names: set[str], lines: Sequence[str], first: int) -> tuple[int, int, int] | None:
    """Return line, first column and the column after it where one of some names stands.

    From the line ``first`` on; comments are skipped.
    """
    for number in range(first, len(lines) + 1):
        line = re.sub(r"(^|\s)#.*", "", lines[number - 1])
        for match in _WORD.finditer(line):
            if _plain(match[0]) in names:
                return number, match.start() + 1, match.end() + 1
    return None


def _plain(text: str) -> str:
    """Return a text as names are compared: case, blanks and underscores do not matter."""
    return text.casefold().replace(" ", "_")


def marks_of(text: str, path: str, problems: Sequence[Problem]) -> dict[Problem, Mark]:
    """Return the marks of one file by problem; problems of other files have none."""
    return {
        problem: mark
        for problem in problems
        if problem.file == path and (mark := mark_of(text, problem)) is not None
    }
