"""The daily peak of a million people: decks, swipes and pictures through nginx, on a schedule."""

from __future__ import annotations

import resource
import shutil
import sqlite3
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from contextlib import closing
from itertools import cycle
from pathlib import Path
from statistics import mean, quantiles
from time import perf_counter

from bench.open_loop import BATCH, CARDS, DECKS, PAUSE_S, Crowd, Kind, Outcome
from bench.processes import PeerFailed, run, smashpass
from bench.report import Row, Unit, at_most
from bench.servers import HOST, serving
from bench.serving import home_of, make_viewers, some_images
from bench.site import FULL, Site
from bench.usage import Sampler, Usage
from tests.support.nginx import NGINX, nginx_before

PEOPLE = 1_000_000
SWIPES_EACH = 100
SWIPES_S = 4_000.0
"""Swipes a second at the peak: the mean of a day, 1,157, times 3.5."""

SECONDS = 600.0
WARMING_S = 40.0
OVERLOAD_S = 60.0
RECOVERY_S = 30.0
DEMO_PICTURES = 500
VIEWERS = 12_000
"""Who have been here before; where that is fewer than come, they come again minutes later."""

STEPS = (1_000.0, 2_000.0, 3_000.0, SWIPES_S)
"""Swipes a second that are tried, until one is not held; the long run is at the last that is."""

STEP_S = 40.0
QUICK_SWIPES_S = 200.0
PEAK = "peak"
"""How the people of the long run are called."""

BASE, PICTURES = "/sp", "/_pictures/"
"""Of the shipped configuration of nginx: the path of the site, and the location of pictures."""

NGINX_CONNECTIONS = 9_000
P99_S = 0.1
FLAT = 0.10
RECOVERED_S = 10.0
_SWIPES_OF_ONE = CARDS * DECKS


def measure(site: Site) -> Iterator[Row]:
    """Serve the peak, then twice as much, on an imported library of up to 2 M images."""
    if site.size > FULL or NGINX is None:
        reason = "above 2,000,000 images" if site.size > FULL else "nginx is not installed"
        yield Row("peak", site.size, None, note=f"left out: {reason}")
        return
    _allow_many_files()
    home = _copied_home(site)
    seconds = site.seconds(SECONDS, 30.0)
    pause_s = PAUSE_S if not site.quick else 0.1
    session_s = _SWIPES_OF_ONE * pause_s
    settings = {
        "SMASHPASS_TRUSTED_PROXIES": "127.0.0.1",
        "SMASHPASS_ACCEL_REDIRECT": PICTURES,
    }
    nginx_folder = home.parent / "nginx"
    nginx_folder.mkdir()
    with (
        serving(home, settings=settings) as server,
        nginx_before(
            f"{HOST}:{server.address[1]}",
            nginx_folder,
            home / "media",
            connections=NGINX_CONNECTIONS,
        ) as port,
    ):
        server.wait_for("/readyz")
        nginx_id = int((nginx_folder / "pid").read_text())
        viewers = site.times(VIEWERS, 400)
        site.say(f"{viewers:,} viewers who have been here before")
        tokens = make_viewers(server, viewers, some_images(server, 2_000), site.seed)
        pictures = _pictures(home)

        def crowd_of(name: str) -> Crowd:
            return Crowd(name, (HOST, port), BASE, cycle(tokens), pictures, site.seed, pause_s)

        swipes_s = 0.0
        for step in STEPS if not site.quick else (QUICK_SWIPES_S,):
            site.say(f"{step:,.0f} swipes a second")
            p99, failed = _step(crowd_of(f"step{step:.0f}x"), step, session_s, site)
            yield _step_row(site, step, p99, failed)
            if (failed or p99 > P99_S) and not site.quick:
                break
            swipes_s = step
        yield Row(
            "peak: swipes a second that are held, of 4,000 for a million people",
            site.size,
            swipes_s,
            "n",
            gate=f"≥ {SWIPES_S:,.0f}",
            passed=swipes_s >= SWIPES_S if site.judged else None,
            note="decks of 20, batches of 10 and pictures included, through nginx, with the people "
            "who are simulated on the same two processors",
        )
        swipes_s = swipes_s or STEPS[0]
        people_s = swipes_s / _SWIPES_OF_ONE
        crowd = crowd_of(PEAK)
        stored_before = _stored(home)
        usage = Sampler(server, nginx_id, home, seconds)
        site.say(f"{seconds:,.0f} s at {swipes_s:,.0f} swipes a second")
        warming = min(WARMING_S, seconds)
        crowd.fill(round(people_s * session_s), warming / 2)
        crowd.run(people_s, warming)
        began, received = perf_counter(), crowd.received_bytes
        with usage:
            crowd.run(people_s, seconds)
        ended, received = perf_counter(), crowd.received_bytes - received
        site.say("twice as much")
        overload = site.seconds(OVERLOAD_S, 5.0)
        crowd.run(people_s, overload, at_once=round(people_s * session_s))
        over = perf_counter()
        crowd.run(people_s, site.seconds(RECOVERY_S, 5.0))
        recovered = perf_counter()
        crowd.close()
    yield from _peak_rows(site, crowd, swipes_s, began, ended)
    yield from _usage_rows(site, usage.samples, crowd, began, ended)
    yield _traffic_row(site, crowd, received, began, ended)
    yield from _overload_rows(site, crowd, ended, over, recovered)
    yield _losses(site, crowd, home, stored_before)
    shutil.rmtree(home.parent)


def _step(crowd: Crowd, swipes_s: float, session_s: float, site: Site) -> tuple[float, int]:
    """Let people come at a rate for a while; return the higher 99th percentile, and failures."""
    people_s = swipes_s / _SWIPES_OF_ONE
    warming = site.seconds(WARMING_S / 2, 30.0)
    crowd.fill(round(people_s * session_s), warming / 2)
    crowd.run(people_s, warming)
    began = perf_counter()
    crowd.run(people_s, site.seconds(STEP_S, 40.0))
    ended = perf_counter()
    crowd.close()
    parts = {kind: outcome.between(began, ended) for kind, outcome in crowd.outcomes.items()}
    failed = sum(len(part.due) - len(part.good) for part in parts.values())
    kinds: tuple[Kind, ...] = ("deck", "swipes")
    return max(_percentiles(parts[kind].good)[1] for kind in kinds), failed


def _step_row(site: Site, swipes_s: float, p99: float, failed: int) -> Row:
    return Row(
        f"peak, step of {swipes_s:,.0f} swipes a second: 99 % of decks and swipes are answered in",
        site.size,
        p99,
        note=f"{failed:,} answers other than of success",
    )


def _allow_many_files() -> None:
    """Raise the limit of open files of this process and its children to what is allowed."""
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


def _copied_home(site: Site) -> Path:
    """Return a copy of the installation, with demo pictures added."""
    home = site.folder / "peak" / "home"
    shutil.rmtree(home.parent, ignore_errors=True)
    shutil.copytree(home_of(site), home)
    site.say("drawing pictures")
    count = site.times(DEMO_PICTURES, 40)
    ended = run(
        smashpass("demo", "--count", str(count)), home.parent, {"SMASHPASS_HOME": str(home)}
    )
    if ended.code:
        raise PeerFailed(f"`smashpass demo` ended with {ended.code}: {ended.complaint}")
    return home


def _pictures(home: Path) -> list[str]:
    """Return the addresses of the pictures of the library."""
    with closing(sqlite3.connect(home / "smashpass.db")) as connection:
        hashes = connection.execute("SELECT DISTINCT sha256 FROM media").fetchall()
    return [f"/media/{sha256.hex()}-small.webp" for (sha256,) in hashes]


def _peak_rows(
    site: Site, crowd: Crowd, swipes_s: float, began: float, ended: float
) -> Iterator[Row]:
    parts = {kind: outcome.between(began, ended) for kind, outcome in crowd.outcomes.items()}
    name = f"peak, {swipes_s:,.0f} swipes a second for {ended - began:,.0f} s"
    labels: dict[Kind, str] = {"deck": "decks", "swipes": "swipes", "picture": "pictures"}
    for kind, label in labels.items():
        part = parts[kind]
        p50, p99 = _percentiles(part.good)
        yield at_most(
            f"{name}: 99 % of the {label} are answered in",
            site.size,
            p99,
            P99_S,
            judged=site.judged and kind != "picture",
            note=f"{len(part.due) / (ended - began):,.0f} requests/s; median {1e3 * p50:.1f} ms",
        )
    failed = sum(len(part.due) - len(part.good) for part in parts.values())
    requests = sum(len(part.due) for part in parts.values())
    statuses = sum((part.statuses for part in parts.values()), Counter[int]())
    yield Row(
        f"{name}: answers other than of success",
        site.size,
        failed,
        "n",
        gate="0",
        passed=failed == 0 if site.judged else None,
        note=f"of {requests:,}; statuses {dict(statuses)}" if failed else f"of {requests:,}",
    )
    yield Row(
        f"{name}: cards dealt again after their swipe was acknowledged",
        site.size,
        crowd.repeated_cards,
        "n",
        gate="0",
        passed=crowd.repeated_cards == 0,
    )


def _percentiles(seconds: Sequence[float]) -> tuple[float, float]:
    """Return median and 99th percentile of what succeeded."""
    if len(seconds) < 2:
        raise PeerFailed("hardly any request was answered")
    hundredths = quantiles(seconds, n=100, method="inclusive")
    return hundredths[49], hundredths[98]


def _usage_rows(
    site: Site, samples: Sequence[Usage], crowd: Crowd, began: float, ended: float
) -> Iterator[Row]:
    third = (ended - began) / 3
    thirds = ((began, began + third), (ended - third, ended))
    cpu = [_per_swipe(samples, crowd, span, "cpu") for span in thirds]
    disk = [_per_swipe(samples, crowd, span, "disk") for span in thirds]
    memories = [
        mean(sample.memory for sample in samples if begin <= sample.at <= end)
        for begin, end in thirds
    ]
    seconds = samples[-1].at - samples[0].at
    cores = (samples[-1].cpu - samples[0].cpu) / seconds
    nginx_cores = (samples[-1].nginx_cpu - samples[0].nginx_cpu) / seconds
    note = f"decks included; the server takes {cores:.2f} cores, nginx {nginx_cores:.2f}"
    yield _flat_row(site, "processor time for each swipe", cpu, "s", note)
    yield _flat_row(site, "memory of all processes", memories, "B")
    yield _flat_row(site, "disk for each swipe", disk, "B")


def _flat_row(site: Site, figure: str, values: Sequence[float], unit: Unit, note: str = "") -> Row:
    """Judge whether a figure of the last third is about that of the first."""
    first_value, last_value = values
    return Row(
        f"peak: {figure}, last third beside the first",
        site.size,
        last_value,
        unit,
        beside="first third",
        theirs=first_value,
        gate=f"≤ {1 + FLAT:g} ×",
        passed=last_value <= (1 + FLAT) * first_value if site.judged else None,
        note=note,
    )


def _traffic_row(site: Site, crowd: Crowd, received: int, began: float, ended: float) -> Row:
    swipes = BATCH * len(crowd.outcomes["swipes"].between(began, ended).good)
    bytes_each = received / swipes
    month = bytes_each * PEOPLE * SWIPES_EACH * 30
    return Row(
        "peak: sent to browsers for each swipe",
        site.size,
        bytes_each,
        "B",
        note=f"decks and pictures uncompressed: {month / 1e12:.1f} TB a month for "
        f"{PEOPLE:,} people × {SWIPES_EACH} swipes a day",
    )


def _per_swipe(samples: Sequence[Usage], crowd: Crowd, span: tuple[float, float], of: str) -> float:
    inside = [sample for sample in samples if span[0] <= sample.at <= span[1]]
    begin, end = inside[0], inside[-1]
    swipes = BATCH * len(crowd.outcomes["swipes"].between(begin.at, end.at).good)
    if not swipes:
        raise PeerFailed("no swipes were answered")
    used: float = getattr(end, of) - getattr(begin, of)
    return used / swipes


def _overload_rows(
    site: Site, crowd: Crowd, began: float, ended: float, until: float
) -> Iterator[Row]:
    parts = {kind: crowd.outcomes[kind].between(began, ended) for kind in ("deck", "swipes")}
    successes = sorted(took for part in parts.values() for took in part.good)
    total = sum(len(part.due) for part in parts.values())
    shed = sum(part.statuses[429] + part.statuses[503] for part in parts.values())
    failed = total - shed - len(successes)
    _, p99 = _percentiles(successes)
    yield Row(
        "twice the peak: answers that are neither success nor 503/429 with Retry-After",
        site.size,
        failed + crowd.without_retry_after,
        "n",
        gate="0",
        passed=failed + crowd.without_retry_after == 0 if site.judged else None,
        note=f"{len(successes):,} of {total:,} succeeded, 99 % in {p99:.2f} s; {shed:,} shed; "
        f"{crowd.left_early:,} people left",
    )
    recovery = _recovery_s(crowd, ended, until)
    yield at_most(
        "twice the peak: seconds until all is well again",
        site.size,
        recovery,
        RECOVERED_S,
        judged=site.judged,
    )


def _recovery_s(crowd: Crowd, since: float, until: float) -> float:
    """Return after how many seconds each further second has its p99 and no failure."""
    slow: dict[int, int] = defaultdict(int)
    requests: dict[int, int] = defaultdict(int)
    failed: set[int] = set()
    for kind in ("deck", "swipes"):
        part: Outcome = crowd.outcomes[kind].between(since, until)
        for due, took, status in zip(part.due, part.took, part.status, strict=True):
            second = int(due - since)
            requests[second] += 1
            slow[second] += took > P99_S
            if not 200 <= status < 300:
                failed.add(second)
    bad = [second for second, n in requests.items() if second in failed or slow[second] > n / 100]
    return float(max(bad, default=-1) + 1)


def _stored(home: Path) -> int:
    with closing(sqlite3.connect(home / "smashpass.db")) as connection:
        return int(connection.execute("SELECT count(*) FROM swipe").fetchone()[0])


def _losses(site: Site, crowd: Crowd, home: Path, before: int) -> Row:
    """Compare what was acknowledged to each person with what is stored of theirs."""
    stored: dict[str, int] = defaultdict(int)
    with closing(sqlite3.connect(home / "smashpass.db")) as connection:
        for (client_id,) in connection.execute("SELECT client_id FROM swipe"):
            name, separator, _ = client_id.partition("-")
            if separator and name.startswith(PEAK):
                stored[name] += 1
    lost = sum(max(0, count - stored[name]) for name, count in crowd.acknowledged.items())
    acknowledged_counts = crowd.acknowledged
    surplus = sum(
        max(0, count - acknowledged_counts.get(name, 0) - crowd.unanswered.get(name, 0))
        for name, count in stored.items()
    )
    acknowledged = sum(acknowledged_counts.values())
    return Row(
        "peak and overload: swipes lost or doubled",
        site.size,
        lost + surplus,
        "n",
        gate="0",
        passed=lost + surplus == 0 and acknowledged > 0,
        note=f"{acknowledged:,} acknowledged, {sum(stored.values()):,} stored besides {before:,}",
    )
