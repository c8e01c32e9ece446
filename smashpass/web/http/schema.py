"""Checking values against schemas: the part of JSON Schema 2020-12 that the API uses.

The same dicts appear in the OpenAPI document, so validation and documentation agree.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any, NamedTuple

Schema = Mapping[str, Any]

_UNPLAIN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")
_SHOWN = 40


class Fault(NamedTuple):
    """A fault in a part of a value; ``pointer`` is a JSON pointer (RFC 6901)."""

    pointer: str
    detail: str


def faults(schema: Schema, value: object, pointer: str = "") -> Iterator[Fault]:
    """Yield the faults of ``value``, in document order.

    Texts with control characters or lone surrogates are always refused.
    """
    kind = schema.get("type")
    if "enum" in schema:
        if not any(value == allowed and type(value) is type(allowed) for allowed in schema["enum"]):
            listed = ", ".join(map(repr, schema["enum"]))
            yield Fault(pointer, f"must be one of {listed}")
        return
    if kind == "object":
        yield from _object(schema, value, pointer)
    elif kind == "array":
        yield from _array(schema, value, pointer)
    elif kind == "string":
        yield from _string(schema, value, pointer)
    elif kind == "boolean":
        if type(value) is not bool:
            yield Fault(pointer, "must be true or false")
    elif kind in ("integer", "number"):
        yield from _number(schema, value, pointer)
    elif kind == "null":
        if value is not None:
            yield Fault(pointer, "must be null")
    elif "anyOf" in schema and all(
        next(faults(alternative, value, pointer), None) for alternative in schema["anyOf"]
    ):
        yield Fault(pointer, "matches none of the possible forms")


def _object(schema: Schema, value: object, pointer: str) -> Iterator[Fault]:
    if not isinstance(value, dict):
        yield Fault(pointer, "must be an object")
        return
    properties = schema.get("properties", {})
    for name in schema.get("required", ()):
        if name not in value:
            yield Fault(f"{pointer}/{name}", "is missing")
    if len(value) > schema.get("maxProperties", 1_000):
        yield Fault(pointer, f"has more than {schema.get('maxProperties', 1_000):,} members")
        return
    others = schema.get("additionalProperties", False)
    for name, part in value.items():
        place = f"{pointer}/{_escaped(name)}"
        if name in properties:
            yield from faults(properties[name], part, place)
        elif others is False:
            names = ", ".join(properties)
            yield Fault(place, f"is not known here; there are {names or 'no members'}")
        else:
            if _UNPLAIN.search(name) or len(name) > schema.get("maxNameLength", 300):
                yield Fault(pointer, "has a member whose name is too long or not plain text")
            if others is not True:
                yield from faults(others, part, place)


def _array(schema: Schema, value: object, pointer: str) -> Iterator[Fault]:
    if not isinstance(value, list):
        yield Fault(pointer, "must be a list")
        return
    if len(value) < schema.get("minItems", 0):
        yield Fault(pointer, f"must have at least {schema['minItems']} items")
    if len(value) > schema["maxItems"]:
        yield Fault(pointer, f"must have at most {schema['maxItems']} items")
        return
    for place, item in enumerate(value):
        yield from faults(schema["items"], item, f"{pointer}/{place}")


def _string(schema: Schema, value: object, pointer: str) -> Iterator[Fault]:
    if type(value) is not str:
        yield Fault(pointer, "must be a text")
    elif len(value) > schema["maxLength"]:
        yield Fault(pointer, f"must have at most {schema['maxLength']:,} characters")
    elif len(value) < schema.get("minLength", 0):
        yield Fault(pointer, "must not be empty")
    elif _UNPLAIN.search(value):
        yield Fault(pointer, "holds control characters")
    elif "pattern" in schema and not _compiled(schema["pattern"]).fullmatch(value):
        yield Fault(pointer, f"{value[:_SHOWN]!r} is not of the form {schema['pattern']}")


def _number(schema: Schema, value: object, pointer: str) -> Iterator[Fault]:
    whole = schema["type"] == "integer"
    if type(value) is float and whole and value.is_integer():
        value = int(value)
    if type(value) is not int and (whole or type(value) is not float):
        yield Fault(pointer, "must be a whole number" if whole else "must be a number")
        return
    low, high = schema.get("minimum"), schema.get("maximum")
    if (low is not None and value < low) or (high is not None and value > high):
        yield Fault(pointer, f"must be {low} to {high}")


def _escaped(name: str) -> str:
    """Return the name of a member as a part of a JSON pointer, without unencodable characters."""
    return _UNPLAIN.sub("\ufffd", name[:_SHOWN]).replace("~", "~0").replace("/", "~1")


@lru_cache(maxsize=64)
def _compiled(pattern: str) -> re.Pattern[str]:
    """Compile a pattern of a schema, which never comes from a client."""
    return re.compile(pattern)
