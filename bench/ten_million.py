"""One import of five times the library, 10,000,000 rows as a rule: does anything grow with them?

What grows at first is the page cache of the writer, 32 MiB, full after some 350,000 rows; so
with fewer than 5,000,000 rows the first tenth holds less than it will. That it is the cache was
tried with 300,000 rows: from 5,000 on memory grew by 46 MB with it, by 15 MB with one of 4 MiB.
The snapshot is built of all images at the end; its memory is so many bytes an image.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from bench.library import write_csv
from bench.processes import PeerFailed, smashpass
from bench.report import Row, at_most
from bench.site import FULL, Site

TIMES = 5
SLOWER, LARGER = 1.1, 1.2
_PART = 0.1
_LOOK_S = 0.02
_KIB = 1024


class Look(NamedTuple):
    """What was seen of a running import: rows written, when, processor time, most memory held."""

    rows: int
    at: float
    cpu_s: float
    peak: int


def measure(site: Site) -> Iterator[Row]:
    """Measure seconds a row and memory in the first and the last tenth, and the snapshot apart."""
    if site.size > FULL:
        yield Row("ten million", site.size, None, note="left out above 2,000,000 images")
        return
    rows, judged = TIMES * site.size, site.judged
    folder = site.folder / "ten-million"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    file = folder / "library.csv"
    site.say(f"writing {rows:,} rows")
    write_csv(file, rows, site.seed)
    site.say(f"importing {rows:,} rows")
    looks, usage, seconds = watched(file, folder)
    shutil.rmtree(folder)
    written = looks[-1]
    if written.rows != rows:
        raise PeerFailed(f"{written.rows:,} rows of {rows:,} were written")
    first = next(look for look in looks if look.rows >= rows * _PART)
    late = next(look for look in reversed(looks) if look.rows <= rows * (1 - _PART))
    # Behind the first batch, so that the start of the command and the first tags do not count.
    begun = looks[1] if looks[1].rows < first.rows else looks[0]
    a_row = (first.at - begun.at) / (first.rows - begun.rows)
    a_late_row = (written.at - late.at) / (rows - late.rows)
    early_us, late_us = _processor_us(begun, first), _processor_us(late, written)
    cpu_note = f"processor time {early_us:.1f} µs in the first tenth, {late_us:.1f} µs in the last"
    yield Row("import: a row of the first tenth", rows, a_row)
    limit = SLOWER * a_row
    title = "import: a row of the last tenth"
    yield at_most(title, rows, a_late_row, limit, judged=judged, note=cpu_note)
    yield Row("import: rows a second", rows, round(rows / (written.at - looks[0].at)), "n")
    yield Row("import: memory after the first tenth", rows, first.peak, "B")
    limit = LARGER * first.peak
    title = "import: memory before the snapshot"
    yield at_most(title, rows, written.peak, limit, unit="B", judged=judged)
    yield Row("import: memory with the snapshot", rows, usage, "B")
    grown = max(0, usage - written.peak)
    yield Row("import: memory of the snapshot, an image", rows, round(grown / rows), "B")
    yield Row("import: whole command", rows, seconds)


def _processor_us(before: Look, after: Look) -> float:
    """Return the processor time of a row between two looks, in microseconds."""
    return (after.cpu_s - before.cpu_s) / (after.rows - before.rows) * 1e6


def watched(file: Path, folder: Path) -> tuple[list[Look], int, float]:
    """Import a file into a new home; return what was seen, the peak of memory, the seconds.

    The first look has no rows; the last one all that were written before the snapshot.

    Raises:
        PeerFailed: The command fails.
    """
    home = folder / "home"
    progress = home / "runs" / "1" / "progress.json"
    command = smashpass("import", str(file), "--media", "none", "--json")
    environment = {**os.environ, "SMASHPASS_HOME": str(home)}
    start = time.time()
    with (folder / "output").open("wb") as output:
        process = subprocess.Popen(command, stdout=output, stderr=output, env=environment)
    looks = [Look(0, start, 0.0, 0)]
    peak = 0
    while process.poll() is None:
        time.sleep(_LOOK_S)
        with suppress(OSError, ValueError, IndexError):  # it has not begun, or just ended
            cpu_s, peak = _held(process.pid)
            noted = json.loads(progress.read_bytes())
            if noted["read"] > looks[-1].rows:
                looks.append(Look(noted["read"], noted["at"], cpu_s, peak))
    seconds = time.time() - start
    said = (folder / "output").read_text(encoding="utf-8").strip().splitlines() or ["nothing"]
    if process.returncode:
        raise PeerFailed(f"`smashpass import` ended with {process.returncode}: {said[-1]}")
    return looks, peak, seconds


def _held(process: int) -> tuple[float, int]:
    """Return processor time and peak of memory of a running process."""
    of_process = Path(f"/proc/{process}")
    fields = (of_process / "stat").read_text().rpartition(") ")[2].split()
    ticks = int(fields[11]) + int(fields[12])
    status = (of_process / "status").read_text()
    peak = int(status.partition("VmHWM:")[2].split()[0])
    return ticks / os.sysconf("SC_CLK_TCK"), peak * _KIB
