"""The audit trail: who did what, and when."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator, Mapping

from flask import Response
from flask_babel import lazy_gettext as _l

from smashpass.core.decks.pace import DAY_US
from smashpass.core.operations.audit import AuditAction, AuditEntry
from smashpass.core.text.spreadsheet import guarded
from smashpass.core.timestamps import moment_text
from smashpass.web.admin.accounts.sentences import sentence_of
from smashpass.web.admin.request import AdminRequest, PageRoutes
from smashpass.web.http.lookup import number_of

PAGE = 100
_LONGEST = 64
_COLUMNS = ("id", "at", "actor", "action", "target", "detail")

_TIMES: Mapping[str, object] = {
    "": _l("Any time"),
    "1": _l("Last 24 hours"),
    "7": _l("Last 7 days"),
    "30": _l("Last 30 days"),
}
"""Time presets, by days."""

pages = PageRoutes("accounts")


@pages.get("/audit", role="admin")
def trail(request: AdminRequest) -> Response:
    """The entries, newest first, optionally of one person, one action or a time."""
    actor, action, time = _filter(request)
    before = number_of(request.args.get("before", ""), 0) or None
    since = _since(request, time)
    audit = request.services.audit
    entries = audit.newest(before, PAGE, actor=actor, action=action, since=since)
    following = entries[-1].id if len(entries) == PAGE and entries[-1].id > 1 else None
    verified = None
    if request.args.get("verify") == "1":
        count, _end, broken = audit.verify()
        verified = {"count": count, "broken": broken}
    return request.page(
        "audit.html",
        entries=[(entry, sentence_of(entry), _detail(entry)) for entry in entries],
        actor=actor,
        action=action,
        time=time,
        times=list(_TIMES.items()),
        query={"actor": actor, "action": action, "time": time},
        verified=verified,
        actions=sorted(AuditAction),
        before=before,
        following=following,
    )


@pages.get("/audit/export.csv", role="admin")
def export(request: AdminRequest) -> Response:
    """The same entries as CSV, oldest first; spreadsheets treat all cells as text."""
    actor, action, time = _filter(request)
    selected = request.services.audit.export(
        request.account.name, actor=actor, action=action, since=_since(request, time)
    )
    answer = Response(_lines(selected), content_type="text/csv; charset=utf-8")
    answer.headers["Content-Disposition"] = 'attachment; filename="audit.csv"'
    return answer


def _filter(request: AdminRequest) -> tuple[str, str, str]:
    """Return the actor, action and time to filter by; "" for all."""
    actor, action, time = (
        request.args.get(name, "").strip()[:_LONGEST] for name in ("actor", "action", "time")
    )
    return actor, action, time if time in _TIMES else ""


def _since(request: AdminRequest, time: str) -> int:
    """Return the moment at which a time preset begins, in microseconds since 1970."""
    return request.services.clock() - int(time) * DAY_US if time else 0


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
