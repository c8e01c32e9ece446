"""Reading one's own writes: whoever edited the library sees that edit in every worker.

An answer to the API carries the library version in a header. A request that sends it back is
answered from that version or a newer one, or refused as stale. Browsers in which somebody edits
send it as a cookie, for as long as a worker may be behind.
"""

from __future__ import annotations

from flask import Flask, Response, g, request

from smashpass.services.runtime.refresher import Refresher
from smashpass.web.http.identity import SAFE_METHODS
from smashpass.web.http.problems import RequestRefused

HEADER = "X-Library-Version"
COOKIE = "library_version"
WAIT_S = 1.0
"""How long a request waits for the version that it asks for."""

_COOKIE_S = 60
_DIGITS = 18


def add_versions(app: Flask, keeping_up: Refresher, api: str) -> None:
    """Let requests wait for the version that they name, and answers name theirs.

    Args:
        app: The application.
        keeping_up: What follows the library in this process.
        api: The path below which the API is.
    """

    @app.before_request
    def wait() -> None:
        path = request.path
        if _is_admin(path, api):
            # Whoever edits sees what all others have edited so far.
            keeping_up.poll()
        elif COOKIE in request.environ.get("HTTP_COOKIE", ""):
            version = _version(request.cookies.get(COOKIE, ""))
            keeping_up.reach(version or 0, WAIT_S)
        wanted = request.headers.get(HEADER)
        if wanted is not None and path.startswith(api):
            version = _version(wanted)
            if version is None:
                raise RequestRefused(400, "bad_input", f"{HEADER} is not a number", errors=[
                    {"detail": "is not a number", "parameter": HEADER}])  # fmt: skip
            if not keeping_up.reach(version, WAIT_S):
                raise RequestRefused(
                    409,
                    "stale",
                    f"this worker is at library version {keeping_up.version}, not {version}",
                    headers={"Retry-After": "1"},
                )
        vars(g)["library_version"] = keeping_up.version

    @app.after_request
    def name_version(answer: Response) -> Response:
        path = request.path
        wrote = (
            request.method not in SAFE_METHODS and _is_admin(path, api) and answer.status_code < 400
        )
        if wrote:
            keeping_up.poll()
            vars(g)["library_version"] = keeping_up.version
        version = vars(g).get("library_version", 0)
        if path.startswith(api):
            answer.headers[HEADER] = str(version)
        elif wrote:
            answer.set_cookie(
                COOKIE,
                str(version),
                max_age=_COOKIE_S,
                path=f"{request.script_root}/",
                httponly=True,
                samesite="Lax",
                secure=request.is_secure,
            )
        return answer


def _is_admin(path: str, api: str) -> bool:
    """Tell whether a path shows or edits what the library holds, for those who edit."""
    if path.startswith("/admin/assets/"):
        return False
    return path.startswith(("/admin/", f"{api}/admin/")) or path == "/admin"


def _version(text: str) -> int | None:
    """Return the version that a header or cookie names, None if it is not a number."""
    digits = text.strip()
    return int(digits) if digits.isascii() and digits.isdigit() and len(digits) <= _DIGITS else None
