"""The README's figures, written from bench/results.json: python -m bench.readme

They stand between two marks: a few rows of each group, in words for newcomers, and every gate that
is missed.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator, Sequence

from bench import record
from bench.figures import GROUPS, MISSED_WORDS, FigureGroup
from bench.record import Entry
from bench.report import Row, shown
from bench.site import FULL

README = record.HERE.parent / "README.md"
BEGIN, END = "<!-- figures: python -m bench.readme -->", "<!-- end of figures -->"

_SHARE = re.compile(r"([≤≥]) (0\.\d+)")


def block(entries: Sequence[Entry]) -> str:
    """Return what stands between the marks."""
    days = sorted(entry.run.date.partition(" ")[0] for entry in entries)
    machines = "; ".join(sorted({entry.run.machine for entry in entries}))
    lines = [f"Measured from {days[0]} to {days[-1]} on: {machines}."]
    grouped = {name for group in GROUPS for name in group.benchmarks}
    rest = tuple(dict.fromkeys(e.benchmark for e in entries if e.benchmark not in grouped))
    for group in (*GROUPS, FigureGroup("Others", rest, ())):
        rows = list(_rows(group, entries))
        if rows:
            lines += ["", f"| {group.title} | measured | asked | |", "|---|---|---|---|", *rows]
    return "\n".join(lines)


def _rows(group: FigureGroup, entries: Sequence[Entry]) -> Iterator[str]:
    """The chosen rows of a group, and the missed ones of its benchmarks that nobody chose."""
    rows = [entry.row for entry in entries]
    for figure in group.rows:
        for row in filter(figure.fits, rows):
            yield readme_line(figure.text_of(row), row)
    for entry in entries:
        missed = entry.row.passed is False and not _is_chosen(entry.row)
        if missed and entry.benchmark in group.benchmarks:
            yield readme_line(_missed_words(entry.row), entry.row)


def _is_chosen(row: Row) -> bool:
    return any(figure.fits(row) for group in GROUPS for figure in group.rows)


def _missed_words(row: Row) -> str:
    text = MISSED_WORDS.get(row.measure, row.measure)
    size = f" ({row.images:,} images)" if row.images > FULL else ""
    peer = f", beside {row.beside}" if row.beside and row.measure not in MISSED_WORDS else ""
    return f"{text[0].upper()}{text[1:]}{size}{peer}"


def readme_line(text: str, row: Row) -> str:
    """Return a line of a table: what, the figure, what is asked, and whether it is met."""
    verdict = {True: "met", False: "**missed**", None: ""}[row.passed]
    gate = "0" if row.gate == "≤ 0" else row.gate
    if row.unit == "" and (share := _SHARE.fullmatch(gate)):
        gate = f"{share[1]} {100 * float(share[2]):g} %"
    return f"| {text} | {_figure(row)} | {gate} | {verdict} |"


def _figure(row: Row) -> str:
    if row.ours is None:
        return "failed"
    if row.ratio is not None and row.gate.startswith("≤") and row.gate.endswith("×"):
        return f"{1 / row.ratio:.3g} ×"
    in_times = row.unit == "s" and (not row.gate or row.gate.endswith("×"))
    if row.ratio is not None and in_times:
        return f"{shown(round(row.ratio, 2 if row.ratio < 10 else 0), 'n')} × as fast"
    if row.unit == "" and ("%" in row.gate or _SHARE.fullmatch(row.gate)):
        return f"{100 * row.ours:.3g} %"
    theirs = "" if row.theirs is None else f" ({row.beside}: {shown(row.theirs, row.unit)})"
    return shown(row.ours, row.unit) + theirs


def unrecorded(entries: Sequence[Entry]) -> list[str]:
    """Return the chosen rows of which nothing is recorded."""
    rows = [entry.row for entry in entries]
    figures = [figure for group in GROUPS for figure in group.rows]
    return [
        f"{figure.measure} ({figure.images:,} images)"
        for figure in figures
        if not any(map(figure.fits, rows))
    ]


def with_figures(readme: str, figures: str) -> str:
    """Return the README with other figures.

    Raises:
        ValueError: It lacks the marks.
    """
    before, begin, rest = readme.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise ValueError(f"README.md: needs the lines {BEGIN} and {END}")
    return f"{before}{begin}\n{figures}\n{end}{after}"


def main() -> int:
    """Write the figures; say which chosen rows are not recorded."""
    entries = record.read(record.HERE)
    text = with_figures(README.read_text(encoding="utf-8"), block(entries))
    README.write_text(text, encoding="utf-8")
    for name in unrecorded(entries):
        print(f"not recorded, so left out: {name}", file=sys.stderr)
    return 0


if __name__ == "__main__":
    sys.exit(main())
