"""Collecting the problems of a file, and formatting shared by all messages."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field
from itertools import islice

from smashpass.core.problems import Place, Problem
from smashpass.core.tags.nearest import Neighbourhood
from smashpass.rulefiles.located import Located

_LISTED = 12
_QUOTED = 60
_MOST = 1_000
"""Maximum number of problems kept per file."""
_COMPARED = 10_000
"""Maximum number of names compared for proposals, so that a file full of mistakes stays cheap."""


@dataclass(slots=True)
class ProblemReport:
    """The problems found in one file so far, each once, in the order found."""

    file: str
    _found: dict[Problem, None] = field(default_factory=dict)
    _compared: int = 0

    @property
    def problems(self) -> list[Problem]:
        """All problems, sorted by place."""
        return in_order(self._found)

    @property
    def has_errors(self) -> bool:
        """Whether one of the problems is an error."""
        return any(problem.severity == "error" for problem in self._found)

    @property
    def start(self) -> Place:
        """The beginning of the file."""
        return Place(self.file, 1, 1)

    def place(self, at: Located | Place) -> Place:
        """Return the place of ``at`` in this file."""
        return Place(self.file, at.line, at.col)

    def error(
        self,
        code: str,
        at: Located | Place,
        message: str,
        *,
        hint: str = "",
        related: Place | None = None,
    ) -> None:
        """Add an error; ``related`` is a second place that the message refers to."""
        self._add(Problem(self.file, at.line, at.col, code, message, "error", hint, _text(related)))

    def warning(
        self,
        code: str,
        at: Located | Place,
        message: str,
        *,
        hint: str = "",
        related: Place | None = None,
    ) -> None:
        """Add a warning, which blocks nothing."""
        self._add(
            Problem(self.file, at.line, at.col, code, message, "warning", hint, _text(related))
        )

    def nearest(self, word: str, names: Names) -> str | None:
        """Return the name nearest to ``word``, or None; the comparisons per file are limited."""
        if self._compared > _COMPARED:
            return None
        self._compared += len(names)
        return names.nearest(word)

    def proposal(self, word: str, names: Names) -> str:
        """Return the hint for an unknown ``word``: the nearest name, or all of them."""
        near = self.nearest(word, names)
        if near is not None:
            return f"did you mean {near}?"
        return f"use {one_of(names)}" if names else ""

    def _add(self, problem: Problem) -> None:
        if len(self._found) < _MOST:
            self._found[problem] = None


def in_order(problems: Iterable[Problem]) -> list[Problem]:
    """Return problems sorted by file and place; faster than comparing them whole."""
    return sorted(
        problems, key=lambda problem: (problem.file, problem.line, problem.col, problem.code)
    )


class Names:
    """A fixed choice of names, for messages that list or propose them."""

    def __init__(self, names: Iterable[str]) -> None:
        """Keep the names in the order in which they are listed."""
        self._names = dict.fromkeys(names)
        self._near: Neighbourhood | None = None

    def __contains__(self, name: object) -> bool:
        """Whether ``name`` is one of them."""
        return name in self._names

    def nearest(self, word: str) -> str | None:
        """Return the name nearest to ``word`` in spelling, or None."""
        if self._near is None:
            self._near = Neighbourhood((name, name) for name in self._names)
        neighbours = self._near.near(word)
        return neighbours[0][0] if neighbours else None

    def __len__(self) -> int:
        """The number of names."""
        return len(self._names)

    def __iter__(self) -> Iterator[str]:
        """The names in order."""
        return iter(self._names)


def one_of(names: Collection[str] | Names) -> str:
    """Return names as an enumeration, the first dozen of them."""
    listed = list(islice(names, _LISTED))
    more = f" … ({len(names)} in all)" if len(names) > _LISTED else ""
    if more or len(listed) < 2:
        return ", ".join(listed) + more
    return f"{', '.join(listed[:-1])} or {listed[-1]}"


def quote(text: str) -> str:
    """Return ``text`` in quotes: short, on one line, without terminal control characters."""
    excerpt = text if len(text) <= _QUOTED else text[: _QUOTED - 1] + "…"
    if not excerpt.isprintable():
        excerpt = "".join(character if character.isprintable() else "�" for character in excerpt)
    return f"'{excerpt}'"


def _text(place: Place | None) -> str:
    return "" if place is None else str(place)
