"""Connections that stay open: every request is answered, in order, however its bytes arrive."""

from __future__ import annotations

import json
import shutil
import socket
import threading
from collections.abc import Iterator
from http.client import HTTPResponse, parse_headers
from pathlib import Path
from random import Random
from typing import BinaryIO

import pytest

from tests.support.servers import Server, free_port

CONNECTIONS, REQUESTS = 12, 60


@pytest.fixture(scope="module")
def server(template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    home = tmp_path_factory.mktemp("keepalive") / "home"
    shutil.copytree(template, home)
    server = Server(home, free_port()).wait()
    yield server
    server.close()


def _token(server: Server) -> str:
    with socket.create_connection(("127.0.0.1", server.port), timeout=20) as connection:
        body = b'{"age_band": "18+"}'
        head = "POST /api/v1/viewers HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
        connection.sendall(head.encode() + b"Content-Length: %d\r\n\r\n" % len(body) + body)
        answer = HTTPResponse(connection)
        answer.begin()
        token: str = json.loads(answer.read())["token"]
    return token


def _request(token: str, number: int, kind: str) -> bytes:
    """Return a request whose answer repeats ``number``, in one of several shapes."""
    head = f"Host: x\r\nAuthorization: Bearer {token}\r\n"
    if kind == "read":
        path = f"/api/v1/search?limit=1&q=tagcount%3A%3E%3D{number}"
        return f"GET {path} HTTP/1.1\r\n{head}\r\n".encode()
    # The number is found in the refusal.
    body = json.dumps({"image": f"n{number}", "tags": []}).encode()
    line = f"POST /api/v1/decisions?n={number} HTTP/1.1\r\n{head}Content-Type: application/json\r\n"
    if kind == "chunked":
        chunks = b"%x\r\n%b\r\n0\r\n\r\n" % (len(body), body)
        return line.encode() + b"Transfer-Encoding: chunked\r\n\r\n" + chunks
    return line.encode() + b"Content-Length: %d\r\n\r\n" % len(body) + body


def _converse(server: Server, token: str, seed: int, failures: list[str]) -> None:
    """Send requests in pieces and in bunches; note what is not answered as it should be."""
    rng = Random(seed)
    kinds = [rng.choice(("read", "read", "body", "chunked")) for _ in range(REQUESTS)]
    numbers = [rng.randrange(1, 10_000) for _ in kinds]
    pending = b""
    with socket.create_connection(("127.0.0.1", server.port), timeout=30) as connection:
        stream = connection.makefile("rb")
        unanswered: list[tuple[str, int]] = []
        for kind, number in zip(kinds, numbers, strict=True):
            pending += _request(token, number, kind)
            unanswered.append((kind, number))
            if rng.random() < 0.5:  # a bunch of several requests, with the start of the next
                continue
            while pending:
                cut = rng.randrange(1, len(pending) + 1) if rng.random() < 0.5 else len(pending)
                connection.sendall(pending[:cut])
                pending = pending[cut:]
            for sent in unanswered:
                _check(stream, sent, failures)
            unanswered.clear()
        connection.sendall(pending)
        for sent in unanswered:
            _check(stream, sent, failures)


def _check(stream: BinaryIO, sent: tuple[str, int], failures: list[str]) -> None:
    """Read one answer and compare it with what was asked."""
    kind, number = sent
    status = int(stream.readline().split()[1])
    headers = parse_headers(stream)
    content = json.loads(stream.read(int(headers["Content-Length"])))
    if status != (200 if kind == "read" else 400):
        failures.append(f"{kind} {number}: {status} {content}")
    elif kind == "read" and content["query"] != f"tagcount:>={number}":
        failures.append(f"{kind} {number}: answered {content['query']}")


def test_answers_come_in_order_whatever_is_sent_together_or_in_pieces(server: Server) -> None:
    token = _token(server)
    failures: list[str] = []
    threads = [
        threading.Thread(target=_converse, args=(server, token, seed, failures))
        for seed in range(CONNECTIONS)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)
    assert not any(thread.is_alive() for thread in threads)
    assert failures == []


@pytest.mark.parametrize("path", ["/healthz", "/api/v1/tags", "/api/v1/transparency"])
def test_head_and_body_of_an_answer_are_whole(server: Server, path: str) -> None:
    bodies = {}
    for method in ("GET", "HEAD"):
        with socket.create_connection(("127.0.0.1", server.port), timeout=20) as connection:
            request = f"{method} {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
            connection.sendall(request.encode())
            received = b"".join(iter(lambda: connection.recv(65_536), b""))
        head, _, bodies[method] = received.partition(b"\r\n\r\n")
        length = next(
            int(line.partition(b":")[2])
            for line in head.split(b"\r\n")
            if line.lower().startswith(b"content-length")
        )
        assert length == len(bodies["GET"])
    assert bodies["GET"]
    assert bodies["HEAD"] == b""
