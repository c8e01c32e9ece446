"""The Flask application: put together once a process, before it forks."""

from __future__ import annotations

import logging
import os
import secrets
import time
from collections.abc import Callable
from functools import cache
from typing import Any

from flask import Blueprint, Flask, Response, g, jsonify, request
from werkzeug.routing import Rule

from smashpass.bootstrap.installation import Installation
from smashpass.core.errors import DatabaseUnavailable
from smashpass.logs import configure
from smashpass.services.runtime.refresher import Refresher
from smashpass.settings import Settings, load
from smashpass.web import media
from smashpass.web.admin.blueprint import make_admin
from smashpass.web.api.admin import canaries, edits, quarantine, vocabulary
from smashpass.web.api.public import decks, explore, library, top_tags
from smashpass.web.api.public import transparency as open_routes
from smashpass.web.api.public.viewers import viewer_routes
from smashpass.web.http import openapi
from smashpass.web.http.identity import Identity
from smashpass.web.http.problems import RequestRefused, register
from smashpass.web.http.reading import require_plain_body
from smashpass.web.http.routing import LARGE_BODY, Route, mount
from smashpass.web.http.versions import add_versions
from smashpass.web.languages import add_languages
from smashpass.web.metrics import Metrics
from smashpass.web.pages.cases import add_cases
from smashpass.web.pages.failures import failure_page
from smashpass.web.pages.routes import make_pages
from smashpass.web.server.proxies import BehindProxies, require_good_headers
from smashpass.web.server.raw_path import KeepEncodedSlashes, decode_segments

API = "/api/v1"
_HEADERS = (
    ("X-Content-Type-Options", "nosniff"),
    ("Referrer-Policy", "same-origin"),
    ("Content-Security-Policy", "default-src 'none'"),
)
_HEALTH = frozenset({"/healthz", "/readyz", "/metrics"})

_log = logging.getLogger("smashpass.request")


class _LazyRule(Rule):
    """A rule that compiles what builds its addresses when the first one is built.

    Few rules ever build one, and to compile them all was nine tenths of the time of a start.
    """

    def _compile_builder(self, append_unknown: bool = True) -> Callable[..., tuple[str, str]]:
        compile_now = super()._compile_builder

        @cache
        def builder() -> Callable[..., tuple[str, str]]:
            return compile_now(append_unknown)

        def build(rule: Rule, /, **values: Any) -> tuple[str, str]:
            return builder()(rule, **values)

        return build


def create_app(settings: Settings, clock: Callable[[], int] | None = None) -> Flask:
    """Return the application of one installation. Opens nothing, starts nothing."""
    parts = Installation(settings, clock)
    app = Flask("smashpass.web", static_folder=None)
    app.url_rule_class = _LazyRule
    app.config["MAX_CONTENT_LENGTH"] = LARGE_BODY
    # A slash at the end is answered as if it were not there; nothing is redirected, so no write is.
    app.url_map.strict_slashes = False
    app.url_map.merge_slashes = False
    app.json.sort_keys = False  # type: ignore[attr-defined]
    keeping_up = Refresher(parts.library, parts.rules)
    app.extensions["smashpass"] = parts
    app.extensions["keeping_up"] = keeping_up
    identity = Identity(
        parts.secret_key,
        parts.viewer_states,
        parts.viewers,
        age_gate=settings.text("age_gate") == "on",
        admin_of=parts.tokens.of,
    )
    register(app, failure_page)
    decode_segments(app.url_map)
    inner = KeepEncodedSlashes(app.wsgi_app)
    app.wsgi_app = BehindProxies(inner, settings.trusted_proxies)  # type: ignore[method-assign]
    metrics = Metrics()
    app.extensions["metrics"] = metrics
    _add_log(app, keeping_up, metrics)
    add_versions(app, keeping_up, API)
    _add_root(app, parts, keeping_up, metrics)
    routes = api_routes(identity)
    api = Blueprint("api", __name__, url_prefix=API)
    mount(api, routes, parts, identity)
    openapi.add(api, routes)
    app.register_blueprint(api)
    media.mount(app, parts.showing)
    app.register_blueprint(make_admin(parts))
    add_languages(app, settings)
    site = make_pages(
        known=identity.known, facts=lambda: open_routes.facts(parts), title=settings.text("title")
    )
    add_cases(site, parts)
    app.register_blueprint(site)
    return app


def from_environment() -> Flask:
    """Return the application of this process's environment; for ``gunicorn``.

    What the process writes from now on is for its owner alone.
    """
    os.umask(0o077)
    settings = load(os.environ)
    configure(settings.text("log_level"))
    return create_app(settings)


def api_routes(identity: Identity) -> list[Route]:
    """Return every route of the API."""
    tables = (viewer_routes(identity), decks.table, library.table, open_routes.table, edits.table,
              canaries.table, quarantine.table, explore.table, top_tags.table,
              vocabulary.table)  # fmt: skip
    return [route for table in tables for route in table.routes]


def _add_root(app: Flask, parts: Installation, keeping_up: Refresher, metrics: Metrics) -> None:
    """Add the routes that watch over the server."""
    parts.recorder.count = metrics.count_decisions

    @app.get("/healthz")
    def healthz() -> Response:
        return jsonify(status="alive")

    @app.get("/readyz")
    def readyz() -> Response:
        keeping_up.poll_if_due()
        if not keeping_up.ready or not parts.rules.trees:
            missing = "no rules are published" if keeping_up.ready else "the library is not loaded"
            detail = keeping_up.degraded or missing
            raise RequestRefused(503, "not_ready", detail, headers={"Retry-After": "1"})
        body: dict[str, object] = {"status": "ready"}
        if keeping_up.degraded:
            body |= {"degraded": True, "detail": keeping_up.degraded}
        return jsonify(body)

    @app.get("/metrics")
    def prometheus() -> Response:
        gauges = {"ready": ("1 once the library is loaded", float(keeping_up.ready))}
        if keeping_up.ready:
            index = parts.library.index
            gauges |= {
                "library_images": ("Images that may be served", float(len(index.live))),
                "library_version": ("Number of the last change", float(index.version)),
                "degraded": (
                    "1 while the database does not answer",
                    float(bool(keeping_up.degraded)),
                ),
            }
            gauges |= _cases(parts)
        return metrics.answer(gauges)


def _cases(parts: Installation) -> dict[str, tuple[str, float]]:
    """Return how many notices wait for a decision; nothing while the database does not answer."""
    try:
        waiting, late = parts.notices.waiting()
    except DatabaseUnavailable:
        return {}
    return {
        "notices_waiting": ("Notices and appeals that wait for a decision", float(waiting)),
        "notices_overdue": ("Those that have waited for more than 48 hours", float(late)),
    }


def _add_log(app: Flask, keeping_up: Refresher, metrics: Metrics) -> None:
    """Write one line a request, and count it."""

    @app.before_request
    def begin() -> None:
        kept = vars(g)  # each name of g itself is looked up through a proxy
        kept["began"] = time.perf_counter()
        kept["request_id"] = secrets.token_hex(8)
        require_good_headers()
        if request.method == "POST" and not request.path.startswith(API):
            require_plain_body()
        if request.path.rstrip("/") not in _HEALTH:
            keeping_up.poll_if_due()

    @app.after_request
    def end(answer: Response) -> Response:
        kept = vars(g)
        now = time.perf_counter()
        seconds = now - kept.get("began", now)
        rule = request.url_rule
        route = "none" if rule is None else rule.rule
        metrics.count(route, answer.status_code, seconds)
        headers = answer.headers
        there = [name for name, _ in headers]
        for name, value in _HEADERS:
            if name not in there:
                headers.add(name, value)
        headers.add("X-Request-Id", kept.get("request_id", ""))
        if route not in _HEALTH and _log.isEnabledFor(logging.INFO):
            facts: dict[str, object] = {
                "request_id": kept.get("request_id", ""),
                "method": request.method,
                "route": route,
                "status": answer.status_code,
                "ms": round(1_000 * seconds, 2),
                "bytes": answer.calculate_content_length() or 0,
            }
            facts |= {name: kept[name] for name in ("viewer", "admin", "code") if name in kept}
            if "viewer" not in kept:  # viewers are promised that no address is kept of them
                facts["address"] = request.remote_addr or ""
            _log.info("request", extra=facts)
        return answer
