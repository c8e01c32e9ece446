"""The OpenAPI document, generated from the route table, and its page."""

from __future__ import annotations

import re
from collections.abc import Sequence
from http import HTTPStatus
from typing import Any

from flask import Blueprint, Response, jsonify, render_template, request

from smashpass import __version__
from smashpass.web.http.problems import MEDIA_TYPE
from smashpass.web.http.routing import Route
from smashpass.web.http.schemas import PROBLEM
from smashpass.web.http.versions import HEADER

_POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self'; manifest-src 'self'; "
    "base-uri 'none'; frame-ancestors 'none'"
)
_OUTSIDE = (
    "A trailing slash is ignored. Bodies are sent without Content-Encoding.\n\n"
    "Some failures are answered by the HTTP server before this program sees the request, with a "
    "short HTML text and no problem document: 400 for malformed HTTP or a forbidden header, "
    "408 for requests that do not arrive in time, 414 for a request line above 8,190 bytes, "
    "417 for an unknown expectation, 431 for more than 60 header fields or one above 8,190 bytes, "
    "501 for an unknown transfer coding."
)
_COMMON_STATUSES = (400, 404, 405, 409, 500, 503)
_VERSION = {
    "name": HEADER,
    "in": "header",
    "required": False,
    "description": "A library version, as given by responses in the header of the same name: the "
    "response reflects that version or a newer one, or is 409 `stale` if this worker cannot "
    "reach it within a second. Lets clients read their own writes from any worker.",
    "schema": {"type": "integer", "minimum": 0},
}


def add(api: Blueprint, routes: Sequence[Route]) -> None:
    """Add ``/openapi.json`` and ``/docs`` for ``routes`` to the API."""

    @api.get("/openapi.json")
    def openapi() -> Response:
        return jsonify(document(routes, request.script_root))

    @api.get("/docs")
    def docs() -> Response:
        groups: dict[str, list[Route]] = {}
        for route in routes:
            groups.setdefault(route.tag, []).append(route)
        answer = Response(render_template("docs.html", groups=groups, version=__version__))
        answer.headers["Content-Security-Policy"] = _POLICY
        return answer


def document(routes: Sequence[Route], root: str = "") -> dict[str, Any]:
    """Return the OpenAPI 3.1 document; ``root`` is the path prefix of a proxy."""
    paths: dict[str, dict[str, Any]] = {}
    for route in routes:
        operation = _operation(route)
        paths.setdefault(f"/api/v1{route.path}", {})[route.method.lower()] = operation
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "smashpass",
            "version": __version__,
            "description": "Swipe decks over a library of tagged images, with explained "
            "decisions.\n\n" + _OUTSIDE,
            "license": {"name": "MIT", "identifier": "MIT"},
        },
        "servers": [{"url": root or "/"}],
        "paths": paths,
        "components": {
            "schemas": {"Problem": PROBLEM},
            "securitySchemes": {
                "viewer": {"type": "http", "scheme": "bearer"},
                "viewerCookie": {"type": "apiKey", "in": "cookie", "name": "viewer"},
                "admin": {"type": "http", "scheme": "bearer"},
            },
        },
    }


def _operation(route: Route) -> dict[str, Any]:
    """Return the operation object of one route."""
    statuses = {*_COMMON_STATUSES, *route.problems}
    security: list[dict[str, list[str]]] = []
    if route.access == "viewer":
        statuses |= {401, 403}
        security = [{"viewer": []}, {"viewerCookie": []}]
    elif route.access != "nobody":
        statuses |= {401, 403}
        security = [{"admin": []}]
    operation: dict[str, Any] = {
        "operationId": re.sub(r"\W+", "_", f"{route.method.lower()}{route.path}").strip("_"),
        "summary": route.summary,
        "tags": [route.tag],
        "security": security,
        "parameters": [
            *_path_parameters(route.path),
            *_query_parameters(route),
            _VERSION,
        ],
        "responses": {},
    }
    if route.body is not None:
        statuses |= {413, 415}
        operation["requestBody"] = {
            "required": True,
            "content": {"application/json": {"schema": route.body}},
        }
    for status, schema in route.answers.items():
        answer: dict[str, Any] = {"description": HTTPStatus(status).phrase}
        if schema is not None:
            answer["content"] = {"application/json": {"schema": schema}}
        operation["responses"][str(status)] = answer
    problem = {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}
    if route.parameters:
        too_long = "The address exceeds 8,190 bytes; answered by the HTTP server"
        operation["responses"]["414"] = {"description": too_long}
    for status in sorted(statuses):
        description = HTTPStatus(status).phrase
        operation["responses"][str(status)] = {"description": description, "content": problem}
    return operation


def _path_parameters(path: str) -> list[dict[str, Any]]:
    return [
        {
            "name": name,
            "in": "path",
            "required": True,
            "schema": {"type": "string", "minLength": 1},
        }
        for name in re.findall(r"\{(\w+)\}", path)
    ]


def _query_parameters(route: Route) -> list[dict[str, Any]]:
    documented = []
    for parameter in route.parameters:
        schema = dict(parameter.schema)
        if parameter.default not in (None, False):
            schema["default"] = parameter.default
        documented.append(
            {
                "name": parameter.name,
                "in": "query",
                "required": parameter.required,
                "description": parameter.description,
                "schema": schema,
            }
        )
    return documented
