"""Rows: figures with their gates, and how they are shown."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

Unit = Literal["s", "B", "n", ""]
"""Seconds, bytes, a number of things, or a share."""

_TIMES = ((1.0, "s"), (1e-3, "ms"), (1e-6, "µs"))
_BYTES = ((1e9, "GB"), (1e6, "MB"), (1e3, "kB"), (1.0, "B"))
COLUMNS = ("measure", "images", "ours", "beside", "theirs", "ratio", "gate", "verdict", "note")


@dataclass(frozen=True, slots=True)
class Row:
    """One figure, alone or beside another.

    Attributes:
        measure: What was measured.
        images: Size of our library.
        ours: The figure in ``unit``.
        unit: Its unit; "n" is a plain number, "" a share or ratio.
        beside: Name of the other way to do the same; "" for a figure alone.
        theirs: The other figure, in the same unit.
        gate: What is demanded, in words; "" if nothing.
        passed: Whether it is met; None if it is not judged here.
        note: What a reader must know, such as another size of the peer.
    """

    measure: str
    images: int
    ours: float | None
    unit: Unit = "s"
    beside: str = ""
    theirs: float | None = None
    gate: str = ""
    passed: bool | None = None
    note: str = ""

    @property
    def ratio(self) -> float | None:
        """How many times ours the other figure is."""
        return None if self.theirs is None or not self.ours else self.theirs / self.ours

    def cells(self) -> tuple[str, ...]:
        """The row as texts, one a column."""
        verdict = {True: "pass", False: "FAIL", None: "not judged" if self.gate else ""}
        return (
            self.measure,
            f"{self.images:,}" if self.images else "",
            "" if self.ours is None else shown(self.ours, self.unit),
            self.beside,
            "" if self.theirs is None else shown(self.theirs, self.unit),
            "" if self.ratio is None else f"{self.ratio:.3g} ×",
            self.gate,
            verdict[self.passed],
            self.note,
        )


def at_most(
    measure: str,
    images: int,
    ours: float,
    limit: float,
    *,
    unit: Unit = "s",
    judged: bool = True,
    note: str = "",
) -> Row:
    """A figure that must not exceed ``limit``."""
    passed = ours <= limit if judged else None
    return Row(
        measure, images, ours, unit, gate=f"≤ {shown(limit, unit)}", passed=passed, note=note
    )


def beside(
    measure: str,
    images: int,
    ours: float,
    name: str,
    theirs: float,
    *,
    at_least: float | None = None,
    judged: bool = True,
    note: str = "",
) -> Row:
    """Two figures in seconds; the other must be ``at_least`` times ours, if that is given."""
    if at_least is None:
        return Row(measure, images, ours, "s", name, theirs, note=note)
    passed = theirs >= at_least * ours if judged else None
    return Row(measure, images, ours, "s", name, theirs, f"≥ {at_least:g} ×", passed, note)


def failed(measure: str, images: int, why: str) -> Row:
    """A measure that could not be taken; counts as not passed."""
    return Row(measure, images, None, gate="runs", passed=False, note=why)


def shown(value: float, unit: Unit) -> str:
    """Return a figure with three digits and a fitting unit."""
    if unit in ("n", ""):
        whole = value == int(value) or abs(value) >= 1_000
        return f"{value:,.0f}" if whole else f"{value:.4g}"
    scales = _TIMES if unit == "s" else _BYTES
    size, name = next((scale for scale in scales if value >= scale[0]), scales[-1])
    digits = f"{value / size:.3g}" if value < 1000 * size else f"{value / size:,.0f}"
    return f"{digits} {name}"


def table(rows: Sequence[Row]) -> str:
    """The rows as a table of fixed columns, for a terminal."""
    lines = [COLUMNS, *(row.cells() for row in rows)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(COLUMNS))]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip()
        for line in lines
    )
