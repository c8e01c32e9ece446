"""500,000 pictures: drawn, stored and imported by one command, and then served.

A work folder that is kept (``--work``) keeps the library: a later run takes the figures of drawing
from its marker and measures the rest.
"""

from __future__ import annotations

import itertools
import json
import os
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from random import Random
from urllib.parse import urlencode

from bench import pages
from bench.browser import missing
from bench.cases import DECK_SIZE
from bench.load import Load, put_under_load, request
from bench.processes import PeerFailed, Remote, run, smashpass
from bench.report import Row, at_most
from bench.servers import memory, serving, session_of
from bench.serving import CONNECTIONS, P99_S, make_viewers, some_images
from bench.site import Site
from smashpass.bootstrap.rules import shipped
from smashpass.core.pictures.picture import stored_size
from smashpass.demo.journal import Journal
from smashpass.demo.library import JOURNAL, side_for
from smashpass.demo.pool import Order, make
from smashpass.demo.series import generator_name, made_of, name_of
from smashpass.media.folder import MediaFolder

PICTURES = 500_000
QUICK = 200
RATE = 300.0
PROCESS_B = 300e6
PICTURE_B = 10e3
SAMPLE = 200
VIEWERS = 1_000
SECONDS = 8.0
SEED = 1
_EVERY_S = 1.0

DECK = "/api/v1/deck?" + urlencode({"n": DECK_SIZE, "q": "kind:person"})


@dataclass(frozen=True, slots=True)
class Drawn:
    """What drawing cost: seconds, processor seconds, and the most bytes of all processes.

    ``added`` are the pictures that this took; the others were there.
    """

    added: int
    seconds: float
    cpu_s: float
    largest_process: int
    all_processes: int


def measure(site: Site) -> Iterator[Row]:
    """Measure the demo library of at most 500,000 pictures."""
    count = max(10, site.times(QUICK, QUICK)) if site.quick else min(site.size, PICTURES)
    home, drawn = _library(site, count)
    yield from _drawing(drawn, count)
    yield from _again(site, home, count)
    yield from _bytes(home, count)
    yield _sample(site, home, count)
    yield from _served(site, home, count)


def _library(site: Site, count: int) -> tuple[Path, Drawn]:
    """Return an installation with the pictures, and what drawing them cost."""
    folder = site.folder / "pictures"
    home, marker = folder / "home", folder / f"drawn-{count}.json"
    if marker.exists():
        return home, Drawn(**json.loads(marker.read_text()))
    site.say(f"drawing {count:,} pictures into {home}")
    drawn = _draw(folder, home, count)
    marker.write_text(json.dumps(asdict(drawn)))
    return home, drawn


def _draw(folder: Path, home: Path, count: int) -> Drawn:
    """Run the command, and look at the memory of its processes meanwhile."""
    folder.mkdir(parents=True, exist_ok=True)
    largest = together = 0
    began = time.monotonic()
    with (folder / "demo.out").open("wb") as output:
        process = subprocess.Popen(
            smashpass("demo", "--count", str(count), "--json"),
            env={**os.environ, "SMASHPASS_HOME": str(home)},
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        while (status := os.wait4(process.pid, os.WNOHANG))[0] == 0:
            shares = []
            for member in session_of(process.pid):
                with suppress(OSError, KeyError):
                    shares.append(memory(member)["Pss"])
            largest = max([largest, *shares])
            together = max(together, sum(shares))
            time.sleep(_EVERY_S)
    process.returncode = os.waitstatus_to_exitcode(status[1])
    lines = (folder / "demo.out").read_text().splitlines()
    if process.returncode:
        raise PeerFailed(f"`smashpass demo` ended with {process.returncode}: {lines[-1:]}")
    summary = json.loads(lines[-1])
    assert summary["added"] + summary["unchanged"] == count, summary
    seconds, usage = time.monotonic() - began, status[2]
    cpu_s = usage.ru_utime + usage.ru_stime
    return Drawn(summary["added"], seconds, cpu_s, largest, together)


def _drawing(drawn: Drawn, count: int) -> Iterator[Row]:
    judged = count >= PICTURES
    present_count = count - drawn.added
    rate = drawn.added / drawn.seconds
    yield Row(
        "pictures drawn, stored and imported: a second",
        count,
        round(rate, 1),
        "n",
        gate=f"≥ {RATE:g}",
        passed=rate >= RATE if judged else None,
        note=f"{drawn.seconds:,.0f} s"
        + (f"; {present_count:,} were there" if present_count else ""),
    )
    yield Row("pictures: processor time for each", count, drawn.cpu_s / max(1, drawn.added))
    title = "pictures: largest process while drawing"
    yield at_most(title, count, drawn.largest_process, PROCESS_B, unit="B", judged=judged)
    yield Row("pictures: all processes while drawing", count, drawn.all_processes, "B")


def _again(site: Site, home: Path, count: int) -> Iterator[Row]:
    """The same command once more: it draws nothing and adds nothing."""
    site.say("the same command again")
    command = smashpass("demo", "--count", str(count), "--json")
    process = run(command, home.parent, {"SMASHPASS_HOME": str(home)})
    if process.code:
        raise PeerFailed(f"`smashpass demo` ended with {process.code}: {process.complaint}")
    summary = json.loads(process.output.splitlines()[-1])
    yield Row(
        "pictures: added by the same command again",
        count,
        summary["added"],
        "n",
        gate="0",
        passed=summary["added"] == 0 and summary["unchanged"] == count,
        note=f"{process.seconds:.1f} s",
    )


def _bytes(home: Path, count: int) -> Iterator[Row]:
    """Bytes a picture: of its file, of the blocks that hold it, and of everything."""
    content = blocks = 0
    for path in (home / "media").rglob("*.webp"):
        status = path.stat()
        content += status.st_size
        blocks += 512 * status.st_blocks
    database = sum(path.stat().st_size for path in home.glob("smashpass.db*"))
    title = "pictures: bytes of the files of each"
    note = f"{blocks / count:,.0f} B on the disk"
    yield at_most(
        title, count, content / count, PICTURE_B, unit="B", judged=count >= PICTURES, note=note
    )
    yield Row("pictures: bytes of the database for each", count, database / count, "B")
    journal = (home / "demo" / JOURNAL).stat().st_size
    yield Row("pictures: bytes of the journal for each", count, journal / count, "B")


def _sample(site: Site, home: Path, count: int) -> Row:
    """Draw some pictures again, and compare their files and tags with those of the library."""
    site.say("drawing a sample again")
    order = Order(shipped("image_library"), SEED, side_for(count), for_store=True)
    journal = Journal(home / "demo" / JOURNAL, made_of(order, generator_name()))
    numbers = sorted(Random(site.seed).sample(range(count), min(count, site.times(SAMPLE, 40))))
    media = MediaFolder(home / "media")
    tags_of: dict[str, tuple[str, ...]] = {}
    equal_files = 0
    for number in numbers:
        (entry,) = journal.noted(number, 1)
        redrawn = make(order, number, entry.attempt)
        assert redrawn.ready is not None
        picture = redrawn.ready.picture
        size = stored_size(picture.width, picture.height, "large")
        with suppress(FileNotFoundError):
            equal_files += media.read(picture.sha256, size) == redrawn.webp
        tags_of[name_of(redrawn.style, SEED, number)] = redrawn.tags
    journal.close()
    rows = home.parent / "library.jsonl"
    command = smashpass("export", "library", "--out", str(rows))
    process = run(command, home.parent, {"SMASHPASS_HOME": str(home)})
    if process.code:
        raise PeerFailed(f"`smashpass export` ended with {process.code}: {process.complaint}")
    equal_tags = 0
    with rows.open(encoding="utf-8") as lines:
        for line in lines:
            row = json.loads(line)
            tags = tags_of.get(row["key"])
            equal_tags += tags is not None and sorted(tags) == sorted(row["tags"].split())
    rows.unlink()
    equal = min(equal_files, equal_tags)
    return Row(
        "pictures drawn again: equal in bytes and tags",
        count,
        equal,
        "n",
        gate=f"{len(numbers)} of {len(numbers)}",
        passed=equal == len(numbers),
    )


def _served(site: Site, home: Path, count: int) -> Iterator[Row]:
    """Decks and picture files over HTTP, and the swipe page where there is a browser."""
    judged = count >= PICTURES
    seconds = site.seconds(SECONDS, 1.0)
    with serving(home) as server:
        ready = server.wait_for("/readyz")
        yield Row("pictures: server ready after", count, ready)
        site.say("decks and pictures over HTTP")
        images = some_images(server, min(count, 2_000))
        tokens = make_viewers(server, site.times(VIEWERS, 100), images, site.seed)
        deck = put_under_load(server.address, _asked(tokens, [DECK]), CONNECTIONS, seconds)
        yield _judged_load("GET /deck of demo pictures", count, deck, judged=judged)
        cards = server.ask("GET", "/api/v1/search?limit=100", tokens[0])[1]["images"]
        files = [card["media"]["small"] for card in cards]
        load = put_under_load(server.address, _asked([""], files), CONNECTIONS, seconds)
        yield _judged_load("GET of a picture", count, load, judged=judged)
    if site.quick:
        return
    if lacking := missing():
        yield Row("pictures: swipe page", count, None, note=f"left out: {lacking}")
        return
    with serving(home, workers=1) as server:
        server.wait_for("/readyz")
        host, port = server.address
        phone = Remote("bench.phone:Phone", f"http://{host}:{port}")
        try:
            yield from pages.first_paint(site, phone, count)
        finally:
            phone.close()


def _asked(tokens: Sequence[str], paths: Sequence[str]) -> Iterator[bytes]:
    """Yield requests without end: each path in turn, by one viewer after the other."""
    for number in itertools.count():
        yield request("GET", paths[number % len(paths)], tokens[number % len(tokens)])


def _judged_load(title: str, count: int, load: Load, *, judged: bool) -> Row:
    if not load.all_good:
        raise PeerFailed(f"{title} was answered with {dict(load.statuses)}")
    note = f"{load.rate:,.0f} a second of {load.body_bytes // len(load.latencies):,} bytes"
    return at_most(
        f"{title}: 99 % are faster than", count, load.p99, P99_S, judged=judged, note=note
    )
