"""The way in and out: ``/admin/login`` and ``/admin/logout``."""

from __future__ import annotations

from urllib.parse import urlsplit

from flask import Blueprint, Response, redirect, render_template, request

from smashpass.bootstrap import Installation
from smashpass.services.signing_in import CodeNeeded, Locked, SignInRefused
from smashpass.web.admin.gate import current_session, give_cookie, require_own_form, take_cookie
from smashpass.web.admin.table import PREFIX, address
from smashpass.web.identity import require_same_origin
from smashpass.web.rate import RateLimit

ATTEMPTS = 30
"""An address may try so often in 15 minutes, at whatever names."""

_STATUS: dict[type, int] = {CodeNeeded: 200, Locked: 429, SignInRefused: 403}


def add(blueprint: Blueprint, parts: Installation) -> None:
    """Add the routes that need no session."""
    limit = RateLimit("sign-in", ATTEMPTS, seconds=15 * 60)

    @blueprint.get("/login")
    def login() -> Response:
        """The form; who is signed in already is led on."""
        if current_session(parts) is not None:
            return _on(request.args.get("next", ""))
        return _form(request.args.get("next", ""))

    @blueprint.post("/login")
    def enter() -> Response:
        """Sign in, or show the form again with what is wrong."""
        require_same_origin()
        limit.take(parts.rate_limits)
        form = request.form
        wanted = form.get("next", "")
        try:
            cookie = parts.signing_in.enter(
                form.get("name", ""),
                form.get("password", ""),
                form.get("code", ""),
                agent=request.headers.get("User-Agent", ""),
                address=request.remote_addr or "",
            )
        except (CodeNeeded, Locked, SignInRefused) as refused:
            return _form(wanted, str(refused), form.get("name", ""), _STATUS[type(refused)])
        answer = _on(wanted)
        give_cookie(answer, cookie)
        return answer

    @blueprint.post("/logout")
    def leave() -> Response:
        """End this session."""
        session = current_session(parts)
        if session is not None:
            require_same_origin()
            require_own_form(session)
            parts.signing_in.leave(session)
        answer = redirect(address("/login"), 303)
        assert isinstance(answer, Response)
        take_cookie(answer)
        return answer


def _form(wanted: str, wrong: str = "", name: str = "", status: int = 200) -> Response:
    """Return the form, with what is wrong with the last attempt."""
    content = render_template("admin/login.html", next=wanted, wrong=wrong, name=name)
    return Response(content, status, content_type="text/html; charset=utf-8")


def _on(wanted: str) -> Response:
    """Lead to an admin page: the one that was asked for, if it is one of ours."""
    parts = urlsplit(wanted)
    ours = (
        wanted.startswith(f"{request.script_root}{PREFIX}")
        and not parts.scheme
        and not parts.netloc
        and "\\" not in wanted
        and wanted.isprintable()
    )
    answer = redirect(wanted if ours else address(""), 303)
    assert isinstance(answer, Response)
    return answer
