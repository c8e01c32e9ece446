"""Problem documents (RFC 9457): every failure as ``application/problem+json``."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Mapping, Sequence
from http import HTTPStatus
from typing import Any

from flask import Flask, Response, g, request
from gunicorn.http.errors import NoMoreData, ParseException
from werkzeug.exceptions import HTTPException

from smashpass.core.errors import (
    BadInput,
    BadQuery,
    Busy,
    Conflict,
    DatabaseUnavailable,
    Gone,
    NotFound,
    NotPossible,
    RulesInvalid,
    SmashpassError,
    StaleVersion,
)

MEDIA_TYPE = "application/problem+json"
RETRY_AFTER_S = 2

_log = logging.getLogger(__name__)

_FOR_PROGRAMS = ("/api/", "/healthz", "/readyz", "/metrics")

_STATUS: Sequence[tuple[type[SmashpassError], int]] = (
    (BadInput, 400),
    (NotFound, 404),
    (Gone, 410),
    (StaleVersion, 409),
    (Conflict, 409),
    (DatabaseUnavailable, 503),
    (Busy, 503),
    (NotPossible, 503),
)


class RequestRefused(Exception):
    """A request that is answered with a problem document.

    Attributes:
        status: HTTP status, 4xx or 5xx.
        code: Stable name of the kind of failure.
        detail: What happened and what to do, one sentence.
        errors: Single faults, each with ``detail`` and where it is.
        headers: Headers that belong to the answer.
    """

    def __init__(
        self,
        status: int,
        code: str,
        detail: str,
        *,
        errors: Sequence[Mapping[str, object]] = (),
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(detail)
        self.status, self.code, self.detail = status, code, detail
        self.errors, self.headers = errors, dict(headers or {})


def document(refused: RequestRefused) -> Response:
    """Return the answer for a refused request."""
    body: dict[str, object] = {
        "type": "about:blank",
        "title": HTTPStatus(refused.status).phrase,
        "status": refused.status,
        "detail": refused.detail,
        "code": refused.code,
        "errors": [dict(error) for error in refused.errors],
        "request_id": g.get("request_id", ""),
    }
    # A client's own words may hold half characters, which no answer may hold.
    text = json.dumps(body, ensure_ascii=False).encode("utf-8", "replace")
    answer = Response(text, refused.status, content_type=MEDIA_TYPE)
    answer.headers.update(refused.headers)
    answer.cache_control.no_store = True
    g.code = refused.code
    return answer


def of_error(error: SmashpassError) -> RequestRefused:
    """Return what a failure of the program's own kind means to a client."""
    status = next((number for kind, number in _STATUS if isinstance(error, kind)), 500)
    headers = {"Retry-After": str(RETRY_AFTER_S)} if status == 503 else {}
    # Where our database lies is nobody's business; the log has it.
    unavailable = isinstance(error, DatabaseUnavailable)
    detail = "the database does not answer; try again soon" if unavailable else str(error)
    return RequestRefused(status, error.code, detail, errors=_faults(error), headers=headers)


def wants_page() -> bool:
    """Tell whether a person asks: HTML is preferred, and the address is not one for programs."""
    if request.path.startswith(_FOR_PROGRAMS):
        return False
    kinds = (MEDIA_TYPE, "application/json", "text/html")
    return request.accept_mimetypes.best_match(kinds) == "text/html"


def register(app: Flask, page: Callable[[RequestRefused], Response]) -> None:
    """Answer every failure of ``app``: a person with a ``page``, all others with a document."""

    def answer_for(refused: RequestRefused) -> Response:
        return page(refused) if wants_page() else document(refused)

    @app.errorhandler(RequestRefused)
    def refused(error: RequestRefused) -> Response:
        return answer_for(error)

    @app.errorhandler(SmashpassError)
    def failed(error: SmashpassError) -> Response:
        found = of_error(error)
        if found.status == 500:
            _log.error("failed", exc_info=error)
        elif found.status == 503:
            _log.warning("not available", extra={"detail": str(error)})
        return answer_for(found)

    @app.errorhandler(ParseException)
    @app.errorhandler(NoMoreData)
    def cut(error: Exception) -> Response:
        """The server reads a body only when it is asked for, and finds then that it is none."""
        return answer_for(RequestRefused(400, "bad_body", f"the body cannot be read: {error}"))

    @app.errorhandler(HTTPException)
    def spoken(error: HTTPException) -> Response:
        status = error.code or 500
        if status < 400:
            return Response(error.get_response().data, status, headers=dict(error.get_headers()))
        phrase = HTTPStatus(status).phrase
        headers = {
            name: value
            for name, value in error.get_headers()
            if name.lower() in ("allow", "retry-after", "www-authenticate")
        }
        detail = _DETAILS.get(status) or error.description or phrase
        code = phrase.lower().replace(" ", "_").replace("-", "_")
        return answer_for(RequestRefused(status, code, detail, headers=headers))

    @app.errorhandler(Exception)
    def broken(error: Exception) -> Response:
        _log.error("unexpected failure", exc_info=error)
        return answer_for(
            RequestRefused(500, "internal_error", "this is our fault; the request id is in our log")
        )


_DETAILS = {
    404: "there is nothing at this address",
    405: "this address does not take that method; see Allow",
    413: "the body is too large",
    415: "send the body as application/json",
}


def _faults(error: SmashpassError) -> list[dict[str, Any]]:
    """Return the single faults of a failure."""
    if isinstance(error, RulesInvalid):
        return [
            {"detail": problem.message, "code": problem.code, "where": problem.where}
            for problem in error.problems
        ]
    fault: dict[str, Any] = {"detail": error.detail}
    if isinstance(error, BadQuery):
        fault |= {"parameter": "q", "position": error.position, "end": error.end}
    if error.suggestions:
        fault["suggestions"] = list(error.suggestions)
    return [fault] if isinstance(error, BadInput) or error.suggestions else []
