"""Problems as text: the place, the message, the line with a caret below it, the hint."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping

from smashpass.core.problems import Problem
from smashpass.rulefiles.grammar import MAX_SHOWN
from smashpass.rulefiles.report import in_order

_WIDTH = 100
"""Columns of a line that are shown around its mark."""


def render(problem: Problem, text: str | None) -> str:
    """Return one problem as some lines; ``text`` is its file, None if that is not text.

    Like ``trees/portraits.yaml:12:7: error[E110] the value is empty`` with the line and a caret
    below. Control characters are shown as a replacement mark.
    """
    related = f" (see {problem.related})" if problem.related else ""
    lines = [f"{problem.where}: {problem.severity}[{problem.code}] {problem.message}{related}"]
    source = _line(text, problem.line)
    if source is not None:
        excerpt, before = _window(source, problem.col - 1)
        number = str(problem.line)
        lines.append(f"  {number} | {excerpt}")
        lines.append(f"  {' ' * len(number)} | {' ' * before}^")
    if problem.hint:
        lines.append(f"  help: {problem.hint}")
    return "\n".join(lines)


def render_all(
    problems: Iterable[Problem], texts: Mapping[str, str], limit: int = MAX_SHOWN
) -> str:
    """Return the first ``limit`` problems of each file, and how many more there are.

    ``texts`` are the files by their names in the problems.
    """
    by_file: dict[str, list[Problem]] = {}
    for problem in in_order(problems):
        by_file.setdefault(problem.file, []).append(problem)
    parts = []
    for file, file_problems in by_file.items():
        parts += [render(problem, texts.get(file)) for problem in file_problems[:limit]]
        if len(file_problems) > limit:
            parts.append(f"{file}: {len(file_problems) - limit} more problems are not shown")
    return "\n\n".join(parts)


def _line(text: str | None, number: int) -> str | None:
    if text is None:
        return None
    lines = text.split("\n")
    return lines[number - 1].rstrip("\r") if 0 < number <= len(lines) else None


def _window(line: str, offset: int) -> tuple[str, int]:
    """Return the part of a line around ``offset``, and how many columns stand before the mark."""
    start = max(0, offset - _WIDTH * 2 // 3) if len(line) > _WIDTH else 0
    cut = line[start : start + _WIDTH]
    head = "…" if start else ""
    tail = "…" if start + _WIDTH < len(line) else ""
    before = head + "".join(_visible(character) for character in cut[: offset - start])
    excerpt = head + "".join(_visible(character) for character in cut) + tail
    return excerpt, sum(_columns(character) for character in before)


def _visible(character: str) -> str:
    if character == "\t":
        return " "
    return character if character.isprintable() else "�"


def _columns(character: str) -> int:
    """Return how many columns of a terminal a character takes."""
    if unicodedata.combining(character):
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1
