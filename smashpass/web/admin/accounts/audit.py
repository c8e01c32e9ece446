"""The audit trail: who did what, and when."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator

from flask import Response

from smashpass.core.operations.audit import AuditAction, AuditEntry
from smashpass.core.text.spreadsheet import guarded
from smashpass.core.timestamps import moment_text
from smashpass.web.admin.request import AdminRequest, PageRoutes
from smashpass.web.admin.vocabulary.vocabulary import number_of

PAGE = 100
_LONGEST = 64
_COLUMNS = ("id", "at", "actor", "action", "target", "detail")

pages = PageRoutes("accounts")


@pages.get("/audit", who="admin")
def trail(ask: AdminRequest) -> Response:
    """The entries, newest first, of one person or of one kind of act if that is asked for."""
    actor, action = _filter(ask)
    before = number_of(ask.args.get("before", ""), 0) or None
    found = ask.parts.audit.newest(before, PAGE, actor=actor, action=action)
    following = found[-1].id if len(found) == PAGE and found[-1].id > 1 else None
    return ask.page(
        "audit.html",
        entries=[(one, _detail(one)) for one in found],
        actor=actor,
        action=action,
        actions=sorted(AuditAction),
        before=before,
        following=following,
    )


@pages.get("/audit/export.csv", who="admin")
def export(ask: AdminRequest) -> Response:
    """The same entries as a file, oldest first; a spreadsheet takes every cell for text."""
    actor, action = _filter(ask)
    detail = {"actor": actor, "action": action}
    ask.parts.audit.append(ask.account.name, AuditAction.AUDIT_EXPORT, detail=detail)
    wanted = (
        one
        for one in ask.parts.audit.entries()
        if (not actor or one.actor == actor) and one.action.startswith(action)
    )
    answer = Response(_lines(wanted), content_type="text/csv; charset=utf-8")
    answer.headers["Content-Disposition"] = 'attachment; filename="audit.csv"'
    return answer


def _filter(ask: AdminRequest) -> tuple[str, str]:
    """Return whose entries of what kind are asked for; "" for all."""
    actor, action = (ask.args.get(name, "").strip()[:_LONGEST] for name in ("actor", "action"))
    return actor, action


def _lines(entries: Iterator[AuditEntry]) -> Iterator[str]:
    """Yield the lines of the file."""
    line = io.StringIO()
    writer = csv.writer(line, lineterminator="\n")
    writer.writerow(_COLUMNS)
    for one in entries:
        cells = (str(one.id), moment_text(one.at), one.actor, one.action, one.target, _detail(one))
        writer.writerow(map(guarded, cells))
        yield line.getvalue()
        line.seek(0)
        line.truncate()
    yield line.getvalue()


def _detail(entry: AuditEntry) -> str:
    """Return what is kept besides, as text."""
    return json.dumps(entry.detail, ensure_ascii=False) if entry.detail else ""
