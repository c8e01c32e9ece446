"""Where the processor's time of a deck goes: the application called in this process, no server.

``python -m bench.inside HOME`` prints the figures; with ``--profile`` the dearest functions too.
"""

from __future__ import annotations

import cProfile
import io
import json
import os
import pstats
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from itertools import cycle, islice
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING, Any

from bench.processes import PeerFailed, python
from bench.report import Row, at_most
from bench.serving import DECK, SEEN_EACH, home_of, swipes_of
from bench.site import FULL, Site

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication

ROUNDS = 5
DECKS = 1_000
WITHIN_S = 250e-6
_PATH, _, _QUERY = DECK.partition("?")


def measure(site: Site) -> Iterator[Row]:
    """Measure decks without a server, beside a bare Flask route; up to 2 M images."""
    if site.size > FULL:
        yield Row("inside", site.size, None, note="left out above 2,000,000 images")
        return
    home = home_of(site)
    site.say("decks inside one process")
    command = [*python("-m", "bench.inside"), str(home), str(site.times(DECKS, 100))]
    ended = subprocess.run(command, capture_output=True, text=True, check=False)
    if ended.returncode:
        raise PeerFailed(f"bench.inside ended with {ended.returncode}: {ended.stderr[-300:]}")
    seconds: dict[str, float] = json.loads(ended.stdout.splitlines()[-1])
    for title, taken_s in seconds.items():
        name = f"inside one process, processor time: {title}"
        if title.startswith("deck"):
            yield at_most(name, site.size, taken_s, WITHIN_S, judged=site.judged)
        else:
            yield Row(name, site.size, taken_s)


def environ(path: str, query: str, token: str = "", body: bytes = b"") -> dict[str, Any]:
    """Return what gunicorn hands to an application for one request."""
    return {
        "REQUEST_METHOD": "POST" if body else "GET",
        "SCRIPT_NAME": "",
        "PATH_INFO": path,
        "QUERY_STRING": query,
        "RAW_URI": f"{path}?{query}" if query else path,
        "SERVER_NAME": "127.0.0.1",
        "SERVER_PORT": "8000",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "REMOTE_ADDR": "127.0.0.1",
        "HTTP_HOST": "127.0.0.1",
        **({"HTTP_AUTHORIZATION": f"Bearer {token}"} if token else {}),
        **({"CONTENT_TYPE": "application/json", "CONTENT_LENGTH": str(len(body))} if body else {}),
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": "http",
        "wsgi.input": io.BytesIO(body),
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": True,
        "wsgi.multiprocess": True,
        "wsgi.run_once": False,
    }


def call(app: WSGIApplication, request: dict[str, Any]) -> bytes:
    """Return the body of an answer, which has to be one of success."""
    statuses: list[str] = []

    def start_response(status: str, *_: object) -> Callable[..., None]:
        statuses.append(status)
        return lambda *_: None

    answer = app(request, start_response)  # type: ignore[arg-type]
    body = b"".join(answer)
    if hasattr(answer, "close"):
        answer.close()
    if not statuses[0].startswith("2"):
        raise PeerFailed(f"{request['PATH_INFO']} was answered with {statuses[0]}: {body[:200]!r}")
    return body


def _tokens(app: WSGIApplication, number: int) -> list[str]:
    """Make viewers who have swiped some images each; return their tokens."""

    def ask(path: str, query: str = "", token: str = "", content: object = None) -> Any:
        body = b"" if content is None else json.dumps(content).encode()
        return json.loads(call(app, environ(path, query, token, body)))

    tokens = [ask("/api/v1/viewers", content={"age_band": "18+"})["token"] for _ in range(number)]
    page = ask("/api/v1/search", "limit=100", tokens[0])
    images = [card["image"] for card in page["images"]]
    rng = Random(number)
    for token in tokens:
        swiped = rng.sample(images, min(SEEN_EACH, len(images)))
        ask("/api/v1/swipes", token=token, content=swipes_of(swiped, 0))
    return tokens


def _seconds_each(app: WSGIApplication, requests: Iterable[dict[str, Any]], number: int) -> float:
    """Return the processor time of one request."""
    chosen = list(islice(requests, number))
    began = time.process_time()
    for request in chosen:
        call(app, request)
    return (time.process_time() - began) / number


def main(home: Path, decks: int, *, profiled: bool) -> None:
    """Print the seconds of each kind of request as JSON."""
    os.environ["SMASHPASS_HOME"] = str(home)
    from bench.bare import app as bare
    from smashpass.web.gunicorn_conf import application

    app = application()
    app.extensions["smashpass"].warm()
    refresher = app.extensions["keeping_up"]
    refresher.poll()
    refresher.start()  # as in a worker: no request polls
    tokens = _tokens(app, decks)
    states = app.extensions["smashpass"].decks

    def deck_requests(query: str = _QUERY) -> Iterator[dict[str, Any]]:
        return (environ(_PATH, query, token) for token in cycle(tokens))

    kinds: dict[str, Callable[[], float]] = {
        "bare Flask route": lambda: _seconds_each(bare, cycle([environ("/deck", "")]), decks),
        "deck, viewer in memory": lambda: _seconds_each(app, deck_requests(), decks),
        "deck, viewer not in memory": lambda: _after_forgetting(states, app, deck_requests, decks),
    }
    _seconds_each(app, deck_requests(), decks)
    times: dict[str, list[float]] = {kind: [] for kind in kinds}
    for _ in range(ROUNDS):
        for kind, taken in kinds.items():
            times[kind].append(taken())
    if profiled:
        profile = cProfile.Profile()
        profile.enable()
        _seconds_each(app, deck_requests(), decks)
        profile.disable()
        pstats.Stats(profile, stream=sys.stderr).sort_stats("cumtime").print_stats(110)
    print(json.dumps({kind: min(seconds) for kind, seconds in times.items()}), flush=True)
    os._exit(0)


def _after_forgetting(
    decks: Any, app: WSGIApplication, requests: Callable[[], Iterator[dict[str, Any]]], number: int
) -> float:
    """Forget all viewers, and measure their decks."""
    decks._states._states.clear()
    return _seconds_each(app, requests(), number)


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), profiled="--profile" in sys.argv[3:])
