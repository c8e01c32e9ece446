"""Admin pages as a table: requests, responses and required roles."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import orjson
from flask import Response, flash, redirect, render_template, request, session
from werkzeug.datastructures import MultiDict

from smashpass.bootstrap.container import Container
from smashpass.core.people.account import Account, Session
from smashpass.web.languages import labels_of

PREFIX = "/admin"
ORIGIN = "admin"
"""Origin of actions through these pages, in logs and the audit trail."""

_LONGEST_MESSAGE = 600


@dataclass(frozen=True, slots=True)
class AdminRequest:
    """One authorised request of a signed-in account; ``section`` is that of the page."""

    services: Container
    session: Session
    path: Mapping[str, str]
    section: str

    @property
    def account(self) -> Account:
        """The signed-in account."""
        return self.session.account

    @property
    def args(self) -> MultiDict[str, str]:
        """The query parameters."""
        return request.args

    @property
    def form(self) -> MultiDict[str, str]:
        """The form fields."""
        return request.form

    @property
    def labels(self) -> Mapping[str, str]:
        """The operator's names of the verdicts."""
        return labels_of(self.services.settings)

    @property
    def root(self) -> str:
        """The path of the application, without a slash at its end."""
        return request.script_root

    @property
    def wants_json(self) -> bool:
        """Whether a JavaScript module sent the request."""
        return wants_json()

    def page(self, template: str, status: int = 200, **values: object) -> Response:
        """Render a template of ``templates/admin``."""
        content = render_template(f"admin/{template}", section=self.section, **values)
        return Response(content, status, content_type="text/html; charset=utf-8")

    def go(self, path: str, message: str = "") -> Response:
        """Redirect to another page, which shows the flash ``message`` once."""
        answer = redirect(address(path), 303)
        assert isinstance(answer, Response)
        if message:
            session.clear()
            flash(message[:_LONGEST_MESSAGE])
        return answer

    def json(self, body: object, status: int = 200) -> Response:
        """Return JSON for a module."""
        return Response(orjson.dumps(body), status, content_type="application/json")


Handler = Callable[[AdminRequest], Response]


@dataclass(frozen=True, slots=True)
class PageRoute:
    """One row of the table: ``path`` is below ``/admin``, in Flask's syntax."""

    method: str
    path: str
    role: str
    handler: Handler
    section: str
    large: bool


@dataclass(slots=True)
class PageRoutes:
    """The pages of one part, all in one section of the navigation."""

    section: str
    rows: list[PageRoute] = field(default_factory=list)

    def get(self, path: str, *, role: str) -> Callable[[Handler], Handler]:
        """Register the decorated function as the page at ``path``."""
        return self._add("GET", path, role, large=False)

    def post(self, path: str, *, role: str, large: bool = False) -> Callable[[Handler], Handler]:
        """Register the decorated function as the handler of forms sent to ``path``."""
        return self._add("POST", path, role, large=large)

    def _add(
        self, method: str, path: str, role: str, *, large: bool
    ) -> Callable[[Handler], Handler]:
        def take(handler: Handler) -> Handler:
            self.rows.append(PageRoute(method, path, role, handler, self.section, large))
            return handler

        return take


def address(path: str) -> str:
    """Return the address of a path below ``/admin``."""
    return f"{request.script_root}{PREFIX}{path}"


def wants_json() -> bool:
    """Return whether a JavaScript module sent this request."""
    kinds = ("text/html", "application/json")
    return request.accept_mimetypes.best_match(kinds, "text/html") == "application/json"
