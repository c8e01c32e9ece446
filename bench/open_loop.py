"""Simulated people who swipe: a load on a schedule of its own, which no slow answer delays.

Each person opens one connection, asks for a deck, looks at a card about once a second, sends swipes
in batches, fetches the pictures that the browser has not kept, and leaves after some decks. Times
are counted from when a request was due, so that waiting behind a slow answer counts as well.
"""

from __future__ import annotations

import heapq
import json
import selectors
import socket
import time
from array import array
from collections import Counter, defaultdict, deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import count
from random import Random
from typing import Literal
from urllib.parse import urlencode

from bench.cases import AND, ONE, WITH_NOT
from bench.load import request

Kind = Literal["viewer", "deck", "swipes", "picture"]

CARDS = 20
BATCH = 10
DECKS = 5
PAUSE_S = 1.0
"""Mean time that a person looks at a card."""

NOT_KEPT = 0.1
"""Share of the pictures of a deck that the browser does not have from before."""

NEWCOMERS = 0.1
"""Share of the people who have never been here."""

QUERIES = ("", "", "", ONE.text, AND.text, WITH_NOT.text)
"""What people type; every other one types nothing."""

DECK_RETRY_S = 10.0
FIRST_RETRY_S, LONGEST_RETRY_S = 1.0, 60.0
"""As the page does: decks every ten seconds, swipes after twice as long each time."""

PATIENCE = 3
"""Decks that fail one after the other before somebody leaves."""

_CHUNK = 1 << 18
_BROKEN = 0
"""Stands for the status of an answer that never came whole."""


@dataclass(slots=True)
class Outcome:
    """What came of the requests of one kind: when each was due and how long it took, in seconds."""

    due: array[float] = field(default_factory=lambda: array("d"))
    took: array[float] = field(default_factory=lambda: array("d"))
    status: array[int] = field(default_factory=lambda: array("H"))

    def between(self, begin: float, end: float) -> Outcome:
        """Return those that were due in a span of time."""
        part = Outcome()
        for due, took, status in zip(self.due, self.took, self.status, strict=True):
            if begin <= due < end:
                part.due.append(due)
                part.took.append(took)
                part.status.append(status)
        return part

    @property
    def good(self) -> list[float]:
        """The seconds of those that succeeded, sorted."""
        pairs = zip(self.took, self.status, strict=True)
        return sorted(took for took, status in pairs if 200 <= status < 300)

    @property
    def statuses(self) -> Counter[int]:
        """How many had which status; 0: the answer did not come whole."""
        return Counter(self.status)


class Crowd:
    """People who come at a rate, and what they were answered."""

    def __init__(
        self,
        name: str,
        address: tuple[str, int],
        base: str,
        tokens: Iterator[str],
        pictures: Sequence[str],
        seed: int,
        pause_s: float = PAUSE_S,
    ) -> None:
        """Let people come.

        Args:
            name: With which the ids of their swipes begin.
            address: Of the proxy.
            base: Path of the site on it.
            tokens: Of viewers of earlier days.
            pictures: Paths of pictures.
            seed: Of all that is drawn.
            pause_s: Mean time that a person looks at a card.
        """
        self._name = name
        self.pause_s = pause_s
        self.base = base
        self.outcomes: dict[Kind, Outcome] = defaultdict(Outcome)
        self.acknowledged: dict[str, int] = {}
        self.unanswered: dict[str, int] = {}
        self.repeated_cards = 0
        self.received_bytes = 0
        self.left_early = 0
        self.without_retry_after = 0
        self._address = address
        self._tokens = tokens
        self._pictures = pictures
        self._rng = Random(seed)
        self._numbers = count()
        self._schedule: list[tuple[float, int, _Person, _Step]] = []
        self._selector = selectors.DefaultSelector()
        self._present: set[_Person] = set()

    def run(self, people_a_second: float, seconds: float, *, at_once: int = 0) -> None:
        """Let people come for a while; ``at_once`` more who come together and leave at its end."""
        began = time.perf_counter()
        end = began + seconds
        for _ in range(at_once):
            self._arrive(began + self._rng.uniform(0, 2), visiting=True)
        arrival = began + self._rng.expovariate(people_a_second)
        while (now := time.perf_counter()) < end:
            while arrival <= now:
                self._arrive(arrival)
                arrival += self._rng.expovariate(people_a_second)
            self._start_due(now)
            next_due = min(arrival, end, self._schedule[0][0] if self._schedule else end)
            for key, events in self._selector.select(max(0.0, next_due - time.perf_counter())):
                key.data.on_event(events)
        for person in [person for person in self._present if person.visiting]:
            person.leave()

    def fill(self, people: int, seconds: float) -> None:
        """Let people come who are already in the midst of it, over some seconds."""
        now = time.perf_counter()
        for _ in range(people):
            self._arrive(now + self._rng.uniform(0, seconds), decks=self._rng.randint(1, DECKS))

    def close(self) -> None:
        """Send everybody home."""
        for person in list(self._present):
            person.leave()
        self._selector.close()

    def _start_due(self, now: float) -> None:
        while self._schedule and self._schedule[0][0] <= now:
            due, _, person, step = heapq.heappop(self._schedule)
            if person in self._present:
                step(due)

    def _arrive(self, due: float, *, decks: int = DECKS, visiting: bool = False) -> None:
        is_new = self._rng.random() < NEWCOMERS
        token = "" if is_new else next(self._tokens)
        person = _Person(
            self, f"{self._name}{next(self._numbers)}", token, decks, visiting=visiting
        )
        self._present.add(person)
        self.at(due, person, person.begin)

    def at(self, due: float, person: _Person, step: _Step) -> None:
        """Schedule a step of a person."""
        heapq.heappush(self._schedule, (due, next(self._numbers), person, step))

    def record(self, kind: Kind, due: float, status: int) -> None:
        """Note an answer."""
        outcome = self.outcomes[kind]
        outcome.due.append(due)
        outcome.took.append(time.perf_counter() - due)
        outcome.status.append(status)


_Step = Callable[[float], None]


@dataclass(slots=True)
class _Pending:
    """A request that is due, and what to do with the body of its answer."""

    kind: Kind
    due: float
    content: bytes
    then: Callable[[bytes], None]


class _Person:
    """One person with one connection, on which one request is under way at a time."""

    def __init__(self, crowd: Crowd, name: str, token: str, decks: int, *, visiting: bool) -> None:
        self.crowd, self.name, self.token, self.visiting = crowd, name, token, visiting
        self._rng = crowd._rng
        self._decks = decks
        self._query = self._rng.choice(QUERIES)
        self._socket: socket.socket | None = None
        self._outbox: deque[_Pending] = deque()
        self._sending = b""
        self._received = bytearray()
        self._swiped: set[str] = set()
        self._sent = 0
        self._failures = 0

    def begin(self, due: float) -> None:
        """Become a viewer, or come back as one."""
        if self.token:
            self.deal(due)
            return
        content = self._request("POST", "/api/v1/viewers", b'{"age_band":"18+"}')
        self._ask(_Pending("viewer", due, content, self._became_viewer))

    def deal(self, due: float) -> None:
        """Ask for a deck."""
        parameters = {"n": CARDS} | ({"q": self._query} if self._query else {})
        content = self._request("GET", f"/api/v1/deck?{urlencode(parameters)}")
        self._ask(_Pending("deck", due, content, self._got_deck))

    def leave(self) -> None:
        """Close the page."""
        unanswered = sum(pending.kind == "swipes" for pending in self._outbox)
        if unanswered:
            self.crowd.unanswered[self.name] = unanswered * BATCH
        self._disconnect()
        self.crowd._present.discard(self)

    def _became_viewer(self, body: bytes) -> None:
        self.token = json.loads(body)["token"]
        self.deal(time.perf_counter())

    def _got_deck(self, body: bytes) -> None:
        cards = [card["image"] for card in json.loads(body)["cards"]]
        self.crowd.repeated_cards += len(self._swiped.intersection(cards))
        now = time.perf_counter()
        for _ in cards:
            if self._rng.random() < NOT_KEPT:
                self._fetch(now)
        due = now
        for start in range(0, len(cards), BATCH):
            batch = cards[start : start + BATCH]
            due += sum(self._rng.uniform(0.4, 1.6) * self.crowd.pause_s for _ in batch)
            self.crowd.at(due, self, lambda due, batch=batch: self._swipe(due, batch))  # type: ignore[misc]
        self._decks -= 1
        last_step = self.deal if self._decks and cards else lambda _due: self.leave()
        # After the last batch, so that its cards are not dealt again.
        self.crowd.at(due + 0.05, self, last_step)

    def _fetch(self, due: float) -> None:
        path = self._rng.choice(self.crowd._pictures)
        self._ask(_Pending("picture", due, self._request("GET", path), lambda _body: None))

    def _swipe(self, due: float, images: list[str]) -> None:
        at = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
        swipes = [
            {
                "id": f"{self.name}-{self._sent + place}",
                "image": image,
                "verdict": self._rng.choice(("smash", "pass")),
                "at": at,
            }
            for place, image in enumerate(images)
        ]
        self._sent += len(images)
        body = json.dumps({"swipes": swipes}).encode()

        def acknowledged(_body: bytes) -> None:
            counts = self.crowd.acknowledged
            counts[self.name] = counts.get(self.name, 0) + len(images)
            self._swiped.update(images)

        content = self._request("POST", "/api/v1/swipes", body)
        self._ask(_Pending("swipes", due, content, acknowledged))

    def _request(self, method: str, path: str, body: bytes = b"") -> bytes:
        return request(method, self.crowd.base + path, self.token, body)

    def _ask(self, pending: _Pending) -> None:
        self._outbox.append(pending)
        if len(self._outbox) == 1:
            self._send()

    def _send(self) -> None:
        if self._socket is None:
            self._connect()
        if self._socket is None:
            self._broken()
            return
        self._sending = self._outbox[0].content
        self._received.clear()
        self._write()

    def _connect(self) -> None:
        try:
            opened = socket.socket()
        except OSError:  # no file is left: as if the server could not be reached
            return
        opened.setblocking(False)
        opened.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        # People have addresses of their own, which limits by address must tell apart.
        opened.bind((f"127.{self._rng.randint(1, 250)}.{self._rng.randint(0, 250)}.1", 0))
        opened.connect_ex(self.crowd._address)
        self._socket = opened
        self.crowd._selector.register(opened, selectors.EVENT_READ | selectors.EVENT_WRITE, self)

    def _disconnect(self) -> None:
        if self._socket is not None:
            self.crowd._selector.unregister(self._socket)
            self._socket.close()
            self._socket = None

    def _write(self) -> None:
        assert self._socket is not None
        try:
            byte_count = self._socket.send(self._sending)
        except (BlockingIOError, OSError) as error:
            if not isinstance(error, BlockingIOError) and self._is_over(error):
                self._broken()
                return
            byte_count = 0
        self._sending = self._sending[byte_count:]
        mask = selectors.EVENT_READ | (selectors.EVENT_WRITE if self._sending else 0)
        self.crowd._selector.modify(self._socket, mask, self)

    @staticmethod
    def _is_over(error: OSError) -> bool:
        """Whether a connection failed, and is not only being made."""
        return not isinstance(error, BlockingIOError) and error.errno != 107  # ENOTCONN

    def on_event(self, events: int) -> None:
        """Go on sending, or read what has come."""
        if self._socket is None:
            return
        if events & selectors.EVENT_WRITE:
            self._write()
        if events & selectors.EVENT_READ and self._socket is not None:
            self._read()

    def _read(self) -> None:
        assert self._socket is not None
        try:
            part = self._socket.recv(_CHUNK)
        except BlockingIOError:
            return
        except OSError:
            part = b""
        if not part:
            # Between two requests, the server may close a connection that was idle.
            if self._outbox:
                self._broken()
            else:
                self._disconnect()
            return
        self._received += part
        end = self._received.find(b"\r\n\r\n")
        if end < 0:
            return
        head = bytes(self._received[:end]).lower()
        length = int(head.partition(b"content-length:")[2].partition(b"\r\n")[0] or 0)
        if len(self._received) < end + 4 + length:
            return
        self.crowd.received_bytes += len(self._received)
        body = bytes(self._received[end + 4 :])
        if b"connection: close" in head:
            self._disconnect()
        self._answered(int(head[9:12]), head, body)

    def _answered(self, status: int, head: bytes, body: bytes) -> None:
        pending = self._outbox[0]
        self.crowd.record(pending.kind, pending.due, status)
        stated = head.partition(b"\r\nretry-after:")[2].partition(b"\r\n")[0].strip()
        if status in (429, 503):
            self.crowd.without_retry_after += not stated.isdigit()
        if 200 <= status < 300:
            self._failures = 0
            # It stays first until then, so that what follows from it is not sent at once.
            pending.then(body)
            self._next()
        elif pending.kind == "picture":
            self._next()
        else:
            self._again(float(stated) if stated.isdigit() else 0.0)

    def _next(self) -> None:
        self._outbox.popleft()
        if self._outbox:
            self._send()

    def _broken(self) -> None:
        """Note an answer that did not come whole, and ask again later, as the page does."""
        self.crowd.record(self._outbox[0].kind, self._outbox[0].due, _BROKEN)
        self._disconnect()
        self._again(0.0)

    def _again(self, least_s: float) -> None:
        """Send the first request again later, or leave."""
        self._failures += 1
        is_swipes = self._outbox[0].kind == "swipes"
        if not is_swipes and self._failures >= PATIENCE:
            self.crowd.left_early += 1
            self.leave()
            return
        wait_s = FIRST_RETRY_S * 2 ** (self._failures - 1) if is_swipes else DECK_RETRY_S
        wait_s = min(wait_s, LONGEST_RETRY_S) * self._rng.uniform(0.5, 1.0)
        due = time.perf_counter() + max(wait_s, least_s)

        def resend(due: float) -> None:
            if self._outbox:
                self._outbox[0].due = due
                self._send()

        self.crowd.at(due, self, resend)
