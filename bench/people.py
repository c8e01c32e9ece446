"""People who swipe through nginx without end, and remember what was answered to them."""

from __future__ import annotations

import http.client
import itertools
import json
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from typing import Any

from bench.processes import PeerFailed
from bench.servers import HOST

_DECK, _BATCH = 20, 10
_PAUSE_S = 0.02
_PATIENCE_S = 60.0


@dataclass(frozen=True, slots=True)
class Reply:
    """One answer: when, to what, and how.

    Attributes:
        at: Moment of the answer, of the monotonic clock.
        what: ``deck`` or ``swipes``.
        status: HTTP status.
        seconds: How long it took.
        retry_after: Whether it says when to come again.
        repeated: Cards of a deck that this viewer had swiped before, as was acknowledged.
    """

    at: float
    what: str
    status: int
    seconds: float
    retry_after: bool
    repeated: int = 0


@dataclass
class Viewer:
    """A viewer, and the swipes that were acknowledged: image by the id of the swipe."""

    token: str
    acknowledged: dict[str, str] = field(default_factory=dict)


class Person:
    """One after the other, decks and batches of swipes; what is not acknowledged is sent again."""

    def __init__(self, port: int, prefix: str) -> None:
        """Swipe at a port; the first request is made by ``swipe``."""
        self.replies: list[Reply] = []
        self.viewers: list[Viewer] = []
        self.failure: Exception | None = None
        self._port, self._prefix = port, prefix
        self._numbers = itertools.count()

    def swipe(self, stop: threading.Event) -> None:
        """Go on until ``stop`` is set; nothing is left unacknowledged then, if it can be had."""
        try:
            viewer, batch = self._new_viewer(), self._next_batch([])
            while not (stop.is_set() and not batch):
                if batch:
                    if self._send(viewer, batch):
                        batch = []
                    else:
                        self._deck(viewer)  # cards are looked at meanwhile
                else:
                    cards = self._deck(viewer)
                    if cards == []:
                        viewer = self._new_viewer()  # all images are swiped
                    batch = self._next_batch(cards or [])
                time.sleep(_PAUSE_S)
        except Exception as error:  # the test that waits for this thread has to hear of it
            self.failure = error

    def count(self) -> int:
        """Return how many swipes were acknowledged."""
        return sum(len(viewer.acknowledged) for viewer in self.viewers)

    def ask(
        self, method: str, path: str, token: str = "", body: object = None
    ) -> tuple[int, http.client.HTTPMessage, Any]:
        """Return status, headers and JSON of one request over a connection of its own."""
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        data = None if body is None else json.dumps(body)
        if data:
            headers["Content-Type"] = "application/json"
        with closing(http.client.HTTPConnection(HOST, self._port, timeout=30)) as connection:
            connection.request(method, f"{self._prefix}/api/v1{path}", data, headers)
            answer = connection.getresponse()
            text = answer.read()
        is_json = "json" in answer.headers.get("Content-Type", "")
        return answer.status, answer.headers, json.loads(text) if is_json else text

    def _new_viewer(self) -> Viewer:
        began = time.monotonic()
        while time.monotonic() - began < _PATIENCE_S:
            status, _, answer = self.ask("POST", "/viewers", body={"age_band": "18+"})
            if status < 300:
                self.viewers.append(Viewer(answer["token"]))
                return self.viewers[-1]
            time.sleep(_PAUSE_S)
        raise PeerFailed("no viewer could be made")

    def _deck(self, viewer: Viewer) -> list[str] | None:
        """Return the images of a deck, or None if there was no deck."""
        before = set(viewer.acknowledged.values())
        status, answer = self._noted("GET", f"/deck?n={_DECK}", viewer.token, before=before)
        return [card["image"] for card in answer["cards"]] if status == 200 else None

    def _next_batch(self, images: Sequence[str]) -> list[dict[str, str]]:
        return [
            {
                "id": f"s{next(self._numbers)}",
                "image": image,
                "verdict": ("smash", "pass")[place % 2],
                "at": "2026-01-01T00:00:00Z",
            }
            for place, image in enumerate(images[:_BATCH])
        ]

    def _send(self, viewer: Viewer, batch: list[dict[str, str]]) -> bool:
        status, answer = self._noted("POST", "/swipes", viewer.token, {"swipes": batch})
        if status != 200:
            return False
        if answer["accepted"] + answer["duplicates"] != len(batch):
            raise PeerFailed(f"swipes were refused: {answer}")
        viewer.acknowledged |= {swipe["id"]: swipe["image"] for swipe in batch}
        return True

    def _noted(
        self,
        method: str,
        path: str,
        token: str,
        body: object = None,
        before: set[str] | None = None,
    ) -> tuple[int, Any]:
        began = time.monotonic()
        status, headers, answer = self.ask(method, path, token, body)
        now = time.monotonic()
        repeated = 0
        if before and status == 200:
            repeated = sum(card["image"] in before for card in answer["cards"])
        what = "deck" if method == "GET" else "swipes"
        retry_after = "Retry-After" in headers
        self.replies.append(Reply(now, what, status, now - began, retry_after, repeated))
        return status, answer


class People:
    """Several persons who swipe at once."""

    def __init__(self, persons: Sequence[Person]) -> None:
        self.persons = persons

    @property
    def replies(self) -> list[Reply]:
        """Return all answers in the order of their moments."""
        copied = [reply for person in self.persons for reply in list(person.replies)]
        return sorted(copied, key=lambda reply: reply.at)

    def acknowledged(self) -> int:
        """Return how many swipes were acknowledged."""
        return sum(person.count() for person in self.persons)

    def all_wrote_after(self, moment: float) -> float:
        """Wait until swipes of everybody were acknowledged; return when the last one's first were.

        Raises:
            PeerFailed: They were not within a minute, or somebody gave up.
        """
        began = time.monotonic()
        while time.monotonic() - began < _PATIENCE_S:
            self.check()
            firsts = [
                next(filter(_written_after(moment), list(person.replies)), None)
                for person in self.persons
            ]
            moments = [reply.at for reply in firsts if reply is not None]
            if len(moments) == len(firsts):
                return max(moments)
            time.sleep(0.02)
        raise PeerFailed("swipes were not acknowledged for a minute")

    def check(self) -> None:
        """Raise what ended somebody."""
        for person in self.persons:
            if person.failure is not None:
                raise person.failure

    def compare(self) -> tuple[int, int, int]:
        """Return how many acknowledged swipes are lost, how many doubled, and how many are kept."""
        lost = doubled = kept = 0
        for person in self.persons:
            for viewer in person.viewers:
                export = person.ask("GET", "/me/export", viewer.token)[2]
                stored = [(swipe["id"], swipe["image"]) for swipe in export["swipes"]]
                kept += len(stored)
                doubled += len(stored) - len({name for name, _ in stored})
                lost += len(viewer.acknowledged.items() - set(stored))
        return lost, doubled, kept


def _written_after(moment: float) -> Callable[[Reply], bool]:
    return lambda reply: reply.what == "swipes" and reply.status == 200 and reply.at > moment


@contextmanager
def swiping(port: int, prefix: str, count: int) -> Iterator[People]:
    """Let ``count`` persons swipe meanwhile; all have written once before it begins."""
    people = People([Person(port, prefix) for _ in range(count)])
    stop = threading.Event()
    threads = [
        threading.Thread(target=person.swipe, args=(stop,), daemon=True)
        for person in people.persons
    ]
    began = time.monotonic()
    for thread in threads:
        thread.start()
    try:
        people.all_wrote_after(began)
        yield people
    finally:
        stop.set()
        for thread in threads:
            thread.join(_PATIENCE_S)
    people.check()
