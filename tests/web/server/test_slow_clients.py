"""Clients that send slowly, or nothing, wait for themselves alone; what is sent in time counts."""

from __future__ import annotations

import http.client
import json
import os
import shutil
import signal
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

import pytest

from smashpass.web.http.routing import SMALL_BODY
from smashpass.web.server.connection import STALL_S
from smashpass.web.server.request_buffer import MAX_HEAD, Arrival, RequestBuffer
from tests.support.servers import Server, free_port, until

NUMBER = 30
PATIENCE_S = 3.0
BODY = json.dumps({"age_band": "18+"}).encode()
POST = b"POST /api/v1/viewers HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
VIEWER = POST + b"Content-Length: %d\r\n\r\n" % len(BODY) + BODY
CHUNKED = POST + b"Transfer-Encoding: chunked\r\n\r\n"
HEALTH = b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n"


@pytest.fixture(scope="module")
def home(template: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("slow") / "home"
    shutil.copytree(template, home)
    return home


@pytest.fixture(scope="module")
def server(home: Path) -> Iterator[Server]:
    server = Server(home, free_port()).wait()
    yield server
    server.close()


def _connect(server: Server) -> socket.socket:
    return socket.create_connection(("127.0.0.1", server.port), timeout=20)


def _answer(connection: socket.socket, method: str = "GET") -> http.client.HTTPResponse:
    """Read one answer whole, and not a byte of the next one."""
    answer = http.client.HTTPResponse(connection, method=method)
    answer.fp.close()
    answer.fp = connection.makefile("rb", buffering=0)  # type: ignore[assignment]
    answer.begin()
    answer.read()
    return answer


@contextmanager
def _slow(server: Server, *requests: bytes, head_start: int = 0) -> Iterator[list[socket.socket]]:
    """``NUMBER`` connections for each request, which drip it after its first ``sent`` bytes."""
    ending = threading.Event()
    with ExitStack() as stack:
        dripping = []
        for request in requests:
            for _ in range(NUMBER):
                connection = stack.enter_context(_connect(server))
                connection.sendall(request[:head_start])
                dripping.append((connection, request))

        def drip() -> None:
            at = head_start
            while not ending.wait(0.2):
                for connection, request in dripping:
                    with suppress(OSError):  # The server may have ended it.
                        connection.sendall(request[at : at + 1])
                at += 1

        thread = threading.Thread(target=drip)
        thread.start()
        try:
            yield [connection for connection, _ in dripping]
        finally:
            ending.set()
            thread.join()


def _others(server: Server, requests: int = 150) -> float:
    """Ask as other people do, over new connections; return the longest wait in seconds."""
    waits = []
    for _ in range(requests):
        began = time.monotonic()
        server.ask("GET", "/api/v1/deck?n=5")
        waits.append(time.monotonic() - began)
    return max(waits)


def test_silent_clients_and_dripped_heads_delay_nobody(server: Server) -> None:
    with _slow(server, b"", HEALTH + b" " * 100):
        assert _others(server) < PATIENCE_S


def test_dripped_bodies_delay_nobody(server: Server) -> None:
    head = POST + b"Content-Length: 200\r\n\r\n"
    with _slow(server, head + b" " * 200, head_start=len(head)):
        assert _others(server) < PATIENCE_S


@pytest.mark.parametrize(
    "head",
    [CHUNKED + b"c8\r\n", POST + b"Content-Length: %d\r\n\r\n" % (SMALL_BODY + 1)],
    ids=["chunked", "long"],
)
def test_dripped_bodies_that_are_long_or_of_unknown_length_delay_nobody(
    server: Server, head: bytes
) -> None:
    with _slow(server, head + b" " * 200, head_start=len(head)):
        assert _others(server) < PATIENCE_S


def test_clients_that_do_not_close_delay_nobody(server: Server) -> None:
    with _slow(server, b"GET /healthz HTTP/1.0\r\n\r\n", head_start=100):
        assert _others(server) < PATIENCE_S


def test_what_is_dripped_in_time_is_answered(server: Server) -> None:
    with _connect(server) as connection:
        for byte in VIEWER + HEALTH:
            connection.sendall(bytes([byte]))
            time.sleep(0.002)
        assert _answer(connection, "POST").status == 201
        assert _answer(connection).status == 200


def test_what_does_not_arrive_in_time_is_ended(server: Server) -> None:
    with _connect(server) as silent, _connect(server) as half, _connect(server) as keep_alive:
        half.sendall(HEALTH[:-2])
        keep_alive.sendall(HEALTH)
        assert _answer(keep_alive).status == 200
        assert _answer(half).status == 408
        assert [connection.recv(1) for connection in (silent, half, keep_alive)] == [b"", b"", b""]


def _is_held(port: int, client_port: int) -> bool:
    """Whether a process has the server's end of a connection."""
    for line in Path("/proc/net/tcp").read_text().splitlines()[1:]:
        fields = line.split()
        ports = [int(place.rpartition(":")[2], 16) for place in fields[1:3]]
        if ports == [port, client_port]:
            return fields[9] != "0"
    return False


def test_a_client_that_never_reads_is_given_up(server: Server) -> None:
    with _connect(server) as connection:
        connection.sendall(b"GET /api/v1/openapi.json HTTP/1.1\r\nHost: x\r\n\r\n" * 300)
        own_port = connection.getsockname()[1]
        until("a worker has taken it", lambda: _is_held(server.port, own_port))
        until("it is given up", lambda: not _is_held(server.port, own_port), 2 * STALL_S + 10)
    assert "Traceback" not in server.said()


@pytest.mark.parametrize("cut", [0, 1, len(VIEWER) - 1, len(VIEWER) + 3])
def test_pipelined_requests_are_answered_in_order(server: Server, cut: int) -> None:
    requests = VIEWER + HEALTH + VIEWER + b"GET /nowhere HTTP/1.1\r\nHost: x\r\n\r\n"
    with _connect(server) as connection:
        connection.sendall(requests[:cut])
        time.sleep(0.1)
        connection.sendall(requests[cut:])
        statuses = [_answer(connection, method).status for method in ("POST", "GET", "POST", "GET")]
    assert statuses == [201, 200, 201, 404]


def test_a_chunked_body_is_read_and_the_connection_kept(server: Server) -> None:
    with _connect(server) as connection:
        for _ in range(2):
            connection.sendall(CHUNKED + b"%x\r\n%b\r\n0\r\n\r\n" % (len(BODY), BODY) + HEALTH)
            assert _answer(connection, "POST").status == 201
            assert _answer(connection).status == 200


def test_a_client_that_waits_for_100_continue_gets_it(server: Server) -> None:
    head, _, body = VIEWER.partition(b"\r\n\r\n")
    with _connect(server) as connection:
        connection.sendall(head + b"\r\nExpect: 100-continue\r\n\r\n")
        assert connection.recv(100) == b"HTTP/1.1 100 Continue\r\n\r\n"
        connection.sendall(body)
        assert _answer(connection, "POST").status == 201


def test_the_largest_small_body_is_taken_and_one_byte_more_refused(server: Server) -> None:
    for length, status in ((SMALL_BODY, 201), (SMALL_BODY + 1, 413)):
        with _connect(server) as connection:
            connection.sendall(POST + b"Content-Length: %d\r\n\r\n" % length)
            connection.sendall(BODY.ljust(length))
            assert _answer(connection, "POST").status == status


@pytest.mark.parametrize("version", [b"1.0", b"1.1"])
def test_a_connection_is_kept_as_the_version_of_http_says(server: Server, version: bytes) -> None:
    with _connect(server) as connection:
        connection.sendall(HEALTH.replace(b"1.1", version))
        assert _answer(connection).status == 200
        if version == b"1.0":
            assert connection.recv(1) == b""
        else:
            connection.sendall(HEALTH)
            assert _answer(connection).status == 200


@pytest.mark.parametrize(
    ("request_", "status"),
    [
        (b"GET /" + b"a" * 9_000, 414),
        (b"GET /" + b"a" * 9_000 + b" HTTP/1.1\r\nHost: x\r\n\r\n", 414),
        (b"GET / HTTP/1.1\r\nX: " + b"a" * 9_000 + b"\r\n\r\n", 431),
        (b"GET / HTTP/1.1\r\n" + b"X: a\r\n" * 61 + b"\r\n", 431),
        (b"GET / HTTP/1.1\r\n" + b"X: a\r\n" * (MAX_HEAD // 6), 431),
        (b"GET / HTTP/1.1\nHost: x", 400),
        (b"nonsense\r\n\r\n", 400),
        (POST + b"Content-Length: 1\r\nContent-Length: 2\r\n\r\n", 400),
        (POST + b"Content-Length: -1\r\n\r\n", 400),
        (POST + b"Content-Length : 5\r\n\r\n", 400),
    ],
)
def test_what_is_no_valid_head_is_refused_at_once(
    server: Server, request_: bytes, status: int
) -> None:
    began = time.monotonic()
    with _connect(server) as connection:
        connection.sendall(request_)
        assert _answer(connection).status == status
        assert connection.recv(1) == b""
    assert time.monotonic() - began < 5


def test_idle_connections_give_way_to_new_ones(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GUNICORN_CMD_ARGS", "--worker-connections 12")
    server = Server(home, free_port()).wait()
    try:
        with ExitStack() as stack:
            for _ in range(100):
                stack.enter_context(_connect(server))
            assert _others(server) < PATIENCE_S
    finally:
        server.close()


def test_a_server_with_slow_clients_ends_in_time(home: Path) -> None:
    server = Server(home, free_port()).wait()
    try:
        with _slow(server, b"", HEALTH + b" " * 100):
            began = time.monotonic()
            os.kill(server.process.pid, signal.SIGTERM)
            assert server.process.wait(12) == 0
            assert time.monotonic() - began < 10
        assert "Traceback" not in server.said()
    finally:
        server.close()


def _fed(request: bytes, step: int) -> tuple[Arrival, int]:
    """Add a request in pieces; return the first arrival that needs no more, and the bytes fed."""
    buffer = RequestBuffer(8_190)
    for start in range(0, len(request), step):
        buffer.add(request[start : start + step])
        arrival = buffer.arrival()
        if arrival is not Arrival.PARTIAL:
            return arrival, len(buffer)
    return Arrival.PARTIAL, len(buffer)


@pytest.mark.parametrize(
    ("request_", "arrival"),
    [
        (HEALTH, Arrival.WHOLE),
        (b"\r\n" + HEALTH, Arrival.WHOLE),
        (HEALTH[:-1], Arrival.PARTIAL),
        (VIEWER, Arrival.WHOLE),
        (VIEWER[:-1], Arrival.PARTIAL),
        (VIEWER.replace(b"Content-Length:", b"content-length:\t"), Arrival.WHOLE),
        (CHUNKED, Arrival.HEAD),
        (POST + b"Content-Length: %d\r\n\r\n" % (SMALL_BODY + 1), Arrival.HEAD),
        (POST + b"Content-Length: 9\r\nExpect: 100-continue\r\n\r\n", Arrival.HEAD),
        (POST + b"Content-Length: 1e3\r\n\r\n", Arrival.HEAD),
        (b"GET / HTTP/1.1\n", Arrival.WHOLE),
        (b"GET /" + b"a" * 8_188, Arrival.LINE_TOO_LONG),
        (b"GET / HTTP/1.1\r\n" + b"a" * MAX_HEAD, Arrival.HEAD_TOO_LONG),
    ],
)
@pytest.mark.parametrize("step", [1, 2, 3, 7])
def test_a_request_has_arrived_at_the_same_byte_however_it_is_cut(
    request_: bytes, arrival: Arrival, step: int
) -> None:
    fed, length = _fed(request_, step)
    assert fed is arrival
    assert length - _fed(request_, 1)[1] < step


def test_small_pieces_cost_no_more_than_large_ones() -> None:
    lines = b"GET / HTTP/1.1\r\n" + b"a\r\n" * 20_000
    began = time.thread_time()  # its own work, whatever else the machine does
    assert _fed(lines, 1)[0] is Arrival.PARTIAL
    assert time.thread_time() - began < 1
