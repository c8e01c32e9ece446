"""``/admin``: edits of tags, words and rules, for programs with a token."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from smashpass.core.errors import NotFound
from smashpass.core.operations.changelog import Change
from smashpass.core.operations.job import Job
from smashpass.core.problems import Problem
from smashpass.core.tags.lookalikes import MOST_TOLD, new_name_warnings
from smashpass.core.timestamps import moment_text
from smashpass.services.rules.publish import require_good
from smashpass.services.rules.sets import LoadedRules
from smashpass.services.runtime.job_control import cancel_job
from smashpass.services.search.search import tag_names
from smashpass.services.tagging import bulk
from smashpass.services.tagging.edit import retag
from smashpass.services.tagging.revert import revert
from smashpass.services.tagging.undo import bulk_edit_parts
from smashpass.web.http.problems import RequestRefused
from smashpass.web.http.reading import Parameter
from smashpass.web.http.routing import LARGE_BODY, ApiRequest, RouteTable
from smashpass.web.http.schemas import (
    ANYTHING,
    COUNT,
    IMAGE,
    NAME,
    QUERY,
    REASON,
    TAG,
    TEXT,
    listed,
    maybe,
    obj,
)

table = RouteTable("admin")

ORIGIN = "api"
"""The door through which acts on these routes come, in logs and the audit trail."""

_BOOLEAN = {"type": "boolean"}
_TAGS = listed(TAG, 1_000)
_WARNINGS = listed(TEXT, MOST_TOLD + 1)
_CHANGE = obj({"change": maybe(COUNT)})
_FILES = obj({}, more={"type": "string", "maxLength": 1 << 21}) | {"maxProperties": 200}
_RULES = obj({"files": _FILES, "revision": TEXT, "whole": _BOOLEAN}, "files", "revision", "whole")
_JOB = obj({"job": COUNT, "state": TEXT, "done": COUNT, "total": COUNT, "change": maybe(COUNT),
            "error": TEXT})  # fmt: skip


@table.add(
    "PATCH",
    "/admin/images/{id}/tags",
    who="editor",
    body=obj(
        {"add": _TAGS, "remove": _TAGS, "seen": _TAGS, "reason": REASON}, "add", "remove", "seen"
    ),
    answers={
        200: obj(
            {"image": IMAGE, "tags": listed(TAG), "change": maybe(COUNT), "warnings": _WARNINGS},
            "warnings",
        )
    },
    problems=(404, 409),
)
def patch_tags(call: ApiRequest) -> dict[str, object]:
    """Give and take tags of one image; 409 if others changed the same since `seen`.

    `warnings` names new tags that look like others.
    """
    parts, wish = call.parts, call.body
    parts.library.refresh()
    index = parts.library.index
    ordinal = parts.image_ids.decode(call.path["id"][:65])
    if ordinal is None or not (ordinal in index.live or ordinal in index.parts.hidden):
        raise NotFound("there is no such image")
    now = tag_names(index, index.own_tags(ordinal))
    warnings = new_name_warnings(wish.get("add", []), index.vocabulary)
    change = retag(
        index,
        ordinal,
        parts.catalogue,
        image=call.path["id"],
        add=wish.get("add", []),
        remove=wish.get("remove", []),
        base_tags=wish.get("seen", now),
        by=call.admin,
        origin=ORIGIN,
        reason=wish["reason"],
    )
    parts.library.refresh()
    index = parts.library.index
    return {
        "image": call.path["id"],
        "tags": tag_names(index, index.own_tags(ordinal)),
        "change": None if change is None else change.seq,
    } | _warned(warnings)


@table.add(
    "POST",
    "/admin/tags/bulk",
    who="editor",
    body=obj(
        {"query": QUERY, "add": _TAGS, "remove": _TAGS, "dry_run": _BOOLEAN, "reason": REASON},
        "add",
        "remove",
        "dry_run",
        "reason",
    ),
    answers={
        202: obj({"job": COUNT, "warnings": _WARNINGS}, "warnings"),
        200: obj(
            {
                "images": COUNT,
                "added": COUNT,
                "removed": COUNT,
                "verdicts": COUNT,
                "warnings": _WARNINGS,
            },
            "warnings",
        ),
    },
)
def bulk_tags(call: ApiRequest) -> tuple[int, dict[str, object]]:
    """Give and take tags of all images that a query matches; a job, or its exact effect.

    `warnings` names new tags that look like others.
    """
    parts, wish = call.parts, call.body
    parts.library.refresh()
    index = parts.library.index
    add, remove = wish.get("add", []), wish.get("remove", [])
    if not add and not remove:
        raise RequestRefused(400, "bad_input", "give tags to add or to remove")
    effect = bulk.preview(index, wish["query"], add, remove, parts.rules.trees, parts.tag_finder)
    if wish.get("dry_run", False):
        return 200, effect.as_json()
    job = bulk.request(
        parts.jobs,
        parts.audit,
        effect,
        wish["query"],
        add,
        remove,
        by=call.admin,
        origin=ORIGIN,
        reason=wish.get("reason", ""),
    )
    return 202, {"job": job} | _warned(effect.warnings)


@table.add("GET", "/admin/jobs/{id}", who="analyst", answers={200: _JOB}, problems=(404,))
def job(call: ApiRequest) -> dict[str, object]:
    """How far a job is."""
    return _job(call.parts.jobs.get(_number(call.path["id"], "job")))


@table.add("DELETE", "/admin/jobs/{id}", who="editor", answers={200: _JOB}, problems=(404,))
def cancel(call: ApiRequest) -> dict[str, object]:
    """Cancel a job that has not ended."""
    parts, number = call.parts, _number(call.path["id"], "job")
    cancelled, _ = cancel_job(parts.jobs, parts.audit, number, by=call.admin, origin=ORIGIN)
    return _job(cancelled)


@table.add(
    "POST",
    "/admin/rules/check",
    who="analyst",
    body=_RULES,
    limit=LARGE_BODY,
    answers={200: obj({"problems": listed(ANYTHING), "errors": COUNT, "warnings": COUNT})},
)
def check_rules(call: ApiRequest) -> dict[str, object]:
    """Every mistake of rule files, with its place."""
    return _checked(_rules(call).problems)


@table.add(
    "POST",
    "/admin/rules/impact",
    who="analyst",
    body=_RULES,
    limit=LARGE_BODY,
    answers={200: obj({"revision": TEXT, "against": maybe(TEXT)}, more=True)},
)
def impact_of_rules(call: ApiRequest) -> dict[str, object]:
    """The exact effect of publishing the same body, on the library and on past swipes."""
    parts = call.parts
    rules = _rules(call)
    require_good(rules)
    parts.library.refresh()
    return parts.impacts.of(rules, parts.library.index, whole=_whole(call)).as_json()


@table.add(
    "POST",
    "/admin/rules/publish",
    who="editor",
    body=obj(
        {
            "files": _FILES,
            "revision": TEXT,
            "whole": _BOOLEAN,
            "allow_no_default": _BOOLEAN,
            "reason": REASON,
        },
        "files",
        "revision",
        "whole",
        "allow_no_default",
    ),
    limit=LARGE_BODY,
    answers={200: obj({"revision": TEXT, "changed": _BOOLEAN}, more=True)},
    problems=(404, 409),
)
def publish_rules(call: ApiRequest) -> dict[str, object]:
    """Replace or add trees in the active set by files; with `whole` or a revision, replace it."""
    parts = call.parts
    rules = _rules(call)
    take = parts.publishing.publish if _whole(call) else parts.publishing.publish_files
    published = take(
        rules,
        by=call.admin,
        origin=ORIGIN,
        reason=call.body["reason"],
        allow_no_default=call.body.get("allow_no_default", False),
    )
    parts.rules.refresh()
    return published.as_json()


@table.add(
    "POST",
    "/admin/rules/rollback",
    who="editor",
    body=obj(
        {"revision": NAME, "allow_no_default": _BOOLEAN, "reason": REASON}, "allow_no_default"
    ),
    answers={200: obj({"revision": TEXT, "changed": _BOOLEAN}, more=True)},
    problems=(404, 409),
)
def rollback_rules(call: ApiRequest) -> dict[str, object]:
    """Make an earlier revision active again."""
    parts = call.parts
    published = parts.publishing.rollback(
        call.body["revision"],
        by=call.admin,
        origin=ORIGIN,
        reason=call.body["reason"],
        allow_no_default=call.body.get("allow_no_default", False),
    )
    parts.rules.refresh()
    return published.as_json()


@table.add(
    "GET",
    "/admin/changes",
    who="analyst",
    parameters=(
        Parameter(
            "limit",
            {"type": "integer", "minimum": 1, "maximum": 500},
            "How many at most",
            default=100,
        ),
        Parameter(
            "after",
            {"type": "string", "maxLength": 18, "pattern": "^[0-9]+$"},
            "`next` of the page before",
        ),
    ),
    answers={
        200: obj(
            {
                "changes": listed(
                    obj(
                        {
                            "id": COUNT,
                            "at": TEXT,
                            "by": TEXT,
                            "kind": TEXT,
                            "reason": TEXT,
                            "images": COUNT,
                        }
                    )
                ),
                "next": maybe(TEXT),
            }
        )
    },
)
def changes(call: ApiRequest) -> dict[str, object]:
    """Edits of the library, newest first."""
    after, limit = call.args["after"], call.args["limit"]
    page = call.parts.changes.history(None if after is None else int(after), limit)
    following = str(page[-1].seq) if len(page) == limit and page[-1].seq > 1 else None
    return {"changes": [_change(one) for one in page], "next": following}


@table.add(
    "POST",
    "/admin/changes/{id}/revert",
    who="editor",
    answers={200: _CHANGE},
    problems=(404, 409),
)
def revert_change(call: ApiRequest) -> dict[str, object]:
    """Undo a change by another one; what others did since stays. A bulk edit is undone whole."""
    parts = call.parts
    number = _number(call.path["id"], "change")
    made = None
    for each in bulk_edit_parts(parts.changes, parts.jobs, number):
        why = f"revert of change {number}"
        one = revert(parts.changes, parts.catalogue, each, by=call.admin, origin=ORIGIN, reason=why)
        made = made if one is None else one
    parts.library.refresh()
    return {"change": None if made is None else made.seq}


def _rules(call: ApiRequest) -> LoadedRules:
    """Return the rules of a request: files, or a revision that is kept."""
    wish, parts = call.body, call.parts
    if ("files" in wish) == ("revision" in wish):
        raise RequestRefused(400, "bad_input", "give either files or a revision")
    files = wish["files"] if "files" in wish else parts.publishing.find(wish["revision"]).files
    return parts.load_rules(files)


def _whole(call: ApiRequest) -> bool:
    """Tell whether the rules of a request are the whole set: on request, and a revision always."""
    return bool(call.body.get("whole", False)) or "revision" in call.body


def _checked(problems: Any) -> dict[str, object]:
    """Return located problems as the command line gives them."""
    found: list[Problem] = list(problems)
    errors = sum(problem.severity == "error" for problem in found)
    return {
        "problems": [problem.as_json() for problem in found],
        "errors": errors,
        "warnings": len(found) - errors,
    }


def _change(one: Change) -> dict[str, object]:
    """Return an entry of the log."""
    return {
        "id": one.seq,
        "at": moment_text(one.at),
        "by": one.by,
        "kind": one.kind,
        "reason": one.reason,
        "images": one.images,
    }


def _warned(warnings: Sequence[str]) -> dict[str, object]:
    """Return the member of an answer that warns, if there is anything to warn of."""
    return {"warnings": [*warnings]} if warnings else {}


def _job(one: Job) -> dict[str, object]:
    """Return a job as it is shown."""
    return {
        "job": one.id,
        "state": one.state,
        "done": one.done,
        "total": one.total,
        "change": one.change,
        "error": one.error,
    }


def _number(text: str, what: str) -> int:
    """Return a number of a path; NotFound if it is none."""
    if not text.isascii() or not text.isdigit() or len(text) > 18:
        raise NotFound(f"there is no {what} {text[:40]!r}")
    return int(text)
