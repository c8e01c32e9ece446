"""The editor of rule files: text, problems, and the drawn tree."""

from __future__ import annotations

from urllib.parse import quote

from flask import Response, render_template
from flask_babel import gettext as _
from flask_babel import ngettext

from smashpass.core.errors import BadInput, StaleVersion
from smashpass.core.text.line_endings import restore_line_endings
from smashpass.services.rules.authoring.drafts import EditedFile, require_path
from smashpass.services.rules.authoring.inspection import Inspection
from smashpass.services.rules.coverage import yaml_of
from smashpass.services.rules.sets import file_differences
from smashpass.web.admin.request import AdminRequest, PageRoutes
from smashpass.web.admin.rules.flips import pictures_of, sampled_a_tree
from smashpass.web.admin.rules.marks import marks_of
from smashpass.web.admin.rules.texts import cut_differences, fold, required_number
from smashpass.web.admin.rules.tree_picture import TreePicture, percent, picture

pages = PageRoutes("rules")

MISSING = 5
"""Number of missing tests that the editor proposes."""


@pages.get("/rules/new", role="editor")
def new_file(request: AdminRequest) -> Response:
    """Redirect to the editor of a new file."""
    path = request.args.get("path", "").strip()
    require_path(path)
    return request.go(f"/rules/edit/{quote(path)}")


@pages.get("/rules/edit/<path:path>", role="analyst")
def edit_page(request: AdminRequest) -> Response:
    """One file with its tree; read-only without the editor role."""
    return _page(request, request.services.drafts.open(request.account.id, request.path["path"]))


@pages.post("/rules/edit/<path:path>", role="editor", large=True)
def save(request: AdminRequest) -> Response:
    """Save a draft, even with errors; it has no effect yet."""
    drafts, path, text = (
        request.services.drafts,
        request.path["path"],
        request.form.get("text", ""),
    )
    seen_version, base = (
        required_number(request.form.get("seen", "")),
        required_number(request.form.get("base", "")),
    )
    try:
        edited = drafts.save(request.account.id, path, text, last_saved_at=seen_version, base=base)
    except StaleVersion as error:
        edited = drafts.open(request.account.id, path)
        return _page(
            request,
            edited,
            typed=restore_line_endings(edited.text, text),
            wrong=str(error),
            status=409,
        )
    except BadInput as error:
        require_path(path)
        edited = drafts.open(request.account.id, path)
        return _page(request, edited, typed=text, wrong=str(error), status=400)
    message = _("Draft saved. It has no effect until it is published.")
    if not edited.saved_at:
        message = _("The text matches the published version, so no draft is kept.")
    elif not edited.text:
        message = _("Your draft is empty: publishing it removes the file from the set.")
    return request.go(f"/rules/edit/{quote(path)}", message=message)


@pages.post("/rules/check/<path:path>", role="analyst", large=True)
def check(request: AdminRequest) -> Response:
    """Live check while typing: problems, the tree, its tests."""
    drafts = request.services.drafts
    edited = drafts.open(request.account.id, request.path["path"])
    inspection = drafts.inspect(
        edited.path, restore_line_endings(edited.text, request.form.get("text", ""))
    )
    values = _seen(request, inspection, edited.path, request.form.get("text", ""))
    marks = marks_of(request.form.get("text", ""), edited.path, inspection.problems)
    usable = inspection.usable
    return request.json(
        {
            "marks": [mark.as_json() for mark in marks.values()],
            "names": None if usable is None else usable.as_json(),
            "summary": summary_of(inspection),
            "errors": inspection.errors,
            "problems": [problem.as_json() for problem in inspection.problems],
            "side": render_template("admin/rule_side.html", **values),
            "list": render_template("admin/rule_list.html", **values),
            "below": render_template("admin/rule_below.html", **values),
        }
    )


@pages.post("/rules/impact/<path:path>", role="analyst", large=True)
def impact(request: AdminRequest) -> Response:
    """What a text would change on the whole library, also while its tests fail."""
    drafts = request.services.drafts
    edited = drafts.open(request.account.id, request.path["path"])
    text = restore_line_endings(edited.text, request.form.get("text", ""))
    values = _impact(request, edited.path, text)
    return request.json({"html": render_template("admin/rule_impact.html", **values)})


@pages.post("/rules/drafts/drop", role="editor")
def drop(request: AdminRequest) -> Response:
    """Discard one or all drafts."""
    count = request.services.drafts.discard(request.account.id, request.form.get("file", ""))
    return request.go(
        "/rules", message=ngettext("%(num)s draft discarded.", "%(num)s drafts discarded.", count)
    )


@pages.post("/rules/drafts/rebase/<path:path>", role="editor")
def rebase(request: AdminRequest) -> Response:
    """Rebase a draft on the active revision: as it is, or merged."""
    drafts, path = request.services.drafts, request.path["path"]
    seen_version = required_number(request.form.get("seen", ""))
    if request.form.get("how") == "merge":
        merged = drafts.merge(request.account.id, path, last_saved_at=seen_version)
        message = _("Your draft now contains both edits.")
        if merged.conflicts:
            message = _(
                "Your draft contains both edits. Conflicts to resolve: %(count)s.",
                count=merged.conflicts,
            )
    else:
        drafts.rebase(request.account.id, path, last_saved_at=seen_version)
        message = _(
            "Your draft is now based on the active revision, without other people’s changes."
        )
    return request.go(f"/rules/edit/{quote(path)}", message=message)


def summary_of(inspection: Inspection) -> str:
    """Summarise the state of a file for the status line."""
    warnings = len(inspection.problems) - inspection.errors
    parts = []
    if inspection.errors:
        parts.append(ngettext("%(num)s error", "%(num)s errors", inspection.errors))
    if warnings:
        parts.append(ngettext("%(num)s warning", "%(num)s warnings", warnings))
    if inspection.tests:
        passed, tests = inspection.passed, len(inspection.tests)
        parts.append(_("%(passed)s of %(tests)s tests pass", passed=passed, tests=tests))
    return ", ".join(parts) or _("No problems found")


def _page(
    request: AdminRequest,
    edited: EditedFile,
    *,
    typed: str | None = None,
    wrong: str = "",
    status: int = 200,
) -> Response:
    """Return the editor page."""
    text = edited.text if typed is None else typed
    inspection = request.services.drafts.inspect(edited.path, text)
    stale = file_differences(
        {edited.path: edited.began or ""}, {edited.path: edited.published or ""}
    )
    unsaved = file_differences({edited.path: text}, {edited.path: edited.text})
    return request.page(
        "rule_editor.html",
        status,
        piece=edited,
        text=text,
        wrong=wrong,
        summary=summary_of(inspection),
        theirs=cut_differences(stale) if edited.is_stale else [],
        kept=cut_differences(unsaved) if status == 409 else [],
        shown_marks=[
            mark.as_json() for mark in marks_of(text, edited.path, inspection.problems).values()
        ],
        names={} if inspection.usable is None else inspection.usable.as_json(),
        **{
            **_seen(request, inspection, edited.path, text),
            **_impact(request, edited.path, text),
        },
    )


def _impact(request: AdminRequest, path: str, text: str) -> dict[str, object]:
    """Return the values of the impact template."""
    index = request.services.library.latest()
    reports = request.services.drafts.impact(path, text)
    return {
        "images": len(index.live),
        "reports": reports,
        "pictures": pictures_of(request, reports or (), index),
        "sampled": sampled_a_tree(reports or ()),
        "percent": percent,
    }


def _seen(request: AdminRequest, inspection: Inspection, path: str, text: str) -> dict[str, object]:
    """Return the values of the side templates."""
    drawn: TreePicture | None = (
        None if inspection.root is None else picture(inspection.root, request.labels)
    )
    covered = inspection.covered
    return {
        "look": inspection,
        "own_path": path,
        "marks": marks_of(text, path, inspection.problems),
        "drawn": drawn,
        "percent": percent,
        "fold": fold,
        "missing": [] if covered is None else [
            (goal.name, yaml_of(example))
            for goal, example in covered.missing[:MISSING] if example is not None
        ],
    }  # fmt: skip
