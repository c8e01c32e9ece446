"""``/transparency`` and ``/notices``: how decisions are made, and notices to the operator."""

from __future__ import annotations

from typing import Any

from flask import request as flask_request

from smashpass.core.operations.notice import KINDS
from smashpass.web.http.rate import RateLimit
from smashpass.web.http.routing import ApiRequest, RouteTable
from smashpass.web.http.schemas import (
    ANYTHING,
    COUNT,
    IMAGE,
    MOMENT,
    REASON,
    TEXT,
    listed,
    maybe,
    obj,
)

NOTICES_A_HOUR = 20

table = RouteTable("transparency")

_DISCLOSED: dict[str, Any] = {
    "operator": obj({"name": maybe(TEXT), "contact": maybe(TEXT)}),
    "order": TEXT,
    "deny_tags": listed(TEXT),
    "under_age_terms": obj({"shipped": COUNT, "added": listed(TEXT)}),
    "history": maybe(obj({"deck": TEXT, "switch_off": TEXT}, more=True)),
    "source_types": maybe(listed(obj({"type": TEXT, "said": TEXT, "images": COUNT}))),
    "retention": listed(obj({"name": TEXT, "what": TEXT, "days": COUNT})),
    "settings": obj({"age_gate": TEXT, "decision_log_percent": COUNT}, more=True),
    "minors": obj(
        {"age_band": TEXT, "protections": listed(obj({"name": TEXT, "said": TEXT}))}, more=True
    ),
    "changes": maybe(
        listed(obj({"revision": TEXT, "at": MOMENT, "reason": TEXT, "active": {"type": "boolean"}}))
    ),
}


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
                            "scores": listed(
                                obj(
                                    {
                                        "attribute": TEXT,
                                        "model": maybe(TEXT),
                                        "version": maybe(TEXT),
                                        "images": COUNT,
                                    }
                                )
                            ),
                        }
                    )
                ),
                "collab": maybe(TEXT),
                "library": obj({"images": COUNT, "version": COUNT}, more=True),
                "kept_about_you": TEXT,
                "stored": listed(TEXT),
                "models_are_shown": listed(TEXT),
                "biometrics": TEXT,
                **_DISCLOSED,
                "notices": maybe(obj({"months": COUNT, "notices": COUNT}, more=True)),
            },
            more=ANYTHING,
        )
    },
)
def transparency(request: ApiRequest) -> dict[str, object]:
    """How decisions are made, live."""
    return request.services.transparency.document()


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
    answers={201: obj({"notice": COUNT, "case": TEXT, "reference": TEXT})},
    problems=(404, 429),
)
def notice(request: ApiRequest) -> dict[str, object]:
    """Report an image: a person decides within 48 hours.

    `case` is the address of the decision, `reference` the number of the case to quote.
    """
    _limit.take(request.services.rate_limits)
    body = request.body
    case = request.services.moderation.report(
        body["image"], body.get("kind", "other"), body["reason"], body.get("contact", "")
    )
    return {
        "notice": case.id,
        "case": f"{flask_request.script_root}/notices/{case.token}",
        "reference": case.reference,
    }


_limit = RateLimit("notices", NOTICES_A_HOUR)
