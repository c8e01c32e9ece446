"""Who may see an admin page: a session by its cookie, a role, and a form of our own."""

from __future__ import annotations

import hmac
from collections.abc import Callable
from urllib.parse import quote

from flask import Response, g, redirect, request

from smashpass.bootstrap.installation import Installation
from smashpass.core.people.account import Session, role_includes
from smashpass.web.admin.request import AdminRequest, PageRoute, address, wants_json
from smashpass.web.http.identity import require_same_origin
from smashpass.web.http.problems import RequestRefused
from smashpass.web.http.routing import LARGE_BODY, SMALL_BODY

COOKIE = "admin"
DEVICE_COOKIE_S = 400 * 24 * 3_600
CSRF_FIELD = "csrf"
CSRF_HEADER = "X-CSRF"


def view(page: PageRoute, parts: Installation) -> Callable[..., Response]:
    """Return the function that Flask calls for a page."""

    def show(**path: str) -> Response:
        session = current_session(parts)
        if session is None:
            return _to_sign_in(page)
        g.admin = session.account.name
        if page.method == "POST":
            request.max_content_length = LARGE_BODY if page.large else SMALL_BODY
            require_same_origin()
            require_own_form(session)
        if not role_includes(session.account.role, page.who):
            raise RequestRefused(
                403,
                "wrong_role",
                f"{session.account.name} is {session.account.role}; this needs {page.who}",
            )
        return page.handler(AdminRequest(parts, session, path, page.section))

    return show


def current_session(parts: Installation) -> Session | None:
    """Return the session of this request, or None; it is looked up once a request."""
    if "session" not in g:
        g.session = parts.sessions.of(request.cookies.get(COOKIE, ""))
    found: Session | None = g.session
    return found


def require_own_form(session: Session) -> None:
    """Refuse what was not sent by a form or module of this session.

    Raises:
        Refused: The secret of the session is not in it.
    """
    given = request.headers.get(CSRF_HEADER) or request.form.get(CSRF_FIELD, "")
    if not hmac.compare_digest(given.encode(), session.csrf.encode()):
        raise RequestRefused(
            403,
            "forged_form",
            "this form is not of your session; go back, load the page again and send it once more",
        )


def give_cookie(answer: Response, cookie: str) -> None:
    """Put the cookie of a session into the browser; it is sent to the admin pages alone."""
    answer.set_cookie(
        COOKIE,
        cookie,
        path=address(""),
        httponly=True,
        samesite="Lax",
        secure=request.is_secure,
    )


def remember_device(answer: Response, name: str, cookie: str) -> None:
    """Let a browser be known when somebody signs in the next time; signing out keeps that."""
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
    """Take it out of the browser."""
    answer.delete_cookie(
        COOKIE, path=address(""), httponly=True, samesite="Lax", secure=request.is_secure
    )


def _to_sign_in(page: PageRoute) -> Response:
    """Return the way to the sign-in page, and from there back to what was asked for."""
    if page.method != "GET" or wants_json():
        raise RequestRefused(
            401, "sign_in_required", "your session has ended; sign in and send it again"
        )
    query = request.query_string.decode("utf-8", "replace")
    wanted = request.script_root + request.path + (f"?{query}" if query else "")
    answer = redirect(address(f"/login?next={quote(wanted, safe='')}"), 303)
    assert isinstance(answer, Response)
    return answer
