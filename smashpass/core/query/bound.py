"""Bound queries: queries whose words are resolved to tags of one vocabulary."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from smashpass.core.query.syntax import Facet, Mine, Range
from smashpass.core.tags.names import TagId


@dataclass(frozen=True, slots=True)
class AnyTag:
    """The image has one of these canonical tags: one for a word, many for a wildcard."""

    tags: frozenset[TagId]


@dataclass(frozen=True, slots=True)
class And:
    """Every item matches; the empty one matches every image."""

    items: tuple[Query, ...]


@dataclass(frozen=True, slots=True)
class Or:
    """At least one item matches; the empty one matches no image."""

    items: tuple[Query, ...]


@dataclass(frozen=True, slots=True)
class Not:
    """The item does not match."""

    item: Query


@dataclass(frozen=True, slots=True)
class All:
    """Every image."""


@dataclass(frozen=True, slots=True)
class Nothing:
    """No image."""


Atom = AnyTag | Range | Facet | Mine
Query = Atom | And | Or | Not | All | Nothing


def atoms(query: Query) -> Iterator[Atom]:
    """Every atomic test of ``query``, in reading order."""
    match query:
        case And(items) | Or(items):
            for item in items:
                yield from atoms(item)
        case Not(item):
            yield from atoms(item)
        case All() | Nothing():
            return
        case _:
            yield query
