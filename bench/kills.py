"""kill -9 at random moments of an import, then the same command again: nothing may differ."""

from __future__ import annotations

import hashlib
import os
import shutil
import signal
import sqlite3
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import closing
from pathlib import Path
from random import Random

from bench.library import write_csv
from bench.processes import PeerFailed, run, smashpass
from bench.report import Row
from bench.site import Site

KILLS = 50
IMAGES = 50_000

TABLES = ("source", "credit", "attribute", "tag", "counter", "image", "change")
# Moments differ from run to run, and so may the number of the run that read an image.
_VOLATILE = {"added_at", "at", "run_id", "origin"}


def measure(site: Site) -> Iterator[Row]:
    """Import undisturbed; then, again and again, kill an import and repeat the command."""
    kills, count = site.times(KILLS, 3), site.times(IMAGES, 2_000)
    folder = site.folder / "kills"
    folder.mkdir(exist_ok=True)
    file = folder / "library.csv"
    write_csv(file, count, site.seed)
    command = smashpass("import", str(file), "--format", "csv", "--media", "none", "--json")

    undisturbed, expected = _undisturbed(command, folder / "undisturbed")
    _, repeated = _undisturbed(command, folder / "undisturbed")
    rng = Random(site.seed)
    equal = 0
    differences: set[str] = set()
    for number in range(kills):
        home = folder / f"killed-{number}"
        moment = rng.uniform(0, undisturbed)
        site.say(f"kill {number + 1} of {kills}, after {moment:.2f} s")
        while not _killed(command, home, moment):  # it ended sooner than the undisturbed one
            shutil.rmtree(home)
            moment = rng.uniform(0, moment)
        _import(command, home)
        tables = contents(home)
        equal += tables == expected
        differences |= {table for table in TABLES if tables[table] != expected[table]}
        shutil.rmtree(home)
    notes = [f"{kills} killed while running"]
    notes += [f"{table} differs" for table in sorted(differences)]
    # Then it is not the kill that makes the difference.
    notes += [
        f"{table} differs between two undisturbed imports too"
        for table in TABLES
        if repeated[table] != expected[table]
    ]
    yield Row(
        f"kill -9 during an import of {count:,} rows, resumed: equal to an undisturbed one",
        0,
        float(equal),
        "n",
        gate=f"{kills} of {kills}",
        passed=equal == kills,
        note="; ".join(notes),
    )


def _undisturbed(command: list[str], home: Path) -> tuple[float, Mapping[str, str]]:
    """Import in one go; return the seconds it took and what is then in the database."""
    seconds = _import(command, home)
    tables = contents(home)
    shutil.rmtree(home)
    return seconds, tables


def contents(home: Path) -> Mapping[str, str]:
    """Return a checksum for each table of the library, without moments and run numbers."""
    with closing(sqlite3.connect(home / "smashpass.db")) as database:
        return {table: _checksum(database, table) for table in TABLES}


def _checksum(database: sqlite3.Connection, table: str) -> str:
    described = database.execute(f"SELECT name FROM pragma_table_info('{table}')")
    names = [f'"{name}"' for (name,) in described if name not in _VOLATILE]
    columns = ", ".join(names)
    digest = hashlib.sha256(columns.encode())
    for row in database.execute(f"SELECT {columns} FROM {table} ORDER BY {columns}"):
        digest.update(repr(row).encode())
    return digest.hexdigest()


def _import(command: list[str], home: Path) -> float:
    """Import to the end; return the seconds it took."""
    process = run(command, home.parent, {"SMASHPASS_HOME": str(home)})
    if process.code:
        raise PeerFailed(f"the import ended with {process.code}: {process.complaint}")
    return process.seconds


def _killed(command: list[str], home: Path, moment: float) -> bool:
    """Start an import and kill it after ``moment`` seconds; False if it had ended by then."""
    environment = {**os.environ, "SMASHPASS_HOME": str(home)}
    quiet = subprocess.DEVNULL
    started = subprocess.Popen(command, env=environment, stdout=quiet, stderr=quiet)
    time.sleep(moment)
    running = started.poll() is None
    if running:
        started.send_signal(signal.SIGKILL)
    started.wait()
    return running
