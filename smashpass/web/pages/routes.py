"""The pages' routes. They hold no data of anybody: what is personal comes by the API."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable, Mapping
from pathlib import Path

from flask import Blueprint, Response, abort, redirect, render_template, request, url_for

from smashpass.core.operations.notice import KINDS
from smashpass.core.pictures.source_types import SOURCE_TYPES
from smashpass.core.protection.minors import PROTECTIONS
from smashpass.web.http.identity import root_path
from smashpass.web.http.routing import SMALL_BODY
from smashpass.web.languages import COOKIE, chosen, is_known
from smashpass.web.pages.assets import Assets

_STATIC = Path(__file__).resolve().parents[1] / "static"
_ALONE = frozenset({"age.js", "common.js", "me.js", "report.js", "swipe.js", "taste.js"})
"""Modules that belong to one page each, or to an act that few do."""
_TO_CHOOSE_ON = frozenset({"about", "gate", "help_page", "mine", "play"})
"""Pages on which a language can be chosen."""
_YEAR_S = 365 * 24 * 3_600
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:{media}; "
    "connect-src 'self'; manifest-src 'self'; worker-src 'self'; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'"
)


def make_pages(
    *,
    known: Callable[[], bool],
    facts: Callable[[], Mapping[str, object]],
    title: str,
    media_origin: str = "",
) -> Blueprint:
    """Return the pages.

    Args:
        known: Whether the request is of a viewer, or none needs to be asked for the age.
        facts: What decides, as ``GET /transparency`` answers it.
        title: Name of the site.
        media_origin: Origin that pictures come from, where it is not ours.
    """
    pages = Blueprint("pages", __name__, template_folder="../templates")
    assets = Assets(_STATIC)
    policy = POLICY.format(media=f" {media_origin}" if media_origin else "")
    _add_pages(pages, known, facts)
    _add_choices(pages, assets, title)
    _add_files(pages, assets)

    @pages.app_context_processor
    def words() -> dict[str, object]:
        """What every template may use."""
        theme = request.cookies.get("theme", "")
        return {
            "asset": lambda name: _asset(assets, name),
            "notice_kinds": KINDS,
            "modules": [name for name in assets.modules if name not in _ALONE],
            "root": request.script_root,
            "source_types": SOURCE_TYPES,
            "theme": theme if theme in ("light", "dark") else "",
        }

    @pages.after_request
    def protect(answer: Response) -> Response:
        """Say what a page may load: our own files, and nothing inline."""
        answer.headers["Content-Security-Policy"] = policy
        answer.headers["X-Content-Type-Options"] = "nosniff"
        answer.headers["Referrer-Policy"] = "same-origin"
        answer.headers["Cross-Origin-Opener-Policy"] = "same-origin"
        answer.headers["Permissions-Policy"] = "camera=(), geolocation=(), microphone=()"
        return answer

    return pages


def _asset(assets: Assets, name: str) -> str:
    """Return the address of a file as it is now."""
    return url_for("pages.asset", version=assets.version, name=name)


def _page(template: str, **values: object) -> Response:
    """Return a page, which is asked for anew each time: it names the files of one version."""
    content = render_template(template, **values).encode()
    answer = Response(content, content_type="text/html; charset=utf-8")
    if request.accept_encodings["gzip"]:
        # Nothing in a page is secret, so its packed size tells nobody anything.
        answer.set_data(gzip.compress(content, 5, mtime=0))
        answer.content_encoding = "gzip"
    answer.cache_control.private = True
    answer.cache_control.no_cache = True
    answer.content_language.add(chosen().tag)
    answer.vary.update(("Accept-Encoding", "Accept-Language", "Cookie"))
    return answer


def _add_pages(
    pages: Blueprint,
    known: Callable[[], bool],
    facts: Callable[[], Mapping[str, object]],
) -> None:
    """Add the pages that people look at."""

    @pages.get("/")
    def play() -> Response:
        """Cards; who is not known is asked for the age first."""
        return _page("swipe.html") if known() else _page("age.html", page="play")

    @pages.get("/welcome")
    def gate() -> Response:
        """The age question, also for those whom the server seems to know."""
        return _page("age.html", page="gate")

    @pages.get("/me")
    def mine() -> Response:
        """The viewer's own swipes and settings."""
        return _page("me.html", page="mine")

    @pages.get("/transparency")
    @pages.get("/about")
    def about() -> Response:
        """What decides."""
        return _page("about.html", page="about", facts=facts(), protections=PROTECTIONS)

    @pages.get("/help")
    def help_page() -> Response:
        """Keys, gestures, words."""
        return _page("help.html", page="help_page")


def _add_choices(pages: Blueprint, assets: Assets, title: str) -> None:
    """Add what makes the pages one's own: the app that can be installed, and the language."""

    @pages.get("/manifest.webmanifest")
    def manifest() -> Response:
        """What makes the page an app that can be installed."""
        icons = [
            {"src": _asset(assets, "icon.svg"), "sizes": "any", "type": "image/svg+xml"},
            *(
                {"src": _asset(assets, f"icon-{size}.png"), "sizes": f"{size}x{size}"}
                | {"type": "image/png", "purpose": "any maskable"}
                for size in (192, 512)
            ),
        ]
        body = {
            "name": title,
            "short_name": title,
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
        """Keep the chosen language in a cookie, and go back to the page."""
        request.max_content_length = SMALL_BODY
        tag, page = request.form.get("language", ""), request.form.get("page", "")
        if not is_known(tag):
            abort(400, f"there is no language {tag[:20]!r}")
        back = url_for(f"pages.{page if page in _TO_CHOOSE_ON else 'play'}")
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
        """One file; it may be kept for ever."""
        answer = assets.answer(request, version, name)
        if answer is None:
            abort(404)
        return answer

    @pages.get("/sw.js")
    def worker() -> Response:
        """The service worker; from the root, so that it may serve all pages."""
        shell = [_asset(assets, name) for name in assets.names if not name.endswith(".png")]
        names = ("play", "mine", "about", "help_page")
        content = render_template(
            "worker.js",
            version=assets.version,
            shell=shell,
            pages=[url_for(f"pages.{name}") for name in names],
        )
        answer = Response(content, content_type="text/javascript; charset=utf-8")
        answer.cache_control.no_cache = True
        return answer
