"""Plots of a report as SVG texts; colours and fonts come from the page's style sheet."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from itertools import count

WIDTH = 640
_LABELS = 190
_ROW = 24
_NARROW = 1e-12


@dataclass(frozen=True, slots=True)
class Row:
    """A line of a forest plot: a value with its interval.

    Attributes:
        label: Before the line, in plain text.
        value: The point.
        low: The lower end of the interval; None if it is not known.
        high: The upper end.
        style: ``main``, ``other`` or ``bad``: a class of the style sheet.
    """

    label: str
    value: float
    low: float | None
    high: float | None
    style: str = "other"


@dataclass(frozen=True, slots=True)
class Scale:
    """Values from ``low`` to ``high`` on pixels from ``start`` to ``end``."""

    low: float
    high: float
    start: float
    end: float

    def at(self, value: float) -> str:
        """Return the pixel of a value, as it is written in SVG; what is outside is at the edge."""
        share = (min(max(value, self.low), self.high) - self.low) / (self.high - self.low)
        return f"{self.start + share * (self.end - self.start):.1f}"

    def ticks(self) -> list[float]:
        """Return three to eight round values."""
        raw = (self.high - self.low) / 6
        power = 10.0 ** math.floor(math.log10(raw))
        step = next(factor * power for factor in (1, 2, 2.5, 5, 10) if factor * power >= raw)
        first = math.ceil(self.low / step - 1e-9)
        values = (number * step for number in count(first))
        ticks: list[float] = []
        for value in values:
            if value > self.high + step * 1e-9:
                return ticks
            ticks.append(round(value, 10))
        return ticks


def forest(title: str, rows: Sequence[Row], marks: Sequence[float] = ()) -> str:
    """Return values with their intervals, one below the other.

    Args:
        title: What is shown, for people and for screen readers.
        rows: From top to bottom; at least one.
        marks: Values that get a dashed line.
    """
    numbers = [*marks]
    for row in rows:
        numbers += [end for end in (row.value, row.low, row.high) if end is not None]
    scale = _scale(min(numbers), max(numbers), _LABELS, WIDTH - 70)
    bottom = 10 + _ROW * len(rows)
    parts = _vertical_grid(scale, 6, bottom)
    parts += [
        f'<line class="mark" x1="{scale.at(mark)}" x2="{scale.at(mark)}" y1="6" y2="{bottom}"/>'
        for mark in marks
    ]
    for number, row in enumerate(rows):
        y = 10 + _ROW * (number + 0.5)
        parts.append(
            f'<text x="{_LABELS - 10}" y="{y + 4}" text-anchor="end">{escape(row.label)}</text>'
        )
        if row.low is not None and row.high is not None:
            parts.append(
                f'<line class="interval {row.style}" x1="{scale.at(row.low)}" '
                f'x2="{scale.at(row.high)}" y1="{y}" y2="{y}"/>'
            )
        parts.append(
            f'<circle class="{row.style}" cx="{scale.at(row.value)}" cy="{y}" r="4.5"/>'
            f'<text x="{WIDTH - 60}" y="{y + 4}">{row.value:.3f}</text>'
        )
    return _svg(title, WIDTH, bottom + 26, parts)


def reliability_diagram(title: str, points: Sequence[tuple[float, float]]) -> str:
    """Return like-rates over scores, both from 0 to 1, with the diagonal of a perfect model."""
    across, up = Scale(0, 1, 50, 390), Scale(0, 1, 350, 10)
    parts = _vertical_grid(across, 10, 350) + _horizontal_grid(up, 50, 390)
    parts.append('<line class="mark" x1="50" y1="350" x2="390" y2="10"/>')
    places = [f"{across.at(score)},{up.at(rate)}" for score, rate in points]
    parts.append(f'<polyline class="main" points="{" ".join(places)}"/>')
    parts += [
        f'<circle class="main" cx="{across.at(score)}" cy="{up.at(rate)}" r="4.5"/>'
        for score, rate in points
    ]
    parts.append('<text x="220" y="390" text-anchor="middle">predicted like-rate</text>')
    parts.append(
        '<text transform="translate(14 180) rotate(-90)" text-anchor="middle">like-rate</text>'
    )
    return _svg(title, 410, 398, parts)


def curves(title: str, lines: Sequence[tuple[str, Sequence[float]]]) -> str:
    """Return one line for each name over the epochs, from 1; none may be empty."""
    numbers = [value for _, values in lines for value in values]
    longest = max(len(values) for _, values in lines)
    across = Scale(1, max(longest, 2), 60, WIDTH - 130)
    up = _scale(min(numbers), max(numbers), 220, 10)
    parts = _horizontal_grid(up, 60, WIDTH - 130)
    parts += [
        f'<text x="{across.at(epoch)}" y="240" text-anchor="middle">{epoch:g}</text>'
        for epoch in across.ticks()
        if epoch == int(epoch)
    ]
    for (_, values), style in zip(lines, ("other", "main"), strict=False):
        places = " ".join(
            f"{across.at(epoch)},{up.at(value)}" for epoch, value in enumerate(values, 1)
        )
        parts.append(f'<polyline class="{style}" points="{places}"/>')
        x, y = across.at(len(values)), up.at(values[-1])
        parts.append(f'<circle class="{style}" cx="{x}" cy="{y}" r="4"/>')
    # The names are at the ends of their lines, and far enough apart to be read.
    ends = sorted((float(up.at(values[-1])), name) for name, values in lines)
    lowest = 0.0
    for end, name in ends:
        lowest = max(end + 4, lowest + 16)
        parts.append(f'<text x="{WIDTH - 118}" y="{lowest:.1f}">{escape(name)}</text>')
    parts.append(f'<text x="{(WIDTH - 70) / 2}" y="260" text-anchor="middle">epoch</text>')
    return _svg(title, WIDTH, 268, parts)


def _scale(low: float, high: float, start: float, end: float) -> Scale:
    """Return a scale with some room at both ends."""
    room = max((high - low) * 0.06, abs(high) * 1e-3, _NARROW)
    return Scale(low - room, high + room, start, end)


def _vertical_grid(scale: Scale, top: float, bottom: float) -> list[str]:
    parts = []
    for tick in scale.ticks():
        x = scale.at(tick)
        parts.append(f'<line class="grid" x1="{x}" x2="{x}" y1="{top}" y2="{bottom}"/>')
        parts.append(f'<text x="{x}" y="{bottom + 18}" text-anchor="middle">{tick:g}</text>')
    return parts


def _horizontal_grid(scale: Scale, left: float, right: float) -> list[str]:
    parts = []
    for tick in scale.ticks():
        y = scale.at(tick)
        parts.append(f'<line class="grid" x1="{left}" x2="{right}" y1="{y}" y2="{y}"/>')
        parts.append(f'<text x="{left - 8}" y="{float(y) + 4}" text-anchor="end">{tick:g}</text>')
    return parts


def _svg(title: str, width: float, height: float, parts: Sequence[str]) -> str:
    label = escape(title)
    return (
        f'<svg viewBox="0 0 {width} {height}" width="{width}" role="img" aria-label="{label}">'
        f"<title>{label}</title>{''.join(parts)}</svg>"
    )
