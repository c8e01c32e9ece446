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
from smashpass.web.http.lookup import number_of

PAGE = 100
_LONGEST = 64
_COLUMNS = ("id", "at", "actor", "action", "target", "detail")

pages = PageRoutes("accounts")


@pages.get("/audit", role="admin")
def trail(request: AdminRequest) -> Response:
    """The entries, newest first, optionally of one person or one action."""
    actor, action = _filter(request)
    before = number_of(request.args.get("before", ""), 0) or None
    entries = request.services.audit.newest(before, PAGE, actor=actor, action=action)
    following = entries[-1].id if len(entries) == PAGE and entries[-1].id > 1 else None
    return request.page(
        "audit.html",
        entries=[(entry, _detail(entry)) for entry in entries],
        actor=actor,
        action=action,
        actions=sorted(AuditAction),
        before=before,
        following=following,
    )


@pages.get("/audit/export.csv", role="admin")
def export(request: AdminRequest) -> Response:
    """The same entries as CSV, oldest first; spreadsheets treat all cells as text."""
    actor, action = _filter(request)
    selected = request.services.audit.export(request.account.name, actor=actor, action=action)
    answer = Response(_lines(selected), content_type="text/csv; charset=utf-8")
    answer.headers["Content-Disposition"] = 'attachment; filename="audit.csv"'
    return answer


def _filter(request: AdminRequest) -> tuple[str, str]:
    """Return the actor and action to filter by; "" for all."""
    actor, action = (request.args.get(name, "").strip()[:_LONGEST] for name in ("actor", "action"))
    return actor, action


def _lines(entries: Iterator[AuditEntry]) -> Iterator[str]:
    """Yield the lines of the CSV file."""
    line = io.StringIO()
    writer = csv.writer(line, lineterminator="\n")
    writer.writerow(_COLUMNS)
    for entry in entries:
        cells = (
            str(entry.id),
            moment_text(entry.at),
            entry.actor,
            entry.action,
            entry.target,
            _detail(entry),
        )
        writer.writerow(map(guarded, cells))
        yield line.getvalue()
        line.seek(0)
        line.truncate()
    yield line.getvalue()


def _detail(entry: AuditEntry) -> str:
    """Return the detail of an entry as text."""
    return json.dumps(entry.detail, ensure_ascii=False) if entry.detail else ""
