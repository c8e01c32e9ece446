"""Run the benchmarks and write their report. See scripts/bench --help."""

from __future__ import annotations

import argparse
import inspect
import shlex
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from bench import (
    agreement,
    asking,
    collab,
    crashes,
    decision,
    decks,
    disk,
    editing,
    engines,
    formats,
    guesses,
    half_million,
    hostile,
    importing,
    inside,
    kills,
    loading,
    media,
    nodes,
    own_model,
    pages,
    peak,
    plain,
    power,
    prompts,
    rules,
    score_columns,
    scorers,
    search,
    serving,
    slow_clients,
    swaps,
    taste,
    ten_million,
    whole,
    words,
)
from bench import record as records
from bench.processes import PeerFailed
from bench.report import Row, failed, table
from bench.site import FULL, Site, to_standard_error

Measure = Callable[[Site], Iterator[Row]]

BY_SIZE: dict[str, Measure] = {
    "search": search.measure,
    "engines": engines.measure,
    "asking": asking.measure,
    "words": words.measure,
    "deck": decks.measure,
    "decision": decision.measure,
    "whole": whole.measure,
    "loading": loading.measure,
    "rules": rules.measure,
    "scores": score_columns.measure,
    "importing": importing.measure,
    "ten million": ten_million.measure,
    "inside": inside.measure,
    "serving": serving.measure,
    "plain app": plain.measure,
    "slow clients": slow_clients.measure,
    "swaps": swaps.measure,
    "taste": taste.measure,
    "editing": editing.measure,
    "peak": peak.measure,
}
ONCE: dict[str, Measure] = {
    "agreement": agreement.measure,
    "kills": kills.measure,
    "crashes": crashes.measure,
    "power": power.measure,
    "disk": disk.measure,
    "formats": formats.measure,
    "nodes": nodes.measure,
    "guesses": guesses.measure,
    "scorers": scorers.measure,
    "own model": own_model.measure,
    "prompts": prompts.measure,
    "collab": collab.measure,
    "media": media.measure,
    "hostile": hostile.measure,
    "pages": pages.measure,
    "pictures": half_million.measure,
}

QUICK_SIZE = 100_000
GROWTH = (500_000, 2_000_000, 8_000_000, 32_000_000)


@dataclass(frozen=True)
class Plan:
    """What to measure, at which sizes, and where to work."""

    sizes: tuple[int, ...]
    measures: tuple[str, ...]
    quick: bool
    work: Path

    def taken(self) -> Iterator[tuple[str, int, Iterator[Row]]]:
        """Yield benchmark, size and rows: size after size, then those that have no size (0)."""
        for size in self.sizes:
            with self._site(size) as site:
                for name in self.measures:
                    if name in BY_SIZE:
                        yield name, size, _taken(name, BY_SIZE[name], site)
        with self._site(min(self.sizes)) as site:
            for name in self.measures:
                if name in ONCE:
                    yield name, 0, _taken(name, ONCE[name], site)

    def _site(self, size: int) -> Site:
        folder = self.work / str(size)
        if self.quick:
            return Site(
                folder, size, 15, 1.0, 30.0, whoosh_size=5_000, quick=True, say=to_standard_error
            )
        return Site(folder, size, say=to_standard_error)


def _taken(name: str, measure: Measure, site: Site) -> Iterator[Row]:
    """The rows of one measure; one that fails does not end the others."""
    try:
        yield from measure(site)
    except (PeerFailed, AssertionError) as error:
        yield failed(name, site.size, f"{type(error).__name__}: {' '.join(str(error).split())}")


def parse(arguments: Sequence[str]) -> argparse.Namespace:
    """Read the command line."""
    names = (*BY_SIZE, *ONCE)
    parser = argparse.ArgumentParser(
        prog="scripts/bench",
        description="Measure smashpass beside other ways to do the same. "
        "Exit 1 if a gate is not met.",
        epilog=f"How cost grows: scripts/bench --sizes {','.join(map(str, GROWTH))}",
    )
    parser.add_argument(
        "--quick", action="store_true", help=f"{QUICK_SIZE:,} images and few repetitions: < 2 min"
    )
    parser.add_argument(
        "--sizes", type=_sizes, help=f"numbers of images, with commas; {FULL} by default"
    )
    parser.add_argument(
        "--only", action="append", choices=names, help="a measure; may be given several times"
    )
    parser.add_argument(
        "--out",
        type=Path,
        default=Path("var/bench"),
        help="folder for results.md and .json; in bench/ the other rows of these files stay",
    )
    parser.add_argument(
        "--work",
        type=Path,
        help="folder for indexes and files, kept for the next run; a temporary one by default",
    )
    options = parser.parse_args(arguments)
    if options.quick and options.out.resolve() == records.HERE:
        parser.error("--quick measures a small part only, which is not recorded in bench/")
    return options


def command_of(options: argparse.Namespace) -> str:
    """Return the command that measures the same anywhere: without folders."""
    words = ["scripts/bench", *(["--quick"] if options.quick else [])]
    if options.sizes:
        words += ["--sizes", ",".join(map(str, options.sizes))]
    for name in options.only or ():
        words += ["--only", name]
    return shlex.join(words)


def _sizes(text: str) -> tuple[int, ...]:
    sizes = tuple(int(part) for part in text.split(","))
    if min(sizes) < 1_000:
        raise argparse.ArgumentTypeError("a library has at least 1,000 images")
    return sizes


def main(arguments: Sequence[str]) -> int:
    """Run what is asked for; return the exit code."""
    options = parse(arguments)
    work = options.work or Path(tempfile.mkdtemp(prefix="smashpass-bench-"))
    plan = Plan(
        sizes=options.sizes or ((QUICK_SIZE,) if options.quick else (FULL,)),
        measures=tuple(options.only or (*BY_SIZE, *ONCE)),
        quick=options.quick,
        work=work,
    )
    try:
        rows = _measured(plan, options.out, command_of(options))
    finally:
        if options.work is None:
            shutil.rmtree(work, ignore_errors=True)
    print(table(rows))
    print(f"written: {options.out / 'results.md'} and results.json")
    return 1 if any(row.passed is False for row in rows) else 0


def _measured(plan: Plan, out: Path, command: str) -> list[Row]:
    """Measure; write after each benchmark, so that what ends early keeps what it has."""
    date = datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC")
    run = records.BenchmarkRun(date, records.commit(), command, records.machine())
    record: list[records.Entry] = []
    rows: list[Row] = []
    for name, size, measured in plan.taken():
        entries = []
        for row in measured:
            print("  ".join(cell for cell in row.cells() if cell), file=sys.stderr, flush=True)
            rows.append(row)
            entries.append(records.Entry(name, size, row, run))
        if out.resolve() == records.HERE:  # where another run may have written meanwhile
            record = records.read(out)
        record = records.merged(record, entries)
        records.write(record, out, about())
    return rows


def about() -> dict[str, str]:
    """Return the benchmarks in their order, each with what its module says of itself first."""
    sentences = {}
    for name, measure in (*BY_SIZE.items(), *ONCE.items()):
        text = inspect.getdoc(inspect.getmodule(measure)) or ""
        sentences[name] = " ".join(text.partition("\n\n")[0].split())
    return sentences


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
