"""The table of API routes.

Each route is declared once; requests are validated against the declaration, and the OpenAPI
document is generated from it.
"""

from __future__ import annotations

import gzip
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import orjson
from flask import Blueprint, Response, request

from smashpass.bootstrap.container import Container
from smashpass.services.decks.viewers import ViewerState
from smashpass.web.http.identity import Identity
from smashpass.web.http.reading import Parameter, body, parameter_reader
from smashpass.web.http.schema import Schema

Access = Literal["nobody", "viewer"] | str
"""Who may call a route: anybody, a viewer, or an admin with at least the named role."""

SMALL_BODY = 1 << 18
LARGE_BODY = 5 << 19
PACKED_FROM = 1 << 15
"""Bytes from which a JSON answer is packed: 100 explained cards shrink from 240 KB to a tenth."""

_PICTURE = re.compile(rb'("(?:small|large)":")(/media/[0-9a-f]{64}-(?:small|large)\.webp")')


@dataclass(frozen=True, slots=True)
class ApiRequest:
    """One validated request. ``viewer`` is None on public routes; ``admin`` names the account."""

    services: Container
    args: Mapping[str, Any]
    body: Any
    path: Mapping[str, str]
    viewer: ViewerState | None
    admin: str = ""

    @property
    def state(self) -> ViewerState:
        """The viewer of a route that needs one."""
        assert self.viewer is not None
        return self.viewer


Handler = Callable[[ApiRequest], Any]


@dataclass(frozen=True, slots=True)
class Route:
    """One row of the table.

    Attributes:
        path: Below ``/api/v1``, with parts in braces.
        answers: Status → schema of the body, None for an empty one; the first is the default.
        body: Schema of the JSON body, None for a request without one.
        limit: Maximum size of the body in bytes.
        problems: Statuses of problem documents specific to this route.
    """

    method: str
    path: str
    summary: str
    handler: Handler
    access: Access
    answers: Mapping[int, Schema | None]
    parameters: Sequence[Parameter] = ()
    body: Schema | None = None
    limit: int = SMALL_BODY
    problems: Sequence[int] = ()
    tag: str = "library"


@dataclass(slots=True)
class RouteTable:
    """Routes of one part of the API."""

    tag: str
    routes: list[Route] = field(default_factory=list)

    def add(
        self,
        method: str,
        path: str,
        *,
        access: Access,
        answers: Mapping[int, Schema | None],
        parameters: Sequence[Parameter] = (),
        body: Schema | None = None,
        limit: int = SMALL_BODY,
        problems: Sequence[int] = (),
    ) -> Callable[[Handler], Handler]:
        """Register the decorated function; the first line of its docstring is the summary."""

        def take(handler: Handler) -> Handler:
            summary = (handler.__doc__ or "").partition("\n")[0]
            self.routes.append(
                Route(
                    method, path, summary, handler, access, answers, parameters, body, limit,
                    problems, self.tag,
                )
            )  # fmt: skip
            return handler

        return take


def mount(
    blueprint: Blueprint, routes: Sequence[Route], services: Container, identity: Identity
) -> None:
    """Add ``routes`` to a blueprint."""
    for route in routes:
        rule = route.path.replace("{", "<").replace("}", ">")
        name = f"{route.method.lower()}_{route.path.strip('/').replace('/', '_')}"
        blueprint.add_url_rule(
            rule,
            endpoint="".join(letter for letter in name if letter.isalnum() or letter == "_"),
            view_func=_view(route, services, identity),
            methods=[route.method],
        )


def _view(route: Route, services: Container, identity: Identity) -> Callable[..., Response]:
    """Return the function that Flask calls for a route."""
    usual = next(iter(route.answers))
    read_parameters = parameter_reader(route.parameters)

    def view(**path: str) -> Response:
        viewer, admin = None, ""
        if route.access == "viewer":
            viewer = identity.viewer()
        elif route.access != "nobody":
            admin = identity.admin(route.access)
        args = read_parameters() if route.parameters else {}
        content = body(route.body, route.limit) if route.body is not None else None
        result = route.handler(ApiRequest(services, args, content, path, viewer, admin))
        if isinstance(result, Response):
            answer = result
        elif isinstance(result, tuple):
            answer = _json(result[1], result[0])
        else:
            answer = _json(result, usual)
        identity.remember(answer)
        return answer

    return view


def _json(content: object, status: int) -> Response:
    """Return a JSON response; None makes an empty one."""
    if content is None:
        answer = Response(b"", status)
        answer.headers.pop("Content-Type", None)
    else:
        written = _below_prefix(orjson.dumps(content), request.script_root)
        answer = Response(written, status, content_type="application/json")
        if len(written) >= PACKED_FROM and request.accept_encodings["gzip"] > 0:
            # Nothing secret is in an answer of this length, so its size may depend on its content.
            answer.set_data(gzip.compress(written, 1, mtime=0))
            answer.content_encoding = "gzip"
            answer.vary.add("Accept-Encoding")
    answer.headers["Cache-Control"] = "no-store"
    return answer


def _below_prefix(written: bytes, root: str) -> bytes:
    """Prefix the addresses of pictures with the path prefix of a proxy.

    Cards are cached as JSON for all requests. Quotation marks inside JSON strings are escaped,
    so only members with these names and this form match.
    """
    if not root:
        return written
    return _PICTURE.sub(rb"\1" + root.encode() + rb"\2", written)
