"""``/admin``: edits of tags, vocabulary and rules, for programs with a token."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from smashpass.core.operations.changelog import Change
from smashpass.core.operations.job import Job
from smashpass.core.problems import Problem
from smashpass.core.rules.ruleset import RuleSet
from smashpass.core.tags.lookalikes import MOST_TOLD, new_name_warnings
from smashpass.core.timestamps import moment_text
from smashpass.services.rules.publish import require_good
from smashpass.services.search.search import tag_names
from smashpass.web.http.lookup import id_of
from smashpass.web.http.problems import RequestRefused
from smashpass.web.http.routing import LARGE_BODY, ApiRequest, RouteTable
from smashpass.web.http.schemas import (
    ANYTHING,
    COUNT,
    IMAGE,
    NAME,
    PAGING,
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
"""Origin of actions through these routes, in logs and the audit trail."""

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
    access="editor",
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
def patch_tags(request: ApiRequest) -> dict[str, object]:
    """Add and remove tags of one image; 409 if others changed the same tags since `seen`.

    `warnings` names new tags that look like others.
    """
    services, body = request.services, request.body
    subject = services.images.find(request.path["id"])
    index, ordinal = subject.index, subject.ordinal
    now = tag_names(index, index.own_tags(ordinal))
    warnings = new_name_warnings(body.get("add", []), index.vocabulary)
    change = services.tagging.retag(
        index,
        ordinal,
        image=subject.image,
        add=body.get("add", []),
        remove=body.get("remove", []),
        shown=body.get("seen", now),
        by=request.admin,
        origin=ORIGIN,
        reason=body["reason"],
    )
    index = services.library.index
    return {
        "image": request.path["id"],
        "tags": tag_names(index, index.own_tags(ordinal)),
        "change": None if change is None else change.seq,
    } | _warned(warnings)


@table.add(
    "POST",
    "/admin/tags/bulk",
    access="editor",
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
def bulk_tags(request: ApiRequest) -> tuple[int, dict[str, object]]:
    """Add and remove tags of all images that match a query; a job, or its exact effect.

    `warnings` names new tags that look like others.
    """
    tagging, body = request.services.tagging, request.body
    add, remove = body.get("add", []), body.get("remove", [])
    if body.get("dry_run", False):
        return 200, tagging.preview_bulk(body["query"], add, remove).as_json()
    job, effect = tagging.request_bulk(
        body["query"],
        add,
        remove,
        by=request.admin,
        origin=ORIGIN,
        reason=body.get("reason", ""),
    )
    return 202, {"job": job} | _warned(effect.warnings)


@table.add("GET", "/admin/jobs/{id}", access="analyst", answers={200: _JOB}, problems=(404,))
def job(request: ApiRequest) -> dict[str, object]:
    """The progress of a job."""
    return _job(request.services.jobs.get(id_of(request.path["id"], "job")))


@table.add("DELETE", "/admin/jobs/{id}", access="editor", answers={200: _JOB}, problems=(404,))
def cancel(request: ApiRequest) -> dict[str, object]:
    """Cancel a job that has not ended."""
    number = id_of(request.path["id"], "job")
    cancelled, _ = request.services.jobs.cancel(number, by=request.admin, origin=ORIGIN)
    return _job(cancelled)


@table.add(
    "POST",
    "/admin/rules/check",
    access="analyst",
    body=_RULES,
    limit=LARGE_BODY,
    answers={200: obj({"problems": listed(ANYTHING), "errors": COUNT, "warnings": COUNT})},
)
def check_rules(request: ApiRequest) -> dict[str, object]:
    """Every problem in rule files, with its place."""
    return _checked(_rules(request).problems)


@table.add(
    "POST",
    "/admin/rules/impact",
    access="analyst",
    body=_RULES,
    limit=LARGE_BODY,
    answers={200: obj({"revision": TEXT, "against": maybe(TEXT)}, more=True)},
)
def impact_of_rules(request: ApiRequest) -> dict[str, object]:
    """The exact effect of publishing the same body, on the library and on past swipes."""
    rules = _rules(request)
    require_good(rules)
    return request.services.rules.impact(rules, whole=_whole(request)).as_json()


@table.add(
    "POST",
    "/admin/rules/publish",
    access="editor",
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
def publish_rules(request: ApiRequest) -> dict[str, object]:
    """Publish files into the active set; with `whole` or a revision, replace the set."""
    published = request.services.rules.publish(
        _rules(request),
        whole=_whole(request),
        by=request.admin,
        origin=ORIGIN,
        reason=request.body["reason"],
        allow_no_default=request.body.get("allow_no_default", False),
    )
    return published.as_json()


@table.add(
    "POST",
    "/admin/rules/rollback",
    access="editor",
    body=obj(
        {"revision": NAME, "allow_no_default": _BOOLEAN, "reason": REASON}, "allow_no_default"
    ),
    answers={200: obj({"revision": TEXT, "changed": _BOOLEAN}, more=True)},
    problems=(404, 409),
)
def rollback_rules(request: ApiRequest) -> dict[str, object]:
    """Make an earlier revision active again."""
    published = request.services.rules.rollback(
        request.body["revision"],
        by=request.admin,
        origin=ORIGIN,
        reason=request.body["reason"],
        allow_no_default=request.body.get("allow_no_default", False),
    )
    return published.as_json()


@table.add(
    "GET",
    "/admin/changes",
    access="analyst",
    parameters=PAGING,
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
def changes(request: ApiRequest) -> dict[str, object]:
    """Edits of the library, newest first."""
    after, limit = request.args["after"], request.args["limit"]
    page = request.services.changes.page(None if after is None else int(after), limit)
    following = str(page[-1].seq) if len(page) == limit and page[-1].seq > 1 else None
    return {"changes": [_change(change) for change in page], "next": following}


@table.add(
    "POST",
    "/admin/changes/{id}/revert",
    access="editor",
    answers={200: _CHANGE},
    problems=(404, 409),
)
def revert_change(request: ApiRequest) -> dict[str, object]:
    """Undo a change by a new one, keeping later edits; a bulk edit is undone as a whole."""
    number = id_of(request.path["id"], "change")
    reverted = request.services.changes.revert(number, by=request.admin, origin=ORIGIN)
    return {"change": None if reverted is None else reverted.seq}


def _rules(request: ApiRequest) -> RuleSet:
    """Return the rules of a request: files, or a stored revision."""
    body, service = request.body, request.services.rules
    if ("files" in body) == ("revision" in body):
        raise RequestRefused(400, "bad_input", "give either files or a revision")
    if "files" in body:
        return service.load(body["files"])
    return service.load_revision(body["revision"])


def _whole(request: ApiRequest) -> bool:
    """Return whether a request replaces the whole set; a revision always does."""
    return bool(request.body.get("whole", False)) or "revision" in request.body


def _checked(problems: Any) -> dict[str, object]:
    """Return problems in the format of the command line."""
    located: list[Problem] = list(problems)
    errors = sum(problem.severity == "error" for problem in located)
    return {
        "problems": [problem.as_json() for problem in located],
        "errors": errors,
        "warnings": len(located) - errors,
    }


def _change(change: Change) -> dict[str, object]:
    """Serialise an entry of the change log."""
    return {
        "id": change.seq,
        "at": moment_text(change.at),
        "by": change.by,
        "kind": change.kind,
        "reason": change.reason,
        "images": change.images,
    }


def _warned(warnings: Sequence[str]) -> dict[str, object]:
    """Return the `warnings` member of a response; empty if there are none."""
    return {"warnings": [*warnings]} if warnings else {}


def _job(job: Job) -> dict[str, object]:
    """Serialise a job."""
    return {
        "job": job.id,
        "state": job.state,
        "done": job.done,
        "total": job.total,
        "change": job.change,
        "error": job.error,
    }
