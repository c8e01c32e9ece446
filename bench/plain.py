"""Decks and swipes over HTTP beside the app that somebody would write in an afternoon.

Ours, the plain app (``bench.peers.plain_app``) on SQLite and on PostgreSQL, and a bare Flask route
run at the same time and take turns under the same load, with as many workers and threads, on the
same library, for as many viewers with as many swipes. Before that they are held against each other:
the same images match, and no deck shows what its viewer has swiped.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from itertools import count, cycle
from pathlib import Path
from random import Random
from statistics import median
from urllib.parse import urlencode

from bench.cases import ALL, AND, DECK_SIZE, Case
from bench.load import Load, put_under_load, request
from bench.peers.plain_tables import engine, fill, matching
from bench.processes import PeerFailed
from bench.report import Row, beside
from bench.servers import Server, bare, gunicorn, memory, serving
from bench.serving import SEEN_EACH, THREADS, home_of, make_viewers, some_images, swipes_of
from bench.site import FULL, Site
from bench.usage import cpu_seconds
from smashpass.core.query.evaluate import images
from smashpass.services.search.search import read_query
from tests.support.postgres import PostgresServer, binaries

CONNECTIONS = 16
VIEWERS = 200
IMAGES = 2_000
ROUNDS = 2
WORK_MEM = "64MB"
SECONDS = 4.0
OURS, BARE = "ours", "bare Flask route"
SQLITE, POSTGRESQL = "plain Flask app, SQLite", "plain Flask app, PostgreSQL"


@dataclass
class Contestant:
    """A server that takes part, and what it is asked.

    Attributes:
        deck: Path of a deck by case.
        swipes: Path where swipes go.
        processes: The ids of all its processes, its database among them.
        requests: Numbers them, as no two swipes of a viewer may have one id.
    """

    server: Server
    deck: Callable[[Case], str]
    swipes: str
    processes: Callable[[], list[int]]
    tokens: list[str] = field(default_factory=list)
    images: Sequence[object] = ()
    requests: Iterator[int] = field(default_factory=lambda: count(1))

    def cpu(self) -> float:
        """Return the processor time it has taken so far, in seconds."""
        return sum(map(cpu_seconds, self.processes()))

    def memory(self) -> float:
        """Return the bytes it holds, pages that its processes share counted once."""
        return float(sum(memory(process)["Pss"] for process in self.processes()))


@dataclass(frozen=True)
class Turn:
    """What one turn under load cost: seconds a request, and of the processor."""

    apart_s: float
    p99_s: float
    cpu_s: float


def measure(site: Site) -> Iterator[Row]:
    """Measure decks with two tags, decks of everything, and swipes; up to 2 M images."""
    if site.size > FULL:
        yield Row("plain app", site.size, None, note="left out above 2,000,000 images")
        return
    home = home_of(site)
    with ExitStack() as stack:
        server = stack.enter_context(serving(home))
        server.wait_for("/readyz")
        contestants = {OURS: Contestant(server, _our_deck, "/api/v1/swipes", server.processes)}
        url = f"sqlite:///{site.peer_folder}/plain.db"
        yield from _filled(site, SQLITE, url)
        contestants[SQLITE] = _plain(site, stack, url, list)
        programs = binaries()
        if programs is not None:
            database = PostgresServer(programs, memory="1GB")
            stack.callback(database.stop)
            database.configure("work_mem", WORK_MEM)
            url = database.new_database().replace("postgresql://", "postgresql+psycopg://")
            yield from _filled(site, POSTGRESQL, url)
            contestants[POSTGRESQL] = _plain(site, stack, url, database.processes)
        _make_viewers(site, contestants)
        for name, contestant in contestants.items():
            for case in (AND, ALL):
                _check(name, contestant, case)
        ready = _deck_bytes(contestants[OURS])
        server = stack.enter_context(bare(site.folder, ready, THREADS))
        contestants[BARE] = Contestant(server, lambda _case: "/deck", "", server.processes, [""])
        if POSTGRESQL not in contestants:
            yield Row(f"{POSTGRESQL}: taking part", site.size, 0.0, "n", note="not installed")
        for case in (AND, ALL):
            title = f"GET /deck of {DECK_SIZE}, {case.name}, {CONNECTIONS} connections"
            yield from _rows(site, title, _take_turns(site, contestants, _decks(case)))
        title = f"POST /swipes of {DECK_SIZE}, {CONNECTIONS} connections"
        writers = {name: other for name, other in contestants.items() if name != BARE}
        yield from _rows(site, title, _take_turns(site, writers, _swipes))
        for name in (SQLITE, POSTGRESQL):
            if name in contestants:
                ours, theirs = contestants[OURS].memory(), contestants[name].memory()
                yield Row(
                    "server after decks and swipes: memory", site.size, ours, "B", name, theirs
                )


def _our_deck(case: Case) -> str:
    return "/api/v1/deck?" + urlencode({"n": DECK_SIZE, **({"q": case.text} if case.text else {})})


def _their_deck(case: Case) -> str:
    return "/deck?" + urlencode({"tags": ",".join(case.having), "n": DECK_SIZE})


def _filled(site: Site, name: str, url: str) -> Iterator[Row]:
    """Fill the tables of a plain app, and see that it finds what we find."""
    site.say(f"giving {site.size:,} images to the {name}")
    began = time.perf_counter()
    loaded = fill(url, site.size, site.seed, site.peer_limit_s)
    took = time.perf_counter() - began
    note = "the peer's own figure; what we take is in the rows of importing"
    yield Row(f"{name}: filling its tables, rows by COPY or INSERT", site.size, took, note=note)
    if loaded < site.size:
        raise PeerFailed(f"{name}: {loaded:,} images only in {site.peer_limit_s:g} s")
    index = site.index()
    store = engine(url)
    with store.connect() as connection:
        for case in (AND, ALL):
            theirs = set(connection.scalars(matching(case.having)))
            if theirs != set(images(read_query(case.text, index), index)):
                raise AssertionError(f"{name}, {case.name}: finds other images than we")
        if url.startswith("sqlite"):
            size = Path(url.removeprefix("sqlite:///")).stat().st_size
        else:
            size = connection.exec_driver_sql(
                "SELECT pg_database_size(current_database())"
            ).scalar()
    store.dispose()
    home = site.folder / "served" / "home"
    ours = sum(path.stat().st_size for path in home.rglob("*") if path.is_file())
    yield Row("library on disk, indexes included", site.size, float(ours), "B", name, float(size))


def _plain(
    site: Site, stack: ExitStack, url: str, of_database: Callable[[], list[int]]
) -> Contestant:
    log = site.peer_folder / "plain.log"
    settings = {"PLAIN_DATABASE": url}
    app = gunicorn("bench.peers.plain_app:create()", log, settings, THREADS)
    server = stack.enter_context(app)
    server.wait_for("/ready")
    return Contestant(server, _their_deck, "/swipes", lambda: [*server.processes(), *of_database()])


def _make_viewers(site: Site, contestants: dict[str, Contestant]) -> None:
    """Give each as many viewers, who have swiped as many images."""
    number = site.times(VIEWERS, 100)
    rng = Random(site.seed)
    for name, contestant in contestants.items():
        server = contestant.server
        if name == OURS:
            contestant.images = some_images(server, IMAGES)
            contestant.tokens = make_viewers(server, number, list(contestant.images), site.seed)
            continue
        contestant.images = rng.sample(range(1, site.size + 1), min(IMAGES, site.size))
        for _ in range(number):
            contestant.tokens.append(server.ask("POST", "/viewers")[1]["token"])
            swiped = rng.sample(contestant.images, min(SEEN_EACH, site.size))
            _swipe(name, contestant, contestant.tokens[-1], swiped)


def _swipe(name: str, contestant: Contestant, token: str, chosen: Sequence[object]) -> None:
    body = _body(contestant, chosen)
    status, answer = contestant.server.ask("POST", contestant.swipes, token, body)
    if status != 200 or answer["accepted"] != len(chosen):
        raise PeerFailed(f"{name}: swipes were answered with {status}: {answer}")


def _body(contestant: Contestant, chosen: Sequence[object]) -> dict[str, object]:
    return swipes_of(chosen, 10**6 + 100 * next(contestant.requests))


def _check(name: str, contestant: Contestant, case: Case) -> None:
    """A deck must match, have no image twice, and never show again what was swiped."""
    token = contestant.tokens[0]
    swiped: set[object] = set()
    for _ in range(3):
        status, answer = contestant.server.ask("GET", contestant.deck(case), token)
        if status != 200:
            raise PeerFailed(f"{name}: a deck was answered with {status}: {answer}")
        cards = {card["image"]: set(card["tags"]) for card in answer["cards"]}
        assert cards or swiped, f"{name}, {case.name}: no cards"
        assert len(cards) == len(answer["cards"]), f"{name}, {case.name}: an image twice"
        assert all(tags.issuperset(case.having) for tags in cards.values()), name
        assert not swiped & cards.keys(), f"{name}, {case.name}: a card that was swiped"
        assert all(card["decision"]["verdict"] for card in answer["cards"]), name
        if cards:
            _swipe(name, contestant, token, [*cards])
        swiped |= cards.keys()


def _deck_bytes(contestant: Contestant) -> int:
    requests = iter([request("GET", contestant.deck(AND), contestant.tokens[-1])])
    return put_under_load(contestant.server.address, requests, 1, 1.0).body_bytes


def _decks(case: Case) -> Callable[[Contestant], Iterator[bytes]]:
    """Return what makes endless requests for decks, viewer after viewer."""

    def requests(contestant: Contestant) -> Iterator[bytes]:
        path = contestant.deck(case)
        return cycle([request("GET", path, token) for token in contestant.tokens])

    return requests


def _swipes(contestant: Contestant) -> Iterator[bytes]:
    """Yield requests for ever; each viewer goes through the images in order."""
    tokens, chosen = contestant.tokens, contestant.images
    for turn in count():
        first = turn // len(tokens) * DECK_SIZE
        swiped = [chosen[(first + place) % len(chosen)] for place in range(DECK_SIZE)]
        body = json.dumps(_body(contestant, swiped)).encode()
        yield request("POST", contestant.swipes, tokens[turn % len(tokens)], body)


def _take_turns(
    site: Site,
    contestants: dict[str, Contestant],
    requests: Callable[[Contestant], Iterator[bytes]],
) -> dict[str, list[Turn]]:
    """Put one after the other under load, round after round; a light turn first is not counted."""
    waiting = {name: requests(contestant) for name, contestant in contestants.items()}
    turns: dict[str, list[Turn]] = {name: [] for name in contestants}
    rounds = site.times(ROUNDS, 2)
    for number in range(rounds + 1):
        connections = CONNECTIONS if number else 2
        seconds = site.seconds(SECONDS, 1.0) if number else site.seconds(0.5, 0.5)
        for name, contestant in contestants.items():
            site.say(f"round {number} of {rounds}: {name}")
            before = contestant.cpu()
            load = put_under_load(contestant.server.address, waiting[name], connections, seconds)
            if number:
                turns[name].append(_turn(name, load, contestant.cpu() - before))
    return turns


def _turn(name: str, load: Load, cpu_s: float) -> Turn:
    if not load.all_good:
        raise PeerFailed(f"{name}: answered with {dict(load.statuses)}")
    return Turn(1 / load.rate, load.p99, cpu_s / len(load.latencies))


def _rows(site: Site, title: str, turns: dict[str, list[Turn]]) -> Iterator[Row]:
    ours = turns.pop(OURS)
    apart, p99, cpu = (_middle(ours, name) for name in ("apart_s", "p99_s", "cpu_s"))
    for name, theirs in turns.items():
        their_apart = _middle(theirs, "apart_s")
        note = f"{_rate(apart)} beside {_rate(their_apart)} requests/s"
        if name == POSTGRESQL and title.startswith("POST"):
            note += "; its server does not wait for the disk, ours does"
        yield beside(f"{title}: time for each", site.size, apart, name, their_apart, note=note)
        yield beside(
            f"{title}: 99 % are faster than", site.size, p99, name, _middle(theirs, "p99_s")
        )
        yield beside(
            f"{title}: processor time for each", site.size, cpu, name, _middle(theirs, "cpu_s")
        )


def _rate(apart_s: float) -> str:
    rate = 1 / apart_s
    return f"{rate:,.0f}" if rate >= 100 else f"{rate:.2g}"


def _middle(turns: list[Turn], name: str) -> float:
    return median(getattr(turn, name) for turn in turns)
