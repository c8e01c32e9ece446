"""Serving: decks of 20 over HTTP beside a bare Flask app, swipes beside the disk's fsync."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterator, Sequence
from itertools import count
from pathlib import Path
from random import Random
from statistics import median
from urllib.parse import urlencode

from bench.cases import AND, DECK_SIZE
from bench.library import write_csv
from bench.load import Load, put_under_load, request
from bench.processes import PeerFailed, run, smashpass
from bench.report import Row, at_most
from bench.servers import Server, bare, memory, serving
from bench.site import FULL, Site

CONNECTIONS = 16
THREADS = 8
VIEWERS = 6_000
WARMING = 12_000
SEEN_EACH = 100
PAIRS = 5
SECONDS = 4.0
SHARE_OF_BARE = 0.5
P99_S = 0.1
READY_S = 5.0
WORKER_B = 400e6
OWN_B = 40e6
SWIPES_RATE = 5_000.0

DECK = "/api/v1/deck?" + urlencode({"n": DECK_SIZE, "q": AND.text})


def measure(site: Site) -> Iterator[Row]:
    """Measure the server on an imported library; up to 2 M images."""
    if site.size > FULL:
        yield Row("serving", site.size, None, note="left out above 2,000,000 images")
        return
    home = home_of(site)
    viewers = site.times(VIEWERS, 300)
    with serving(home) as server:
        ready = server.wait_for("/readyz")
        yield at_most("server: ready after", site.size, ready, READY_S, judged=site.judged)
        images = some_images(server, 2_000)
        tokens = make_viewers(server, viewers, images, site.seed)
    yield from _decks(site, home, tokens)
    yield from _swipes(site, home, images)


def home_of(site: Site) -> Path:
    """Return an installation with the library and rules; made once for each work folder."""
    home = site.folder / "served" / "home"
    marker = home.parent / "done"
    if marker.exists():
        return home
    file = site.folder / "library.csv"
    if not file.exists():
        site.say(f"writing {file.name}")
        write_csv(file, site.size, site.seed)
    rules = Path(__file__).resolve().parents[1] / "rules"
    for arguments in (
        ("import", str(file), "--format", "csv", "--media", "none", "--json"),
        ("rules", "publish", str(rules), "--reason", "benchmark"),
    ):
        site.say(f"smashpass {' '.join(arguments)}")
        ended = run(smashpass(*arguments), site.folder, {"SMASHPASS_HOME": str(home)})
        if ended.code:
            raise PeerFailed(f"`smashpass {arguments[0]}` ended with {ended.code}")
    marker.touch()
    return home


def some_images(server: Server, count: int) -> list[str]:
    """Return ids of images that match nothing in particular."""
    token = server.ask("POST", "/api/v1/viewers", body={"age_band": "18+"})[1]["token"]
    image_ids: list[str] = []
    after = ""
    while len(image_ids) < count:
        page = server.ask("GET", f"/api/v1/search?limit=100{after}", token)[1]
        image_ids += [card["image"] for card in page["images"]]
        if page["next"] is None:
            break
        after = "&" + urlencode({"after": page["next"]})
    return image_ids


def make_viewers(server: Server, number: int, images: list[str], seed: int) -> list[str]:
    """Make viewers who have swiped some images each; return their tokens."""
    rng = Random(seed)
    tokens = []
    for _ in range(number):
        token = server.ask("POST", "/api/v1/viewers", body={"age_band": "18+"})[1]["token"]
        swiped = rng.sample(images, min(SEEN_EACH, len(images)))
        status, answer = server.ask("POST", "/api/v1/swipes", token, swipes_of(swiped, 0))
        if status != 200 or answer["accepted"] != len(swiped):
            raise PeerFailed(f"swipes were answered with {status}: {answer}")
        tokens.append(token)
    return tokens


def swipes_of(images: Sequence[object], first: int) -> dict[str, object]:
    """Return the body of a request that swipes ``images``."""
    at = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
    verdicts = ("smash", "pass")
    return {
        "swipes": [
            {"id": f"s{first + place}", "image": image, "verdict": verdicts[place % 2], "at": at}
            for place, image in enumerate(images)
        ]
    }


def _decks(site: Site, home: Path, tokens: list[str]) -> Iterator[Row]:
    """Decks beside the bare app, in pairs; the server is new each time, so it knows no viewer.

    What it may know are cards: other orders of the same images were asked for before.
    """
    pairs, seconds = site.times(PAIRS, 2), site.seconds(SECONDS, 1.0)
    ours: list[Load] = []
    theirs: list[Load] = []
    for number in range(pairs):
        site.say(f"decks over HTTP, pair {number + 1} of {pairs}")
        requests = [request("GET", DECK, token) for token in tokens]
        Random(number).shuffle(requests)
        with serving(home) as server:
            server.wait_for("/readyz")
            private_bytes = max(memory(process)["Dirty"] for process in server.workers())
            largest = max(memory(process)["Rss"] for process in server.processes())
            _warm(server, tokens[0], site.times(WARMING, 500))
            load = put_under_load(server.address, iter(requests), CONNECTIONS, seconds)
        if not load.all_good:
            raise PeerFailed(f"decks were answered with {dict(load.statuses)}")
        ours.append(load)
        with bare(site.folder, load.body_bytes // len(load.latencies), THREADS) as peer:
            ready = [request("GET", "/deck")] * 10**6
            put_under_load(peer.address, iter(ready), CONNECTIONS, site.seconds(0.3, 0.3))
            theirs.append(put_under_load(peer.address, iter(ready), CONNECTIONS, seconds))
    shares = [our.rate / their.rate for our, their in zip(ours, theirs, strict=True)]
    bytes_each = ours[0].body_bytes // len(ours[0].latencies)
    judged = site.judged
    yield Row(
        f"GET /deck, {AND.name}, {CONNECTIONS} connections: share of the bare app's rate",
        site.size,
        median(shares),
        "",
        gate=f"≥ {SHARE_OF_BARE:g}",
        passed=median(shares) >= SHARE_OF_BARE if judged else None,
        note=f"{median(load.rate for load in ours):,.0f} beside "
        f"{median(load.rate for load in theirs):,.0f} requests/s of {bytes_each:,} bytes",
    )
    p99 = median(load.p99 for load in ours)
    yield at_most("GET /deck: 99 % are faster than", site.size, p99, P99_S, judged=judged)
    yield at_most(
        "server: largest process at start", site.size, largest, WORKER_B, unit="B", judged=judged
    )
    yield at_most(
        "server: a worker's own memory at start",
        site.size,
        private_bytes,
        OWN_B,
        unit="B",
        judged=judged,
    )


def _warm(server: Server, token: str, decks: int) -> None:
    """Ask for decks in as many orders."""
    orders = (request("GET", f"{DECK}&seed={seed}", token) for seed in range(decks))
    load = put_under_load(server.address, orders, CONNECTIONS, 60.0)
    if not load.all_good:
        raise PeerFailed(f"decks were answered with {dict(load.statuses)}")


def _swipes(site: Site, home: Path, images: list[str]) -> Iterator[Row]:
    """Swipes, 20 a request, each kept on disk before it is answered."""
    seconds = site.seconds(2 * SECONDS, 1.0)
    with serving(home) as server:
        server.wait_for("/readyz")
        tokens = [
            server.ask("POST", "/api/v1/viewers", body={"age_band": "18+"})[1]["token"]
            for _ in range(2 * CONNECTIONS)
        ]
        requests = _swipe_requests(tokens, images)
        put_under_load(server.address, requests, CONNECTIONS, site.seconds(0.3, 0.3))
        load = put_under_load(server.address, requests, CONNECTIONS, seconds)
    if not load.all_good:
        raise PeerFailed(f"swipes were answered with {dict(load.statuses)}")
    rate = DECK_SIZE * load.rate
    yield Row(
        f"POST /swipes of {DECK_SIZE}, {CONNECTIONS} connections, 2 workers: swipes a second",
        site.size,
        rate,
        "",
        gate=f"≥ {SWIPES_RATE:,.0f}",
        passed=rate >= SWIPES_RATE if site.judged else None,
        note=f"fsync of this disk: {1e3 * _fsync_s(home):.2f} ms; p99 {1e3 * load.p99:.0f} ms",
    )


def _swipe_requests(tokens: list[str], images: list[str]) -> Iterator[bytes]:
    """Yield requests for ever; each viewer goes through the images in order."""
    for turn in count():
        token = tokens[turn % len(tokens)]
        start = (turn // len(tokens)) * DECK_SIZE
        chosen = [images[(start + place) % len(images)] for place in range(DECK_SIZE)]
        body = json.dumps(swipes_of(chosen, start)).encode()
        yield request("POST", "/api/v1/swipes", token, body)


def _fsync_s(folder: Path) -> float:
    """Return the median time of writing 4 kB and waiting until they are on disk."""
    path = folder / "fsync.tmp"
    times = []
    with path.open("wb") as file:
        for _ in range(50):
            file.write(bytes(4096))
            start = time.perf_counter()
            file.flush()
            os.fsync(file.fileno())
            times.append(time.perf_counter() - start)
    path.unlink()
    return median(times)
