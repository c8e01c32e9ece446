"""kill -9 of the whole server while swipes come in: what was answered is kept, once."""

from __future__ import annotations

import http.client
import json
import shutil
import threading
import time
from collections.abc import Iterator
from contextlib import closing, suppress
from random import Random

from bench.processes import PeerFailed
from bench.report import Row
from bench.servers import Server, serving
from bench.serving import home_of, some_images, swipes_of
from bench.site import Site

KILLS = 100
THREADS = 4
EACH = 20


def measure(site: Site) -> Iterator[Row]:
    """Swipe from several threads, kill the server again and again, and compare in the end."""
    kills = site.times(KILLS, 3)
    home = site.folder / "crashes" / "home"
    shutil.rmtree(home.parent, ignore_errors=True)
    shutil.copytree(home_of(site), home)
    rng = Random(site.seed)
    clients: list[_Client] = []
    for number in range(kills + 1):
        site.say(f"kill {number} of {kills}")
        with serving(home) as server:
            server.wait_for("/readyz")
            if not clients:
                images = some_images(server, 1_000)
                clients += [_Client(server, images) for _ in range(THREADS)]
            if number == kills:
                lost, doubled, stored = _compare(server, clients)
                break
            threads = [
                threading.Thread(target=swiping.swipe, args=(server,)) for swiping in clients
            ]
            for thread in threads:
                thread.start()
            # However slow the machine, the first kill finds something that was answered.
            while number == 0 and not any(client.answered for client in clients):
                time.sleep(0.01)
            time.sleep(rng.uniform(0.05, 0.6))
            server.kill()
            for thread in threads:
                thread.join()
    answered = sum(len(swiping.answered) for swiping in clients)
    shutil.rmtree(home.parent)
    yield Row(
        f"kill -9 of the server {kills} times while swipes come in: lost or doubled",
        0,
        float(lost + doubled),
        "n",
        gate="0",
        passed=lost + doubled == 0 and answered > 0,
        note=f"{answered:,} swipes answered, {stored:,} kept",
    )


class _Client:
    """One viewer who swipes on and on, and remembers what was answered."""

    def __init__(self, server: Server, images: list[str]) -> None:
        self.token = server.ask("POST", "/api/v1/viewers", body={"age_band": "18+"})[1]["token"]
        self.answered: set[str] = set()
        self._images = images
        self._sent = 0

    def swipe(self, server: Server) -> None:
        """Swipe until the server is gone; what was not answered is sent again next time."""
        gone = (OSError, http.client.HTTPException)
        opened = http.client.HTTPConnection(*server.address, timeout=10)
        with suppress(*gone), closing(opened) as connection:
            while True:
                at = self._sent % len(self._images)
                body = swipes_of(self._images[at : at + EACH], self._sent)
                for swipe in body["swipes"]:  # type: ignore[attr-defined]
                    swipe["at"] = "2026-01-01T00:00:00Z"
                headers = {"Authorization": f"Bearer {self.token}"}
                headers["Content-Type"] = "application/json"
                connection.request("POST", "/api/v1/swipes", json.dumps(body), headers)
                answer = connection.getresponse()
                text = answer.read()
                if answer.status != 200:
                    raise PeerFailed(f"swipes were answered with {answer.status}: {text[:200]!r}")
                self.answered |= {swipe["id"] for swipe in body["swipes"]}  # type: ignore[attr-defined]
                self._sent += EACH


def _compare(server: Server, clients: list[_Client]) -> tuple[int, int, int]:
    """Return how many answered swipes are lost, how many are doubled, and how many are kept."""
    lost = doubled = stored = 0
    for client in clients:
        export = server.ask("GET", "/api/v1/me/export", client.token)[1]
        ids = [swipe["id"] for swipe in export["swipes"]]
        stored += len(ids)
        doubled += len(ids) - len(set(ids))
        lost += len(client.answered - set(ids))
    return lost, doubled, stored
