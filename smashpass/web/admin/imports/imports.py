"""Imports: every run with what became of its rows, live; refused rows tried again; runs stopped."""

from __future__ import annotations

import csv
import io
import time
from dataclasses import dataclass

from flask import Response

from smashpass.core.errors import BadInput, Conflict, NotFound, NotPossible, SmashpassError
from smashpass.core.operations.job import Job
from smashpass.core.operations.run import Run
from smashpass.core.pictures.source_types import SOURCE_TYPES
from smashpass.core.text.spreadsheet import guarded
from smashpass.importing.runs.lock import lock_state
from smashpass.importing.runs.permitted import permitted
from smashpass.importing.runs.runfiles import RunFolders
from smashpass.services.importing.request import KIND, AskedImport, of_payload, request
from smashpass.services.importing.terms import DEPICTS
from smashpass.services.runtime.job_control import cancel_job
from smashpass.web.admin.request import ORIGIN, AdminRequest, PageRoutes
from smashpass.web.admin.vocabulary.vocabulary import number_of

PAGE = 100
EXPORTED = 1_000_000
"""Refused rows in a file; what is beyond stands in the file on the server."""
_MICROSECONDS = 1_000_000
_LONGEST = 1_000

pages = PageRoutes("imports")


@dataclass(frozen=True, slots=True)
class Throughput:
    """How quickly a run goes: rows a second, share in percent, seconds left; None: not known."""

    rate: int
    share: int | None = None
    left_s: int | None = None


@pages.get("/imports", who="analyst")
def runs(ask: AdminRequest) -> Response:
    """The runs, newest first, and where one can be started."""
    return _runs_page(ask)


@pages.post("/imports", who="editor")
def start(ask: AdminRequest) -> Response:
    """Ask the job process for an import."""

    def given(name: str) -> str:
        return ask.form.get(name, "").strip()[:_LONGEST]

    try:
        if given("on_existing") not in ("", "skip", "overwrite", "append"):
            raise BadInput("images that are known are skipped, overwritten or appended to")
        place = permitted(given("source"), _folders(ask))
        asked = AskedImport(
            str(place),
            ask.account.name,
            on_existing=given("on_existing"),
            licence=given("licence"),
            collection=given("collection"),
            digital_source_type=given("digital_source_type"),
            no_real_person=given("no_real_person") == "1",
            depicts=given("depicts"),
        )
        number = request(ask.parts.jobs, ask.parts.audit, asked, origin=ORIGIN)
    except (BadInput, NotPossible) as error:
        return _runs_page(ask, error)
    return ask.go("/jobs", f"Job {number} imports {place}.")


@pages.get("/imports/<number>", who="analyst")
def run_page(ask: AdminRequest) -> Response:
    """One run; for a module the figures that move."""
    run = _run(ask)
    if ask.wants_json:
        return ask.json(_figures(ask, run))
    return _run_page(ask, run)


@pages.get("/imports/<number>/refused", who="analyst")
def refused(ask: AdminRequest) -> Response:
    """The rows that a run refused, a hundred a page, in the order of reading."""
    run, page = _run(ask), max(1, number_of(ask.args.get("page", "")))
    rows = _files(ask).refused_rows(run.id, (page - 1) * PAGE, PAGE)
    return ask.page(
        "refused.html",
        run=run,
        rows=rows,
        page=page,
        pages=max(1, -(-run.refused // PAGE)),
    )


@pages.get("/imports/<number>/refused.csv", who="analyst")
def refused_csv(ask: AdminRequest) -> Response:
    """The refused rows as a file; a spreadsheet takes every cell for text."""
    run = _run(ask)
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    columns = ("line", "key", "code", "reason")
    writer.writerow(columns)
    for row in _files(ask).refused_rows(run.id, 0, EXPORTED):
        writer.writerow(guarded(str(row.get(name, ""))) for name in columns)
    content = text.getvalue().encode("utf-8", "replace")
    answer = Response(content, content_type="text/csv; charset=utf-8")
    answer.headers["Content-Disposition"] = f'attachment; filename="refused-{run.id}.csv"'
    return answer


@pages.post("/imports/<number>/retry", who="editor")
def retry(ask: AdminRequest) -> Response:
    """Ask the job process to read the refused rows of a run again."""
    run = _run(ask)
    try:
        if run.state != "done":
            raise Conflict(f"run {run.id} is not done", hint="let it come to its end first")
        place = permitted(run.source, _folders(ask))
        asked = AskedImport(str(place), ask.account.name, retry=run.id)
        number = request(ask.parts.jobs, ask.parts.audit, asked, origin=ORIGIN)
    except (BadInput, Conflict, NotPossible) as error:
        return _run_page(ask, run, error)
    return ask.go("/jobs", f"Job {number} reads the {run.refused:,} refused rows again.")


@pages.post("/imports/<number>/stop", who="editor")
def stop(ask: AdminRequest) -> Response:
    """Stop a run that the job process does, after its batch; it can go on from there."""
    run = _run(ask)
    job = _job_of(ask, run)
    if job is None:
        error = Conflict(
            f"run {run.id} is not done by the job process",
            hint="where it was started, Ctrl-C stops it after its batch",
        )
        return _run_page(ask, run, error)
    cancel_job(
        ask.parts.jobs, ask.parts.audit, job.id, by=ask.account.name, origin=ORIGIN, run=run.id
    )
    return ask.go(f"/imports/{run.id}", "It stops after its batch. What was read stays.")


def _run(ask: AdminRequest) -> Run:
    """Return the run that the address names."""
    number = number_of(ask.path["number"], 0)
    if not number:
        raise NotFound(f"there is no run {ask.path['number'][:40]!r}")
    return ask.parts.runs.get(number)


def _job_of(ask: AdminRequest, run: Run) -> Job | None:
    """Return the job that does a run now, None if somebody started it by hand."""
    if run.state != "running":
        return None
    for job in ask.parts.jobs.newest(limit=PAGE):
        if job.kind == KIND and job.state == "running":
            asked = of_payload(job.payload)
            if asked.source == run.source and asked.retry == run.options.get("retry"):
                return job
    return None


def _runs_page(ask: AdminRequest, error: SmashpassError | None = None) -> Response:
    before = number_of(ask.args.get("before", ""), 0) or None
    found = ask.parts.runs.latest(PAGE, before)
    following = found[-1].id if len(found) == PAGE and found[-1].id > 1 else None
    return ask.page(
        "imports.html",
        200 if error is None else 400 if isinstance(error, BadInput) else 409,
        runs=found,
        before=before,
        following=following,
        lock=lock_state(ask.parts.home),
        folders=_folders(ask),
        error=error,
        typed=ask.form,
        depicted=sorted(DEPICTS),
        source_types=sorted(SOURCE_TYPES),
        longest=_LONGEST,
    )


def _run_page(ask: AdminRequest, run: Run, error: SmashpassError | None = None) -> Response:
    statements = run.options.get("statements") or {}
    return ask.page(
        "import.html",
        200 if error is None else 400 if isinstance(error, BadInput) else 409,
        run=run,
        figures=_figures(ask, run),
        reasons=_files(ask).reasons(run.id),
        stated={name: value for name, value in statements.items() if value},
        lock=lock_state(ask.parts.home) if run.state == "running" else "",
        job=_job_of(ask, run),
        folders=_folders(ask),
        error=error,
    )


def _figures(ask: AdminRequest, run: Run) -> dict[str, object]:
    """Return the figures of a run, as the page and its module show them."""
    pace = _pace(ask, run)
    names = ("state", "read", "added", "changed", "unchanged", "refused", "quarantined")
    figures: dict[str, object] = {name: getattr(run, name) for name in names}
    return figures | {"rate": pace.rate, "share": pace.share, "left": _span(pace.left_s)}


def _pace(ask: AdminRequest, run: Run) -> Throughput:
    """Return how quickly a run goes, or went."""
    end = run.ended_at if run.ended_at is not None else int(time.time() * _MICROSECONDS)
    seconds = max(0.001, (end - run.started_at) / _MICROSECONDS)
    rate = round(run.read / seconds)
    noted = _files(ask).noted(run.id) if run.state == "running" else None
    if noted is None or not noted.bytes_total:
        return Throughput(rate, 100 if run.state == "done" else None)
    share = min(1.0, noted.bytes_read / noted.bytes_total)
    spent = noted.at - noted.began
    left = round(spent * (1 - share) / share) if share and spent > 1 else None
    return Throughput(rate, int(100 * share), left)


def _span(seconds: int | None) -> str:
    """Return a length of time in words, "" if it is not known."""
    if seconds is None:
        return ""
    if seconds < 90:
        return f"{seconds} s"
    return f"{seconds // 60} min" if seconds < 5_400 else f"{seconds / 3_600:.1f} h"


def _files(ask: AdminRequest) -> RunFolders:
    return RunFolders(ask.parts.home)


def _folders(ask: AdminRequest) -> str:
    return ask.parts.settings.values["import_folders"] or ""
