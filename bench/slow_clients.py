"""What hundreds of clients that send nothing, or a byte a second, cost everybody else."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from itertools import cycle
from statistics import median

from bench.load import Load, put_under_load, request
from bench.report import Row, at_most, shown
from bench.servers import Server, serving
from bench.serving import DECK, home_of, make_viewers, some_images
from bench.site import FULL, Site

EACH = 300
CONNECTIONS = 4
SECONDS = 20.0
VIEWERS = 50
P99_S = 0.1
DRIP_S = 1.0

_HEAD = b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nX-Slow: " + b"a" * 600
_BODY = (
    b"POST /api/v1/viewers HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
    b"Content-Length: 600\r\n\r\n"
)


def measure(site: Site) -> Iterator[Row]:
    """Deal decks to others, without slow clients and then with them; up to 2 M images."""
    if site.size > FULL:
        yield Row("slow clients", site.size, None, note="left out above 2,000,000 images")
        return
    seconds, per_kind = site.seconds(SECONDS, 3.0), site.times(EACH, EACH // 10)
    with serving(home_of(site)) as server:
        server.wait_for("/readyz")
        tokens = make_viewers(
            server, site.times(VIEWERS, VIEWERS), some_images(server, 200), site.seed
        )
        _others(server, tokens, site.seconds(1.0, 1.0))
        site.say("others alone")
        yield from _rows(site, "without slow clients", _others(server, tokens, seconds))
        site.say(f"others beside {per_kind} silent and {per_kind} dripping clients")
        with _slow_clients(server, per_kind):
            load = _others(server, tokens, seconds)
    yield from _rows(site, f"with {per_kind} silent and {per_kind} dripping clients", load)


def _others(server: Server, tokens: list[str], seconds: float) -> Load:
    """Ask for decks over connections that are kept, as browsers do."""
    requests = (request("GET", DECK, tokens[turn % len(tokens)]) for turn in range(10**7))
    return put_under_load(server.address, requests, CONNECTIONS, seconds)


def _rows(site: Site, beside: str, load: Load) -> Iterator[Row]:
    refused = sum(count for status, count in load.statuses.items() if not 200 <= status < 300)
    yield at_most(
        f"GET /deck {beside}: 99 % are faster than",
        site.size,
        load.p99,
        P99_S,
        judged=site.judged,
        note=f"half are faster than {shown(median(load.latencies), 's')}; "
        f"{load.rate:,.0f} requests/s",
    )
    yield Row(
        f"GET /deck {beside}: answers that are not 2xx",
        site.size,
        float(refused),
        "",
        gate="0",
        passed=refused == 0,
        note=f"of {len(load.latencies):,}",
    )


@contextmanager
def _slow_clients(server: Server, per_kind: int) -> Iterator[None]:
    """Keep silent connections open, and as many that drip: heads and bodies, half of each.

    What the server ends is opened anew, as somebody would who means to keep others out.
    """
    starts = [b""] * per_kind + [b"", _BODY] * (per_kind // 2)
    ending = threading.Event()

    def keep_open(start: bytes, drips: bool) -> Iterator[None]:
        while True:
            with suppress(OSError), socket.create_connection(server.address, 5) as connection:
                connection.sendall(start)
                connection.setblocking(False)
                text = b" " * 600 if start else _HEAD
                for place in range(600):
                    yield
                    if drips:
                        connection.send(text[place : place + 1])
                    with suppress(BlockingIOError):
                        if not connection.recv(1_000):
                            break

    clients = [keep_open(start, place >= per_kind) for place, start in enumerate(starts)]

    def drip() -> None:
        # Spread over the second: all at once would delay the measuring, not the server.
        for client in cycle(clients):
            if ending.wait(DRIP_S / len(clients)):
                return
            next(client)

    with ExitStack() as stack:
        for client in clients:
            next(client)
            stack.callback(client.close)
        time.sleep(DRIP_S)
        thread = threading.Thread(target=drip)
        thread.start()
        stack.callback(thread.join)
        stack.callback(ending.set)
        yield
