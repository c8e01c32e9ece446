"""Texts of rule files on pages: cut to what a page may hold, and found by the id of a tree."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from smashpass.core.errors import BadInput
from smashpass.core.problems import Problem
from smashpass.services.rules.sets import LoadedRules

MOST_TEXT = 40_000
MOST_LINES = 300
_MOST_WIDE = 300
_FEW = 3


def cut(text: str) -> str:
    """Return as much of a text as a page shows."""
    return text[:MOST_TEXT]


@dataclass(frozen=True, slots=True)
class ShownDifference:
    """What a page shows of the differences of one file, and how many lines it leaves out."""

    path: str
    lines: Sequence[str]
    more: int


def cut_differences(files: Mapping[str, str]) -> list[ShownDifference]:
    """Return the differences of files, by path, as far as one page holds them."""
    left = MOST_LINES
    found = []
    for path, text in files.items():
        lines = text.split("\n")
        shown = [
            line if len(line) <= _MOST_WIDE else f"{line[:_MOST_WIDE]}…" for line in lines[:left]
        ]
        left -= len(shown)
        found.append(ShownDifference(path, shown, len(lines) - len(shown)))
    return found


def fold(found: Sequence[Problem]) -> tuple[list[Problem], list[Problem]]:
    """Return the problems that a page shows, and those that it folds away.

    Errors are shown, and so are slips of the pen. Other warnings are folded if there are many.
    """
    urgent = [
        one for one in found if one.severity == "error" or one.hint.startswith("did you mean")
    ]
    rest = [one for one in found if one not in urgent]
    return (urgent, rest) if len(rest) > _FEW else (list(found), [])


def files_of(rules: LoadedRules) -> dict[str, str]:
    """Return by tree id the path of its file."""
    trees = {tree.id for tree in rules.trees}
    return {name: path for path, name in rules.ids.items() if name in trees}


def number_of(text: str) -> int:
    """Return a whole number that somebody sent.

    Raises:
        BadInput: It is none.
    """
    if not (text.isascii() and text.isdigit() and len(text) < 19):
        raise BadInput(f"{text[:20]!r} is no number", hint="give a whole number")
    return int(text)
