"""Imports: runs with live row counts, retry of refused rows, stopping."""

from __future__ import annotations

import csv
import io

from flask import Response
from flask_babel import gettext as _

from smashpass.core.errors import BadInput, Conflict, NotPossible, SmashpassError
from smashpass.core.operations.job import OPEN_STATES
from smashpass.core.operations.run import Run
from smashpass.core.pictures.source_types import SOURCE_TYPES
from smashpass.core.text.spreadsheet import guarded
from smashpass.services.importing.request import AskedImport
from smashpass.services.importing.rows.terms import DEPICTS
from smashpass.services.importing.service import Throughput
from smashpass.web.admin.imports.names import STATES
from smashpass.web.admin.request import ORIGIN, AdminRequest, PageRoutes
from smashpass.web.http.lookup import id_of, number_of

PAGE = 100
EXPORTED = 1_000_000
"""Refused rows in a download; the file on the server has all."""
_LONGEST = 1_000

pages = PageRoutes("imports")


@pages.get("/imports", role="analyst")
def runs(request: AdminRequest) -> Response:
    """The runs, newest first, and the form to start one."""
    return _runs_page(request)


@pages.post("/imports", role="editor")
def start(request: AdminRequest) -> Response:
    """Request an import from the job process."""

    def field(name: str) -> str:
        return request.form.get(name, "").strip()[:_LONGEST]

    try:
        if field("on_existing") not in ("", "skip", "overwrite", "append"):
            raise BadInput("existing images can be skipped, overwritten or appended to")
        import_request = AskedImport(
            field("source"),
            request.account.name,
            on_existing=field("on_existing"),
            licence=field("licence"),
            collection=field("collection"),
            digital_source_type=field("digital_source_type"),
            no_real_person=field("no_real_person") == "1",
            depicts=field("depicts"),
        )
        number, _place = request.services.imports.request(import_request, origin=ORIGIN)
    except (BadInput, NotPossible) as error:
        return _runs_page(request, error)
    return request.go(f"/imports/jobs/{number}")


@pages.get("/imports/jobs/<number>", role="analyst")
def waiting(request: AdminRequest) -> Response:
    """An import that no process has started yet; leads to its run as soon as there is one."""
    number = id_of(request.path["number"], "job")
    job, run = request.services.imports.job(number)
    if request.wants_json:
        return request.json({"state": job.state, "run": None if run is None else run.id})
    if run is not None:
        return request.go(f"/imports/{run.id}")
    ahead = sum(
        other.id < job.id and other.state in OPEN_STATES
        for other in request.services.jobs.newest(limit=PAGE)
    )
    return request.page(
        "import_waiting.html",
        job=job,
        ahead=ahead,
        open_states=OPEN_STATES,
        states=STATES,
        retry=job.payload.get("retry"),
    )


@pages.get("/imports/<number>", role="analyst")
def run_page(request: AdminRequest) -> Response:
    """One run; as JSON for the module."""
    run = _run(request)
    if request.wants_json:
        return request.json(_figures(run, request.services.imports.pace(run)))
    return _run_page(request, run)


@pages.get("/imports/<number>/refused", role="analyst")
def refused(request: AdminRequest) -> Response:
    """The rows that a run refused, a hundred per page, in input order."""
    run, page = _run(request), max(1, number_of(request.args.get("page", "")))
    code = request.args.get("reason", "")[:_LONGEST]
    imports = request.services.imports
    rows = imports.refused_rows(run, (page - 1) * PAGE, PAGE, code)
    total = run.refused
    if code:
        total = sum(
            reason.count for reason in imports.view(run).reasons.rows if reason.code == code
        )
    return request.page(
        "refused.html",
        run=run,
        rows=rows,
        code=code,
        total=total,
        page=page,
        pages=max(1, -(-total // PAGE)),
    )


@pages.get("/imports/<number>/refused.csv", role="analyst")
def refused_csv(request: AdminRequest) -> Response:
    """The refused rows as CSV; spreadsheets treat all cells as text."""
    run = _run(request)
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    columns = ("line", "key", "code", "reason")
    writer.writerow(columns)
    for row in request.services.imports.refused_rows(run, 0, EXPORTED):
        writer.writerow(guarded(str(row.get(name, ""))) for name in columns)
    content = text.getvalue().encode("utf-8", "replace")
    answer = Response(content, content_type="text/csv; charset=utf-8")
    answer.headers["Content-Disposition"] = f'attachment; filename="refused-{run.id}.csv"'
    return answer


@pages.post("/imports/<number>/retry", role="editor")
def retry(request: AdminRequest) -> Response:
    """Request another import of the refused rows of a run."""
    run = _run(request)
    try:
        number = request.services.imports.retry(run, by=request.account.name, origin=ORIGIN)
    except (BadInput, Conflict, NotPossible) as error:
        return _run_page(request, run, error)
    return request.go(f"/imports/jobs/{number}")


@pages.post("/imports/<number>/stop", role="editor")
def stop(request: AdminRequest) -> Response:
    """Stop a run of the job process after its current batch; it can be resumed."""
    run = _run(request)
    try:
        request.services.imports.stop(run, by=request.account.name, origin=ORIGIN)
    except Conflict as error:
        return _run_page(request, run, error)
    message = _("The run stops after its current batch. Imported rows stay.")
    return request.go(f"/imports/{run.id}", message)


def _run(request: AdminRequest) -> Run:
    """Return the run in the address."""
    number = id_of(request.path["number"], "run")
    return request.services.imports.get(number)


def _runs_page(request: AdminRequest, error: SmashpassError | None = None) -> Response:
    before = number_of(request.args.get("before", ""), 0) or None
    imports = request.services.imports
    page = imports.latest(PAGE, before)
    following = page[-1].id if len(page) == PAGE and page[-1].id > 1 else None
    return request.page(
        "imports.html",
        200 if error is None else 400 if isinstance(error, BadInput) else 409,
        runs=page,
        states=STATES,
        before=before,
        following=following,
        lock=imports.lock_state(),
        schedule=imports.schedule(),
        folders=imports.folders,
        error=error,
        typed=request.form,
        depicted=sorted(DEPICTS),
        source_types=sorted(SOURCE_TYPES),
        longest=_LONGEST,
    )


def _run_page(request: AdminRequest, run: Run, error: SmashpassError | None = None) -> Response:
    view = request.services.imports.view(run)
    statements = run.options.get("statements") or {}
    return request.page(
        "import.html",
        200 if error is None else 400 if isinstance(error, BadInput) else 409,
        run=run,
        figures=_figures(run, view.pace),
        reasons=view.reasons,
        dropped=view.dropped,
        states=STATES,
        spent=_span(None if run.ended_at is None else (run.ended_at - run.started_at) // 1_000_000),
        stated={name: value for name, value in statements.items() if value},
        lock=view.lock,
        job=view.job,
        folders=request.services.imports.folders,
        error=error,
    )


def _figures(run: Run, pace: Throughput) -> dict[str, object]:
    """Return the figures of a run for the page and its module."""
    names = ("state", "read", "added", "changed", "unchanged", "refused", "quarantined")
    figures: dict[str, object] = {name: getattr(run, name) for name in names}
    figures["state_name"] = str(STATES[run.state])
    return figures | {"rate": pace.rate, "share": pace.share, "left": _span(pace.left_s)}


def _span(seconds: int | None) -> str:
    """Format a duration; "" if unknown."""
    if seconds is None:
        return ""
    if seconds < 90:
        return f"{seconds} s"
    return f"{seconds // 60} min" if seconds < 5_400 else f"{seconds / 3_600:.1f} h"
