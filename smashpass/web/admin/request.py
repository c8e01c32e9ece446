"""The table of admin pages: what a page is asked, what it may answer, and who may ask."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import orjson
from flask import Response, redirect, render_template, request
from werkzeug.datastructures import MultiDict

from smashpass.bootstrap.installation import Installation
from smashpass.core.people.account import Account, Session

PREFIX = "/admin"
ORIGIN = "admin"
"""The door through which acts on these pages come, in logs and the audit trail."""
TOLD_COOKIE = "told"
"""One message for the page that comes next."""

_TOLD_S = 60
_LONGEST_MESSAGE = 600


@dataclass(frozen=True, slots=True)
class AdminRequest:
    """One request of somebody who is signed in and may ask this; ``section`` is of the page."""

    parts: Installation
    session: Session
    path: Mapping[str, str]
    section: str

    @property
    def account(self) -> Account:
        """Who asks."""
        return self.session.account

    @property
    def args(self) -> MultiDict[str, str]:
        """The query of the address."""
        return request.args

    @property
    def form(self) -> MultiDict[str, str]:
        """What a form sent."""
        return request.form

    @property
    def wants_json(self) -> bool:
        """Whether a module asks, not a person."""
        return wants_json()

    def page(self, template: str, status: int = 200, **values: object) -> Response:
        """Return the page that a template of ``templates/admin`` makes."""
        content = render_template(f"admin/{template}", section=self.section, **values)
        return Response(content, status, content_type="text/html; charset=utf-8")

    def go(self, path: str, told: str = "") -> Response:
        """Return the answer that leads to another page, which shows the message ``told`` once."""
        answer = redirect(address(path), 303)
        assert isinstance(answer, Response)
        if told:
            answer.set_cookie(
                TOLD_COOKIE,
                told[:_LONGEST_MESSAGE].encode().hex(),
                max_age=_TOLD_S,
                path=address(""),
                httponly=True,
                samesite="Lax",
                secure=request.is_secure,
            )
        return answer

    def json(self, body: object, status: int = 200) -> Response:
        """Return data for a module."""
        return Response(orjson.dumps(body), status, content_type="application/json")


Handler = Callable[[AdminRequest], Response]


@dataclass(frozen=True, slots=True)
class PageRoute:
    """One row of the table: ``path`` is below ``/admin``, in the form of Flask."""

    method: str
    path: str
    who: str
    handler: Handler
    section: str
    large: bool


@dataclass(slots=True)
class PageRoutes:
    """The pages of one part, all in one section of the navigation."""

    section: str
    rows: list[PageRoute] = field(default_factory=list)

    def get(self, path: str, *, who: str) -> Callable[[Handler], Handler]:
        """Make the function below the page at ``path``; it changes nothing."""
        return self._add("GET", path, who, large=False)

    def post(self, path: str, *, who: str, large: bool = False) -> Callable[[Handler], Handler]:
        """Make the function below what a form sends to ``path``."""
        return self._add("POST", path, who, large=large)

    def _add(
        self, method: str, path: str, who: str, *, large: bool
    ) -> Callable[[Handler], Handler]:
        def take(handler: Handler) -> Handler:
            self.rows.append(PageRoute(method, path, who, handler, self.section, large))
            return handler

        return take


def address(path: str) -> str:
    """Return the address of a path below ``/admin``."""
    return f"{request.script_root}{PREFIX}{path}"


def wants_json() -> bool:
    """Tell whether this request is of a module."""
    kinds = ("text/html", "application/json")
    return request.accept_mimetypes.best_match(kinds, "text/html") == "application/json"
