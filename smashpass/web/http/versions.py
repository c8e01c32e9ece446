"""Read-your-writes: editors see their own edits in every worker.

API responses carry the library version in a header. A request that sends it back is answered
from that version or a newer one, or refused as stale. Browsers of editors send it as a cookie,
for as long as a worker may be behind.
"""

from __future__ import annotations

from flask import Flask, Response, g, request

from smashpass.services.runtime.refresher import Refresher
from smashpass.web.http.identity import SAFE_METHODS
from smashpass.web.http.problems import RequestRefused

HEADER = "X-Library-Version"
COOKIE = "library_version"
WAIT_S = 1.0
"""How long a request waits for the requested version."""

_COOKIE_S = 60
_DIGITS = 18


def add_versions(app: Flask, refresher: Refresher, api: str) -> None:
    """Make requests wait for the version they name, and responses name theirs.

    Args:
        app: The application.
        refresher: Keeps this process current with the library.
        api: Path prefix of the API.
    """

    @app.before_request
    def wait() -> None:
        path = request.path
        if _is_admin(path, api):
            # Editors see all edits made so far.
            refresher.poll()
        elif COOKIE in request.environ.get("HTTP_COOKIE", ""):
            version = _version(request.cookies.get(COOKIE, ""))
            refresher.reach(version or 0, WAIT_S)
        requested = request.headers.get(HEADER)
        if requested is not None and path.startswith(api):
            version = _version(requested)
            if version is None:
                raise RequestRefused(400, "bad_input", f"{HEADER} is not a number", errors=[
                    {"detail": "is not a number", "parameter": HEADER}])  # fmt: skip
            if not refresher.reach(version, WAIT_S):
                raise RequestRefused(
                    409,
                    "stale",
                    f"this worker is at library version {refresher.version}, not {version}",
                    headers={"Retry-After": "1"},
                )
        vars(g)["library_version"] = refresher.version

    @app.after_request
    def name_version(answer: Response) -> Response:
        path = request.path
        wrote = (
            request.method not in SAFE_METHODS and _is_admin(path, api) and answer.status_code < 400
        )
        if wrote:
            refresher.poll()
            vars(g)["library_version"] = refresher.version
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
    """Return whether a path belongs to the admin pages or the admin API."""
    if path.startswith("/admin/assets/"):
        return False
    return path.startswith(("/admin/", f"{api}/admin/")) or path == "/admin"


def _version(text: str) -> int | None:
    """Parse the version in a header or cookie; None if it is not a number."""
    digits = text.strip()
    return int(digits) if digits.isascii() and digits.isdigit() and len(digits) <= _DIGITS else None
