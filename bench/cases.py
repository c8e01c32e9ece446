"""What is asked in the search benchmarks, in words that every peer can translate."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Case:
    """Images that have all of some tags, and none of others."""

    name: str
    having: tuple[str, ...]
    lacking: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        """The case in our query language."""
        return " AND ".join([*self.having, *(f"NOT {tag}" for tag in self.lacking)])


AND = Case("two tags", ("hair:blonde", "beard"))
WITH_NOT = Case("three tags with NOT", ("hair:blonde", "beard"), ("glasses",))
COUNTS = (AND, WITH_NOT)

ONE = Case("one tag", ("beard",))
ALL = Case("whole library", ())
DECKS = (AND, ONE, ALL)

DECK_SIZE = 20
SEEN = 5_000
VIEWER = 1
