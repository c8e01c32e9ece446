"""Access to admin pages: session cookie, role, and CSRF token."""

from __future__ import annotations

import hmac
from collections.abc import Callable
from urllib.parse import quote

from flask import Response, g, redirect, request

from smashpass.bootstrap.container import Container
from smashpass.core.people.account import Session, role_includes
from smashpass.web.admin.request import AdminRequest, PageRoute, address, wants_json
from smashpass.web.http.identity import require_same_origin
from smashpass.web.http.problems import RequestRefused
from smashpass.web.http.routing import LARGE_BODY, SMALL_BODY

COOKIE = "admin"
DEVICE_COOKIE_S = 400 * 24 * 3_600
CSRF_FIELD = "csrf"
CSRF_HEADER = "X-CSRF"


def view(page: PageRoute, services: Container) -> Callable[..., Response]:
    """Return the function that Flask calls for a page."""

    def show(**path: str) -> Response:
        session = current_session(services)
        if session is None:
            return _to_sign_in(page)
        g.admin = session.account.name
        if page.method == "POST":
            request.max_content_length = LARGE_BODY if page.large else SMALL_BODY
            require_same_origin()
            require_own_form(session)
        if not role_includes(session.account.role, page.role):
            raise RequestRefused(
                403,
                "wrong_role",
                f"{session.account.name} is {session.account.role}; this needs {page.role}",
            )
        return page.handler(AdminRequest(services, session, path, page.section))

    return show


def current_session(services: Container) -> Session | None:
    """Return the session of this request, or None; looked up once per request."""
    if "session" not in g:
        g.session = services.sign_in.session_of(request.cookies.get(COOKIE, ""))
    session: Session | None = g.session
    return session


def require_own_form(session: Session) -> None:
    """Refuse a request that was not sent by a form or module of this session.

    Raises:
        RequestRefused: The CSRF token is missing or wrong.
    """
    token = request.headers.get(CSRF_HEADER) or request.form.get(CSRF_FIELD, "")
    if not hmac.compare_digest(token.encode(), session.csrf.encode()):
        raise RequestRefused(
            403,
            "forged_form",
            "this form does not belong to your session; go back, reload the page and send it again",
        )


def give_cookie(answer: Response, cookie: str) -> None:
    """Set the session cookie, which is sent to the admin pages only."""
    answer.set_cookie(
        COOKIE,
        cookie,
        path=address(""),
        httponly=True,
        samesite="Lax",
        secure=request.is_secure,
    )


def remember_device(answer: Response, name: str, cookie: str) -> None:
    """Set the cookie that recognises a browser at the next sign-in; it survives signing out."""
    answer.set_cookie(
        name,
        cookie,
        max_age=DEVICE_COOKIE_S,
        path=address("/login"),
        httponly=True,
        samesite="Lax",
        secure=request.is_secure,
    )


def take_cookie(answer: Response) -> None:
    """Delete the session cookie."""
    answer.delete_cookie(
        COOKIE, path=address(""), httponly=True, samesite="Lax", secure=request.is_secure
    )


def _to_sign_in(page: PageRoute) -> Response:
    """Redirect to the sign-in page, which leads back to the requested page."""
    if page.method != "GET" or wants_json():
        raise RequestRefused(
            401, "sign_in_required", "your session has ended; sign in and send it again"
        )
    query = request.query_string.decode("utf-8", "replace")
    target = request.script_root + request.path + (f"?{query}" if query else "")
    answer = redirect(address(f"/login?next={quote(target, safe='')}"), 303)
    assert isinstance(answer, Response)
    return answer
