"""The format of rule files as a JSON Schema, for editors; made from the tables of the checker.

It describes a single file. Whether a name exists elsewhere, or a value fits the type of its
attribute, only the checker can verify.
"""

from __future__ import annotations

from collections.abc import Mapping

from smashpass.rulefiles.grammar import (
    ARM,
    DEFAULTS,
    EXPECT,
    FILE,
    FORMAT,
    GIVEN,
    MAX_ID,
    MAX_LABEL,
    MAX_NOTE,
    MAX_ODDS,
    MAX_PATH,
    MAX_REASON,
    MAX_TITLE,
    MAX_WEIGHT,
    MAX_WHOLE,
    NAMESPACES,
    NODES,
    NUMBER_ATTRIBUTE,
    ODDS,
    OPERATORS,
    OPERATORS_OF,
    OTHER_ATTRIBUTE,
    OUTCOME,
    PREDICATES,
    TEST,
    TYPES,
    VERDICTS,
    WORDING,
    Construct,
)

Schema = dict[str, object]

DIALECT = "https://json-schema.org/draft/2020-12/schema"
_ID_PATTERN = "^[A-Za-z0-9][A-Za-z0-9_-]*$"
_SCALARS = ["string", "number", "boolean"]
"""Texts need no quotes in a rule file: what YAML takes for a number is a text there too."""
_NUMERIC = tuple(type_ for type_ in TYPES if "lt" in OPERATORS_OF[type_])


def schema() -> Schema:
    """Return the schema of one rule file, as plain mappings and lists."""
    return {
        "$schema": DIALECT,
        "title": "A rule file of smashpass",
        **_mapping(FILE, _file()),
        "anyOf": [{"required": [key]} for key in ("root", "predicates", "nodes")],
        "dependentRequired": {"tests": ["root"]},
        "$defs": {
            "predicate": {"anyOf": [_text(), *map(_predicate, PREDICATES)]},
            "node": {"anyOf": [_node(head) for head in NODES]},
            "attribute": {"anyOf": [_attribute(NUMBER_ATTRIBUTE), _attribute(OTHER_ATTRIBUTE)]},
            "test": _mapping(TEST, _test()),
        },
    }


def _file() -> dict[str, Schema]:
    names: Schema = {"pattern": f"^({'|'.join(NAMESPACES)})\\."}
    return {
        "format": {"const": int(FORMAT)},
        "id": _id(),
        "title": _text(MAX_TITLE),
        "description": _text(MAX_NOTE),
        "owner": _text(MAX_TITLE),
        "labels": _list(_id()),
        "include": _list(_text(MAX_PATH)),
        "attributes": {
            "type": "object",
            "propertyNames": names,
            "additionalProperties": _ref("attribute"),
        },
        "defaults": _mapping(
            DEFAULTS, {"weight": _whole(0, MAX_WEIGHT), "on_missing": {"type": "boolean"}}
        ),
        "predicates": _named("predicate"),
        "nodes": _named("node"),
        "root": _ref("node"),
        "tests": _list(_ref("test")),
    }


def _attribute(construct: Construct) -> Schema:
    ranged = construct is NUMBER_ATTRIBUTE
    types = [type_ for type_ in TYPES if (type_ in _NUMERIC) is ranged]
    values: dict[str, Schema] = {
        "type": {"enum": types},
        "min": {"type": "number"},
        "max": {"type": "number"},
        "source": {"enum": list(NAMESPACES)},
    }
    return _mapping(construct, values)


def _predicate(head: str) -> Schema:
    predicates = _list(_ref("predicate"), filled=True)
    values: dict[str, Schema] = {
        "tag": _text(),
        "all": predicates,
        "any": predicates,
        "none": predicates,
        "not": _ref("predicate"),
        "at_least": _whole(1, MAX_WHOLE),
        "of": predicates,
        "is": {"type": _SCALARS},
        "query": _text(),
        "attr": {"type": _SCALARS},
        "on_missing": {"type": "boolean"},
        "label": {"anyOf": [_label(), _mapping(WORDING, {"then": _label(), "else": _label()})]},
    }
    constant: Schema = {"type": _SCALARS}
    values |= dict.fromkeys(OPERATORS, constant)
    values["between"] = _list(constant) | {"minItems": 2, "maxItems": 2}
    values["in"] = _list(constant, filled=True)
    mapping = _mapping(PREDICATES[head], values)
    if head == "attr":
        mapping["oneOf"] = [{"required": [operator]} for operator in OPERATORS]
    return mapping


def _node(head: str) -> Schema:
    values: dict[str, Schema] = {
        "if": _ref("predicate"),
        "then": _ref("node"),
        "else": _ref("node"),
        "choose": _list(
            _mapping(ARM, {"when": _ref("predicate"), "then": _ref("node"), "note": _note()}),
            filled=True,
        ),
        "use": {"type": _SCALARS},
        "id": _id(),
        "label": _label(),
        "note": _note(),
        "verdict": {"enum": list(VERDICTS)},
        "reason": _text(MAX_REASON),
        "weight": _whole(0, MAX_WEIGHT),
        "outcomes": _list(_mapping(OUTCOME, _outcome()), filled=True),
    }
    return _mapping(NODES[head], values)


def _outcome() -> dict[str, Schema]:
    return {
        "verdict": {"enum": list(VERDICTS)},
        "weight": _whole(0, MAX_ODDS),
        "reason": _text(MAX_REASON),
    }


def _test() -> dict[str, Schema]:
    conditions = _mapping(
        GIVEN,
        {
            "tags": _list(_text()),
            "attrs": {"type": "object", "additionalProperties": {"type": _SCALARS}},
        },
    )
    expect = _mapping(
        EXPECT,
        {
            "leaf": _id(),
            "verdict": {"enum": list(VERDICTS)},
            "weight": _whole(0, MAX_WEIGHT),
            "odds": _mapping(ODDS, dict.fromkeys(VERDICTS, _whole(0, MAX_ODDS))),
        },
    )
    return {"name": _text(MAX_TITLE), "given": conditions, "expect": expect | {"minProperties": 1}}


def _mapping(construct: Construct, values: Mapping[str, Schema]) -> Schema:
    """Return a mapping with exactly the keys of a construct; ``values`` may have more."""
    mapping: Schema = {
        "type": "object",
        "properties": {key: values[key] for key in construct.allowed},
        "additionalProperties": False,
    }
    if construct.required:
        mapping["required"] = list(construct.required)
    return mapping


def _named(definition: str) -> Schema:
    return {
        "type": "object",
        "propertyNames": {"pattern": _ID_PATTERN, "maxLength": MAX_ID},
        "additionalProperties": _ref(definition),
    }


def _list(item: Schema, *, filled: bool = False) -> Schema:
    return {"type": "array", "items": item} | ({"minItems": 1} if filled else {})


def _ref(name: str) -> Schema:
    return {"$ref": f"#/$defs/{name}"}


def _id() -> Schema:
    return {
        "type": ["string", "integer", "boolean"],
        "pattern": _ID_PATTERN,
        "maxLength": MAX_ID,
        "minimum": 0,
    }


def _label() -> Schema:
    return _text(MAX_LABEL) | {"pattern": "^\\s*\\S[^\\n\\r]*$"}


def _note() -> Schema:
    return _text(MAX_NOTE)


def _text(longest: int | None = None) -> Schema:
    limits = {} if longest is None else {"maxLength": longest}
    return {"type": _SCALARS, "pattern": "\\S", **limits}


def _whole(low: int, high: int) -> Schema:
    return {"type": "integer", "minimum": low, "maximum": high}
