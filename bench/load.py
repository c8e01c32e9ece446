"""A load generator that costs little: ready requests over open connections, one thread."""

from __future__ import annotations

import selectors
import socket
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from statistics import quantiles

_CHUNK = 1 << 18

_APART_S = 0.005
"""Connections come one by one, as people do: of a burst, one worker would take them all."""


@dataclass(slots=True)
class Load:
    """What a server did under load; latencies in seconds."""

    seconds: float = 0.0
    latencies: list[float] = field(default_factory=list)
    statuses: Counter[int] = field(default_factory=Counter)
    body_bytes: int = 0

    @property
    def rate(self) -> float:
        """Answers a second."""
        return len(self.latencies) / self.seconds

    @property
    def p99(self) -> float:
        """The latency that 99 % of the answers stayed below."""
        return quantiles(self.latencies, n=100, method="inclusive")[98]

    @property
    def all_good(self) -> bool:
        """Whether every answer was one of success."""
        return all(200 <= status < 300 for status in self.statuses)


class _Connection:
    """One open connection with one request on its way."""

    def __init__(self, address: tuple[str, int]) -> None:
        self.socket = socket.create_connection(address, timeout=10)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.sent_at = 0.0
        self._got = bytearray()

    def send(self, request: bytes) -> None:
        self._got.clear()
        self.sent_at = time.perf_counter()
        self.socket.sendall(request)

    def receive(self) -> tuple[int, int, bool] | None:
        """Return status, length of the body and whether the connection stays; None: not yet."""
        received = self._got
        part = self.socket.recv(_CHUNK)
        if not part:
            raise ConnectionError("the server closed a connection in the middle of an answer")
        received += part
        end = received.find(b"\r\n\r\n")
        if end < 0:
            return None
        head = bytes(received[:end]).lower()
        length = int(head.partition(b"content-length:")[2].partition(b"\r\n")[0] or 0)
        if len(received) < end + 4 + length:
            return None
        return int(head[9:12]), length, b"connection: close" not in head


def request(
    method: str, path: str, token: str = "", body: bytes = b"", *, host: str = "127.0.0.1"
) -> bytes:
    """Return one HTTP request as it goes over the wire."""
    lines = [f"{method} {path} HTTP/1.1", f"Host: {host}"]
    if token:
        lines.append(f"Authorization: Bearer {token}")
    if body:
        lines += ["Content-Type: application/json", f"Content-Length: {len(body)}"]
    return "\r\n".join([*lines, "", ""]).encode() + body


def put_under_load(
    address: tuple[str, int], requests: Iterator[bytes], connections: int, seconds: float
) -> Load:
    """Keep ``connections`` requests on their way for ``seconds``, or until there are no more."""
    load = Load()
    selector = selectors.DefaultSelector()
    for _ in range(connections):
        first = next(requests, None)
        if first is None:
            break
        connection = _Connection(address)
        selector.register(connection.socket, selectors.EVENT_READ, connection)
        connection.send(first)
        time.sleep(_APART_S)
    began = time.perf_counter()
    while selector.get_map():
        for key, _ in selector.select(timeout=10):
            connection = key.data
            answer = connection.receive()
            if answer is None:
                continue
            now = time.perf_counter()
            status, length, stays = answer
            load.statuses[status] += 1
            load.body_bytes += length
            load.latencies.append(now - connection.sent_at)
            following = next(requests, None) if now - began < seconds else None
            if following is None or not stays:
                selector.unregister(connection.socket)
                connection.socket.close()
            if following is not None:
                if not stays:
                    connection = _Connection(address)
                    selector.register(connection.socket, selectors.EVENT_READ, connection)
                connection.send(following)
    load.seconds = time.perf_counter() - began
    return load
