"""Tests in words: short enough for a card, exact enough for an editor."""

from __future__ import annotations

from collections.abc import Sequence

from smashpass.core.rules.tree import (
    AllOf,
    AnyOf,
    AtLeast,
    Compare,
    FacetTest,
    NoneOf,
    NotOf,
    Operator,
    Predicate,
    QueryTest,
    TagTest,
)
from smashpass.core.values import Value, without_fraction

SIGNS: dict[Operator, str] = {
    "eq": "=",
    "ne": "≠",
    "lt": "<",
    "lte": "≤",
    "gt": ">",
    "gte": "≥",
}
_LISTED = 8


def describe(predicate: Predicate) -> str:
    """Return ``predicate`` in readable form: ``any of hair:blonde, hair:platinum``.

    The same predicate always gives the same text; the layout of a query's text is not kept.
    """
    match predicate:
        case TagTest(pattern):
            return pattern
        case Compare():
            return describe_comparison(predicate)
        case FacetTest(name, value):
            return f"{name} = {value}"
        case QueryTest(text):
            return f"matches “{one_line(text)}”"
        case AllOf(items):
            return _joined("all of", items)
        case AnyOf(items):
            return _joined("any of", items)
        case NoneOf((item,)) | NotOf(item):
            return f"not {_nested(item)}"
        case NoneOf(items):
            return _joined("none of", items)
        case AtLeast(n, items):
            return f"at least {n} of {_listed(items)}"


def describe_comparison(compare: Compare) -> str:
    """Return a comparison with its sign: ``image.width ≥ 512``."""
    value = compare.value
    if not isinstance(value, tuple):
        return f"{compare.attr} {SIGNS[compare.op]} {format_value(value)}"
    if compare.op == "between":
        return f"{compare.attr} between {format_value(value[0])} and {format_value(value[1])}"
    return f"{compare.attr} one of {', '.join(format_value(item) for item in value)}"


def format_value(value: Value) -> str:
    """Return a constant as a rule file would write it; whole numbers without a fraction."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(without_fraction(value))


def describe_tags(patterns: Sequence[str], present: bool) -> str:
    """Return the test for any (or, if not ``present``, none) of some tags in words.

    A test for many tags, which only a query's wildcard makes, names the first few.
    """
    if len(patterns) == 1:
        return patterns[0] if present else f"not {patterns[0]}"
    if not patterns:
        return "a tag that no image has" if present else "no tag that no image has"
    listed = ", ".join(patterns[:_LISTED])
    more = f" and {len(patterns) - _LISTED} more" if len(patterns) > _LISTED else ""
    return f"{'any' if present else 'none'} of {listed}{more}"


def one_line(text: str) -> str:
    """Return a query text with every run of blanks as one space."""
    return " ".join(text.split())


def _joined(head: str, items: Sequence[Predicate]) -> str:
    return describe(items[0]) if len(items) == 1 else f"{head} {_listed(items)}"


def _listed(items: Sequence[Predicate]) -> str:
    return ", ".join(_nested(item) for item in items)


def _nested(item: Predicate) -> str:
    """Put brackets around a text that holds commas of its own."""
    text = describe(item)
    return f"({text})" if ", " in text and not isinstance(item, QueryTest) else text
