"""A tree's tests as texts, in the languages of zen-engine and rule-engine.

Both get the same, simplest context: ``tags``, the names of an image's tags, and its numbers by
the last word of their names (``width``), None where one is missing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from smashpass.core.query import syntax as q
from smashpass.core.rules import tree as t

ATTRIBUTES = ("width", "height", "score", "tag_count")


@dataclass(frozen=True, slots=True)
class Dialect:
    """Where the two languages differ."""

    has_prefix: Callable[[str], str]
    """Says that a tag begins with a text."""


ZEN = Dialect(lambda prefix: f"some(tags, startsWith(#, '{prefix}'))")
RULE_ENGINE = Dialect(lambda prefix: f"$any([tag.starts_with('{prefix}') for tag in tags])")


def context(names: Sequence[str], numbers: dict[str, float]) -> dict[str, object]:
    """Return what both engines decide by, for an image with these tags and numbers."""
    values: dict[str, object] = {name: numbers.get(f"image.{name}") for name in ATTRIBUTES}
    return {"tags": list(names), **values}


def expression(predicate: t.Predicate, dialect: Dialect) -> str:
    """Return a predicate as a text of ``dialect``."""

    def one(predicate: t.Predicate) -> str:
        return expression(predicate, dialect)

    match predicate:
        case t.TagTest(pattern) if pattern.endswith("*"):
            return dialect.has_prefix(pattern[:-1])
        case t.TagTest(pattern):
            return f"'{pattern}' in tags"
        case t.Compare():
            return _compare(predicate)
        case t.QueryTest():
            return _asks(predicate.syntax)
        case t.AllOf(items):
            return _joined("and", map(one, items))
        case t.AnyOf(items):
            return _joined("or", map(one, items))
        case t.NoneOf(items):
            return f"not {_joined('or', map(one, items))}"
        case t.NotOf(item):
            return f"not ({one(item)})"
        case t.AtLeast(n, items):
            return f"{_joined('+', (f'({one(item)} ? 1 : 0)' for item in items))} >= {n}"
        case _:
            raise NotImplementedError(f"no expression for {predicate}")


def _compare(test: t.Compare) -> str:
    name = test.attr.partition(".")[2]
    signs = {"eq": "==", "ne": "!=", "lt": "<", "lte": "<=", "gt": ">", "gte": ">="}
    if isinstance(test.value, tuple):
        low, high = test.value
        comparison = f"({name} >= {low} and {name} <= {high})"
    else:
        comparison = f"{name} {signs[test.op]} {test.value}"
    if test.on_missing:
        return f"({name} == null or {comparison})"
    return f"({name} != null and {comparison})"


def _asks(term: q.Syntax) -> str:
    match term:
        case q.Exact(name):
            return f"'{name}' in tags"
        case q.Negation(item):
            return f"not ({_asks(item)})"
        case q.Conjunction(items):
            return _joined("and", map(_asks, items))
        case q.Disjunction(items):
            return _joined("or", map(_asks, items))
        case _:
            raise NotImplementedError(f"no expression for {term}")


def _joined(operator: str, parts: Iterable[str]) -> str:
    return "(" + f" {operator} ".join(parts) + ")"
