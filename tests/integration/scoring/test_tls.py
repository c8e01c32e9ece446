"""The scorer ``oip`` over TLS: whom it trusts, and that a handshake keeps to the deadline too."""

from __future__ import annotations

import datetime
import ipaddress
import json
import socket
import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import ClassVar

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from smashpass.exchange import Endpoint
from smashpass.scoring.oip import OipScorer
from smashpass.services.scoring.ports import ScorerFailed

DEADLINE_S = 0.5
PATIENT_S = 20.0
TOLERANCE_S = 5.0
TOKEN = "a-token-of-its-own"


def certificate(folder: Path) -> Path:
    """Write a key and a certificate for 127.0.0.1 into one file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "model server")])
    now = datetime.datetime.now(datetime.UTC)
    signed = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), False
        )
        .sign(key, hashes.SHA256())
    )
    path = folder / "certificate.pem"
    path.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        + signed.public_bytes(serialization.Encoding.PEM)
    )
    return path


class Handler(BaseHTTPRequestHandler):
    """A model that gives every picture 0.5; notes who asked."""

    tokens: ClassVar[list[str | None]] = []

    def log_message(self, *arguments) -> None:
        pass

    def do_GET(self) -> None:
        self.send_error(404)

    def do_POST(self) -> None:
        self.tokens.append(self.headers["Authorization"])
        question = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        count = question["inputs"][0]["shape"][0]
        output = {"name": "a", "datatype": "FP32", "shape": [count], "data": [0.5] * count}
        body = json.dumps({"id": question["id"], "outputs": [output]}).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


class QuietServer(ThreadingHTTPServer):
    """Does not print what becomes of clients that hang up."""

    def handle_error(self, *arguments) -> None:
        pass


@pytest.fixture
def tls_server(tmp_path) -> Iterator[tuple[str, Path]]:
    """Gives the address of a server, and its certificate."""
    pem = certificate(tmp_path)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pem)
    Handler.tokens.clear()
    server = QuietServer(("127.0.0.1", 0), Handler)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    yield f"https://127.0.0.1:{server.server_port}", pem
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def slow_handshakes() -> Iterator[str]:
    """A server that begins a handshake and sends it byte by byte, without end."""
    stopped = threading.Event()

    def drip(server: socket.socket) -> None:
        with suppress(OSError):
            link, _ = server.accept()
            with link:
                link.sendall(b"\x16\x03\x03\x40\x00")
                while not stopped.wait(0.02):
                    link.sendall(b"\x02")

    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(PATIENT_S)
        thread = threading.Thread(target=drip, args=(server,))
        thread.start()
        yield f"https://127.0.0.1:{server.getsockname()[1]}"
        stopped.set()
        thread.join()


def scorer(url: str) -> OipScorer:
    return OipScorer(Endpoint.of(url), "m", token=TOKEN)


def test_a_server_with_a_trusted_certificate_is_asked(tls_server, items, monkeypatch):
    url, pem = tls_server
    monkeypatch.setenv("SSL_CERT_FILE", str(pem))
    assert scorer(url).score(items(b"x"), PATIENT_S) == [{"plugin.a": 0.5}]
    assert Handler.tokens == [f"Bearer {TOKEN}"]


def test_a_server_with_another_certificate_gets_neither_pictures_nor_token(tls_server, items):
    url, _ = tls_server
    with pytest.raises(ScorerFailed) as caught:
        scorer(url).score(items(b"x"), PATIENT_S)
    assert caught.value.reason == "unreachable"
    assert "CERTIFICATE_VERIFY_FAILED" in str(caught.value)
    assert Handler.tokens == []


def test_a_certificate_for_another_host_is_refused(tls_server, items, monkeypatch):
    url, pem = tls_server
    monkeypatch.setenv("SSL_CERT_FILE", str(pem))
    with pytest.raises(ScorerFailed) as caught:
        scorer(url.replace("127.0.0.1", "localhost")).score(items(b"x"), PATIENT_S)
    assert caught.value.reason == "unreachable"
    assert Handler.tokens == []


def test_no_handshake_holds_a_scorer_beyond_its_deadline(slow_handshakes, items):
    started = time.monotonic()
    with pytest.raises(ScorerFailed) as caught:
        scorer(slow_handshakes).score(items(b"x"), DEADLINE_S)
    assert caught.value.reason == "timeout"
    assert time.monotonic() - started < DEADLINE_S + TOLERANCE_S
