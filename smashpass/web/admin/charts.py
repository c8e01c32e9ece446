"""Line charts of measures by day, drawn by the server as SVG."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from math import ceil, floor, log10

from babel.numbers import format_decimal, format_percent
from flask_babel import get_locale
from flask_babel import gettext as _

from smashpass.services.operations.overview import SUFFICIENT, DailyMeasure, MeasuredValue

WIDTH, HEIGHT = 320, 120
_LEFT, _RIGHT, _TOP, _BOTTOM = 44, 8, 8, 20
_DAY_S = 86_400


@dataclass(frozen=True, slots=True)
class Point:
    """The value of one day in the units of the picture; ``few`` if it rests on few cases."""

    x: float
    y: float
    few: bool


@dataclass(frozen=True, slots=True)
class TableRow:
    """The value of one day as text."""

    day: date
    value: str
    cases: int
    few: bool
    is_known: bool


@dataclass(frozen=True, slots=True)
class Chart:
    """One measure as a picture and as a table.

    Attributes:
        name: The measure.
        title: What it is called.
        latest: Its newest value, with the day; None if no day has one.
        week: Of the last seven whole days.
        change: Of that against the week before, or why nothing can be said.
        paths: Lines between neighbouring days, as path data of SVG.
        points: Values that are marked: those of few cases or without neighbours, and the last.
        ticks: Heights of the grid lines, with their labels.
        first: The first day.
        last: The last day.
        rows: All days, newest first.
    """

    name: str
    title: str
    latest: TableRow | None
    week: str
    change: str
    paths: tuple[str, ...]
    points: tuple[Point, ...]
    ticks: tuple[tuple[float, str], ...]
    first: date
    last: date
    rows: tuple[TableRow, ...]


def chart_of(measure: DailyMeasure) -> Chart:
    """Return the chart of a measure, in the language of the request."""
    values = [day.value for day in measure.values]
    top = _nice_top(measure, [value for value in values if value is not None])
    step_x = (WIDTH - _LEFT - _RIGHT) / max(1, len(values) - 1)
    height = HEIGHT - _TOP - _BOTTOM
    rows = tuple(
        TableRow(
            date_of(day),
            _text(measure, value.value),
            value.cases,
            few=_is_few(measure, value),
            is_known=value.value is not None,
        )
        for day, value in zip(measure.days, measure.values, strict=True)
    )
    points: list[Point | None] = [
        None
        if value is None
        else Point(
            round(_LEFT + place * step_x, 1),
            round(_TOP + height * (1 - value / top), 1),
            row.few,
        )
        for place, (value, row) in enumerate(zip(values, rows, strict=True))
    ]
    return Chart(
        name=measure.name,
        title=_title(measure),
        latest=next((row for row in reversed(rows) if row.is_known), None),
        week=_text(measure, measure.week.value),
        change=_change(measure),
        paths=_paths(points),
        points=_marked(points),
        ticks=tuple(
            (round(_TOP + height * (1 - share), 1), _text(measure, top * share))
            for share in (0.0, 0.5, 1.0)
        ),
        first=rows[0].day,
        last=rows[-1].day,
        rows=rows[::-1],
    )


def _title(measure: DailyMeasure) -> str:
    titles = {
        "swipes": _("Swipes a day"),
        "agreement": _("Agreement"),
        "errors": _("Failed requests"),
        "deck_p99": _("Deck response time, p99"),
    }
    return str(titles[measure.name])


def _paths(points: Sequence[Point | None]) -> tuple[str, ...]:
    """Return a line for each run of days that have a value."""
    runs: list[list[Point]] = [[]]
    for point in points:
        if point is None:
            runs.append([])
        else:
            runs[-1].append(point)
    return tuple(
        "M" + "L".join(f"{point.x} {point.y}" for point in run) for run in runs if len(run) > 1
    )


def _marked(points: Sequence[Point | None]) -> tuple[Point, ...]:
    """Return the points that a line alone would not show, and the last one."""
    known = [point for point in points if point]
    around = [None, *points, None]
    return tuple(
        point
        for before, point, after in zip(around, points, around[2:], strict=False)
        if point and (point.few or point is known[-1] or not (before or after))
    )


def _nice_top(measure: DailyMeasure, values: Sequence[float]) -> float:
    """Return the upper end of the axis: 1, 2 or 5 times a power of ten, at least the maximum."""
    highest = max(values, default=0.0)
    if measure.name == "agreement":
        return 1.0
    if highest <= 0:
        return {"swipes": 10.0, "errors": 0.01}.get(measure.name, 0.1)
    power = 10.0 ** floor(log10(highest))
    return next(factor * power for factor in (1, 2, 5, 10) if factor * power >= highest)


def _text(measure: DailyMeasure, value: float | None) -> str:
    """Format a value of a measure."""
    if value is None:
        return "–"
    locale = get_locale()
    if measure.name == "swipes":
        return str(format_decimal(value, format="#,##0.#" if value % 1 else "#,##0", locale=locale))
    if measure.name == "deck_p99":
        milliseconds = ceil(1_000 * value) if value >= 0.01 else round(1_000 * value, 1)
        return f"{format_decimal(milliseconds, locale=locale)} ms"
    digits = "0.##" if measure.name == "errors" else "0"
    return str(format_percent(value, format=f"#,##{digits} %", locale=locale))


def _is_few(measure: DailyMeasure, value: MeasuredValue) -> bool:
    """Return whether a value rests on few cases; the number of swipes rests on none."""
    return measure.name != "swipes" and value.value is not None and not value.is_sufficient


def _change(measure: DailyMeasure) -> str:
    """Describe the last seven whole days against the seven before."""
    week, before = measure.week, measure.week_before
    if week.value is None or before.value is None:
        return str(_("no two whole weeks to compare yet"))
    if min(week.cases, before.cases) < SUFFICIENT:
        return str(_("too few cases to compare weeks"))
    locale = get_locale()
    if measure.name in ("agreement", "errors"):
        points = round(100 * (week.value - before.value), 2 if measure.name == "errors" else 0)
        if not points:
            return str(_("as in the week before"))
        change = format_decimal(points, format="+#,##0.##;−#,##0.##", locale=locale)
        return str(_("%(change)s points on the week before", change=change))
    share = round(week.value / before.value - 1, 2)
    if not share:
        return str(_("as in the week before"))
    change = format_percent(share, format="+#,##0 %;−#,##0 %", locale=locale)
    return str(_("%(change)s on the week before", change=change))


def date_of(day: int) -> date:
    """Return the date of a day since 1970."""
    return datetime.fromtimestamp(day * _DAY_S, UTC).date()
