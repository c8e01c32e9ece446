"""The Flask application: assembled once per process, before it forks."""

from __future__ import annotations

import logging
import os
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict
from functools import cache
from random import getrandbits
from typing import Any

from flask import Blueprint, Flask, Response, g, jsonify, request
from werkzeug.routing import Rule

from smashpass.bootstrap.container import Container, build
from smashpass.clock import Clock, system_clock
from smashpass.core.errors import DatabaseUnavailable
from smashpass.core.library.index import Index
from smashpass.logs import configure
from smashpass.services.runtime.refresher import Refresher
from smashpass.settings import Settings, load
from smashpass.web import media
from smashpass.web.admin.blueprint import make_admin
from smashpass.web.admin.flash import add_flash_messages
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
from smashpass.web.metrics import GaugeValue, Metrics
from smashpass.web.pages.cases import add_cases
from smashpass.web.pages.failures import failure_page
from smashpass.web.pages.results import add_results
from smashpass.web.pages.routes import make_pages
from smashpass.web.server.proxies import BehindProxies, require_good_headers
from smashpass.web.server.raw_path import KeepEncodedSlashes, decode_segments

API = "/api/v1"
_HEADERS = (
    ("X-Content-Type-Options", "nosniff"),
    ("Referrer-Policy", "same-origin"),
    ("Content-Security-Policy", "default-src 'none'; base-uri 'none'; frame-ancestors 'none'"),
)
_HTTPS_ONLY = ("Strict-Transport-Security", f"max-age={365 * 24 * 3_600}")
"""For this host alone: what other hosts of the domain speak is not ours to say."""
_HEALTH = frozenset({"/healthz", "/readyz", "/metrics"})
_DAY_US = 86_400_000_000
_DECKS = frozenset({f"{API}/deck", f"{API}/daily"})

_log = logging.getLogger("smashpass.request")


class _LazyRule(Rule):
    """A rule that compiles its URL builder on first use.

    Few rules ever build a URL, and compiling all builders took nine tenths of the startup time.
    """

    def _compile_builder(self, append_unknown: bool = True) -> Callable[..., tuple[str, str]]:
        compile_now = super()._compile_builder

        @cache
        def builder() -> Callable[..., tuple[str, str]]:
            return compile_now(append_unknown)

        def build(rule: Rule, /, **values: Any) -> tuple[str, str]:
            return builder()(rule, **values)

        return build


def create_app(settings: Settings, clock: Clock = system_clock) -> Flask:
    """Return the application of one installation. Opens no connection and starts no thread."""
    services = build(settings, clock)
    app = Flask("smashpass.web", static_folder=None)
    app.url_rule_class = _LazyRule
    app.config["MAX_CONTENT_LENGTH"] = LARGE_BODY
    # A trailing slash is ignored without a redirect, so that no write is redirected.
    app.url_map.strict_slashes = False
    app.url_map.merge_slashes = False
    app.json.sort_keys = False  # type: ignore[attr-defined]
    metrics = Metrics()
    refresher = Refresher(lambda: _follow(services, metrics), lambda: services.rules.refresh())
    app.extensions["smashpass"] = services
    app.extensions["keeping_up"] = refresher
    identity = Identity(
        services.secret_key,
        services,
        age_gate=settings.text("age_gate") == "on",
    )
    register(app, failure_page)
    decode_segments(app.url_map)
    inner = KeepEncodedSlashes(app.wsgi_app)
    app.wsgi_app = BehindProxies(inner, settings.trusted_proxies)  # type: ignore[method-assign]
    app.extensions["metrics"] = metrics
    _add_log(app, services, refresher, metrics)
    add_versions(app, refresher, API)
    _add_root(app, services, refresher, metrics)
    routes = api_routes(identity)
    api = Blueprint("api", __name__, url_prefix=API)
    mount(api, routes, services, identity)
    openapi.add(api, routes)
    app.register_blueprint(api)
    media.mount(app, services.pictures, settings.values["accel_redirect"])
    media_origin = services.media_origin
    app.register_blueprint(make_admin(services, media_origin=media_origin))
    add_flash_messages(app, services.secret_key)
    add_languages(app, settings)
    site = make_pages(
        is_known_viewer=identity.known,
        facts=lambda: services.transparency.document(),
        examples=lambda: services.examples.cards(),
        app_name=settings.text("label_app_name"),
        accent_colour=settings.values["accent_colour"],
        media_origin=media_origin,
    )
    add_cases(site, services)
    add_results(site, services, identity)
    app.register_blueprint(site)
    return app


def from_environment() -> Flask:
    """Return the application configured by the environment; for ``gunicorn``.

    Files that the process writes from now on are owner-only.
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


def _add_root(app: Flask, services: Container, refresher: Refresher, metrics: Metrics) -> None:
    """Add the monitoring routes."""
    services.decisions.count_with(metrics.count_decisions)
    services.decisions.listen_to_scoring(metrics.scoring)

    @app.get("/healthz")
    def healthz() -> Response:
        return jsonify(status="alive")

    @app.get("/readyz")
    def readyz() -> Response:
        refresher.poll_if_due()
        if not refresher.ready or not services.rules.trees:
            missing = "no rules are published" if refresher.ready else "the library is not loaded"
            detail = refresher.degraded or missing
            raise RequestRefused(503, "not_ready", detail, headers={"Retry-After": "1"})
        body: dict[str, object] = {"status": "ready"}
        if refresher.degraded:
            body |= {"degraded": True, "detail": refresher.degraded}
        return jsonify(body)

    @app.get("/metrics")
    def prometheus() -> Response:
        gauges = [GaugeValue("ready", "1 once the library is loaded", float(refresher.ready))]
        if refresher.ready:
            index = services.library.index
            gauges += [
                GaugeValue("library_images", "Images that may be served", float(len(index.live))),
                GaugeValue("library_version", "Number of the last change", float(index.version)),
                GaugeValue(
                    "degraded",
                    "1 while the database is unavailable",
                    float(bool(refresher.degraded)),
                ),
                *_coverage(index),
                *_cases(services),
                *_backup_age(services),
                *_jobs(services),
            ]
        return metrics.answer(gauges)


def _coverage(index: Index) -> Iterator[GaugeValue]:
    """Yield which share of the images has been scored, by attribute."""
    for name, column in index.scores.items():
        scored = index.live.intersection_cardinality(column.known)
        labels = {"attribute": name, **asdict(column.source)}
        share = scored / len(index.live) if index.live else 1.0
        yield GaugeValue(
            "score_coverage", "Share of images whose score is known, or known to be none",
            share, labels,
        )  # fmt: skip


def _cases(services: Container) -> Iterator[GaugeValue]:
    """Yield the counts of pending notices; nothing while the database is unavailable."""
    try:
        waiting, late = services.moderation.waiting()
    except DatabaseUnavailable:
        return
    yield GaugeValue("notices_waiting", "Notices and appeals awaiting a decision", float(waiting))
    yield GaugeValue(
        "notices_overdue", "Notices and appeals pending for more than 48 hours", float(late)
    )


def _backup_age(services: Container) -> Iterator[GaugeValue]:
    """Yield how old the last backup is; nothing if there is none, or no database to ask."""
    try:
        age_s = services.backups.age_s()
    except DatabaseUnavailable:
        return
    if age_s is not None:
        yield GaugeValue("backup_age_seconds", "Age of the last backup", age_s)


def _jobs(services: Container) -> Iterator[GaugeValue]:
    """Yield how many jobs wait, run, and failed within a day; nothing without a database."""
    try:
        counts = services.jobs.counts(services.clock() - _DAY_US)
    except DatabaseUnavailable:
        return
    for state, count in zip(("queued", "running", "failed"), counts, strict=True):
        yield GaugeValue(
            "jobs", "Jobs that wait, run, or failed within the last 24 hours", float(count),
            {"state": state},
        )  # fmt: skip


def _follow(services: Container, metrics: Metrics) -> int:
    """Refresh the library; return its version, which the metrics show."""
    version = services.library.refresh()
    metrics.set_library_version(version)
    return version


def _add_log(app: Flask, services: Container, refresher: Refresher, metrics: Metrics) -> None:
    """Log one line per request, and count it."""

    @app.before_request
    def begin() -> None:
        context = vars(g)  # attributes of g itself go through a proxy
        context["began"] = time.perf_counter()
        context["request_id"] = f"{getrandbits(64):016x}"  # no secret: 1 µs, and no system call
        require_good_headers()
        if request.method == "POST" and not request.path.startswith(API):
            require_plain_body()
        if request.path.rstrip("/") not in _HEALTH:
            refresher.poll_if_due()

    @app.after_request
    def end(answer: Response) -> Response:
        context = vars(g)
        now = time.perf_counter()
        seconds = now - context.get("began", now)
        rule = request.url_rule
        route = "none" if rule is None else rule.rule
        status, counts = answer.status_code, route not in _HEALTH
        metrics.count(route, status, seconds)
        if counts:
            services.traffic.count(status, seconds, is_deck=route in _DECKS)
        headers = answer.headers
        present = {name for name, _ in headers}
        headers.extend(header for header in _HEADERS if header[0] not in present)
        if request.is_secure:
            headers.add(*_HTTPS_ONLY)
        headers.add("X-Request-Id", context.get("request_id", ""))
        if counts and _log.isEnabledFor(logging.INFO):
            facts: dict[str, object] = {
                "request_id": context.get("request_id", ""),
                "method": request.method,
                "route": route,
                "status": status,
                "ms": round(1_000 * seconds, 2),
                "bytes": answer.calculate_content_length() or 0,
            }
            facts |= {
                name: context[name] for name in ("viewer", "admin", "code") if name in context
            }
            if "viewer" not in context:  # viewers are promised that their addresses are not stored
                facts["address"] = request.remote_addr or ""
            _log.info("request", extra=facts)
        return answer
