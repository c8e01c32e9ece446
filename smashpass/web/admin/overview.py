"""The overview: activity, pending work, and where people and rules differ."""

from __future__ import annotations

import csv
import io
import shutil
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from flask import Response, current_app

from smashpass.core.errors import Conflict, NotFound, NotPossible
from smashpass.core.operations.job import OPEN_STATES
from smashpass.services.training.collab.service import CollabService
from smashpass.web.admin.models import in_words, scorer_row
from smashpass.web.admin.request import ORIGIN, AdminRequest, PageRoutes
from smashpass.web.metrics import Metrics

pages = PageRoutes("overview")

ROWS = 25
_GIB = 1 << 30
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
_FIGURES = ("swipes", "smashes", "judged", "agreed", "app_smashes")


@pages.get("", role="analyst")
def overview(request: AdminRequest) -> Response:
    """The current state."""
    services = request.services
    index = services.library.latest()
    try:
        book = services.rules.book
        revision = book.revision
        trees = [tree.title or tree.id for tree in book.trees.values()]
    except NotPossible:
        revision, trees = "", []
    disk = shutil.disk_usage(services.settings.home)
    waiting, overdue = services.moderation.waiting()
    saved = services.maintenance.snapshot_version()
    figures = services.decisions.figures()
    metrics: Metrics = current_app.extensions["metrics"]
    asked = metrics.scoring_figures()
    return request.page(
        "overview.html",
        scorers=[scorer_row(scorer, asked, index) for scorer in services.scorers.configured()],
        scores_used=in_words(asked.scores),
        fallbacks=in_words(asked.fallbacks),
        unsaved=asked.unsaved,
        collab=_collab_text(services.collab),
        images=len(index.live),
        hidden=len(index.parts.hidden),
        version=index.version,
        behind=None if saved is None else index.version - saved,
        revision=revision,
        trees=trees,
        free_gib=disk.free / _GIB,
        free_share=disk.free / disk.total,
        served=metrics.summary(),
        waiting=waiting,
        overdue=overdue,
        held_back=len(services.moderation.quarantined(0, 100)),
        open_jobs=[job for job in services.jobs.newest(None, 50) if job.state in OPEN_STATES],
        figures=figures,
        age_h=None if figures is None else _hours_since(figures["at"], services.clock()),
        rows=ROWS,
    )


@pages.post("/scores", role="editor")
def score(request: AdminRequest) -> Response:
    """Let the job process score the library."""
    try:
        number = request.services.scorers.request_fill(by=request.account.name, origin=ORIGIN)
    except (Conflict, NotPossible) as error:
        return request.go("/jobs", f"Nothing was begun: {error}.")
    return request.go("/jobs", f"Job {number} will score the library.")


@pages.get("/statistics/<name>.csv", role="analyst")
def export(request: AdminRequest) -> Response:
    """The figures behind the charts, as a table for other programs."""
    figures, name = request.services.decisions.figures(), request.path["name"]
    if figures is None or name not in ("days", "tags", "leaves", "disputed"):
        raise NotFound("there are no such statistics")
    if name == "leaves":
        rows = [
            {"tree": tree["tree"], **leaf} for tree in figures["trees"] for leaf in tree["leaves"]
        ]
    else:
        rows = figures[name]
    answer = Response(as_csv(rows), content_type="text/csv; charset=utf-8")
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}.csv"'
    return answer


def _collab_text(collab: CollabService) -> str:
    """Return what the last training found; "" before the first."""
    try:
        report = collab.status()
    except NotPossible as error:
        return str(error)
    return "" if report is None else report.as_text()


def _hours_since(at: int, now: int) -> float:
    """Return the hours since a moment in seconds, until one in microseconds."""
    return (now / 1_000_000 - at) / 3_600


def as_csv(rows: Sequence[Mapping[str, Any]]) -> str:
    """Return rows as CSV without cells that spreadsheets treat as formulas."""
    file = io.StringIO()
    writer = csv.writer(file)
    if rows:
        writer.writerow(rows[0])
    writer.writerows([_harmless(row.values()) for row in rows])
    return file.getvalue()


def _harmless(cells: Iterable[object]) -> list[object]:
    return [
        f"'{cell}" if isinstance(cell, str) and cell.startswith(_FORMULA) else cell
        for cell in cells
    ]
