"""``/admin/tags/aliases``, ``…/implications`` and ``…/actions``: edits of tags, or their impact."""

from __future__ import annotations

from smashpass.services.vocabulary.actions import ACTIONS, TagAction
from smashpass.web.http.reading import FLAG, Parameter
from smashpass.web.http.routing import ApiRequest, RouteTable
from smashpass.web.http.schemas import COUNT, REASON, TAG, TEXT, listed, maybe, obj

table = RouteTable("admin")

_BOOLEAN = {"type": "boolean"}
_WARNED = listed(TEXT)
_TEXT = {"type": "string", "maxLength": 2_000}
_EDITED = {
    "anyOf": [
        obj({"change": maybe(COUNT), "warnings": _WARNED}, "warnings"),
        obj(
            {"images": COUNT, "added": COUNT, "removed": COUNT, "verdicts": COUNT,
             "warnings": _WARNED},
            "warnings",
        ),
    ]
}  # fmt: skip
_DRY = Parameter("dry_run", FLAG, "1: only return the exact impact", default=False)
_WHY = Parameter("reason", {"type": "string", "maxLength": 500}, "Reason", default="")


@table.add(
    "POST",
    "/admin/tags/aliases",
    access="editor",
    body=obj(
        {"alias": TAG, "tag": TAG, "reason": REASON, "dry_run": _BOOLEAN}, "reason", "dry_run"
    ),
    answers={200: _EDITED},
    problems=(409,),
)
def add_alias(request: ApiRequest) -> dict[str, object]:
    """Add an alias of a tag."""
    body = request.body
    return _performed(request, TagAction("alias", body["tag"], body["alias"]))


@table.add(
    "DELETE",
    "/admin/tags/aliases/{alias}",
    access="editor",
    parameters=(_DRY, _WHY),
    answers={200: _EDITED},
    problems=(404, 409),
)
def remove_alias(request: ApiRequest) -> dict[str, object]:
    """Remove an alias: it is its own tag again."""
    return _performed(request, TagAction("unalias", "", request.path["alias"]))


@table.add(
    "POST",
    "/admin/tags/implications",
    access="editor",
    body=obj(
        {"tag": TAG, "implies": TAG, "reason": REASON, "dry_run": _BOOLEAN}, "reason", "dry_run"
    ),
    answers={200: _EDITED},
    problems=(409,),
)
def add_implication(request: ApiRequest) -> dict[str, object]:
    """Make every image with one tag have another, too."""
    body = request.body
    return _performed(request, TagAction("imply", body["tag"], body["implies"]))


@table.add(
    "DELETE",
    "/admin/tags/implications/{tag}/{implied}",
    access="editor",
    parameters=(_DRY, _WHY),
    answers={200: _EDITED},
    problems=(404, 409),
)
def remove_implication(request: ApiRequest) -> dict[str, object]:
    """Remove an implication."""
    return _performed(request, TagAction("unimply", request.path["tag"], request.path["implied"]))


@table.add(
    "POST",
    "/admin/tags/actions",
    access="editor",
    body=obj(
        {
            "action": {"type": "string", "enum": [*ACTIONS]},
            "tag": TAG,
            "other": TAG,
            "category": _TEXT,
            "label": _TEXT,
            "description": _TEXT,
            "reason": REASON,
            "dry_run": _BOOLEAN,
        },
        "other",
        "category",
        "label",
        "description",
        "reason",
        "dry_run",
    ),
    answers={200: _EDITED},
    problems=(409,),
)
def do_action(request: ApiRequest) -> dict[str, object]:
    """Perform any action on a tag; `other` is the other tag or name, or the language of a label."""
    body = request.body
    texts = (body.get("category", ""), body.get("label", ""), body.get("description", ""))
    return _performed(request, TagAction(body["action"], body["tag"], body.get("other", ""), texts))


def _performed(request: ApiRequest, action: TagAction) -> dict[str, object]:
    """Perform an action on a tag, or return its exact impact."""
    vocabulary = request.services.vocabulary
    options = request.body if request.body is not None else request.args
    previewed = vocabulary.preview(action)
    warned = {"warnings": [*previewed.warnings]} if previewed.warnings else {}
    if options.get("dry_run", False):
        return {**previewed.impact.as_json(), **warned}
    reason = options.get("reason") or None
    change = vocabulary.perform(action, by=request.admin, origin="api", reason=reason)
    return {"change": None if change is None else change.seq, **warned}
