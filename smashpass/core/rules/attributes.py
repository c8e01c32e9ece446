"""The attributes that every tree may read without declaring them."""

from __future__ import annotations

from collections.abc import Mapping
from math import isfinite

from smashpass.core.rules.tree import Attribute
from smashpass.core.values import Value

MAX_TEXT_VALUE = 200
"""Characters of a text that an attribute may hold."""

BUILT_IN: Mapping[str, Attribute] = {
    attribute.name: attribute
    for attribute in (
        Attribute("image.width", "integer", 1),
        Attribute("image.height", "integer", 1),
        Attribute("image.tag_count", "integer", 0),
        Attribute("image.smash_rate", "number", 0, 1),
        Attribute("image.swipes", "integer", 0),
        Attribute("image.age_days", "number", 0),
        Attribute("viewer.swipes", "integer", 0),
        Attribute("viewer.smash_rate", "number", 0, 1),
        Attribute("viewer.taste", "number", 0, 1),
        Attribute("query.terms", "integer", 0),
        Attribute("query.matched", "integer", 0),
    )
}


def is_number(value: object) -> bool:
    """Whether ``value`` is a finite number, and not a truth value."""
    try:
        return isinstance(value, int | float) and type(value) is not bool and isfinite(value)
    except OverflowError:  # a whole number beyond all floats
        return False


def within(value: float, attribute: Attribute) -> bool:
    """Whether a number lies in the attribute's range, ends included."""
    above = attribute.min is None or value >= attribute.min
    return above and (attribute.max is None or value <= attribute.max)


def fits(value: Value | None, attribute: Attribute) -> bool:
    """Whether a scorer's value can be the attribute's: it has its type, and lies in its range.

    One that does not fit is missing for the tree with that attribute.
    """
    if value is None or not has_type(value, attribute):
        return False
    return not is_number(value) or within(float(value), attribute)


def of_scorer(name: str, declared: Mapping[str, Attribute]) -> Attribute:
    """Return what a tree says of a scorer's attribute: a number if it does not declare it."""
    return declared.get(name) or Attribute(name, "number")


def has_type(value: Value, attribute: Attribute) -> bool:
    """Whether a value has the attribute's type; its range is not checked."""
    match attribute.type:
        case "boolean":
            return type(value) is bool
        case "text":
            return isinstance(value, str) and len(value) <= MAX_TEXT_VALUE
        case "integer":
            return is_number(value) and float(value).is_integer()
        case "number":
            return is_number(value)


def is_image(attribute: str) -> bool:
    """Whether an attribute is a number of the library."""
    return attribute.startswith("image.")


def is_plugin(attribute: str) -> bool:
    """Whether an attribute is a scorer's number."""
    return attribute.startswith("plugin.")
