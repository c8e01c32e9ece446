"""The syntax tree of a query text, independent of any library, with positions.

Spans are code point offsets ``[start, end)`` into the text. Equality ignores them, so two
texts that say the same in the same order give equal trees.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal


@dataclass(frozen=True, slots=True)
class Span:
    """Where in the text a term stands."""

    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Word:
    """One bare word in its folded spelling; ``nearby`` marks a leading ``~``.

    A word such as ``year:>=2000`` may name a tag or ask for a range of an attribute; which of
    them is decided when it is bound, because only the library knows.
    """

    text: str
    nearby: bool = False
    span: Span = field(default=Span(0, 0), compare=False)


@dataclass(frozen=True, slots=True)
class Words:
    """A run of adjacent bare words, which the vocabulary splits into tags, longest match first.

    Only the first one may be ``nearby``: its ``~`` takes the words behind it that are one phrase.
    """

    words: tuple[Word, ...]


@dataclass(frozen=True, slots=True)
class NotFirst:
    """``-blonde hair beard``: the first tag of the run must not match, the others must.

    Where the first tag ends is known when the run is bound; never fewer than two words.
    """

    run: Words


@dataclass(frozen=True, slots=True)
class Exact:
    """A quoted tag name: exactly one tag or alias, whatever it looks like."""

    name: str
    span: Span = field(default=Span(0, 0), compare=False)


@dataclass(frozen=True, slots=True)
class Wildcard:
    """Any tag whose name begins with ``prefix``; ``hair:*`` has the prefix ``hair:``."""

    prefix: str
    span: Span = field(default=Span(0, 0), compare=False)


@dataclass(frozen=True, slots=True)
class Namespace:
    """``hair:any``: some tag of the namespace; ``hair:none``: none of its tags."""

    name: str
    any: bool
    span: Span = field(default=Span(0, 0), compare=False)


@dataclass(frozen=True, slots=True)
class Range:
    """An attribute between two ends, each open (``None``) or a number; ``width:>=512``.

    ``name`` is the full attribute name (``image.width``, ``plugin.aesthetic``); one of a scorer
    in the spelling of the text until the range is bound.
    """

    name: str
    low: float | None
    high: float | None
    include_low: bool = True
    include_high: bool = True
    span: Span = field(default=Span(0, 0), compare=False)


@dataclass(frozen=True, slots=True)
class Facet:
    """``licence:CC0-1.0`` or ``source:NAME``: an exact value of the credit, case folded.

    ``by:hand``, ``by:import``, ``by:implied`` and ``by:run:7``, how some tag of the image came,
    are facets too.
    """

    name: Literal["licence", "source", "by"]
    value: str
    span: Span = field(default=Span(0, 0), compare=False)


@dataclass(frozen=True, slots=True)
class Mine:
    """``my:smashed``, ``my:passed`` or ``my:unseen``."""

    which: Literal["smashed", "passed", "unseen"]
    span: Span = field(default=Span(0, 0), compare=False)


@dataclass(frozen=True, slots=True)
class Negation:
    """The item must not match."""

    item: Syntax


@dataclass(frozen=True, slots=True)
class Conjunction:
    """All items must match; never fewer than two items."""

    items: tuple[Syntax, ...]


@dataclass(frozen=True, slots=True)
class Disjunction:
    """At least one item must match; never fewer than two items."""

    items: tuple[Syntax, ...]


@dataclass(frozen=True, slots=True)
class Everything:
    """The empty text: every image."""


Term = Words | NotFirst | Exact | Wildcard | Namespace | Range | Facet | Mine
Syntax = Term | Negation | Conjunction | Disjunction | Everything
