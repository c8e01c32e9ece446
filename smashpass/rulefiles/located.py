"""The values of a YAML text with their places: texts, lists and mappings.

Lines and columns count from 1, columns in code points. Offsets count code points from 0.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

Style = Literal["plain", "single", "double", "block"]


@dataclass(frozen=True, slots=True)
class Scalar:
    """A text. ``start`` and ``end`` are the offsets of what was written, quotes included."""

    text: str
    style: Style
    line: int
    col: int
    start: int = field(compare=False)
    end: int = field(compare=False)


@dataclass(frozen=True, slots=True)
class Items:
    """A list."""

    items: tuple[Located, ...]
    line: int
    col: int


@dataclass(frozen=True, slots=True)
class Entries:
    """A mapping: keys in the order written, each once."""

    entries: tuple[tuple[Scalar, Located], ...]
    line: int
    col: int


@dataclass(frozen=True, slots=True)
class Hole:
    """A value that was refused while reading. It is already reported; readers skip it."""

    line: int
    col: int


Located = Scalar | Items | Entries | Hole


def texts_in(node: Located) -> frozenset[str] | None:
    """Return all texts that stand in a value; None if a part of it was refused unread."""
    texts: set[str] = set()
    waiting = [node]
    while waiting:
        match waiting.pop():
            case Scalar(text):
                texts.add(text)
            case Items(items):
                waiting += items
            case Entries(entries):
                waiting += [value for _, value in entries]
            case Hole():
                return None
    return frozenset(texts)
