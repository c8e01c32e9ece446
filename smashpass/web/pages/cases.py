"""``/notices/TOKEN``: the status of a notice, for anyone who has its address."""

from __future__ import annotations

from flask import Blueprint, Response, redirect, render_template, request

from smashpass.bootstrap.container import Container
from smashpass.core.errors import BadInput, Conflict, NotFound, SmashpassError
from smashpass.core.operations.notice import HOUR, KINDS, OUTCOMES
from smashpass.services.moderation.cases import MAX_APPEAL
from smashpass.web.http.routing import SMALL_BODY
from smashpass.web.languages import chosen

_STATUS: tuple[tuple[type[SmashpassError], int], ...] = ((BadInput, 400), (Conflict, 409))


def add_cases(pages: Blueprint, services: Container) -> None:
    """Add the public pages of cases to the pages of a site."""

    @pages.get("/notices/<token>")
    def case(token: str) -> Response:
        """A case: the notice, the decision with its reasons, and how to appeal."""
        return _page(services, token)

    @pages.post("/notices/<token>")
    def appeal(token: str) -> Response:
        """Appeal against the decision; uses no cookie, so cross-site forgery is impossible."""
        request.max_content_length = SMALL_BODY
        try:
            services.moderation.appeal(token, request.form.get("text", ""))
        except (BadInput, Conflict) as error:
            return _page(services, token, error)
        answer = redirect(request.script_root + request.path, 303)
        assert isinstance(answer, Response)
        return answer


def _page(services: Container, token: str, error: SmashpassError | None = None) -> Response:
    """Return the page of a case; an unknown one looks like any missing page."""
    try:
        notice = services.moderation.case_of_token(token)
    except NotFound:
        content = render_template("notice.html", case=None)
        return _answer(content, 404)
    now = services.clock()
    content = render_template(
        "notice.html",
        case=notice,
        error=error,
        typed=request.form.get("text", ""),
        hours_left=(notice.due_at - now) // HOUR,
        kinds=KINDS,
        outcomes=OUTCOMES,
        longest=MAX_APPEAL,
    )
    status = next((number for kind, number in _STATUS if isinstance(error, kind)), 200)
    return _answer(content, status)


def _answer(content: str, status: int) -> Response:
    """Return a response that is neither cached nor indexed."""
    answer = Response(content, status, content_type="text/html; charset=utf-8")
    answer.headers["Cache-Control"] = "no-store"
    answer.headers["X-Robots-Tag"] = "noindex"
    answer.content_language.add(chosen().tag)
    return answer
