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
    MediaUnavailable,
    NotForAge,
    NotFound,
    NotPossible,
    RulesInvalid,
    SmashpassError,
    StaleVersion,
    TasteOff,
)

MEDIA_TYPE = "application/problem+json"
RETRY_AFTER_S = 2

_log = logging.getLogger(__name__)

_FOR_PROGRAMS = ("/api/", "/healthz", "/readyz", "/metrics")

_STATUS: Sequence[tuple[type[SmashpassError], int]] = (
    (NotForAge, 403),
    (TasteOff, 403),
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
        detail: What happened and what to do, in one sentence.
        errors: Individual faults, each with ``detail`` and its location.
        headers: Headers of the response.
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
    # Client text may contain lone surrogates, which cannot be encoded as UTF-8.
    text = json.dumps(body, ensure_ascii=False).encode("utf-8", "replace")
    answer = Response(text, refused.status, content_type=MEDIA_TYPE)
    answer.headers.update(refused.headers)
    answer.cache_control.no_store = True
    g.code = refused.code
    return answer


def of_error(error: SmashpassError) -> RequestRefused:
    """Translate a domain error into a refusal."""
    status = next((number for kind, number in _STATUS if isinstance(error, kind)), 500)
    headers = {"Retry-After": str(RETRY_AFTER_S)} if status == 503 else {}
    # Where the database and the pictures lie is not disclosed to clients; the log has it.
    detail = str(error)
    if isinstance(error, DatabaseUnavailable | MediaUnavailable):
        kind = "database is" if isinstance(error, DatabaseUnavailable) else "pictures are"
        detail = f"the {kind} unavailable; try again soon"
    return RequestRefused(status, error.code, detail, errors=_faults(error), headers=headers)


def wants_page() -> bool:
    """Return whether to answer with a page: HTML is preferred, and the path is not an API path."""
    if request.path.startswith(_FOR_PROGRAMS):
        return False
    kinds = (MEDIA_TYPE, "application/json", "text/html")
    return request.accept_mimetypes.best_match(kinds) == "text/html"


def register(app: Flask, page: Callable[[RequestRefused], Response]) -> None:
    """Answer every failure of ``app``: people with ``page``, programs with a problem document."""

    def answer_for(refused: RequestRefused) -> Response:
        return page(refused) if wants_page() else document(refused)

    @app.errorhandler(RequestRefused)
    def refused(error: RequestRefused) -> Response:
        return answer_for(error)

    @app.errorhandler(SmashpassError)
    def failed(error: SmashpassError) -> Response:
        refusal = of_error(error)
        if refusal.status == 500:
            _log.error("failed", exc_info=error)
        elif refusal.status == 503:
            _log.warning("not available", extra={"detail": str(error)})
        return answer_for(refusal)

    @app.errorhandler(ParseException)
    @app.errorhandler(NoMoreData)
    def cut(error: Exception) -> Response:
        """Bodies are read lazily, so a malformed one is only noticed by the handler."""
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
            RequestRefused(
                500,
                "internal_error",
                "this is a server error; quote the request id when you report it",
            )
        )


_DETAILS = {
    404: "there is nothing at this address",
    405: "this address does not support that method; see Allow",
    413: "the body is too large",
    415: "send the body as application/json",
}


def _faults(error: SmashpassError) -> list[dict[str, Any]]:
    """Return the individual faults of a failure."""
    if isinstance(error, RulesInvalid):
        return [
            {"detail": problem.message, "code": problem.code, "where": problem.where}
            for problem in error.problems
        ]
    fault: dict[str, Any] = {"detail": error.detail}
    if isinstance(error, BadQuery):
        fault |= {"parameter": "q", "position": error.position, "end": error.end}
        if error.unknown:
            fault["code"] = "unknown_word"
    if error.suggestions:
        fault["suggestions"] = list(error.suggestions)
    return [fault] if isinstance(error, BadInput) or error.suggestions else []
