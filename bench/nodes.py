"""Failover of PostgreSQL under two nodes that are swiped at: how long, and what is lost."""

from __future__ import annotations

import shutil
import time
from collections.abc import Iterator
from pathlib import Path
from random import Random
from statistics import median

from bench.cluster import PREFIX, Cluster, fresh, lacking
from bench.library import write_csv
from bench.people import People, Reply, swiping
from bench.report import Row, at_most
from bench.site import Site

PROMOTIONS = 20
PERSONS = 8
IMAGES = 20_000
BACK_S = 15.0
UNNOTICED_S = 3.0
"""How long the primary is gone before the standby is promoted."""


def measure(site: Site) -> Iterator[Row]:
    """Kill the primary and promote the standby, again and again, and compare in the end."""
    if lacking():
        yield Row("two nodes: failover of PostgreSQL", 0, None, note=lacking())
        return
    promotions = site.times(PROMOTIONS, 1)
    images = min(IMAGES, site.size)
    folder = site.folder / "nodes"
    site.say(f"two nodes over a primary and a standby, {images:,} images")
    rng = Random(site.seed)
    with filled(folder, images, site.seed) as cluster:
        outages, backs = [], []
        with swiping(cluster.port, PREFIX, PERSONS) as people:
            for number in range(promotions):
                if number:
                    cluster.follow()
                    people.all_wrote_after(time.monotonic())
                site.say(f"failover {number + 1} of {promotions}")
                time.sleep(rng.uniform(0.5, 2.0))
                began = time.monotonic()
                promoted = cluster.fail_over(site.seconds(UNNOTICED_S, UNNOTICED_S))
                back = people.all_wrote_after(promoted)
                outages.append((began, back))
                backs.append(back - promoted)
        lost, doubled, kept = people.compare()
        answered = people.acknowledged()
    shutil.rmtree(folder)
    yield at_most(
        f"{promotions} failovers of PostgreSQL under two nodes: everybody's swipes are kept again,"
        " after the standby takes writes, at worst",
        0,
        max(backs),
        BACK_S,
        note=f"median {median(backs):.2g} s; after the kill"
        f" {median(back - began for began, back in outages):.2g} s, at worst"
        f" {max(back - began for began, back in outages):.2g} s",
    )
    yield Row(
        "acknowledged swipes lost or doubled",
        0,
        float(lost + doubled),
        "n",
        gate="0",
        passed=lost + doubled == 0 and answered > 0,
        note=f"{answered:,} acknowledged, {kept:,} kept",
    )
    yield from _answers(people, outages)


def filled(folder: Path, images: int, seed: int) -> Cluster:
    """Return a cluster with a standby and a library of many images, without pictures."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    file = folder / "library.csv"
    write_csv(file, images, seed)
    rules = Path(__file__).resolve().parents[1] / "rules"
    return fresh(
        folder / "cluster",
        standby=True,
        filling=[
            ("import", str(file), "--format", "csv", "--media", "none", "--json"),
            ("rules", "publish", str(rules), "--reason", "benchmark"),
        ],
    )


def _answers(people: People, outages: list[tuple[float, float]]) -> Iterator[Row]:
    """Judge what was answered while there was no database, and while there was one."""
    replies = people.replies
    during = [reply for reply in replies if any(a <= reply.at <= b for a, b in outages)]
    decks = [reply for reply in during if reply.what == "deck"]
    refused = [reply for reply in during if reply.status != 200]
    unkind = [reply for reply in refused if reply.status != 503 or not reply.retry_after]
    yield Row(
        "decks without an answer while there is no database",
        0,
        float(sum(reply.status != 200 for reply in decks)),
        "n",
        gate="0",
        passed=all(reply.status == 200 for reply in decks),
        note=f"{len(decks):,} asked for, the slowest took {_slowest(decks):.2g} s",
    )
    yield Row(
        "refusals meanwhile that are not 503 with Retry-After",
        0,
        float(len(unkind)),
        "n",
        gate="0",
        passed=not unkind,
        note=f"{len(refused):,} refused",
    )
    repeated = sum(reply.repeated for reply in replies)
    yield Row(
        "cards that their viewer had swiped before",
        0,
        float(repeated),
        "n",
        gate="0",
        passed=repeated == 0,
        note=f"{sum(reply.what == 'deck' for reply in replies):,} decks",
    )


def _slowest(replies: list[Reply]) -> float:
    return max((reply.seconds for reply in replies), default=0.0)
