"""``/admin/rules/canary``: canary rules, for programs with a token."""

from __future__ import annotations

from smashpass.web.api.admin.edits import ORIGIN
from smashpass.web.http.problems import RequestRefused
from smashpass.web.http.routing import LARGE_BODY, ApiRequest, RouteTable
from smashpass.web.http.schemas import COUNT, REASON, TEXT, listed, maybe, obj

table = RouteTable("admin")

_FILES = obj({}, more={"type": "string", "maxLength": 1 << 21}) | {"maxProperties": 200}
_PERCENT = {"type": "integer", "minimum": 0, "maximum": 100}
_CANARY = obj(
    {
        "revision": TEXT,
        "percent": COUNT,
        "by": TEXT,
        "reason": TEXT,
        "compared": COUNT,
        "flips": obj({"to_smash": COUNT, "to_pass": COUNT}),
        "moved": COUNT,
        "unsure": COUNT,
        "sample": listed(obj({"image": TEXT, "tree": TEXT, "before": TEXT, "after": TEXT})),
    }
)


@table.add(
    "GET",
    "/admin/rules/canary",
    access="analyst",
    answers={200: obj({"canary": maybe(_CANARY)})},
)
def current_canary(request: ApiRequest) -> dict[str, object]:
    """The running canary and its counts."""
    running = request.services.rules.canary()
    return {"canary": None if running is None else running.as_json()}


@table.add(
    "POST",
    "/admin/rules/canary",
    access="editor",
    body=obj(
        {
            "files": _FILES,
            "revision": TEXT,
            "whole": {"type": "boolean"},
            "percent": _PERCENT,
            "reason": REASON,
        },
        "files",
        "revision",
        "whole",
        "reason",
    ),
    limit=LARGE_BODY,
    answers={200: obj({"canary": _CANARY})},
    problems=(404, 409),
)
def start(request: ApiRequest) -> dict[str, object]:
    """Start a canary for a share of viewers; 0 percent only counts."""
    body, service = request.body, request.services.rules
    if ("files" in body) == ("revision" in body):
        raise RequestRefused(400, "bad_input", "give either files or a revision")
    started = service.start_canary(
        service.load(body["files"]) if "files" in body else body["revision"],
        body["percent"],
        whole=body.get("whole", False),
        by=request.admin,
        origin=ORIGIN,
        reason=body.get("reason", ""),
    )
    return {"canary": started.as_json()}


@table.add(
    "DELETE",
    "/admin/rules/canary",
    access="editor",
    answers={200: obj({"canary": _CANARY})},
    problems=(404,),
)
def stop(request: ApiRequest) -> dict[str, object]:
    """End the canary: the active rules decide for everyone."""
    stopped = request.services.rules.stop_canary(by=request.admin, origin=ORIGIN)
    return {"canary": stopped.as_json()}
