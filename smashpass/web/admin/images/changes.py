"""The change log: who did what, why, and how it is undone without losing what came after."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import get_args
from urllib.parse import urlencode

from flask import Response
from werkzeug.datastructures import MultiDict

from smashpass.core.errors import BadInput, NotFound
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
from smashpass.services.tagging import undo as undoing
from smashpass.services.tagging.bulk import evenly_spaced
from smashpass.services.tagging.undo import ChangeFilter, UndoPreview
from smashpass.services.vocabulary.history import describe_edit
from smashpass.web.admin.lookup import cards_of
from smashpass.web.admin.request import ORIGIN, AdminRequest, PageRoutes
from smashpass.web.admin.vocabulary.vocabulary import number_of, tag_path

PAGE = 100
LINES = 200
SAMPLES = 24
SPANS = (("1", "the last hour"), ("24", "the last day"), ("168", "the last week"))
_HOUR_US = 3_600 * 1_000_000
_LONGEST_NAME = 200

pages = PageRoutes("changes")


@dataclass(frozen=True, slots=True)
class ChangeLine:
    """One line of what a change did: a sign, a word, and how many images it was."""

    sign: str
    said: str
    images: int | None = None
    tag: str = ""


@pages.get("/changes", who="analyst")
def changes(ask: AdminRequest) -> Response:
    """The log, newest first."""
    args = ask.args
    by, kind, hours = args.get("by", "").strip(), args.get("kind", ""), args.get("since", "")
    before = number_of(args.get("before", ""), 0) or None
    found = ask.parts.changes.history(
        before, PAGE, by=by[:_LONGEST_NAME], kind=kind, since=_since(hours)
    )
    asked = {"by": by, "kind": kind, "since": hours}
    return ask.page(
        "changes.html",
        changes=found,
        asked={name: value for name, value in asked.items() if value},
        kinds=get_args(ChangeKind),
        spans=SPANS,
        before=before,
        following=found[-1].seq if len(found) == PAGE and found[-1].seq > 1 else None,
        undo_all=urlencode({name: value for name, value in asked.items() if value}),
    )


@pages.get("/changes/<number>", who="analyst")
def change(ask: AdminRequest) -> Response:
    """One change: what it did, to which images, and what undoing it would do."""
    parts = ask.parts
    number = number_of(ask.path["number"], 0)
    if not number:
        raise NotFound(f"there is no change {ask.path['number'][:40]!r}")
    entry = parts.changes.get(number)
    parts.library.refresh()
    index = parts.library.index
    (outlook,) = undoing.preview(index, [entry], parts.catalogue)
    lines = [*lines_of(entry, index.vocabulary)]
    job = entry.origin.removeprefix("job ") if entry.origin.startswith("job ") else ""
    known = [*evenly_spaced(touched_by(entry.body()), SAMPLES)]
    return ask.page(
        "change.html",
        change=entry,
        lines=lines[:LINES],
        more=max(0, len(lines) - LINES),
        outlook=outlook,
        job=number_of(job, 0),
        run=_run(entry),
        samples=cards_of(ask, index, [Ordinal(each) for each in known]),
        tag_path=tag_path,
    )


@pages.get("/changes/-/undo", who="editor")
def look(ask: AdminRequest) -> Response:
    """What undoing would do, and what of it others edited since, which stays."""
    return _look_page(ask, _wanted(ask.args))


@pages.post("/changes/-/undo", who="editor")
def undo(ask: AdminRequest) -> Response:
    """Undo what was looked at: at once, or as a job if it is much."""
    parts, wanted = ask.parts, _wanted(ask.form)
    try:
        reason = read_reason(ask.form.get("reason", ""))
    except BadInput as error:
        return _look_page(ask, wanted, error)
    found = undoing.find(parts.changes, wanted)
    numbers = [one.seq for one in found]
    if sum(one.images for one in found) > undoing.AT_ONCE or len(found) > PAGE:
        job = undoing.request(
            parts.jobs,
            parts.audit,
            numbers,
            by=ask.account.name,
            origin=ORIGIN,
            reason=reason,
        )
        return ask.go(f"/bulk/{job}", f"Job {job} waits for its turn.")
    made = undoing.undo(
        parts.changes,
        parts.catalogue,
        numbers,
        by=ask.account.name,
        reason=reason,
        origin=ORIGIN,
    )
    parts.library.refresh()
    if not made:
        return ask.go("/changes", "Nothing was left to be undone.")
    told = f"{len(made)} of {len(numbers)} changes were undone, as {_listed(made)}."
    return ask.go("/changes", told)


def lines_of(entry: Change, words: Vocabulary) -> list[ChangeLine]:
    """Return what a change did, line by line."""
    match entry.body():
        case TagEdits(edits):
            lines = []
            for edit in edits:
                name = words.names[edit.tag]
                for sign, images in (("+", edit.added), ("−", edit.removed)):
                    if images:
                        lines.append(ChangeLine(sign, name, len(images), name))
            return lines
        case StateEdit(hidden, shown):
            pairs = (("hidden", hidden), ("shown again", shown))
            return [ChangeLine("", said, len(images)) for said, images in pairs if images]
        case ImportBatch(added=added, changed=changed, names=names):
            pairs = (("added", added), ("changed", changed))
            lines = [ChangeLine("", said, len(images)) for said, images in pairs if images]
            return [*lines, *(ChangeLine("", f"new tag {name}", tag=name) for name in names)]
        case AttributeEdit(name, images):
            return [ChangeLine("", f"new values of {name}", len(images))]
        case RevisionEdit(sha256=sha256):
            return [ChangeLine("", f"rules {sha256[:12]} became active")]
        case VocabularyEdit() as edit:
            return [ChangeLine("", said) for said in describe_edit(edit, words.names, edit.touched)]


def _look_page(ask: AdminRequest, wanted: ChangeFilter, error: BadInput | None = None) -> Response:
    """Return what undoing would do."""
    parts = ask.parts
    parts.library.refresh()
    found = undoing.find(parts.changes, wanted)
    outlooks = undoing.preview(parts.library.index, found, parts.catalogue)
    asked = {
        "by": wanted.by,
        "job": wanted.job or "",
        "run": wanted.run or "",
        "kind": wanted.kind,
        "from": wanted.since or "",
        "newest": found[0].seq if found else "",
    }
    return ask.page(
        "undo.html",
        400 if error else 200,
        outlooks=outlooks[:PAGE],
        count=len(outlooks),
        undone=sum(one.undone for one in outlooks),
        kept=sum(one.kept for one in outlooks),
        refused=sum(bool(one.refused) for one in outlooks),
        said=_said,
        asked=[] if wanted.numbers else [(name, value) for name, value in asked.items() if value],
        numbers=wanted.numbers,
        error=error,
        reason=ask.form.get("reason", ""),
        longest=MAX_LENGTH,
    )


def _wanted(given: MultiDict[str, str]) -> ChangeFilter:
    """Return the changes that an address or a form names."""
    numbers = [number_of(text, 0) for text in given.getlist("change")]
    return ChangeFilter(
        tuple(number for number in numbers if number),
        given.get("by", "").strip()[:_LONGEST_NAME],
        number_of(given.get("job", ""), 0),
        number_of(given.get("run", ""), 0),
        given.get("kind", ""),
        _exactly(given.get("from", "")) or _since(given.get("since", "")),
        number_of(given.get("newest", ""), 0),
    )


def _said(outlook: UndoPreview) -> str:
    """Return in words what would become of one change."""
    if outlook.refused:
        return f"stays: {outlook.refused}"
    if not outlook.undone:
        return "stays: all of it was edited since, or undone already"
    unit = {"import": "images hidden", "state": "images", "vocabulary": "words"}
    told = f"{outlook.undone:,} {unit.get(outlook.change.kind, 'tags of images')}"
    return f"{told}; {outlook.kept:,} stay as they were edited since" if outlook.kept else told


def _since(hours: str) -> int:
    """Return the moment from which on changes are looked for; 0 for all."""
    span = number_of(hours, 0)
    return time.time_ns() // 1_000 - span * _HOUR_US if span else 0


def _exactly(moment: str) -> int:
    """Return a moment that a form sends back, in microseconds; 0 if it is none."""
    return int(moment) if moment.isascii() and moment.isdigit() and len(moment) < 18 else 0


def _run(entry: Change) -> int:
    """Return the import that made a change; 0 if it was none."""
    body = entry.body()
    return body.run if isinstance(body, ImportBatch) else 0


def _listed(made: list[Change]) -> str:
    """Return the numbers of changes for a message."""
    first, last = made[0].seq, made[-1].seq
    return f"change {first}" if first == last else f"changes {first} to {last}"
