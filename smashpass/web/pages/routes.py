"""Routes of the pages, which contain no personal data: that comes from the API."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from flask import Blueprint, Response, abort, redirect, render_template, request, url_for

from smashpass.core.operations.notice import KINDS
from smashpass.core.pictures.source_types import SOURCE_TYPES
from smashpass.core.protection.minors import PROTECTIONS
from smashpass.services.decks.examples import ExampleCard
from smashpass.web.accent import style_sheet
from smashpass.web.http.identity import root_path
from smashpass.web.http.routing import SMALL_BODY
from smashpass.web.languages import COOKIE, chosen, is_known
from smashpass.web.pages.assets import Assets

_STATIC = Path(__file__).resolve().parents[1] / "static"
_ACCENT = "accent.css"
_WITH_LANGUAGE_CHOICE = frozenset(
    {"about", "gate", "help_page", "mine", "play", "settings", "taste"}
)
"""Pages on which a language can be chosen."""
_YEAR_S = 365 * 24 * 3_600
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:{media}; "
    "connect-src 'self'{media}; manifest-src 'self'; worker-src 'self'; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'"
)


def make_pages(
    *,
    is_known_viewer: Callable[[], bool],
    facts: Callable[[], Mapping[str, object]],
    examples: Callable[[], Sequence[ExampleCard]],
    app_name: str,
    accent_colour: str | None = None,
    media_origin: str = "",
) -> Blueprint:
    """Return the pages.

    Args:
        is_known_viewer: Whether the request comes from a viewer, or no age question is required.
        facts: The content of ``GET /transparency``.
        examples: The example cards of the age page.
        app_name: Name of the site.
        accent_colour: The operator's accent as ``#rrggbb``, None for that of style.css.
        media_origin: Origin of the pictures, if not our own.
    """
    pages = Blueprint("pages", __name__, template_folder="../templates")
    further = {} if accent_colour is None else {_ACCENT: style_sheet(accent_colour)}
    assets = Assets(_STATIC, further)
    policy = POLICY.format(media=f" {media_origin}" if media_origin else "")
    _add_pages(pages, is_known_viewer, facts)
    _add_choices(pages, assets, app_name)
    _add_files(pages, assets)

    @pages.app_context_processor
    def template_globals() -> dict[str, object]:
        """Variables available in every template."""
        theme = request.cookies.get("theme", "")
        return {
            "asset": lambda name: _asset(assets, name),
            "notice_kinds": KINDS,
            "examples": examples,
            "own_styles": list(further),
            "imports_of": assets.imports_of,
            "root": request.script_root,
            "source_types": SOURCE_TYPES,
            "theme": theme if theme in ("light", "dark") else "",
        }

    @pages.after_request
    def protect(answer: Response) -> Response:
        """Restrict pages to our own files, and nothing inline."""
        answer.headers["Content-Security-Policy"] = policy
        answer.headers["X-Content-Type-Options"] = "nosniff"
        answer.headers["Referrer-Policy"] = "same-origin"
        answer.headers["Cross-Origin-Opener-Policy"] = "same-origin"
        answer.headers["Permissions-Policy"] = "camera=(), geolocation=(), microphone=()"
        return answer

    return pages


def _asset(assets: Assets, name: str) -> str:
    """Return the address of the current version of a file."""
    return url_for("pages.asset", version=assets.version, name=name)


def _page(template: str, **values: object) -> Response:
    """Return a page, revalidated on each visit because it names the files of one version."""
    content = render_template(template, **values).encode()
    answer = Response(content, content_type="text/html; charset=utf-8")
    if request.accept_encodings["gzip"]:
        # Pages contain no secrets, so their compressed size reveals nothing.
        answer.set_data(gzip.compress(content, 5, mtime=0))
        answer.content_encoding = "gzip"
    answer.cache_control.private = True
    answer.cache_control.no_cache = True
    answer.content_language.add(chosen().tag)
    answer.vary.update(("Accept-Encoding", "Accept-Language", "Cookie"))
    return answer


def _add_pages(
    pages: Blueprint,
    is_known_viewer: Callable[[], bool],
    facts: Callable[[], Mapping[str, object]],
) -> None:
    """Add the pages."""

    @pages.get("/")
    def play() -> Response:
        """Cards; new visitors get the age question first."""
        return _page("swipe.html") if is_known_viewer() else _page("age.html", page="play")

    @pages.get("/welcome")
    def gate() -> Response:
        """The age question, even for known viewers."""
        return _page("age.html", page="gate")

    @pages.get("/me")
    def mine() -> Response:
        """The viewer's own swipes."""
        return _page("me.html", page="mine")

    @pages.get("/settings")
    def settings() -> Response:
        """What the viewer can choose."""
        return _page("settings.html", page="settings")

    @pages.get("/transparency")
    @pages.get("/about")
    def about() -> Response:
        """How decisions are made."""
        return _page("about.html", page="about", facts=facts(), protections=PROTECTIONS)

    @pages.get("/help")
    def help_page() -> Response:
        """Keys, gestures, terms."""
        return _page("help.html", page="help_page")


def _add_choices(pages: Blueprint, assets: Assets, app_name: str) -> None:
    """Add the web app manifest and the language choice."""

    @pages.get("/manifest.webmanifest")
    def manifest() -> Response:
        """The web app manifest."""
        icons = [
            {"src": _asset(assets, "icon.svg"), "sizes": "any", "type": "image/svg+xml"},
            *(
                {"src": _asset(assets, f"icon-{size}.png"), "sizes": f"{size}x{size}"}
                | {"type": "image/png", "purpose": "any maskable"}
                for size in (192, 512)
            ),
        ]
        body = {
            "name": app_name,
            "short_name": app_name,
            "lang": chosen().tag,
            "start_url": url_for("pages.play"),
            "scope": url_for("pages.play"),
            "display": "standalone",
            "background_color": "#FAF9F7",
            "theme_color": "#FAF9F7",
            "icons": icons,
        }
        answer = Response(json.dumps(body), content_type="application/manifest+json")
        answer.cache_control.no_cache = True
        answer.vary.update(("Accept-Language", "Cookie"))
        return answer

    @pages.post("/language")
    def choose_language() -> Response:
        """Store the chosen language in a cookie, and return to the page."""
        request.max_content_length = SMALL_BODY
        tag, page = request.form.get("language", ""), request.form.get("page", "")
        if not is_known(tag):
            abort(400, f"there is no language {tag[:20]!r}")
        back = url_for(f"pages.{page if page in _WITH_LANGUAGE_CHOICE else 'play'}")
        answer = redirect(back, 303)
        assert isinstance(answer, Response)
        answer.set_cookie(
            COOKIE,
            tag,
            max_age=_YEAR_S,
            path=root_path(),
            samesite="Lax",
            httponly=True,
        )
        return answer


def _add_files(pages: Blueprint, assets: Assets) -> None:
    """Add the files that pages load."""

    @pages.get("/assets/<version>/<path:name>")
    def asset(version: str, name: str) -> Response:
        """One file, which may be cached permanently."""
        answer = assets.answer(request, version, name)
        if answer is None:
            abort(404)
        return answer

    @pages.get("/sw.js")
    def worker() -> Response:
        """The service worker, served from the root so that it may control all pages."""
        shell = [_asset(assets, name) for name in assets.names if not name.endswith(".png")]
        names = ("play", "mine", "settings", "about", "help_page")
        content = render_template(
            "worker.js",
            version=assets.version,
            shell=shell,
            pages=[url_for(f"pages.{name}") for name in names],
        )
        answer = Response(content, content_type="text/javascript; charset=utf-8")
        answer.cache_control.no_cache = True
        return answer
