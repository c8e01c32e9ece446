"""Signing in and out: ``/admin/login`` and ``/admin/logout``."""

from __future__ import annotations

from urllib.parse import urlsplit

from flask import Blueprint, Response, redirect, render_template, request

from smashpass.bootstrap.container import Container
from smashpass.core.errors import NotPossible
from smashpass.services.accounts.attempts import TooManyAttempts
from smashpass.services.accounts.first_step import FIRST_STEP_S
from smashpass.services.accounts.verify import CodeNeeded, Proof, WrongCredentials
from smashpass.web.admin.auth import (
    current_session,
    give_cookie,
    remember_device,
    require_own_form,
    take_cookie,
)
from smashpass.web.admin.request import PREFIX, address
from smashpass.web.http.identity import require_same_origin
from smashpass.web.http.rate import RateLimit

STEP_COOKIE = "sign_in_step"
ATTEMPTS = 30
"""Attempts per client address in 15 minutes, for all names together."""

_STATUS: dict[type, int] = {
    TooManyAttempts: 429,
    WrongCredentials: 403,
    NotPossible: 503,
}


def add(blueprint: Blueprint, services: Container) -> None:
    """Add the routes that need no session."""
    limit = RateLimit("sign-in", ATTEMPTS, seconds=15 * 60)

    @blueprint.get("/login")
    def login() -> Response:
        """The form; redirects if already signed in."""
        if current_session(services) is not None:
            return _on(request.args.get("next", ""))
        return _form(request.args.get("next", ""))

    @blueprint.post("/login")
    def enter() -> Response:
        """Sign in, or show the form again with the error."""
        require_same_origin()
        form = request.form
        name, next_address = form.get("name", ""), form.get("next", "")
        cookie_name = services.sign_in.device_cookie_name(name)
        device_cookie = request.cookies.get(cookie_name, "")
        device = services.sign_in.device_of(name, device_cookie)
        if (
            not device
        ):  # known devices are counted separately, unaffected by others at the same address
            limit.take(services.rate_limits)
        proof = Proof(
            form.get("password", ""), form.get("code", ""), request.remote_addr or "", device
        )
        agent, note = request.headers.get("User-Agent", ""), request.cookies.get(STEP_COOKIE, "")
        second = "password" not in form and services.sign_in.password_proven(name, note)
        try:
            if "password" in form:
                session_cookie = services.sign_in.enter(name, proof, agent=agent)
            else:
                session_cookie = services.sign_in.enter_code(name, proof, note, agent=agent)
        except CodeNeeded as needed:
            answer = _form(next_address, str(needed) if second else "", name, code_step=True)
            if not second:
                _set_step(answer, services.sign_in.first_step(name))
            return answer
        except (TooManyAttempts, WrongCredentials, NotPossible) as refused:
            status = _STATUS[type(refused)]
            answer = _form(next_address, str(refused), name, status, code_step=second)
            if isinstance(refused, TooManyAttempts):
                answer.headers["Retry-After"] = str(refused.wait_s)
            return answer
        answer = _on(next_address)
        _set_step(answer, "")
        give_cookie(answer, session_cookie)
        remember_device(
            answer,
            cookie_name,
            device_cookie if device else services.sign_in.new_device(name),
        )
        return answer

    @blueprint.post("/logout")
    def leave() -> Response:
        """End this session."""
        session = current_session(services)
        if session is not None:
            require_same_origin()
            require_own_form(session)
            services.sign_in.leave(session)
        answer = redirect(address("/login"), 303)
        assert isinstance(answer, Response)
        take_cookie(answer)
        return answer


def _set_step(answer: Response, note: str) -> None:
    """Set the cookie that a right password left for the code step; "" deletes it."""
    answer.set_cookie(
        STEP_COOKIE,
        note,
        max_age=FIRST_STEP_S if note else 0,
        path=address("/login"),
        httponly=True,
        samesite="Strict",
        secure=request.is_secure,
    )


def _form(
    next_address: str,
    problem: str = "",
    name: str = "",
    status: int = 200,
    *,
    code_step: bool = False,
) -> Response:
    """Return the form of a step, with the error of the last attempt."""
    content = render_template(
        "admin/login.html", next=next_address, wrong=problem, name=name, code_step=code_step
    )
    return Response(content, status, content_type="text/html; charset=utf-8")


def _on(next_address: str) -> Response:
    """Redirect to the requested admin page, if the address is ours."""
    parts = urlsplit(next_address)
    ours = (
        next_address.startswith(f"{request.script_root}{PREFIX}")
        and not parts.scheme
        and not parts.netloc
        and "\\" not in next_address
        and next_address.isprintable()
    )
    answer = redirect(next_address if ours else address(""), 303)
    assert isinstance(answer, Response)
    return answer
