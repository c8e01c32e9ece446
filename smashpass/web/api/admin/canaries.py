"""``/admin/rules/canary``: rules beside the active ones, for programs with a token."""

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
    who="analyst",
    answers={200: obj({"canary": maybe(_CANARY)})},
)
def told(call: ApiRequest) -> dict[str, object]:
    """The rules that run beside the active ones, and what was counted of them."""
    found = call.parts.canarying.current()
    return {"canary": None if found is None else found.as_json()}


@table.add(
    "POST",
    "/admin/rules/canary",
    who="editor",
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
def start(call: ApiRequest) -> dict[str, object]:
    """Let rules run beside the active ones for some viewers; 0 percent only counts."""
    wish, parts = call.body, call.parts
    if ("files" in wish) == ("revision" in wish):
        raise RequestRefused(400, "bad_input", "give either files or a revision")
    reason = wish.get("reason", "")
    if "files" in wish:
        rules = parts.load_rules(wish["files"])
        found = parts.canarying.start(
            rules,
            wish["percent"],
            whole=wish.get("whole", False),
            by=call.admin,
            origin=ORIGIN,
            reason=reason,
        )
    else:
        found = parts.canarying.start_revision(
            wish["revision"], wish["percent"], by=call.admin, origin=ORIGIN, reason=reason
        )
    parts.rules.refresh()
    return {"canary": found.as_json()}


@table.add(
    "DELETE",
    "/admin/rules/canary",
    who="editor",
    answers={200: obj({"canary": _CANARY})},
    problems=(404,),
)
def stop(call: ApiRequest) -> dict[str, object]:
    """End the canary: the active rules decide alone."""
    found = call.parts.canarying.stop(by=call.admin, origin=ORIGIN)
    call.parts.rules.refresh()
    return {"canary": found.as_json()}
