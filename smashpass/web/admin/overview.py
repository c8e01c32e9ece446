"""The overview: four measures by day, the work that waits, and where people and rules differ."""

from __future__ import annotations

import csv
import io
import shutil
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask import Response, current_app
from flask_babel import gettext as _
from flask_babel import ngettext

from smashpass.core.errors import Conflict, NotFound, NotPossible
from smashpass.core.people.account import Account, role_includes
from smashpass.services.operations.overview import (
    MEASURES,
    QUARANTINE_LIMIT,
    SUFFICIENT,
    PendingWork,
)
from smashpass.services.training.collab.service import CollabService
from smashpass.web.admin.charts import chart_of, date_of
from smashpass.web.admin.models import in_words, scorer_row
from smashpass.web.admin.request import ORIGIN, AdminRequest, PageRoutes
from smashpass.web.metrics import Metrics

pages = PageRoutes("overview")

ROWS = 15
LEAVES = 36
"""Leaves in the tables of all trees together; the CSV has all."""
_OPPOSED = 9
_TAGS_APART = 10
_LEAVES_APART = 5
_GIB = 1 << 30
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
_FIGURES = ("swipes", "smashes", "judged", "agreed", "app_smashes")


@dataclass(frozen=True, slots=True)
class ToDo:
    """One kind of pending work.

    Attributes:
        count: How much of it there is.
        text: What it is, for that number.
        path: The page where it is done.
        late: How much of it is overdue; "" if none.
        or_more: Whether there may be more than ``count``.
    """

    count: int
    text: str
    path: str
    late: str = ""
    or_more: bool = False


@pages.get("", role="analyst")
def overview(request: AdminRequest) -> Response:
    """The current state, and what to do next."""
    services = request.services
    index = services.library.latest()
    try:
        book = services.rules.book
        revision = book.revision
        titles = {tree.id: tree.title or tree.id for tree in book.trees.values()}
    except NotPossible:
        revision, titles = "", {}
    disk = shutil.disk_usage(services.settings.home)
    saved = services.maintenance.snapshot_version()
    figures = services.decisions.figures()
    metrics: Metrics = current_app.extensions["metrics"]
    asked = metrics.scoring_figures()
    return request.page(
        "overview.html",
        charts=[chart_of(measure) for measure in services.overview.measures()],
        to_do=_to_do(services.overview.pending_work(), request.account),
        figures=figures,
        updated="" if figures is None else _updated(figures, services.clock()),
        opposed=[] if figures is None else _opposed(request, figures.get("opposed", ())),
        tags_apart=[] if figures is None else _tags_apart(figures["tags"]),
        leaves_apart=[] if figures is None else _leaves_apart(figures["trees"], titles),
        few=SUFFICIENT,
        scorers=[scorer_row(scorer, asked, index) for scorer in services.scorers.configured()],
        scores_used=in_words(asked.scores),
        fallbacks=in_words(asked.fallbacks),
        unsaved=asked.unsaved,
        collab=_collab_text(services.collab),
        images=len(index.live),
        hidden=len(index.parts.hidden),
        version=index.version,
        behind=None if saved is None else index.version - saved,
        worker_versions=metrics.library_versions(),
        revision=revision,
        trees=[*titles.values()],
        free_gib=disk.free / _GIB,
        free_share=disk.free / disk.total,
        served=metrics.summary(),
        rows=ROWS,
        leaf_rows=max(3, LEAVES // max(1, len(titles))),
    )


@pages.post("/scores", role="editor")
def score(request: AdminRequest) -> Response:
    """Let the job process score the library."""
    try:
        number = request.services.scorers.request_fill(by=request.account.name, origin=ORIGIN)
    except (Conflict, NotPossible) as error:
        return request.go("/jobs", _("Nothing was begun: %(reason)s.", reason=error))
    return request.go("/jobs", _("Job %(number)s will score the library.", number=number))


@pages.get("/statistics/<name>.csv", role="analyst")
def export(request: AdminRequest) -> Response:
    """The figures behind the charts, as a table for other programs."""
    name = request.path["name"]
    rows = _measured_rows(request, name) if name in MEASURES else _counted_rows(request, name)
    answer = Response(as_csv(rows), content_type="text/csv; charset=utf-8")
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}.csv"'
    return answer


def _measured_rows(request: AdminRequest, name: str) -> list[dict[str, object]]:
    """Return a measure by day, oldest first; an unknown value is an empty cell."""
    (measure,) = (one for one in request.services.overview.measures() if one.name == name)
    return [
        {"day": date_of(day).isoformat(), name: value.value, "cases": value.cases}
        for day, value in zip(measure.days, measure.values, strict=True)
    ]


def _counted_rows(request: AdminRequest, name: str) -> list[dict[str, Any]]:
    """Return rows of the last count of swipes."""
    figures = request.services.decisions.figures()
    if figures is None or name not in ("days", "tags", "leaves", "disputed", "opposed"):
        raise NotFound("there are no such statistics")
    if name == "leaves":
        return [
            {"tree": tree["tree"], **leaf} for tree in figures["trees"] for leaf in tree["leaves"]
        ]
    rows: list[dict[str, Any]] = figures.get(name, [])
    return rows


def _to_do(work: PendingWork, account: Account) -> list[ToDo]:
    """Return the pending work of an account's role, the most urgent first."""
    items: list[ToDo] = []
    if role_includes(account.role, "moderator"):
        late = ngettext("%(num)s overdue", "%(num)s overdue", work.overdue) if work.overdue else ""
        text = ngettext("notice to decide", "notices to decide", work.notices)
        items.append(ToDo(work.notices, text, "/moderation", late=late))
        text = ngettext("image in quarantine", "images in quarantine", work.quarantined)
        is_more = work.quarantined == QUARANTINE_LIMIT
        items.append(ToDo(work.quarantined, text, "/quarantine", or_more=is_more))
    runs, failed, waiting = work.failed_imports, len(work.failed_jobs), len(work.open_jobs)
    text = ngettext("import failed this week", "imports failed this week", len(runs))
    items.append(ToDo(len(runs), text, f"/imports/{runs[0].id}" if len(runs) == 1 else "/imports"))
    text = ngettext("job failed this week", "jobs failed this week", failed)
    items.append(ToDo(failed, text, "/jobs"))
    if role_includes(account.role, "editor"):
        text = ngettext(
            "image with fewer than 3 tags", "images with fewer than 3 tags", work.untagged
        )
        items.append(ToDo(work.untagged, text, "/queue/untagged"))
    items.append(ToDo(waiting, ngettext("job in progress", "jobs in progress", waiting), "/jobs"))
    return [item for item in items if item.count]


def _updated(figures: Mapping[str, Any], now: int) -> str:
    """Say how old the count of swipes is."""
    hours = round((now / 1_000_000 - figures["at"]) / 3_600)
    if hours < 1:
        return str(_("Updated just now."))
    return str(ngettext("Updated %(num)s hour ago.", "Updated %(num)s hours ago.", hours))


def _opposed(request: AdminRequest, rows: Sequence[Mapping[str, Any]]) -> list[dict[str, object]]:
    """Return the cards of images, with their tallies; those that are gone are left out."""
    images = request.services.images
    index = request.services.library.latest()
    tallies = {images.ordinal_of(row["image"]): row for row in rows[:_OPPOSED]}
    ordinals = [ordinal for ordinal in tallies if ordinal is not None and ordinal in index.live]
    return [
        {"card": card, "tally": tallies[ordinal]}
        for ordinal in ordinals
        for card in images.cards(index, [ordinal])
    ]


def _leaves_apart(
    trees: Sequence[Mapping[str, Any]], titles: Mapping[str, str]
) -> list[dict[str, object]]:
    """Return the leaves whose verdict most people disagree with, if swipes suffice."""
    rows = [
        {
            **leaf,
            "title": titles.get(tree["tree"], tree["tree"]),
            "against": leaf["swipes"] - leaf["smashes"]
            if leaf["verdict"] == "smash"
            else leaf["smashes"],
        }
        for tree in trees
        for leaf in tree["leaves"]
        if leaf["swipes"] >= SUFFICIENT
    ]
    rows.sort(key=lambda row: (-row["against"] / row["swipes"], row["leaf"]))
    return [row for row in rows if row["against"]][:_LEAVES_APART]


def _tags_apart(rows: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """Return the tags with the largest difference between people and rules, if cases suffice."""

    def difference(row: Mapping[str, Any]) -> float:
        people, rules = row["smashes"] / row["swipes"], row["app_smashes"] / row["judged"]
        return abs(float(people - rules))

    sufficient = [row for row in rows if row["judged"] >= SUFFICIENT]
    return sorted(sufficient, key=lambda row: (-difference(row), row["tag"]))[:_TAGS_APART]


def _collab_text(collab: CollabService) -> str:
    """Return what the last training found; "" before the first."""
    try:
        report = collab.status()
    except NotPossible as error:
        return str(error)
    return "" if report is None else report.as_text()


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
