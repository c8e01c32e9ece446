"""A bound query as text that parses back to the same query."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from itertools import groupby

from smashpass.core.errors import BadQuery
from smashpass.core.query.bound import All, And, AnyTag, Not, Nothing, Or, Query
from smashpass.core.query.join import longest
from smashpass.core.query.parser import parse
from smashpass.core.query.ranges import DAY_S, date_of
from smashpass.core.query.syntax import (
    Conjunction,
    Disjunction,
    Facet,
    Mine,
    Negation,
    NotFirst,
    Range,
    Syntax,
    Wildcard,
    Word,
    Words,
)
from smashpass.core.query.terms import BUILT_IN
from smashpass.core.tags.names import TagId, namespace_of
from smashpass.core.tags.vocabulary import Vocabulary
from smashpass.core.values import without_fraction

# How tightly a text holds together; a looser one needs brackets within a tighter one.
_ONE_OF, _EACH_OF, _SINGLE = range(3)
_Printed = tuple[int, str]

_MANY = 5
"""So many names that begin alike are written as a wildcard."""
_NO_TAGS: frozenset[TagId] = frozenset()

_SHORT = {full: name for name, full in BUILT_IN.items() if name != "tag_count"}
_SAFE_VALUE = re.compile(r"[\w.+:/-]+")

# The language has no words for these, so what can never be and what must be stand for them.
_NEVER: _Printed = (_EACH_OF, "width:0 -width:0")
_ALWAYS: _Printed = (_ONE_OF, "width:0 OR -width:0")


def text_of(query: Query, vocabulary: Vocabulary) -> str:
    """Return ``query`` as text: parsed, bound and normalised it gives the same normal form.

    That holds for queries that were made from text and are bound to ``vocabulary``, as long as
    the text stays within the parser's limits. It may not: many tags that no wildcard names
    together are written out, and a normal form can be longer than what was typed.
    """
    if isinstance(query, All):
        return ""
    return _Printer(vocabulary).printed(query)[1]


def narrowed(text: str, tag: str, *, exclude: bool = False) -> str:
    """Return a valid query text that also asks for ``tag``, or for images without it."""
    term = f'-"{tag}"' if exclude else f'"{tag}"'
    if not text.strip():
        return term
    alternatives = isinstance(parse(text), Disjunction)
    return f"({text}) {term}" if alternatives else f"{text} {term}"


class _Printer:
    """Prints with as few brackets and quotes as reading it back allows."""

    def __init__(self, vocabulary: Vocabulary) -> None:
        self._vocabulary = vocabulary

    def printed(self, query: Query) -> _Printed:
        match query:
            case AnyTag(tags):
                return self._any_tag(tags)
            case Range():
                return _SINGLE, _range(query)
            case Facet(name, value):
                bare = _SAFE_VALUE.fullmatch(value) is not None
                return _SINGLE, f"{name}:{value}" if bare else f'{name}:"{value}"'
            case Mine(which):
                return _SINGLE, f"my:{which}"
            case Not(AnyTag(tags)):
                return self._none_of(tags)
            case Not(item):
                return _SINGLE, f"-{_within(self.printed(item), _SINGLE)}"
            case And(items) if items:
                return _EACH_OF, self._joined(
                    [_within(operand, _EACH_OF) for operand in self._and(items)]
                )
            case Or(items) if items:
                return _ONE_OF, " OR ".join(
                    _within(operand, _ONE_OF) for operand in self._or(items)
                )
            case All() | And():
                return _ALWAYS
            case Nothing() | Or():
                return _NEVER

    def _and(self, items: tuple[Query, ...]) -> list[_Printed]:
        excluded = _NO_TAGS.union(*map(_excluded, items))
        return [
            self._any_tag(item.tags, excluded) if isinstance(item, AnyTag) else self.printed(item)
            for item in items
        ]

    def _or(self, items: tuple[Query, ...]) -> list[_Printed]:
        asked_tags = _NO_TAGS.union(*[item.tags for item in items if isinstance(item, AnyTag)])
        return [
            self._none_of(excluded, asked_tags)
            if (excluded := _excluded(item))
            else self.printed(item)
            for item in items
        ]

    def _joined(self, operands: list[str]) -> str:
        """Join by blanks, or by AND where neighbours could be read as one tag."""
        text = " ".join(operands)
        return " AND ".join(operands) if self._is_misread(text) else text

    def _is_misread(self, text: str) -> bool:
        try:
            runs = list(_runs(parse(text)))
        except BadQuery:
            # Beyond the limits; it cannot be read back in any case.
            return True
        for run in runs:
            words = [word.text for word in run.words]
            for at in range(len(words) - 1):
                if longest(words, at, self._vocabulary)[1] > at + 1:
                    return True
        return False

    def _any_tag(self, tags: frozenset[TagId], spare: frozenset[TagId] = _NO_TAGS) -> _Printed:
        if not tags:
            return _NEVER
        pieces = self._pieces(tags, spare)
        return (_SINGLE, pieces[0]) if len(pieces) == 1 else (_ONE_OF, " OR ".join(pieces))

    def _none_of(self, tags: frozenset[TagId], spare: frozenset[TagId] = _NO_TAGS) -> _Printed:
        """None of many reads better without brackets: -a -b."""
        if not tags:
            return _ALWAYS
        pieces = [f"-{piece}" for piece in self._pieces(tags, spare)]
        return (_SINGLE if len(pieces) == 1 else _EACH_OF), " ".join(pieces)

    def _pieces(self, tags: frozenset[TagId], spare: frozenset[TagId]) -> list[str]:
        """Return words and wildcards that together name ``tags``: whole namespaces first.

        A wildcard may name tags of ``spare`` too: what stands beside makes them not count.
        """
        names = self._vocabulary.names
        if len(tags) == 1:
            return [_word(names[tag]) for tag in tags]
        allowed, rest, wildcards = tags | spare, tags, []
        namespaces = Counter(namespace_of(names[tag]) for tag in tags)
        for name in sorted(name for name, times in namespaces.items() if name and times > 1):
            covered = self._covered(f"{name}:", allowed)
            if covered:
                wildcards.append(f"{name}:*")
                rest -= covered
        return [*wildcards, *self._covering(sorted(names[tag] for tag in rest), allowed)]

    def _covering(self, names: list[str], allowed: frozenset[TagId]) -> list[str]:
        """Return words, or wildcards where many names begin alike; ``names`` are sorted."""
        if len(names) < _MANY:
            return [_word(name) for name in names]
        prefix = _common(names[0], names[-1])
        if prefix and self._covered(prefix, allowed):
            return [f"{prefix}*"]
        groups = groupby(names, key=lambda name: name[: len(prefix) + 1])
        return [piece for _, group in groups for piece in self._covering([*group], allowed)]

    def _covered(self, prefix: str, allowed: frozenset[TagId]) -> frozenset[TagId]:
        """Return what a wildcard names; nothing if that is more than is allowed."""
        covered = frozenset(self._vocabulary.matching(prefix))
        if covered <= allowed and _reads_as(f"{prefix}*", Wildcard(prefix)):
            return covered
        return _NO_TAGS


def _excluded(item: Query) -> frozenset[TagId]:
    return item.item.tags if isinstance(item, Not) and isinstance(item.item, AnyTag) else _NO_TAGS


def _within(printed: _Printed, place: int) -> str:
    holds, text = printed
    return text if holds >= place else f"({text})"


def _word(name: str) -> str:
    return name if _reads_as(name, Words((Word(name),))) else f'"{name}"'


def _common(left: str, right: str) -> str:
    """Return the beginning of two names; all names between them in order have it too."""
    length = 0
    while left[length : length + 1] == right[length : length + 1] != "":
        length += 1
    return left[:length]


def _reads_as(text: str, syntax: Syntax) -> bool:
    try:
        return parse(text) == syntax
    except BadQuery:
        return False


def _runs(syntax: Syntax) -> Iterator[Words]:
    """Every run of adjacent words in ``syntax``."""
    match syntax:
        case Words():
            yield syntax
        case NotFirst(run):
            yield run
        case Negation(item):
            yield from _runs(item)
        case Conjunction(items) | Disjunction(items):
            for item in items:
                yield from _runs(item)


def _range(query: Range) -> str:
    """Return a range as a word; ends of which only one is included are dates or nothing."""
    low, high = query.low, query.high
    if query.name == "image.added" and (dates := _dates(query)) is not None:
        return f"added:{dates}"
    # Other numbers get the full name, which is never a tag name.
    name = query.name if query.name == "image.added" else _SHORT.get(query.name, query.name)
    if low is not None and low == high:
        return f"{name}:{_number(low)}"
    if low is None and high is not None:
        return f"{name}:{'<=' if query.include_high else '<'}{_number(high)}"
    if high is None and low is not None:
        return f"{name}:{'>=' if query.include_low else '>'}{_number(low)}"
    return f"{name}:{_number(low)}..{_number(high)}"


def _dates(query: Range) -> str | None:
    """Return a half-open range of whole days in dates, or None if it is none."""
    if (query.low is not None and not query.include_low) or (
        query.high is not None and query.include_high
    ):
        return None
    first = "" if query.low is None else date_of(query.low)
    last = "" if query.high is None else date_of(query.high - DAY_S)
    if first is None or last is None:
        return None
    return first if first == last else f"{first}..{last}"


def _number(value: float | None) -> str:
    return "" if value is None else str(without_fraction(value))
