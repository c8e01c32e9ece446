"""The error page: what happened, and a link back."""

from __future__ import annotations

from flask import Response, g, render_template, request, url_for

from smashpass.web.http.problems import RequestRefused
from smashpass.web.languages import chosen
from smashpass.web.pages.routes import POLICY


def failure_page(refused: RequestRefused) -> Response:
    """Render a failure as a page, without database access."""
    of_admins = request.path == "/admin" or request.path.startswith("/admin/")
    content = render_template(
        "failure.html",
        failure=refused,
        request_id=g.get("request_id", ""),
        back=f"{request.script_root}/admin" if of_admins else url_for("pages.play"),
        of_admins=of_admins,
    )
    answer = Response(content, refused.status, content_type="text/html; charset=utf-8")
    answer.headers.update(refused.headers)
    answer.headers["Content-Security-Policy"] = POLICY.format(media="")
    answer.cache_control.no_store = True
    answer.content_language.add(chosen().tag)
    answer.vary.update(("Accept", "Accept-Language", "Cookie"))
    g.code = refused.code
    return answer
