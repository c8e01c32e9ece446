"""The change log: who did what and why, and undo that keeps later edits."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import get_args
from urllib.parse import urlencode

from flask import Response
from flask_babel import gettext as _
from flask_babel import ngettext
from werkzeug.datastructures import MultiDict

from smashpass.core.errors import BadInput
from smashpass.core.imageset import Ordinal
from smashpass.core.operations.changelog import (
    AttributeEdit,
    Change,
    ChangeKind,
    ImportBatch,
    RevisionEdit,
    StateEdit,
    TagEdits,
    VocabularyEdit,
    touched_by,
)
from smashpass.core.tags.vocabulary import Vocabulary
from smashpass.core.text.reasons import MAX_LENGTH, read_reason
from smashpass.services.tagging.bulk import evenly_spaced
from smashpass.services.tagging.undo import ChangeFilter, UndoPreview
from smashpass.services.vocabulary.history import describe_edit
from smashpass.web.admin.request import ORIGIN, AdminRequest, PageRoutes
from smashpass.web.admin.vocabulary.vocabulary import tag_path
from smashpass.web.http.lookup import id_of, number_of

PAGE = 100
LINES = 200
SAMPLES = 24
TODAY = "today"
_HOUR_US = 3_600 * 1_000_000
_DAY_US = 24 * _HOUR_US
_LONGEST_NAME = 200

pages = PageRoutes("changes")


@dataclass(frozen=True, slots=True)
class ChangeLine:
    """One line of a change: a sign, a description, and the number of images."""

    sign: str
    description: str
    images: int | None = None
    tag: str = ""


@pages.get("/changes", role="analyst")
def changes(request: AdminRequest) -> Response:
    """The log, newest first."""
    args = request.args
    by, kind, span = args.get("by", "").strip(), args.get("kind", ""), args.get("since", "")
    before = number_of(args.get("before", ""), 0) or None
    page = request.services.changes.page(
        before, PAGE, by=by[:_LONGEST_NAME], kind=kind, since=_since(request, span)
    )
    filters = {"by": by, "kind": kind, "since": span}
    spans = _spans()
    return request.page(
        "changes.html",
        changes=page,
        filters={name: value for name, value in filters.items() if value},
        kinds=get_args(ChangeKind),
        kind_labels=_kind_labels(),
        editors=[account.name for account in request.services.accounts.everyone()],
        spans=spans,
        span_label=dict(spans).get(span, ""),
        before=before,
        following=page[-1].seq if len(page) == PAGE and page[-1].seq > 1 else None,
        undo_all=urlencode({name: value for name, value in filters.items() if value}),
    )


@pages.get("/changes/<number>", role="analyst")
def change(request: AdminRequest) -> Response:
    """One change: its effect, its images, and a preview of undoing it."""
    services = request.services
    entry = services.changes.get(id_of(request.path["number"], "change"))
    (preview,) = services.changes.preview([entry])
    index = services.library.index
    lines = [*lines_of(entry, index.vocabulary)]
    job = entry.origin.removeprefix("job ") if entry.origin.startswith("job ") else ""
    image_numbers = [*evenly_spaced(touched_by(entry.body()), SAMPLES)]
    return request.page(
        "change.html",
        change=entry,
        lines=lines[:LINES],
        more=max(0, len(lines) - LINES),
        preview=preview,
        job=number_of(job, 0),
        run=_run(entry),
        samples=services.images.cards(index, [Ordinal(image) for image in image_numbers]),
        tag_path=tag_path,
        kind_labels=_kind_labels(),
    )


@pages.get("/changes/-/undo", role="editor")
def preview_undo(request: AdminRequest) -> Response:
    """A preview of undoing, without what others edited since."""
    return _preview_page(request, _selection(request, request.args))


@pages.post("/changes/-/undo", role="editor")
def undo(request: AdminRequest) -> Response:
    """Undo the previewed changes: immediately, or as a job if there are many."""
    selection = _selection(request, request.form)
    try:
        reason = read_reason(request.form.get("reason", ""))
    except BadInput as error:
        return _preview_page(request, selection, error)
    undone = request.services.changes.undo(
        selection, by=request.account.name, origin=ORIGIN, reason=reason
    )
    if undone.job is not None:
        queued = _("Job %(number)s is queued.", number=undone.job)
        return request.go(f"/bulk/{undone.job}", queued)
    if not undone.changes:
        return request.go("/changes", _("Nothing was left to undo."))
    message = _(
        "%(count)s of %(selected)s changes undone by %(changes)s.",
        count=len(undone.changes),
        selected=undone.selected,
        changes=_listed(undone.changes),
    )
    return request.go("/changes", message)


def lines_of(entry: Change, vocabulary: Vocabulary) -> list[ChangeLine]:
    """Describe a change, line by line."""
    match entry.body():
        case TagEdits(edits):
            lines = []
            for edit in edits:
                name = vocabulary.names[edit.tag]
                for sign, images in (("+", edit.added), ("−", edit.removed)):
                    if images:
                        lines.append(ChangeLine(sign, name, len(images), name))
            return lines
        case StateEdit(hidden, shown):
            pairs = ((_("hidden"), hidden), (_("shown again"), shown))
            return [
                ChangeLine("", description, len(images)) for description, images in pairs if images
            ]
        case ImportBatch(added=added, changed=changed, names=names):
            pairs = ((_("added"), added), (_("changed"), changed))
            lines = [
                ChangeLine("", description, len(images)) for description, images in pairs if images
            ]
            return [
                *lines,
                *(ChangeLine("", _("new tag %(name)s", name=name), tag=name) for name in names),
            ]
        case AttributeEdit(name, images):
            return [ChangeLine("", _("new values of %(name)s", name=name), len(images))]
        case RevisionEdit(sha256=sha256):
            return [ChangeLine("", _("rules %(revision)s went live", revision=sha256[:12]))]
        case VocabularyEdit() as edit:
            return [
                ChangeLine("", description)
                for description in describe_edit(edit, vocabulary.names, edit.touched)
            ]


def _preview_page(
    request: AdminRequest, selection: ChangeFilter, error: BadInput | None = None
) -> Response:
    """Return the preview of undoing."""
    changes = request.services.changes
    selected = changes.select(selection)
    previews = changes.preview(selected)
    fields = {
        "by": selection.by,
        "job": selection.job or "",
        "run": selection.run or "",
        "kind": selection.kind,
        "from": selection.since or "",
        "newest": selected[0].seq if selected else "",
    }
    return request.page(
        "undo.html",
        400 if error else 200,
        previews=previews[:PAGE],
        count=len(previews),
        undone=sum(preview.undone for preview in previews),
        kept=sum(preview.kept for preview in previews),
        refused=sum(bool(preview.refused) for preview in previews),
        describe=_describe,
        kind_labels=_kind_labels(),
        fields=[]
        if selection.numbers
        else [(name, value) for name, value in fields.items() if value],
        numbers=selection.numbers,
        error=error,
        reason=request.form.get("reason", ""),
        longest=MAX_LENGTH,
    )


def _selection(request: AdminRequest, fields: MultiDict[str, str]) -> ChangeFilter:
    """Parse the selection of changes in an address or a form."""
    numbers = [number_of(text, 0) for text in fields.getlist("change")]
    return ChangeFilter(
        tuple(number for number in numbers if number),
        fields.get("by", "").strip()[:_LONGEST_NAME],
        number_of(fields.get("job", ""), 0),
        number_of(fields.get("run", ""), 0),
        fields.get("kind", ""),
        _exactly(fields.get("from", "")) or _since(request, fields.get("since", "")),
        number_of(fields.get("newest", ""), 0),
    )


def _kind_labels() -> dict[str, str]:
    """Return the kinds of changes with their names."""
    return {
        "import": _("import"),
        "tags": _("tags"),
        "state": _("shown or hidden"),
        "vocabulary": _("vocabulary"),
        "attributes": _("values"),
        "revision": _("rules"),
    }


def _spans() -> tuple[tuple[str, str], ...]:
    """Return the spans of time that can be chosen, with their names."""
    return (
        ("1", _("last hour")),
        (TODAY, _("today")),
        ("24", _("last 24 hours")),
        ("168", _("last 7 days")),
    )


def _describe(preview: UndoPreview) -> str:
    """Describe what undoing would do to one change."""
    if preview.refused:
        return str(_("stays: %(reason)s", reason=preview.refused))
    if not preview.undone:
        return str(_("stays: everything has been edited since, or is already undone"))
    count = f"{preview.undone:,}"
    summary: str
    match preview.change.kind:
        case "import":
            summary = ngettext(
                "%(count)s image hidden", "%(count)s images hidden", preview.undone, count=count
            )
        case "state":
            summary = ngettext("%(count)s image", "%(count)s images", preview.undone, count=count)
        case "vocabulary":
            summary = ngettext(
                "%(count)s vocabulary entry",
                "%(count)s vocabulary entries",
                preview.undone,
                count=count,
            )
        case _:
            summary = ngettext(
                "%(count)s tag of an image", "%(count)s tags of images", preview.undone, count=count
            )
    if not preview.kept:
        return summary
    kept = f"{preview.kept:,}"
    return str(
        _(
            "%(summary)s; %(kept)s stay because they have been edited since",
            summary=summary,
            kept=kept,
        )
    )


def _since(request: AdminRequest, span: str) -> int:
    """Return the earliest timestamp to include; 0 for all. Days begin at midnight in UTC."""
    now = request.services.clock()
    if span == TODAY:
        return now - now % _DAY_US
    hours = number_of(span, 0)
    return now - hours * _HOUR_US if hours else 0


def _exactly(moment: str) -> int:
    """Parse a timestamp in microseconds from a form; 0 if invalid."""
    return int(moment) if moment.isascii() and moment.isdigit() and len(moment) < 18 else 0


def _run(entry: Change) -> int:
    """Return the import run of a change; 0 for other changes."""
    body = entry.body()
    return body.run if isinstance(body, ImportBatch) else 0


def _listed(undone: Sequence[Change]) -> str:
    """Format a range of change numbers."""
    first, last = undone[0].seq, undone[-1].seq
    if first == last:
        return str(_("change %(number)s", number=first))
    return str(_("changes %(first)s to %(last)s", first=first, last=last))
