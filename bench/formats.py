"""Every format that can be imported: its reader alone, and into the store by the command."""

from __future__ import annotations

import csv
import json
import os
import shutil
import sqlite3
import tarfile
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree as ET

from bench.format_files import FORMATS, options, pictures
from bench.processes import Finished, PeerFailed, run, smashpass
from bench.report import Row
from bench.site import Site
from smashpass.importing.detect import ReadOptions, open_reader
from tests.support.postgres import PostgresServer, binaries

ROWS = 100_000
READER_ROWS_S, STORE_ROWS_S = 20_000, 8_000
_QUICK_ROWS = 4_000
_ROUNDS = 3
_BROKEN_SHARE = 50
_SOME_REFUSED = 3


@dataclass(frozen=True, slots=True)
class _Collection:
    """One format: its name, what is imported, and how many rows that has."""

    name: str
    path: Path
    rows: int

    def reader_s(self) -> float:
        """Return the processor time in which the reader alone yields all rows."""
        start = time.process_time()
        reader = open_reader(self.path, FORMATS[self.name][0], ReadOptions(pictures=False))
        with closing(reader.records()) as records:
            count = sum(1 for _ in records)
        assert count == self.rows, (self.name, count)
        return time.process_time() - start

    def peer_s(self) -> float:
        """Return the processor time in which others go through the same bytes."""
        start = time.process_time()
        _PEERS[self.name][1](self.path)
        return time.process_time() - start


def measure(site: Site) -> Iterator[Row]:
    """Measure 100,000 rows of each format, in turns with what a script would do."""
    rows = site.times(ROWS, _QUICK_ROWS)
    folder = site.folder / "formats"
    shutil.rmtree(folder, ignore_errors=True)
    drawn = pictures(rows, site.seed)
    stored = site.times(len(FORMATS), len(FORMATS))
    for number, (name, (_, write)) in enumerate(FORMATS.items()):
        inside = folder / "files"
        inside.mkdir(parents=True)
        site.say(f"{rows:,} rows of {name}")
        collection = _Collection(name, write(inside, drawn), rows)
        yield _read(collection, not site.quick)
        if number < stored:
            yield from _stored(collection, folder, not site.quick)
        if name == "csv":
            yield from _naive(inside / "library.csv", rows)
            yield from _in_postgres(inside / "library.csv", rows, folder, not site.quick)
        shutil.rmtree(folder)


def _read(collection: _Collection, judged: bool) -> Row:
    """The reader alone beside a peer, in turns."""
    ours: list[float] = []
    theirs: list[float] = []
    for _ in range(_ROUNDS):
        ours.append(collection.reader_s())
        theirs.append(collection.peer_s())
    title, peer = f"{collection.name}: reader alone, rows a second", _PEERS[collection.name][0]
    return _rate(title, collection.rows, min(ours), READER_ROWS_S, judged, (peer, min(theirs)))


def _stored(collection: _Collection, folder: Path, judged: bool) -> Iterator[Row]:
    """The command that users type."""
    name, rows = collection.name, collection.rows
    home = folder / "home"
    finished = imported(collection.path, home, folder, *options(name))
    summary = json.loads(finished.output.strip().splitlines()[-1])
    accounted = sum(summary[part] for part in ("added", "quarantined", "refused"))
    assert accounted == rows, summary
    assert summary["added"] >= rows - 1 - rows // _BROKEN_SHARE, summary
    yield _rate(
        f"{name}: into the store, rows a second", rows, written_s(home), STORE_ROWS_S, judged
    )
    title = f"{name}: whole command with snapshot, rows a second"
    yield Row(title, rows, round(rows / finished.seconds), "n")
    yield Row(f"{name}: whole command, memory", rows, finished.peak_rss, "B")


def imported(
    path: Path,
    home: Path,
    folder: Path,
    *arguments: str,
    environment: dict[str, str] | None = None,
) -> Finished:
    """Import a collection by the command into a new home.

    Raises:
        PeerFailed: It fails.
    """
    named = {"SMASHPASS_HOME": str(home)} | (environment or {})
    finished = run(smashpass("import", str(path), *arguments, "--json"), folder, named)
    if finished.code not in (0, _SOME_REFUSED):
        raise PeerFailed(f"`smashpass import` ended with {finished.code}: {finished.complaint}")
    return finished


def written_s(home: Path) -> float:
    """Return the seconds from the start of the first run in a home to its last written batch."""
    with closing(sqlite3.connect(home / "smashpass.db")) as database:
        (started_at,) = database.execute("SELECT started_at FROM run WHERE id = 1").fetchone()
    return last_batch_s(home) - int(started_at) / 1e6


def last_batch_s(home: Path) -> float:
    """Return when the last batch of the first run was written, in seconds since 1970."""
    return float(json.loads((home / "runs" / "1" / "progress.json").read_bytes())["at"])


def _rate(
    title: str,
    rows: int,
    seconds: float,
    least: int,
    judged: bool,
    peer: tuple[str, float] | None = None,
) -> Row:
    """Rows a second, of which there have to be ``least``; beside those of a peer."""
    rate = round(rows / seconds)
    other, theirs = ("", None) if peer is None else (peer[0], float(round(rows / peer[1])))
    passed = rate >= least if judged else None
    return Row(title, rows, rate, "n", other, theirs, f"≥ {least:,}", passed)


def _naive(path: Path, rows: int) -> Iterator[Row]:
    """What a script would do: the csv module and one transaction, with nothing checked."""
    start = time.perf_counter()
    with closing(sqlite3.connect(path.with_suffix(".db"))) as database, path.open() as file:
        columns = next(csv.reader(file))
        database.execute(f"CREATE TABLE image ({', '.join(columns)}, UNIQUE (source, id))")
        marks = ", ".join("?" * len(columns))
        database.executemany(f"INSERT INTO image VALUES ({marks})", csv.reader(file))
        database.commit()
    seconds = time.perf_counter() - start
    yield Row("csv module into bare SQLite, rows a second", rows, round(rows / seconds), "n")


def _in_postgres(path: Path, rows: int, folder: Path, judged: bool) -> Iterator[Row]:
    """The same table into PostgreSQL, if it is installed."""
    title = "csv: into PostgreSQL, rows a second"
    programs = binaries()
    if programs is None:
        yield Row(title, rows, 0, "n", note="PostgreSQL is not installed")
        return
    server = PostgresServer(programs, memory="128MB")
    try:
        url, home = server.new_database(), folder / "postgres-home"
        named = {"SMASHPASS_DATABASE_URL": url}
        imported(path, home, folder, *options("csv"), environment=named)
        with server.connect(url.rpartition("/")[2]) as connection:
            started = connection.execute("SELECT started_at, added FROM run").fetchall()
        ((started_at, added),) = started
        assert added >= rows - 1, added
        seconds = last_batch_s(home) - int(started_at) / 1e6
        yield _rate(title, rows, seconds, STORE_ROWS_S, judged)
    finally:
        server.stop()


def _csv(path: Path) -> None:
    with path.open(encoding="utf-8", newline="") as file:
        for _ in csv.DictReader(file, delimiter="\t" if path.suffix == ".tsv" else ","):
            pass


def _lines(path: Path) -> None:
    with (path / "metadata.jsonl" if path.is_dir() else path).open(encoding="utf-8") as file:
        for line in file:
            json.loads(line)


def _document(path: Path) -> None:
    json.loads(path.read_bytes())


def _xml(path: Path) -> None:
    for _, element in ET.iterparse(path):
        element.clear()


def _words(path: Path) -> None:
    with path.open(encoding="utf-8") as file:
        for line in file:
            line.split()


def _parquet(path: Path) -> None:
    from pyarrow import parquet

    for batch in parquet.ParquetFile(path).iter_batches():
        batch.to_pylist()


def _tar(path: Path) -> None:
    with tarfile.open(path) as tar:
        for member in tar:
            tar.members.clear()  # type: ignore[attr-defined]
            if member.name.endswith(".json"):
                json.load(tar.extractfile(member))  # type: ignore[arg-type]


def _files(path: Path) -> None:
    """List the folders and read what describes the pictures: what the system itself costs."""
    with os.scandir(path) as entries:
        for entry in entries:
            if entry.is_dir():
                _files(Path(entry.path))
            elif not entry.name.endswith(".jpg"):
                with open(entry.path, "rb", buffering=0) as file:  # noqa: PTH123 - no Path to make
                    file.read()


_PEERS: dict[str, tuple[str, Callable[[Path], None]]] = {
    "csv": ("csv.DictReader", _csv),
    "tsv": ("csv.DictReader", _csv),
    "imagefolder, jsonl": ("json.loads a line", _lines),
    "folder, .txt beside": ("reading the files", _files),
    "folder, .json beside": ("reading the files", _files),
    "embedded": ("reading the files", _files),
    "danbooru": ("json.loads a line", _lines),
    "e621": ("json.loads at once", _document),
    "gelbooru": ("ElementTree.iterparse", _xml),
    "szurubooru": ("json.loads at once", _document),
    "kohya": ("json.loads at once", _document),
    "coco": ("json.loads at once", _document),
    "celeba": ("split a line", _words),
    "parquet": ("pyarrow", _parquet),
    "webdataset": ("tarfile and json", _tar),
}
