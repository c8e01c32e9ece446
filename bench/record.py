"""The record in bench/results.json: rows with the run each is from, and the page made of them."""

from __future__ import annotations

import json
import os
import platform
import subprocess
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from bench.report import COLUMNS, Row, shown

HERE = Path(__file__).resolve().parent
"""The folder of the record that is kept. What is written elsewhere is of one run alone."""

_UNKNOWN = "unknown"
_HEAD = """\
# Results of the benchmarks

Written by `scripts/bench --out bench`, which replaces the rows of the benchmarks that it runs, and
leaves the others; do not edit. Times are medians of interleaved repetitions, each after one call
that is not counted. A ratio is their figure divided by ours. Gates on size are judged from
2,000,000 images on, and grow linearly above. What each benchmark does stands in its module in
`bench/`; the commands of the runs are [at the end](#runs)."""


@dataclass(frozen=True, slots=True)
class BenchmarkRun:
    """Where rows are from.

    Attributes:
        date: When the run began, in UTC, to the minute.
        commit: Short hash of the code, with "+ changes" if files of it were changed.
        command: What was typed, without the folders.
        machine: Processor, cores, memory and Python.
    """

    date: str
    commit: str
    command: str
    machine: str


@dataclass(frozen=True, slots=True)
class Entry:
    """A row of the record.

    Attributes:
        benchmark: The benchmark that gave it, as ``--only`` names it.
        size: Images of the library that the benchmark was given; 0 for one that has no size.
        row: The figure. Its ``images`` differ from ``size`` where another number matters.
        run: Where it is from.
    """

    benchmark: str
    size: int
    row: Row
    run: BenchmarkRun


def merged(record: Sequence[Entry], entries: Sequence[Entry]) -> list[Entry]:
    """Return the record with new entries, without the old ones of the same benchmarks and sizes.

    No row is there twice: of two with the same measure, images and peer, the later one stays.
    """
    replaced = {(entry.benchmark, entry.size) for entry in entries}
    others = [entry for entry in record if (entry.benchmark, entry.size) not in replaced]
    return list({_identity(entry.row): entry for entry in (*others, *entries)}.values())


def _identity(row: Row) -> tuple[str, int, str]:
    return row.measure, row.images, row.beside


def read(folder: Path) -> list[Entry]:
    """Return the entries of the record in a folder; none if there is no record."""
    file = folder / "results.json"
    if not file.exists():
        return []
    body = json.loads(file.read_text(encoding="utf-8"))
    runs = [BenchmarkRun(**fields) for fields in body["runs"]]
    return [_entry(fields, runs) for fields in body["rows"]]


def _entry(fields: dict[str, object], runs: Sequence[BenchmarkRun]) -> Entry:
    values = dict(fields)
    number, benchmark, size = (values.pop(name) for name in ("run", "benchmark", "size"))
    values.pop("ratio")
    assert isinstance(number, int)
    assert isinstance(size, int)
    return Entry(str(benchmark), size, Row(**values), runs[number])  # type: ignore[arg-type]


def write(entries: Sequence[Entry], folder: Path, about: Mapping[str, str]) -> None:
    """Write results.json and results.md.

    Args:
        entries: The whole record.
        folder: Made if it is not there.
        about: The benchmarks in the order of their sections, each with a sentence.
    """
    folder.mkdir(parents=True, exist_ok=True)
    order = {name: number for number, name in enumerate(about)}
    by_section = sorted(
        entries,
        key=lambda entry: (
            order.get(entry.benchmark, len(order)),
            entry.benchmark,
            entry.size,
            entry.row.images,
        ),
    )
    (folder / "results.json").write_text(as_json(by_section), encoding="utf-8")
    (folder / "results.md").write_text(markdown(by_section, about), encoding="utf-8")


def as_json(entries: Sequence[Entry]) -> str:
    """The entries for programs; figures in seconds, bytes or plain numbers."""
    runs = _runs(entries)
    rows = [
        {
            "benchmark": entry.benchmark,
            "size": entry.size,
            "run": runs.index(entry.run),
            **asdict(entry.row),
            "ratio": entry.row.ratio,
        }
        for entry in entries
    ]
    body = {"runs": [asdict(run) for run in runs], "rows": rows}
    return json.dumps(body, indent=1, ensure_ascii=False) + "\n"


def markdown(entries: Sequence[Entry], about: Mapping[str, str]) -> str:
    """The entries as a page with a section for each benchmark."""
    machines = Counter(entry.run.machine for entry in entries)
    usual = max(machines, key=lambda machine: machines[machine], default=_UNKNOWN)
    verdicts = Counter(entry.row.passed for entry in entries)
    lines = [
        _HEAD,
        "",
        f"- {len(entries)} rows; {verdicts[True]} gates are met, {verdicts[False]} are missed",
        f"- {usual}" + ("; rows from another machine are marked \\*" if len(machines) > 1 else ""),
    ]
    for name in dict.fromkeys(entry.benchmark for entry in entries):
        section = [entry for entry in entries if entry.benchmark == name]
        lines += ["", *_section(name, about.get(name, ""), section, usual)]
    lines += ["", "## Runs", "", *_table(("date", "commit", "command", "machine"), _told(entries))]
    return "\n".join(lines) + "\n"


def _section(name: str, sentence: str, entries: Iterable[Entry], usual: str) -> Iterator[str]:
    yield from (f"## {name.capitalize()}", "")
    if sentence:
        yield from (sentence, "")
    *columns, note = COLUMNS
    rows = []
    for entry in entries:
        *cells, remark = entry.row.cells()
        day = entry.run.date.partition(" ")[0]
        mark = "" if entry.run.machine == usual else " \\*"
        rows.append((*cells, f"{day} {entry.run.commit}{mark}", remark))
    yield from _table((*columns, "run", note), rows)


def _told(entries: Sequence[Entry]) -> Iterator[tuple[str, ...]]:
    for run in _runs(entries):
        yield run.date, run.commit, f"`{run.command}`", run.machine


def _table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[str]:
    yield "| " + " | ".join(header) + " |"
    yield "|" + " --- |" * len(header)
    for row in rows:
        yield "| " + " | ".join(cell.replace("|", "\\|") for cell in row) + " |"


def _runs(entries: Iterable[Entry]) -> list[BenchmarkRun]:
    """The runs that have a row, the first ones first."""
    return sorted({entry.run for entry in entries}, key=lambda run: (run.date, run.command))


def commit() -> str:
    """Return the short hash of the code, and whether files of it were changed since."""
    git = ("git", "-C", str(HERE.parent))
    results = (":!bench/results.json", ":!bench/results.md")
    code = ("smashpass", "bench", "rules", "image_library", *results)
    try:
        head = subprocess.run(
            (*git, "rev-parse", "--short", "HEAD"), capture_output=True, text=True
        )
        status = (*git, "status", "--porcelain", "--", *code)
        changes = subprocess.run(status, capture_output=True, text=True)
    except FileNotFoundError:
        return _UNKNOWN
    if head.returncode:
        return _UNKNOWN
    return head.stdout.strip() + (" + changes" if changes.stdout else "")


def machine() -> str:
    """Say where figures are taken: processor, cores, memory and Python."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    python = platform.python_version()
    return f"{_processor()}, {os.cpu_count()} cores, {shown(memory, 'B')}, Python {python}"


def _processor() -> str:
    """The model name that Linux gives, else what Python knows."""
    info = Path("/proc/cpuinfo")
    if info.exists():
        for line in info.read_text(encoding="utf-8").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()
