"""Queries as predicates, to be put into words: without a vocabulary, as they are written."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from smashpass.core.query.syntax import (
    Conjunction,
    Disjunction,
    Everything,
    Exact,
    Facet,
    Mine,
    Namespace,
    Negation,
    NotFirst,
    Range,
    Syntax,
    Wildcard,
    Word,
    Words,
)
from smashpass.core.rules.tree import (
    AllOf,
    AnyOf,
    Compare,
    FacetTest,
    NotOf,
    Predicate,
    TagTest,
)

_INFINITE = float("inf")


def readable(syntax: Syntax) -> Predicate | None:
    """Return a predicate that reads as a query does; None if only a library can tell its parts.

    A run of words is one tag here, for which tags it names only a vocabulary knows.
    """
    match syntax:
        case Words(words):
            return _every(TagTest(name) for name in _names(words))
        case Exact(name):
            return TagTest(name)
        case Wildcard(prefix):
            return TagTest(f"{prefix}*")
        case Namespace(name, any=some):
            test = TagTest(f"{name}:*")
            return test if some else NotOf(test)
        case Range():
            return _every(_ends(syntax))
        case Facet(name, value):
            return FacetTest(name, value)
        case Negation(item):
            inner = readable(item)
            return None if inner is None else NotOf(inner)
        case Conjunction(items):
            every = [readable(item) for item in items]
            read = tuple(item for item in every if item is not None)
            return AllOf(read) if len(read) == len(every) else None
        case Disjunction(items):
            some_of = [readable(item) for item in items]
            read = tuple(item for item in some_of if item is not None)
            return AnyOf(read) if len(read) == len(some_of) else None
        case Everything():
            return AllOf(())
        case NotFirst() | Mine():
            return None


def _names(words: Iterable[Word]) -> Iterator[str]:
    """Join neighbouring words to one name; one with a namespace stands for itself."""
    run: list[str] = []
    for word in words:
        if ":" not in word.text:
            run.append(word.text)
            continue
        if run:
            yield " ".join(run)
            run = []
        yield word.text
    if run:
        yield " ".join(run)


def _ends(between: Range) -> Iterator[Compare]:
    name, low, high = between.name, between.low, between.high
    if low is None and high is None:
        yield Compare(name, "gte", -_INFINITE)
    elif low is not None and low == high:
        yield Compare(name, "eq", low)
    elif low is not None and high is not None and between.include_low and between.include_high:
        yield Compare(name, "between", (low, high))
    else:
        if low is not None:
            yield Compare(name, "gte" if between.include_low else "gt", low)
        if high is not None:
            yield Compare(name, "lte" if between.include_high else "lt", high)


def _every(predicates: Iterable[Predicate]) -> Predicate:
    items = tuple(predicates)
    return items[0] if len(items) == 1 else AllOf(items)
