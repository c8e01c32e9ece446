"""``/admin/tags/aliases``, ``…/implications`` and ``…/actions``: edits of tags, or their impact."""

from __future__ import annotations

from smashpass.services.vocabulary.actions import ACTIONS, TagAction, perform, preview
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
_DRY = Parameter("dry_run", FLAG, "1: only tell the exact impact", default=False)
_WHY = Parameter("reason", {"type": "string", "maxLength": 500}, "Why", default="")


@table.add(
    "POST",
    "/admin/tags/aliases",
    who="editor",
    body=obj(
        {"alias": TAG, "tag": TAG, "reason": REASON, "dry_run": _BOOLEAN}, "reason", "dry_run"
    ),
    answers={200: _EDITED},
    problems=(409,),
)
def add_alias(call: ApiRequest) -> dict[str, object]:
    """Make another name of a tag."""
    wish = call.body
    return _performed(call, TagAction("alias", wish["tag"], wish["alias"]))


@table.add(
    "DELETE",
    "/admin/tags/aliases/{alias}",
    who="editor",
    parameters=(_DRY, _WHY),
    answers={200: _EDITED},
    problems=(404, 409),
)
def remove_alias(call: ApiRequest) -> dict[str, object]:
    """Take another name away: it stands for itself again."""
    return _performed(call, TagAction("unalias", "", call.path["alias"]))


@table.add(
    "POST",
    "/admin/tags/implications",
    who="editor",
    body=obj(
        {"tag": TAG, "implies": TAG, "reason": REASON, "dry_run": _BOOLEAN}, "reason", "dry_run"
    ),
    answers={200: _EDITED},
    problems=(409,),
)
def add_implication(call: ApiRequest) -> dict[str, object]:
    """Let every image that has one tag have another, too."""
    wish = call.body
    return _performed(call, TagAction("imply", wish["tag"], wish["implies"]))


@table.add(
    "DELETE",
    "/admin/tags/implications/{tag}/{implied}",
    who="editor",
    parameters=(_DRY, _WHY),
    answers={200: _EDITED},
    problems=(404, 409),
)
def remove_implication(call: ApiRequest) -> dict[str, object]:
    """Take an implication back."""
    return _performed(call, TagAction("unimply", call.path["tag"], call.path["implied"]))


@table.add(
    "POST",
    "/admin/tags/actions",
    who="editor",
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
def do_action(call: ApiRequest) -> dict[str, object]:
    """Do any action on a tag; `other` is the other tag or name, or the language of a label."""
    body = call.body
    texts = (body.get("category", ""), body.get("label", ""), body.get("description", ""))
    return _performed(call, TagAction(body["action"], body["tag"], body.get("other", ""), texts))


def _performed(call: ApiRequest, wanted: TagAction) -> dict[str, object]:
    """Do an action on a tag, or return its exact impact."""
    parts = call.parts
    options = call.body if call.body is not None else call.args
    parts.library.refresh()
    previewed = preview(parts.library.index, parts.rules.trees, wanted)
    warned = {"warnings": [*previewed.warnings]} if previewed.warnings else {}
    if options.get("dry_run", False):
        return {**previewed.impact.as_json(), **warned}
    reason = options.get("reason") or None
    change = perform(parts.catalogue, wanted, by=call.admin, origin="api", reason=reason)
    parts.library.refresh()
    return {"change": None if change is None else change.seq, **warned}
