"""Request smuggling: nginx and the server never disagree about where a request ends.

Every case hides a second request (a new viewer) where only a wrong reading of the lengths finds it.
The metrics of the server tell whether it was found; the answer to a last request on the same
connection, and to others on new ones, must be their own.
"""

from __future__ import annotations

import http.client
import json
import re
import shutil
import socket
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from itertools import count
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.support.nginx import NGINX, nginx_before
from tests.support.servers import Server, free_port, until

HOST = b"Host: example.org\r\n"
NUMBERS = count()
PATIENCE_S = 20
"""For what must be answered, however slow the machine."""
AFTERWARDS = 2

# Spellings of a field that one reader may take for `Transfer-Encoding: chunked` and another not.
ODD_ENCODINGS = (
    b"Transfer-Encoding: xchunked",
    b"Transfer-Encoding : chunked",
    b"Transfer-Encoding\t: chunked",
    b"Transfer-Encoding\x0b: chunked",
    b"Transfer-Encoding\x00: chunked",
    b"Transfer\x00-Encoding: chunked",
    b"Transfer-Encoding: chunked, identity",
    b"Transfer-Encoding: identity, chunked",
    b"Transfer-Encoding: chunked, chunked",
    b"Transfer-Encoding: gzip, chunked",
    b"Transfer-Encoding: chunked;q=1",
    b'Transfer-Encoding: "chunked"',
    b"Transfer-Encoding: chunked\x00",
    b"Transfer-Encoding: \x00chunked",
    b"Transfer-Encoding:\x0bchunked",
    b"Transfer-Encoding: \xa0chunked",
    b"Transfer-Encoding: chunked\xa0",
    b"Transfer-Encoding: cow",
    b"Transfer-Encoding:",
    b"Transfer-Encoding:\r\n chunked",
    b"Transfer-Encoding: chun\r\n ked",
    b"X: y\r\n Transfer-Encoding: chunked",
    b"X: y\nTransfer-Encoding: chunked",
    b"X: y\rTransfer-Encoding: chunked",
    b"Transfer-Encoding: chunked\r\nTransfer-Encoding: identity",
    b"Transfer-Encoding: identity\r\nTransfer-Encoding: chunked",
    b"Transfer-Encoding: chunked\r\nTransfer-Encoding: x",
    b"Transfer-Encoding",
)
PLAIN_ENCODINGS = (
    b"Transfer-Encoding: chunked",
    b"Transfer-Encoding:chunked",
    b"Transfer-Encoding:\tchunked",
    b"Transfer-Encoding: CHUNKED",
    b"transfer-encoding: chunked ",
)
# Two lengths, or one that readers take for different numbers: 5 and the whole rest.
ODD_LENGTHS = (
    b"Content-Length: 5\r\nContent-Length: %d",
    b"Content-Length: %d\r\nContent-Length: 5",
    b"Content-Length: 5, %d",
    b"Content-Length: %d, %d",
    b"Content-Length: +%d",
    b"Content-Length: -%d",
    b"Content-Length: 0x%x",
    b"Content-Length: 5 %d",
    b"Content-Length: %d.0",
    b"Content-Length: %de0",
    b"Content-Length: 5_0",
    b"Content-Length : %d",
    b"Content-Length\t: %d",
    b"Content-Length\x00: %d",
    b"Content-Length: %d\x00",
    b"Content-Length: \xa0%d",
    b"Content-Length:\r\n %d",
    b"X: y\r\n Content-Length: %d",
    b"X: y\nContent-Length: %d",
    b"X: y\rContent-Length: %d",
    b"Content-Length: 18446744073709551616",
    b"Content-Length: 184467440737095516%d",
    b"Content-Length: \xc2\xb2%d",
    b"Content-Length:",
)


class Case(NamedTuple):
    """One way to send two requests as one."""

    name: str
    head: bytes
    body: bytes


def _hidden(prefix: bytes) -> bytes:
    """The request that nobody should find."""
    body = b'{"age_band":"18+"}'
    return (
        b"POST %s/api/v1/viewers HTTP/1.1\r\n%sContent-Type: application/json\r\n"
        b"Content-Length: %d\r\n\r\n%s" % (prefix, HOST, len(body), body)
    )


def _cases(prefix: bytes) -> Iterator[Case]:
    hidden = _hidden(prefix)
    chunk = b"%x\r\n%s\r\n0\r\n\r\n" % (len(hidden), hidden)
    ended = b"0\r\n\r\n" + hidden
    first = chunk.index(b"\r\n") + 2

    def post(name: str, fields: bytes, body: bytes) -> Case:
        # No token, and a path that reads no body: what is left of it is the danger.
        line = b"POST %s/api/v1/swipes HTTP/1.1\r\n" % prefix
        kind = b"Content-Type: application/json\r\n"
        return Case(name, line + HOST + kind + fields + b"\r\n\r\n", body)

    for field in (*ODD_ENCODINGS, *PLAIN_ENCODINGS):
        lengths = b"Content-Length: %d\r\n" % len(ended)
        yield post(f"CL.TE {field!r}", lengths + field, ended)
        yield post(f"TE first {field!r}", field + b"\r\n" + lengths.rstrip(), ended)
    for field in PLAIN_ENCODINGS:
        yield post(f"TE.CL {field!r}", field + b"\r\nContent-Length: %d" % first, chunk)
        yield post(f"chunked {field!r}", field, chunk)
    for field in ODD_LENGTHS:
        values = (len(hidden),) * field.count(b"%")
        yield post(f"CL.CL {field!r}", field % values, hidden)
    chunked = b"Transfer-Encoding: chunked"
    for name, body in (
        ("extension", b"%x;a=b\r\n%s\r\n0\r\n\r\n" % (len(hidden), hidden)),
        ("extension with a line feed", b"%x;a=\n%s\r\n0\r\n\r\n" % (len(hidden), hidden)),
        ("extension that hides a chunk", b"0;\n%x\r\n%s\r\n0\r\n\r\n" % (len(hidden), hidden)),
        ("size with 0x", b"0x%x\r\n%s\r\n0\r\n\r\n" % (len(hidden), hidden)),
        ("size with a sign", b"+%x\r\n%s\r\n0\r\n\r\n" % (len(hidden), hidden)),
        ("size below nought", b"-%x\r\n%s\r\n0\r\n\r\n" % (len(hidden), hidden)),
        ("size that overflows", b"1%016x\r\n%s\r\n0\r\n\r\n" % (0, hidden)),
        ("size with underscores", b"0_0\r\n\r\n" + hidden),
        ("size with a blank", b" %x\r\n%s\r\n0\r\n\r\n" % (len(hidden), hidden)),
        ("bare line feeds", b"%x\n%s\n0\n\n" % (len(hidden), hidden)),
        ("bare carriage returns", b"%x\r%s\r0\r\r" % (len(hidden), hidden)),
        ("no line end after the data", b"%x\r\n%sXX0\r\n\r\n" % (len(hidden), hidden)),
        ("data that is too long", b"1\r\nab\r\n0\r\n\r\n" + hidden),
        ("no size", b"\r\n0\r\n\r\n" + hidden),
        ("size that is no number", b"g\r\n\r\n" + hidden),
        ("NUL in the size", b"0\x00\r\n\r\n" + hidden),
        ("trailer with a length", b"0\r\nContent-Length: 9\r\n\r\n"),
        ("trailer that hides a request", b"0\r\nX: y\n\n" + hidden),
    ):
        yield post(f"chunked, {name}", chunked, body)
    for method, path in (
        (b"GET", b"/healthz"),
        (b"HEAD", b"/healthz"),
        (b"DELETE", b"/api/v1/nothing"),
        (b"OPTIONS", b"/api/v1/swipes"),
        (b"POST", b"/static/nothing"),
        (b"POST", b"/api/v1/viewers"),
        (b"POST", b"/login"),
    ):
        line = b"%s %s%s HTTP/1.1\r\n%s" % (method, prefix, path, HOST)
        length = line + b"Content-Length: %d\r\n\r\n" % len(hidden)
        yield Case(f"CL.0 {method!r} {path!r}", length, hidden)
        yield Case(f"TE.0 {method!r} {path!r}", line + chunked + b"\r\n\r\n", chunk)
    old = b"POST %s/api/v1/swipes HTTP/1.0\r\n%s" % (prefix, HOST)
    yield Case("chunked in HTTP/1.0", old + chunked + b"\r\n\r\n", chunk)
    expects = b"Expect: 100-continue\r\nContent-Length: %d" % len(hidden)
    yield post("100-continue", expects, hidden)
    upgrade = b"Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABk\r\n"
    yield post("upgrade to HTTP/2", upgrade + b"Content-Length: %d" % len(hidden), hidden)
    named = b"Connection: Content-Length\r\nContent-Length: %d" % len(hidden)
    yield post("Content-Length as a field of the connection", named, hidden)


def _ask(prefix: bytes, number: int) -> bytes:
    return b"GET %s/api/v1/rules/canary-%d HTTP/1.1\r\n%s\r\n" % (prefix, number, HOST)


class Target(NamedTuple):
    """Where requests are sent, and the server that answers them in the end.

    Attributes:
        silence_s: How long to wait for more answers to what may be half a request. What is given up
            must not have been passed on, or nginx does not know how it was answered.
    """

    server: Server
    port: int
    prefix: bytes
    silence_s: float

    def new_viewers(self) -> int:
        """How many requests for a new viewer the server has answered, by its metrics."""
        metrics = self.server.ask("GET", "/metrics")
        counts = re.findall(r'^smashpass_requests_total{route="/api/v1/viewers".*} (.+)$',
                            metrics, re.MULTILINE)  # fmt: skip
        return int(sum(float(counted) for counted in counts))

    def try_out(self, sent: bytes, silence_s: float) -> tuple[bytes, int]:
        """Send something and a last request; return all that is answered, and its number."""
        number = next(NUMBERS)
        with socket.create_connection(("127.0.0.1", self.port), timeout=silence_s) as connection:
            received = bytearray()
            with suppress(OSError):  # It may be closed, or wait for what never comes.
                connection.sendall(sent + _ask(self.prefix, number))
                while piece := connection.recv(1 << 16):
                    received += piece
                    if b"canary-%d" % number in piece:
                        break
        return bytes(received), number

    def ask_alone(self) -> tuple[str, int]:
        """Ask on a connection of its own; return the answer and the number that was asked for."""
        number = next(NUMBERS)
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE_S)
        try:
            path = f"{self.prefix.decode()}/api/v1/rules/canary-{number}"
            connection.request("GET", path)
            return connection.getresponse().read().decode(), number
        finally:
            connection.close()

    def disagreements(self, case: Case) -> list[str]:
        """What is wrong with the answers to a case; nothing is right."""
        answers, number = self.try_out(case.head + case.body, self.silence_s)
        wrong = [
            f"{case.name}: answered {name.decode()} instead of canary-{number}"
            for name in re.findall(rb"canary-\d+", answers)
            if name != b"canary-%d" % number
        ]
        for _ in range(AFTERWARDS):
            text, asked = self.ask_alone()
            if json.loads(text)["detail"].count(f"canary-{asked}") != 1:
                wrong.append(f"{case.name}: canary-{asked} got {text}")
        return wrong

    def all_disagreements(self) -> list[str]:
        cases = list(_cases(self.prefix))
        assert len({case.name for case in cases}) == len(cases) >= 136
        with ThreadPoolExecutor(8) as pool:
            return [wrong for wrongs in pool.map(self.disagreements, cases) for wrong in wrongs]


@pytest.fixture(scope="module")
def server(template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    home = tmp_path_factory.mktemp("smuggling") / "home"
    shutil.copytree(template, home)
    server = Server(home, free_port()).wait()
    server.token = ""
    yield server
    server.close()


def test_the_server_finds_no_hidden_request(server: Server) -> None:
    target = Target(server, server.port, b"", 1.5)
    before = target.new_viewers()
    assert target.all_disagreements() == []
    # POST /api/v1/viewers itself is asked twice, with a body that is no JSON.
    until("those are answered", lambda: target.new_viewers() - before >= 2)
    assert target.new_viewers() - before == 2


def test_what_is_pipelined_is_answered_in_order(server: Server) -> None:
    """This also shows that the tests above would see a request that is found."""
    target = Target(server, server.port, b"", 1.5)
    before = target.new_viewers()
    answers, number = target.try_out(_hidden(b""), PATIENCE_S)
    assert answers.index(b'"token"') < answers.index(b"canary-%d" % number)
    assert target.new_viewers() - before == 1


@pytest.fixture
def behind_nginx(server: Server, tmp_path: Path) -> Iterator[Target]:
    if NGINX is None:
        pytest.skip("nginx is not installed")
    upstream = f"127.0.0.1:{server.port}"
    log = str(tmp_path / "access.log")
    with nginx_before(upstream, tmp_path, rate=100_000, access_log=log) as port:
        yield Target(server, port, b"/sp", 6)


def test_nginx_and_the_server_count_alike(behind_nginx: Target, tmp_path: Path) -> None:
    before = behind_nginx.new_viewers()
    # A bare line feed ends a line for nginx, as it may: what one of the trailers hides is a
    # request of its own then, for both. What counts is that both count the same.
    assert behind_nginx.all_disagreements() == []
    answers, number = behind_nginx.try_out(_hidden(b"/sp"), PATIENCE_S)
    assert answers.index(b'"token"') < answers.index(b"canary-%d" % number)
    answered = behind_nginx.new_viewers() - before
    assert answered >= 1

    def passed() -> int:
        lines = (tmp_path / "access.log").read_text().splitlines()
        return sum(bool(re.match(r"\d+ POST /sp/api/v1/viewers ", line)) for line in lines)

    until("nginx has logged what it passed on", lambda: passed() >= answered)
    assert passed() == answered
