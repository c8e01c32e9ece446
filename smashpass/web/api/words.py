"""``/admin/tags/aliases`` and ``/admin/tags/implications``: edits of words, looked at or made."""

from __future__ import annotations

from smashpass.core.lookalikes import look_alikes, warning
from smashpass.services.edited_words import new_names
from smashpass.services.shaping import Plan, shape
from smashpass.services.wording import (
    plan_alias,
    plan_implication,
    plan_unalias,
    plan_unimplication,
)
from smashpass.services.wording_impact import impact_of
from smashpass.web.api.schemas import COUNT, REASON, TAG, TEXT, listed, maybe, obj
from smashpass.web.reading import FLAG, Parameter
from smashpass.web.routing import Call, Table

table = Table("admin")

_BOOLEAN = {"type": "boolean"}
_WARNED = listed(TEXT)
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
def add_alias(call: Call) -> dict[str, object]:
    """Make another name of a tag."""
    wish = call.body
    return _shaped(call, lambda words: plan_alias(words, wish["alias"], wish["tag"]))


@table.add(
    "DELETE",
    "/admin/tags/aliases/{alias}",
    who="editor",
    parameters=(_DRY, _WHY),
    answers={200: _EDITED},
    problems=(404, 409),
)
def remove_alias(call: Call) -> dict[str, object]:
    """Take another name away: it stands for itself again."""
    return _shaped(call, lambda words: plan_unalias(words, call.path["alias"]))


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
def add_implication(call: Call) -> dict[str, object]:
    """Let every image that has one tag have another, too."""
    wish = call.body
    return _shaped(call, lambda words: plan_implication(words, wish["tag"], wish["implies"]))


@table.add(
    "DELETE",
    "/admin/tags/implications/{tag}/{implied}",
    who="editor",
    parameters=(_DRY, _WHY),
    answers={200: _EDITED},
    problems=(404, 409),
)
def remove_implication(call: Call) -> dict[str, object]:
    """Take an implication back."""
    tag, implied = call.path["tag"], call.path["implied"]
    return _shaped(call, lambda words: plan_unimplication(words, tag, implied))


def _shaped(call: Call, plan: Plan) -> dict[str, object]:
    """Make an edit of words, or tell its exact impact."""
    parts = call.parts
    wish = call.body if call.body is not None else call.args
    parts.library.refresh()
    index = parts.library.index
    planned = plan(index.vocabulary)
    alike = look_alikes(new_names(index.vocabulary, planned), index.vocabulary)
    warned = {"warnings": [warning(pair) for pair in alike]} if alike else {}
    if wish.get("dry_run", False):
        return {**impact_of(index, planned, parts.rules.trees).as_json(), **warned}
    reason = wish.get("reason") or None
    change = shape(parts.catalogue, plan, by=call.admin, origin="api", reason=reason)
    parts.library.refresh()
    return {"change": None if change is None else change.seq, **warned}
