"""Reading requests: bodies and parameters, checked before anything else sees them."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from types import MappingProxyType
from typing import Any, Never

from flask import request

from smashpass.web.http.problems import RequestRefused
from smashpass.web.http.schema import Schema, faults

MAX_FAULTS = 20
_INTEGER_DIGITS = 20
_REMEMBERED, _SHORT = 512, 300
"""Query strings that are remembered for each route, and their longest in bytes."""


@dataclass(frozen=True, slots=True)
class Parameter:
    """One parameter of the query string."""

    name: str
    schema: Schema
    description: str
    default: object = None
    required: bool = False


FLAG: Schema = {"type": "string", "enum": ["0", "1"]}


def parameters(declared: Sequence[Parameter]) -> dict[str, Any]:
    """Return the values of the declared parameters; unknown ones are ignored.

    Raises:
        RequestRefused: One is repeated, missing or invalid.
    """
    values: dict[str, Any] = {}
    args = request.args
    for parameter in declared:
        texts = args.getlist(parameter.name)
        if len(texts) > 1:
            _refuse_parameter(parameter, "is given twice")
        if not texts:
            if parameter.required:
                _refuse_parameter(parameter, "is missing")
            values[parameter.name] = parameter.default
            continue
        value = _typed(parameter, texts[0])
        fault = next(faults(parameter.schema, value), None)
        if fault is not None:
            _refuse_parameter(parameter, fault.detail)
        values[parameter.name] = value == "1" if parameter.schema is FLAG else value
    return values


def parameter_reader(declared: Sequence[Parameter]) -> Callable[[], Mapping[str, Any]]:
    """Return what reads the declared parameters of the current request, as :func:`parameters`.

    It remembers the values of valid query strings: most decks are asked for in the same words.
    """

    @lru_cache(maxsize=_REMEMBERED)
    def values_of(_query: bytes) -> Mapping[str, Any]:
        return MappingProxyType(parameters(declared))

    def read() -> Mapping[str, Any]:
        query = request.query_string
        return values_of(query) if len(query) <= _SHORT else parameters(declared)

    return read


def body(schema: Schema, limit: int) -> Any:
    """Return the JSON body.

    Raises:
        RequestRefused: It is too large, not JSON, or violates the schema; names the places.
    """
    request.max_content_length = limit
    require_plain_body()
    if request.mimetype != "application/json":
        raise RequestRefused(415, "unsupported_media_type", "send the body as application/json")
    raw = request.get_data(cache=False)
    value = _parsed(raw)
    problems = []
    for fault in faults(schema, value):
        problems.append({"detail": fault.detail, "pointer": fault.pointer})
        if len(problems) == MAX_FAULTS:
            break
    if problems:
        first = problems[0]
        place = first["pointer"] or "the body"
        raise RequestRefused(400, "bad_input", f"{place} {first['detail']}", errors=problems)
    return value


def require_plain_body() -> None:
    """Refuse a compressed body, whose size is known only after decompression.

    Raises:
        RequestRefused: The body has a Content-Encoding.
    """
    coding = request.headers.get("Content-Encoding", "").strip().lower()
    if coding not in ("", "identity"):
        raise RequestRefused(
            415,
            "unsupported_encoding",
            f"the body has the Content-Encoding {coding[:40]!r}; send it uncompressed",
            headers={"Accept-Encoding": "identity"},
        )


def _parsed(raw: bytes) -> Any:
    """Return the value of a JSON text; stricter than the standard library's reader."""
    try:
        return json.loads(
            raw.decode("utf-8"), parse_constant=_no_constant, object_pairs_hook=_no_duplicates
        )
    except UnicodeDecodeError as error:
        detail = f"the body is not UTF-8 at byte {error.start}"
    except json.JSONDecodeError as error:
        detail = f"the body is not JSON: {error.msg} in line {error.lineno}, column {error.colno}"
    except RecursionError:
        detail = "the body is nested too deeply"
    except ValueError as error:
        detail = f"the body is not JSON: {error}"
    raise RequestRefused(400, "bad_json", detail)


def _no_constant(name: str) -> Never:
    raise ValueError(f"{name} is not a JSON value")


def _no_duplicates(pairs: list[tuple[str, Any]]) -> Mapping[str, Any]:
    """Return an object; refuses duplicate names, which parsers treat differently."""
    members = dict(pairs)
    if len(members) != len(pairs):
        raise ValueError("an object has a duplicate member")
    return members


def _typed(parameter: Parameter, text: str) -> object:
    """Convert the text of a parameter to the type of its schema."""
    if parameter.schema.get("type") != "integer":
        return text
    digits = text.removeprefix("-")
    if not digits.isascii() or not digits.isdigit() or len(digits) > _INTEGER_DIGITS:
        _refuse_parameter(parameter, f"{text[:40]!r} is not a whole number")
    return int(text)


def _refuse_parameter(parameter: Parameter, detail: str) -> Never:
    """Refuse the request because of a parameter."""
    fault = {"detail": detail, "parameter": parameter.name}
    raise RequestRefused(
        400, "bad_input", f"the parameter {parameter.name} {detail}", errors=[fault]
    )
