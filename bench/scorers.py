"""Decks with a model server that is well, slow, dripping, dead or flapping, beside none at all."""

from __future__ import annotations

import http.client
import json
import os
import shutil
import subprocess
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from statistics import median, quantiles

from PIL import Image

from bench.processes import PeerFailed, python, run, smashpass
from bench.report import Row
from bench.servers import Server, free_port, serving
from bench.site import Site

IMAGES, VIEWERS, PAIRS, SECONDS = 4_000, 16, 5, 15.0
MOODS = ("healthy", "slow", "dripping", "dead", "flapping")
MOST_TIMES = 1.5
EVERY_S = 1.0
DECKS = 10_000
AT_ONCE = 4
KILLS = 5
FILLED_DECKS = 50

TREE = """
format: 1
id: scored
labels: [default]
attributes:
  plugin.aesthetic: {type: number, min: 0, max: 1}
root:
  id: hat
  if: hat
  then:
    id: wide
    if: {attr: image.width, gte: 1}
    then:
      id: score
      if: {attr: plugin.aesthetic, gte: 0.5, on_missing: false}
      then: {id: high, verdict: smash, reason: "A high score"}
      else: {id: low, verdict: pass, reason: "A low score, or none"}
    else: {id: narrow, verdict: pass, reason: "Too narrow"}
  else: {id: bare, verdict: pass, reason: "No hat"}
"""


def measure(site: Site) -> Iterator[Row]:
    """Measure decks in every mood of the server, then count every fallback of many decks."""
    home = _home(site)
    with model_server() as model:
        yield from _paired(site, home, model)
        yield from _counted(site, home, model)
        yield from _filled(site, home, model)


@dataclass(slots=True)
class Visits:
    """Latencies of a run, in seconds."""

    first_decks: list[float] = field(default_factory=list)
    decks: list[float] = field(default_factory=list)
    others: list[float] = field(default_factory=list)


class ModelServer:
    """The server of ``bench.peers.model_server`` in a process of its own."""

    def __init__(self, port: int) -> None:
        self.port = port

    def settings(self, mood: str) -> dict[str, str]:
        """Return the settings with which an installation asks it; none for no model at all."""
        if not mood:
            return {}
        port = free_port() if mood == "dead" else self.port
        return {"SMASHPASS_SCORER_URL": f"http://127.0.0.1:{port}", "SMASHPASS_SCORER_MODEL": mood}

    def counts(self) -> dict[str, int]:
        """Return how many calls it got, and of how many images."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        connection.request("GET", "/counts")
        counts: dict[str, int] = json.loads(connection.getresponse().read())
        connection.close()
        return counts


@contextmanager
def model_server() -> Iterator[ModelServer]:
    """Run the model server."""
    command = python("-m", "bench.peers.model_server")
    root = Path(__file__).resolve().parents[1]
    with subprocess.Popen(command, stdout=subprocess.PIPE, cwd=root) as process:
        assert process.stdout is not None
        try:
            yield ModelServer(int(process.stdout.readline()))
        finally:
            process.kill()


def _paired(site: Site, home: Path, model: ModelServer) -> Iterator[Row]:
    """The p99 of decks with a model server in each mood, beside the same without one, in turns."""
    pairs, seconds = site.times(PAIRS, 1), site.seconds(SECONDS, 3.0)
    moods = MOODS[: site.times(len(MOODS), len(MOODS))]
    runs: dict[str, list[Visits]] = {mood: [] for mood in ("", *moods)}
    for number in range(pairs):
        for mood, visits in runs.items():
            name = f"a {mood} model server" if mood else "no model server"
            site.say(f"decks with {name}, {number + 1} of {pairs}")
            visits.append(_visited(home, site, model, mood, seconds))
    without = runs.pop("")
    for mood, visits in runs.items():
        ours, theirs = ([_p99(visit.decks) for visit in side] for side in (visits, without))
        note = f"median of {pairs} pairs, without each viewer's first deck, which waits; "
        yield _compared(site, f"scorers: {mood}: p99 of decks", ours, theirs, note)
        ours, theirs = ([_p99(visit.others) for visit in side] for side in (visits, without))
        yield _compared(site, f"scorers: {mood}: p99 of another route", ours, theirs, "")
        longest = max(max(visit.first_decks) for visit in visits)
        yield Row(f"scorers: {mood}: the longest first deck", 0, longest)


def _compared(site: Site, title: str, ours: list[float], theirs: list[float], note: str) -> Row:
    """The median of ours as a share of the figure without a model server."""
    ratio = median(mine / other for mine, other in zip(ours, theirs, strict=True))
    note += f"p99 {1e3 * median(ours):.1f} ms beside {1e3 * median(theirs):.1f} ms"
    passed = None if site.quick else ratio <= MOST_TIMES
    gate = f"≤ {100 * MOST_TIMES:.0f} %"
    return Row(
        f"{title}, share of that without a model server",
        0,
        ratio,
        "",
        gate=gate,
        passed=passed,
        note=note,
    )


def _p99(latencies: list[float]) -> float:
    return quantiles(latencies, n=100, method="inclusive")[98]


def _visited(home: Path, site: Site, model: ModelServer, mood: str, seconds: float) -> Visits:
    """Let viewers swipe a deck a second each, on one worker that knows no score yet."""
    copy = _copy(home, site)
    visits = Visits()
    every_s = site.seconds(EVERY_S, EVERY_S)
    decks = round(seconds / every_s)
    over = threading.Event()
    with serving(copy, workers=1, settings=_settings(home, model, mood)) as server:
        server.wait_for("/readyz")
        viewers = [
            threading.Thread(
                target=_swipe, args=(server, number * every_s / VIEWERS, every_s, decks, visits)
            )
            for number in range(VIEWERS)
        ]
        browsing = threading.Thread(target=_browse, args=(server, over, visits))
        for thread in (*viewers, browsing):
            thread.start()
        for thread in viewers:
            thread.join()
        over.set()
        browsing.join()
    if len(visits.decks) != VIEWERS * (decks - 1):
        raise PeerFailed(f"only {len(visits.decks)} decks were answered")
    return visits


def _swipe(server: Server, after_s: float, every_s: float, decks: int, visits: Visits) -> None:
    """One viewer: a deck, its swipes, and again after a second."""
    client = _Client(server)
    client.join()
    time.sleep(after_s)
    due = time.monotonic()
    for number in range(decks):
        seconds, deck = client.timed("GET", "/api/v1/deck?n=20")
        (visits.decks if number else visits.first_decks).append(seconds)
        swipes = [
            {"id": card["image"], "image": card["image"], "verdict": "pass", "at": _AT}
            for card in deck["cards"]
        ]
        if swipes:
            client.timed("POST", "/api/v1/swipes", {"swipes": swipes})
        due += every_s
        time.sleep(max(0.0, due - time.monotonic()))


_AT = "2026-01-01T00:00:00Z"


def _browse(server: Server, over: threading.Event, visits: Visits) -> None:
    """Somebody who asks for something else, ten times a second."""
    client = _Client(server)
    client.join()
    while not over.wait(0.1):
        visits.others.append(client.timed("GET", "/api/v1/search?q=hat&limit=5")[0])


class _Client:
    """A viewer with a connection that stays open."""

    def __init__(self, server: Server) -> None:
        self._connection = http.client.HTTPConnection(*server.address, timeout=30)
        self._headers = {"Content-Type": "application/json"}

    def __del__(self) -> None:
        self._connection.close()

    def join(self) -> None:
        """Become a viewer."""
        _, viewer = self.timed("POST", "/api/v1/viewers", {"age_band": "18+"})
        self._headers["Authorization"] = f"Bearer {viewer['token']}"

    def timed(self, method: str, path: str, body: object = None) -> tuple[float, dict]:  # type: ignore[type-arg]
        """Return the seconds that an answer took, and what it holds."""
        data = None if body is None else json.dumps(body)
        start = time.perf_counter()
        self._connection.request(method, path, data, self._headers)
        answer = self._connection.getresponse()
        text = answer.read()
        seconds = time.perf_counter() - start
        if answer.status >= 300:
            raise PeerFailed(f"{method} {path} was answered with {answer.status}")
        return seconds, json.loads(text)


def _counted(site: Site, home: Path, model: ModelServer) -> Iterator[Row]:
    """Ask for many decks of a flapping server, and hold the metrics beside what was answered."""
    decks = site.times(DECKS, 300)
    site.say(f"counting the fallbacks of {decks:,} decks")
    copy = _copy(home, site)
    settings = _settings(home, model, "flapping") | {"SMASHPASS_SCORER_DEADLINE_MS": "20"}
    met: Counter[str] = Counter()
    counting = threading.Lock()

    def visit(server: Server, share: int, seed: int) -> None:
        client = _Client(server)
        client.join()
        mine: Counter[str] = Counter()
        for number in range(share):
            _, deck = client.timed("GET", f"/api/v1/deck?n=5&seed={seed + number}")
            for card in deck["cards"]:
                decision = card["decision"]
                mine[decision.get("fallback") or decision["model"]["source"]] += 1
        with counting:
            met.update(mine)

    with serving(copy, workers=1, settings=settings) as server:
        server.wait_for("/readyz")
        shares = [
            threading.Thread(target=visit, args=(server, decks // AT_ONCE, place * decks))
            for place in range(AT_ONCE)
        ]
        for thread in shares:
            thread.start()
        for thread in shares:
            thread.join()
        counted = _metrics(server)
    wrong = sum(abs(met[name] - counted[name]) for name in met.keys() | counted.keys())
    note = ", ".join(f"{count:,} {name}" for name, count in sorted(met.items()))
    yield Row(
        f"scorers: decisions of {decks:,} decks that the metrics count otherwise, by reason",
        0, float(wrong), "", gate="none", passed=wrong == 0, note=note,
    )  # fmt: skip


def _metrics(server: Server) -> Counter[str]:
    """Return the decisions by source of their score, or by why they had none."""
    connection = http.client.HTTPConnection(*server.address, timeout=30)
    connection.request("GET", "/metrics")
    text = connection.getresponse().read().decode()
    connection.close()
    counts: Counter[str] = Counter()
    for line in text.splitlines():
        if line.startswith(("smashpass_scores_total{", "smashpass_score_fallbacks_total{")):
            counts[line.split('"')[1]] += int(float(line.rsplit(" ", 1)[1]))
    return counts


def _filled(site: Site, home: Path, model: ModelServer) -> Iterator[Row]:
    """Fill the store, killed again and again; then deal decks, which ask nobody."""
    copy = _copy(home, site)
    settings = {**_settings(home, model, "fast"), "SMASHPASS_HOME": str(copy)}
    command = smashpass("scores", "fill", "--json")
    before = model.counts()
    kills = site.times(KILLS, 2)
    rng = Random(site.seed)
    for _ in range(kills):
        process = subprocess.Popen(
            command, env={**os.environ, **settings}, stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL, start_new_session=True,
        )  # fmt: skip
        time.sleep(rng.uniform(0.6, 1.6))
        process.kill()
        process.wait()
    ended = run(command, site.folder, settings)
    if ended.code:
        raise PeerFailed(f"`smashpass scores fill` ended with {ended.code}")
    asked = model.counts()["images"] - before["images"]
    images = len(list((home.parent / "set").glob("*.png")))
    most = images + kills * 4 * 32
    yield Row(
        f"scorers: images asked about while filling {images:,}, killed {kills} times",
        0, float(asked), "", gate=f"≤ {most:,}: none twice but those in flight",
        passed=images <= asked <= most,
    )  # fmt: skip
    calls = model.counts()["calls"]
    with serving(copy, workers=1, settings=settings) as server:
        server.wait_for("/readyz")
        client = _Client(server)
        client.join()
        decisions = [
            card["decision"]
            for seed in range(FILLED_DECKS)
            for card in client.timed("GET", f"/api/v1/deck?n=20&seed={seed}")[1]["cards"]
        ]
    live = model.counts()["calls"] - calls
    good = live == 0 and all(decision["engine"] == "model" for decision in decisions)
    yield Row(
        f"scorers: calls for {FILLED_DECKS} decks after filling",
        0,
        float(live),
        "",
        gate="none",
        passed=good,
    )


def _home(site: Site) -> Path:
    """Return an installation of small pictures, all different, with rules that ask a model."""
    folder = site.folder / "scored"
    home = folder / "home"
    if (folder / "done").exists():
        return home
    count = site.times(IMAGES, 200)
    site.say(f"importing {count:,} pictures")
    pictures = folder / "set"
    pictures.mkdir(parents=True, exist_ok=True)
    rows = ["file_name,tags,source,licence,digital_source_type,real_person,depicts"]
    for number in range(count):
        colour = (number & 0xFF, number >> 8, 99)
        Image.new("RGB", (32, 32), colour).save(pictures / f"{number}.png")
        rows.append(f"{number}.png,hat,bench,CC0-1.0,digitalCreation,false,object")
    (pictures / "metadata.csv").write_text("\n".join(rows) + "\n")
    (folder / "tree.yaml").write_text(TREE)
    for arguments in (
        ("import", str(pictures), "--json"),
        ("rules", "publish", str(folder / "tree.yaml"), "--reason", "benchmark"),
    ):
        ended = run(smashpass(*arguments), site.folder, {"SMASHPASS_HOME": str(home)})
        if ended.code:
            raise PeerFailed(f"`smashpass {arguments[0]}` ended with {ended.code}")
    (folder / "done").touch()
    return home


def _copy(home: Path, site: Site) -> Path:
    """Return a copy that shares the pictures: no score of an earlier run is in it."""
    copy = site.folder / "scored" / "copy"
    shutil.rmtree(copy, ignore_errors=True)
    shutil.copytree(home, copy, ignore=shutil.ignore_patterns("media"))
    return copy


def _settings(home: Path, model: ModelServer, mood: str) -> dict[str, str]:
    return {"SMASHPASS_MEDIA_URL": f"file://{home}/media", **model.settings(mood)}
