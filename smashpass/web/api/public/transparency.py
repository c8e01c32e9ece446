"""``/transparency`` and ``/notices``: how decisions are made, and notices to the operator."""

from __future__ import annotations

from dataclasses import asdict, fields

from flask import request as flask_request

from smashpass.bootstrap.installation import Installation
from smashpass.core.errors import DatabaseUnavailable, NotPossible
from smashpass.core.operations.notice import HOUR, KINDS, figures
from smashpass.services.privacy.transparency import models
from smashpass.services.scoring.ports import Item
from smashpass.web.api.public.disclosures import SCHEMA, disclosed, trees
from smashpass.web.http.rate import RateLimit
from smashpass.web.http.routing import ApiRequest, RouteTable
from smashpass.web.http.schemas import ANYTHING, COUNT, IMAGE, REASON, TEXT, listed, maybe, obj

NOTICES_A_HOUR = 20
_YEAR = 365 * 24 * HOUR

table = RouteTable("transparency")


def facts(parts: Installation) -> dict[str, object]:
    """Return how decisions are made at present."""
    try:
        book = parts.rules.book
    except NotPossible:
        book = None
    index, canary = parts.library.index, parts.rules.canary
    logged = parts.settings.whole("decision_log_percent")
    about_viewers = parts.kept_about_viewers()
    stored = [data_kind.what for data_kind in about_viewers]
    return {
        "decides": "decision trees written by people, published with a reason and kept permanently",
        "revision": None if book is None else book.revision,
        "canary": None
        if canary is None
        else {"revision": canary.book.revision, "percent": canary.percent},
        "trees": [] if book is None else trees(parts, book),
        "models": models(parts.scoring.scorers),
        "library": {
            "images": len(index.live),
            "version": index.version,
            "licences": dict(index.facet_values("licence")),
            "sources": dict(index.facet_values("source")),
        },
        "kept_about_you": "; ".join([*stored, f"{logged} % of the decisions made for you"])
        if logged
        else "; ".join(stored),
        "stored": stored,
        "biometrics": "; ".join(
            data_kind.what for data_kind in about_viewers if data_kind.biometric
        )
        or "none",
        "models_are_shown": [field.name for field in fields(Item)],
        **disclosed(parts, book),
        "notices": _notices(parts),
    }


def _notices(parts: Installation) -> dict[str, object] | None:
    """Return statistics of last year's notices; None while the database is unavailable."""
    try:
        cases = parts.notices.since(parts.clock() - _YEAR)
    except DatabaseUnavailable:
        return None
    return {"months": 12, **asdict(figures(cases))}


@table.add(
    "GET",
    "/transparency",
    access="nobody",
    answers={
        200: obj(
            {
                "decides": TEXT,
                "revision": maybe(TEXT),
                "canary": maybe(obj({"revision": TEXT, "percent": COUNT})),
                "trees": listed(obj({"id": TEXT}, more=True)),
                "models": listed(
                    obj(
                        {
                            "name": TEXT,
                            "version": maybe(TEXT),
                            "model": maybe(TEXT),
                            "address": maybe(TEXT),
                            "fills": maybe(listed(TEXT)),
                        }
                    )
                ),
                "library": obj({"images": COUNT, "version": COUNT}, more=True),
                "kept_about_you": TEXT,
                "stored": listed(TEXT),
                "models_are_shown": listed(TEXT),
                "biometrics": TEXT,
                **SCHEMA,
                "notices": maybe(obj({"months": COUNT, "notices": COUNT}, more=True)),
            },
            more=ANYTHING,
        )
    },
)
def transparency(request: ApiRequest) -> dict[str, object]:
    """How decisions are made, live."""
    return facts(request.parts)


@table.add(
    "POST",
    "/notices",
    access="nobody",
    body=obj(
        {
            "image": IMAGE,
            "kind": {"type": "string", "enum": list(KINDS)},
            "reason": REASON,
            "contact": {"type": "string", "maxLength": 300},
        },
        "kind",
        "contact",
    ),
    answers={201: obj({"notice": COUNT, "case": TEXT})},
    problems=(404, 429),
)
def notice(request: ApiRequest) -> dict[str, object]:
    """Report an image: a person decides within 48 hours; `case` is the address of the decision."""
    _limit.take(request.parts.rate_limits)
    body = request.body
    case = request.services.moderation.report(
        body["image"], body.get("kind", "other"), body["reason"], body.get("contact", "")
    )
    return {"notice": case.id, "case": f"{flask_request.script_root}/notices/{case.token}"}


_limit = RateLimit("notices", NOTICES_A_HOUR)
