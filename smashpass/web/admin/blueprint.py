"""All admin pages as one blueprint: routes, files, headers and errors."""

from __future__ import annotations

from datetime import UTC, datetime
from http import HTTPStatus
from pathlib import Path

from flask import Blueprint, Response, abort, g, get_flashed_messages, render_template, request
from flask_babel import gettext as _
from markupsafe import Markup
from werkzeug.exceptions import HTTPException

from smashpass.bootstrap.container import Container
from smashpass.core.errors import SmashpassError
from smashpass.core.people.account import role_includes
from smashpass.web.admin import overview
from smashpass.web.admin.accounts import account, accounts, audit, keys, sign_in
from smashpass.web.admin.accounts.roles import role_rows
from smashpass.web.admin.auth import CSRF_FIELD, current_session, view
from smashpass.web.admin.images import bulk, changes, images, queues, tagging
from smashpass.web.admin.imports import imports, jobs
from smashpass.web.admin.moderation import cases, quarantine
from smashpass.web.admin.request import PREFIX, PageRoute, address, wants_json
from smashpass.web.admin.rules import editor, review, rules, trace
from smashpass.web.admin.vocabulary import files, vocabulary
from smashpass.web.http.problems import RequestRefused, document, of_error
from smashpass.web.pages.assets import Assets

_HERE = Path(__file__).resolve().parent
_TEXTS_MODULE = _HERE.parent / "static/js/texts.js"
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:{media}; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
_TABLES = (
    overview.pages,
    images.pages,
    tagging.pages,
    queues.pages,
    bulk.pages,
    changes.pages,
    rules.pages,
    editor.pages,
    review.pages,
    trace.pages,
    vocabulary.pages,
    files.pages,
    cases.pages,
    quarantine.pages,
    imports.pages,
    jobs.pages,
    audit.pages,
    accounts.pages,
    account.pages,
    keys.pages,
)


def admin_pages() -> list[PageRoute]:
    """Return every page, in the order of the navigation."""
    return [row for pages in _TABLES for row in pages.rows]


def make_admin(services: Container, *, media_origin: str = "") -> Blueprint:
    """Return the admin pages.

    Args:
        services: What the pages may call.
        media_origin: Origin of the pictures, if not our own.
    """
    blueprint = Blueprint("admin", __name__, url_prefix=PREFIX, template_folder="templates")
    assets = Assets(_HERE / "static", {"texts.js": _TEXTS_MODULE.read_bytes()})
    for number, page in enumerate(admin_pages()):
        blueprint.add_url_rule(
            page.path,
            endpoint=f"{page.method.lower()}_{number}",
            view_func=view(page, services),
            methods=[page.method],
        )
    sign_in.add(blueprint, services)
    _add_files(blueprint, assets)
    _add_template_globals(blueprint, services, assets)
    _add_errors(blueprint)
    policy = _POLICY.format(media=f" {media_origin}" if media_origin else "")

    @blueprint.after_request
    def protect(answer: Response) -> Response:
        """Prevent caching, framing and referrers to other sites."""
        answer.headers["Content-Security-Policy"] = policy
        answer.headers["Referrer-Policy"] = "same-origin"
        answer.headers["Cross-Origin-Opener-Policy"] = "same-origin"
        if "Cache-Control" not in answer.headers:
            answer.headers["Cache-Control"] = "no-store"
        return answer

    return blueprint


def _add_files(blueprint: Blueprint, assets: Assets) -> None:
    """Add the files that pages load."""

    @blueprint.get("/assets/<version>/<path:name>")
    def asset(version: str, name: str) -> Response:
        """One file, which may be cached permanently."""
        answer = assets.answer(request, version, name)
        if answer is None:
            abort(404)
        return answer


def _add_template_globals(blueprint: Blueprint, services: Container, assets: Assets) -> None:
    """Add the variables and filters of templates."""
    sections = {page.section for page in admin_pages()}

    @blueprint.context_processor
    def template_globals() -> dict[str, object]:
        session = current_session(services)
        role = "" if session is None else session.account.role
        csrf = "" if session is None else session.csrf
        field = Markup('<input type="hidden" name="{}" value="{}">').format(CSRF_FIELD, csrf)
        return {
            "account": None if session is None else session.account,
            "csrf": csrf,
            "csrf_field": lambda: field,
            "may": lambda needed: role_includes(role, needed),
            "admin_asset": lambda name: address(f"/assets/{assets.version}/{name}"),
            "url": address,
            "flash_message": next(iter(get_flashed_messages()), ""),
            **keys.template_globals(services, session),
            "role_rows": lambda: role_rows(admin_pages()),
            "has": lambda section: section in sections,
            "request_id": g.get("request_id", ""),
        }

    blueprint.add_app_template_filter(moment, "moment")
    blueprint.add_app_template_filter(capitalize_first)
    blueprint.add_app_template_filter(sentence)


def moment(at: int) -> str:
    """Format a timestamp to the minute, in UTC."""
    return datetime.fromtimestamp(at // 1_000_000, UTC).strftime("%Y-%m-%d %H:%M UTC")


def capitalize_first(text: str) -> str:
    """Return ``text`` as the beginning of a sentence."""
    return text[:1].upper() + text[1:]


def sentence(text: str) -> str:
    """Return a message as a sentence: with a capital, and a full stop unless it ends in a mark."""
    return capitalize_first(text) + ("" if text.endswith((".", "?", "!", "…")) else ".")


def _add_errors(blueprint: Blueprint) -> None:
    """Answer failures with an error page."""

    @blueprint.errorhandler(RequestRefused)
    def refused(error: RequestRefused) -> Response:
        return _failure(error)

    @blueprint.errorhandler(SmashpassError)
    def failed(error: SmashpassError) -> Response:
        refusal = of_error(error)
        if refusal.status == 500:
            raise error
        return _failure(refusal)

    @blueprint.errorhandler(HTTPException)
    def spoken(error: HTTPException) -> Response:
        status = error.code or 500
        detail = error.description or HTTPStatus(status).phrase
        return _failure(RequestRefused(status, "http", detail))


def _failure(refused: RequestRefused) -> Response:
    """Return a failure as a page, or as a problem document to a module."""
    if wants_json():
        return document(refused)
    g.code = refused.code
    titles = {
        400: _("That did not work"),
        401: _("Sign in again"),
        403: _("Not allowed"),
        404: _("Page not found"),
        409: _("Somebody was faster"),
        413: _("Too large"),
        429: _("Too many attempts"),
        503: _("Not available at the moment"),
    }
    title = titles.get(refused.status) or HTTPStatus(refused.status).phrase
    content = render_template("admin/failure.html", section="", title=title, failure=refused)
    answer = Response(content, refused.status, content_type="text/html; charset=utf-8")
    answer.headers.update(refused.headers)
    return answer
