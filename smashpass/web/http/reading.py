"""Reading requests: bodies and parameters, checked before anything else sees them."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Never

from flask import request

from smashpass.web.http.problems import RequestRefused
from smashpass.web.http.schema import Schema, faults

MAX_FAULTS = 20
_INTEGER_DIGITS = 20


@dataclass(frozen=True, slots=True)
class Parameter:
    """One parameter of the query string."""

    name: str
    schema: Schema
    description: str
    default: object = None
    required: bool = False


FLAG: Schema = {"type": "string", "enum": ["0", "1"]}


def parameters(known: Sequence[Parameter]) -> dict[str, Any]:
    """Return the values of the known parameters; those that nobody knows are ignored.

    Raises:
        Refused: One is given twice, or is not what it must be.
    """
    found: dict[str, Any] = {}
    args = request.args
    for one in known:
        given = args.getlist(one.name)
        if len(given) > 1:
            _refuse_parameter(one, "is given twice")
        if not given:
            if one.required:
                _refuse_parameter(one, "is missing")
            found[one.name] = one.default
            continue
        value = _typed(one, given[0])
        fault = next(faults(one.schema, value), None)
        if fault is not None:
            _refuse_parameter(one, fault.detail)
        found[one.name] = value == "1" if one.schema is FLAG else value
    return found


def body(schema: Schema, limit: int) -> Any:
    """Return the JSON body.

    Raises:
        Refused: It is too large, no JSON, or not of the schema; names the places.
    """
    request.max_content_length = limit
    require_plain_body()
    if request.mimetype != "application/json":
        raise RequestRefused(415, "unsupported_media_type", "send the body as application/json")
    raw = request.get_data(cache=False)
    value = _parsed(raw)
    found = []
    for fault in faults(schema, value):
        found.append({"detail": fault.detail, "pointer": fault.pointer})
        if len(found) == MAX_FAULTS:
            break
    if found:
        first = found[0]
        place = first["pointer"] or "the body"
        raise RequestRefused(400, "bad_input", f"{place} {first['detail']}", errors=found)
    return value


def require_plain_body() -> None:
    """Refuse a body that is packed: how large it is would be known only after unpacking it.

    Raises:
        Refused: It is.
    """
    coding = request.headers.get("Content-Encoding", "").strip().lower()
    if coding not in ("", "identity"):
        raise RequestRefused(
            415,
            "unsupported_encoding",
            f"the body has the Content-Encoding {coding[:40]!r}; send it unpacked",
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
    raise ValueError(f"{name} is no JSON value")


def _no_duplicates(pairs: list[tuple[str, Any]]) -> Mapping[str, Any]:
    """Return an object; the same name twice would be read differently by others."""
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a member comes twice in one object")
    return found


def _typed(one: Parameter, text: str) -> object:
    """Return the text of a parameter as what its schema asks for."""
    if one.schema.get("type") != "integer":
        return text
    digits = text.removeprefix("-")
    if not digits.isascii() or not digits.isdigit() or len(digits) > _INTEGER_DIGITS:
        _refuse_parameter(one, f"{text[:40]!r} is not a whole number")
    return int(text)


def _refuse_parameter(one: Parameter, detail: str) -> Never:
    """Refuse the request because of a parameter."""
    fault = {"detail": detail, "parameter": one.name}
    raise RequestRefused(400, "bad_input", f"the parameter {one.name} {detail}", errors=[fault])
