"""Starting: how long a process takes to load the index, and how much memory it then needs."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

from bench.cases import COUNTS
from bench.processes import PeerFailed, python, run
from bench.report import Row, at_most
from bench.site import Site
from smashpass.services.search.search import count_matches

LOAD_S = 2.0
MEMORY_B = 400e6


def measure(site: Site) -> Iterator[Row]:
    """Measure a fresh process on the snapshot file alone, without a database."""
    yield from read(site, site.snapshot(), "snapshot file")
    yield Row("snapshot file", site.size, site.snapshot().stat().st_size, "B")


def read(site: Site, place: Path, title: str) -> Iterator[Row]:
    """Measure a fresh process that opens ``place``; it must count as we do."""
    site.say(f"loading and querying: {title}")
    process = run(python("-m", "bench.reader", str(place)), site.folder)
    if process.code:
        raise PeerFailed(f"reading the {title} failed: {process.complaint}")
    report = json.loads(process.output)
    index = site.index()
    assert report["images"] == len(index.live), report
    for case in COUNTS:
        expected = count_matches(index, case.text)
        assert report["counts"][case.text] == expected, case
    grown, judged = site.growth, site.judged
    load_s, query_s, rss = report["load_s"], report["query_s"], report["peak_rss"]
    yield at_most(f"{title}: load", site.size, load_s, LOAD_S * grown, judged=judged)
    yield Row(f"{title}: a query with count and deck, mean of 1,000", site.size, query_s)
    limit = MEMORY_B * grown
    yield at_most(f"{title}: memory of the process", site.size, rss, limit, unit="B", judged=judged)
