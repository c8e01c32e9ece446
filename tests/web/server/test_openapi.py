"""The OpenAPI document: whole, and true of requests nobody thought of."""

from __future__ import annotations

import json
import re
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

_METHODS = {"get", "post", "patch", "delete", "put"}


def _operations(document: Any) -> list[tuple[str, str, Any]]:
    return [
        (path, method, operation)
        for path, operations in document["paths"].items()
        for method, operation in operations.items()
    ]


def _schemas(part: Any) -> list[Any]:
    """Every value of a member called ``schema``, at any depth."""
    if isinstance(part, list):
        return [schema for part_value in part for schema in _schemas(part_value)]
    if not isinstance(part, dict):
        return []
    schemas = [part["schema"]] if isinstance(part.get("schema"), dict) else []
    return schemas + [schema for part_value in part.values() for schema in _schemas(part_value)]


def test_the_document_has_the_form_of_openapi_3_1(shared: Any) -> None:
    document = shared.document
    assert re.fullmatch(r"3\.1\.\d+", document["openapi"])
    assert document["info"]["title"]
    assert document["info"]["version"]
    names: set[str] = set()
    for path, method, operation in _operations(document):
        where = f"{method} {path}"
        assert path.startswith("/api/v1/"), where
        assert method in _METHODS, where
        assert operation["operationId"] not in names, where
        names.add(operation["operationId"])
        assert operation["summary"], where
        placed = [
            parameter["name"] for parameter in operation["parameters"] if parameter["in"] == "path"
        ]
        assert sorted(placed) == sorted(re.findall(r"\{(\w+)\}", path)), where
        keys = [(parameter["in"], parameter["name"]) for parameter in operation["parameters"]]
        assert len(keys) == len(set(keys)), where
        assert all(
            parameter["required"]
            for parameter in operation["parameters"]
            if parameter["in"] == "path"
        )
        for status, answer in operation["responses"].items():
            assert re.fullmatch(r"[2-5]\d\d", status), where
            assert answer["description"], where
        for requirement in operation["security"]:
            assert set(requirement) <= set(document["components"]["securitySchemes"]), where
        if "requestBody" in operation:
            assert method in {"post", "patch", "put"}, where


def test_every_schema_is_one(shared: Any) -> None:
    problem = shared.document["components"]["schemas"]["Problem"]
    Draft202012Validator.check_schema(problem)
    schemas = _schemas(shared.document["paths"])
    for schema in schemas:
        if schema.get("$ref"):
            assert schema == {"$ref": "#/components/schemas/Problem"}
        else:
            Draft202012Validator.check_schema(schema)
    assert len(schemas) > 100


def test_answers_hold_for_another_validator_too(shared: Any, viewer: Any) -> None:
    viewer.swipe(("a", shared.image(1), "smash"))
    queries = {
        "/deck": {"explain": 1, "q": "beard", "tree": "faces"},
        "/search": {"q": "glasses"},
        "/tags": {"prefix": "h"},
        "/rules": {},
        "/me": {},
        "/me/swipes": {},
        "/me/export": {},
        "/me/taste": {},
        "/transparency": {},
    }
    for path, parameters in queries.items():
        content = shared.document["paths"][f"/api/v1{path}"]["get"]["responses"]["200"]["content"]
        validator = Draft202012Validator(content["application/json"]["schema"])
        assert list(validator.iter_errors(viewer.good(path, **parameters))) == []


def test_all_that_the_interface_names_is_documented(shared: Any) -> None:
    documented = {(method, path) for path, method, _ in _operations(shared.document)}
    for row in (
        "post /viewers", "get /deck", "post /swipes", "delete /swipes/{id}", "post /decisions",
        "get /images/{id}", "get /search", "get /tags", "get /rules", "get /rules/{revision}",
        "get /me", "get /me/swipes", "get /me/export", "delete /me", "get /transparency",
        "post /notices",
    ):  # fmt: skip
        method, path = row.split()
        assert (method, f"/api/v1{path}") in documented


def _values(schema: Any) -> st.SearchStrategy[Any]:
    """Values that are often of a schema, and often nearly so."""
    kind = schema.get("type")
    wild = st.none() | st.integers() | st.text(max_size=5) | st.lists(st.booleans(), max_size=2)
    if "enum" in schema:
        strategy: st.SearchStrategy[Any] = st.sampled_from(schema["enum"])
    elif kind == "object":
        properties = {name: _values(part) for name, part in schema.get("properties", {}).items()}
        required = {name: properties.pop(name) for name in schema.get("required", ())}
        strategy = st.fixed_dictionaries(required, optional=properties)
    elif kind == "array":
        strategy = st.lists(
            _values(schema["items"]), min_size=schema.get("minItems", 0), max_size=3
        )
    elif kind == "boolean":
        strategy = st.booleans()
    elif kind in ("integer", "number"):
        low, high = schema.get("minimum"), schema.get("maximum")
        strategy = st.integers(
            None if low is None else int(low), None if high is None else int(high)
        )
    elif "anyOf" in schema:
        strategy = st.one_of(*map(_values, schema["anyOf"]))
    else:
        strategy = st.sampled_from(
            ["beard", "new", "faces", "2026-11-01T12:00:00Z", "a", "0", "-1"]
        )
        strategy = strategy | st.text(max_size=5)
    return st.one_of(strategy, strategy, strategy, strategy, strategy, wild)


@given(data=st.data())
def test_no_request_that_the_document_suggests_breaks_the_server(
    shared: Any, data: st.DataObject
) -> None:
    viewer = shared.app.extensions.get("fuzzing viewer") or shared.new_viewer()
    shared.app.extensions["fuzzing viewer"] = viewer
    path, method, operation = data.draw(
        st.sampled_from(
            [
                candidate
                for candidate in _operations(shared.document)
                if candidate[:2] != ("/api/v1/me", "delete")
            ]
        )
    )
    text = path.removeprefix("/api/v1")
    for name in re.findall(r"\{(\w+)\}", path):
        image = shared.image(data.draw(st.integers(1, 303)))
        text = text.replace(f"{{{name}}}", data.draw(st.sampled_from([image, "x", "1", "%00"])))
    query = {
        candidate["name"]: data.draw(_values(candidate["schema"]))
        for candidate in operation["parameters"]
        if candidate["in"] == "query" and data.draw(st.booleans())
    }
    options: dict[str, Any] = {"query_string": query}
    if "requestBody" in operation:
        schema = operation["requestBody"]["content"]["application/json"]["schema"]
        options["data"] = json.dumps(data.draw(_values(schema)))
        options["content_type"] = "application/json"
    answer = viewer.ask(method.upper(), text, **options)
    assert answer.status < 500
    assert str(answer.status) in operation["responses"]
