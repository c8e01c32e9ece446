"""A problem in a rule file: its place, message, severity and hint."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Severity = Literal["error", "warning"]


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """A place in a file: its display name, line and column."""

    file: str
    line: int
    col: int

    def __str__(self) -> str:
        """``file:line:column``, which editors and terminals can follow."""
        return f"{self.file}:{self.line}:{self.col}"


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    """One located problem. ``line`` and ``col`` count from 1, columns in code points."""

    file: str
    line: int
    col: int
    code: str
    message: str
    severity: Severity = "error"
    hint: str = ""
    related: str = ""

    @property
    def where(self) -> str:
        """The place as ``file:line:column``, which editors and terminals can follow."""
        return f"{self.file}:{self.line}:{self.col}"

    def as_json(self) -> dict[str, object]:
        """The problem as the plain mapping that ``rules check --json`` prints."""
        return {
            "code": self.code,
            "severity": self.severity,
            "file": self.file,
            "line": self.line,
            "col": self.col,
            "message": self.message,
            "hint": self.hint,
            "related": self.related,
        }
