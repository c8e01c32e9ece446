"""The shipped configuration of nginx before the real server, below /sp/, also in Chromium."""

from __future__ import annotations

import http.client
import json
import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.support.nginx import NGINX, site_at
from tests.support.pages import free_port
from tests.support.paths import ROOT

PASSWORD = "a long enough passphrase"
EVIL = ["//evil.com", "/\\evil.com", "/evil\rX-Evil: 1", "/sp"]


@dataclass
class Site:
    """A server and the nginx before it."""

    port: int
    path: Path | None
    nginx: int
    trusts: bool

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.nginx}"

    def connect(self) -> socket.socket:
        """Connect to the server past nginx."""
        if self.path is None:
            return socket.create_connection(("127.0.0.1", self.port), timeout=10)
        connection = socket.socket(socket.AF_UNIX)
        connection.settimeout(10)
        connection.connect(str(self.path))
        return connection

    def ask(self, path: str, *headers: tuple[str, str], method: str = "GET") -> tuple[int, Any]:
        """Ask the server past nginx, with headers as they are; return status and headers."""
        connection = self.connect()
        lines = [f"{method} {path} HTTP/1.1", "Host: x", "Connection: close"]
        lines += [f"{name}: {value}" for name, value in headers]
        connection.sendall(("\r\n".join(lines) + "\r\n\r\n").encode("latin-1"))
        answer = http.client.HTTPResponse(connection, method=method)
        answer.begin()
        answer.read()
        connection.close()
        return answer.status, answer.headers


@pytest.fixture(scope="module")
def filled(home: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with pictures and an admin."""
    copy = tmp_path_factory.mktemp("filled") / "home"
    shutil.copytree(home, copy)
    process = subprocess.run(
        [sys.executable, "-m", "smashpass", "admin", "create", "ann", "--role", "admin"],
        env={**os.environ, "SMASHPASS_HOME": str(copy)},
        input=f"{PASSWORD}\n{PASSWORD}\n", text=True, capture_output=True, cwd=ROOT,
    )  # fmt: skip
    assert process.returncode == 0, process.stderr
    return copy


@pytest.fixture(scope="module", params=["network", "unix", "untrusted"])
def site(
    request: pytest.FixtureRequest, filled: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Site]:
    """A site over TCP, one over a unix socket, and one that trusts nobody."""
    if NGINX is None:
        pytest.skip("nginx is not installed")
    copied = tmp_path_factory.mktemp(request.param) / "home"
    shutil.copytree(filled, copied)
    if request.param == "unix":
        path = copied.parent / "s"
        with site_at(copied, f"unix:{path}", f"unix:{path}", "unix") as port:
            yield Site(0, path, port, trusts=True)
        return
    own_port = free_port()
    trusted = "127.0.0.1" if request.param == "network" else "10.9.9.9"
    with site_at(copied, f"127.0.0.1:{own_port}", f"127.0.0.1:{own_port}", trusted) as port:
        yield Site(own_port, None, port, trusts=request.param == "network")


@pytest.mark.parametrize("value", EVIL)
def test_no_header_leads_elsewhere(site: Site, value: str) -> None:
    for name in ("SCRIPT_NAME", "Script-Name", "PATH_INFO", "X-Forwarded-Prefix"):
        status, headers = site.ask("/admin/tags", (name, value))
        location = headers.get("Location", "")
        assert status in (303, 400), name
        assert location in ("", *(f"{root}/admin/login?next={root.replace('/', '%2F')}%2Fadmin"
                                  "%2Ftags" for root in ("", "/sp")))  # fmt: skip
        assert (location.startswith("/sp")) == (
            name == "X-Forwarded-Prefix" and value == "/sp" and site.trusts
        )
        assert "X-Evil" not in headers


@pytest.mark.parametrize(
    "chunks", [b"zz\r\n{}\r\n0\r\n\r\n", b"2\r\n{}x\r\n0\r\n\r\n", b"-1\r\n\r\n", b"2\r\n{}"]
)
@pytest.mark.parametrize("path", ["/api/v1/viewers", "/admin/login"])
def test_a_malformed_chunk_is_the_fault_of_who_sent_it(
    site: Site, path: str, chunks: bytes
) -> None:
    head = f"POST {path} HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n"
    head += f"Content-Type: application/{'json' if 'api' in path else 'x-www-form-urlencoded'}\r\n"
    connection = site.connect()
    with connection:
        connection.sendall(head.encode() + b"\r\n" + chunks)
        connection.shutdown(socket.SHUT_WR)
        answer = connection.makefile("rb").read()
    assert answer.startswith(b"HTTP/1.1 400 "), answer[:300]
    assert answer.count(b"HTTP/1.1 ") == 1


def test_the_scheme_of_a_header_counts_only_from_a_trusted_proxy(site: Site) -> None:
    _, headers = site.ask("/admin/logout", ("X-Forwarded-Proto", "https"), method="POST")
    assert ("Secure" in headers["Set-Cookie"]) is site.trusts


def test_a_card_is_swiped_and_an_admin_signs_in_below_the_prefix(
    site: Site, open_page: Callable[..., Any]
) -> None:
    if not site.trusts:
        pytest.skip("the pages know no prefix")
    visit = open_page(f"{site.address}/sp")
    page = visit.page
    visit.join()
    picture = page.locator(".card.top img").first
    assert str(picture.get_attribute("src")).startswith("/sp/media/")
    page.keyboard.press("ArrowRight")
    (swipe,) = visit.wait_for_swipes(1)
    assert swipe["verdict"] == "smash"
    scope = page.evaluate("navigator.serviceWorker.ready.then((found) => found.scope)")
    assert scope == f"{site.address}/sp/"
    assert {cookie["path"] for cookie in page.context.cookies()} == {"/sp"}
    page.goto(f"{site.address}/sp/admin/tags?q=hair")
    page.fill("input[name=name]", "ann")
    page.fill("input[name=password]", PASSWORD)
    page.click("main button")
    page.wait_for_url(f"{site.address}/sp/admin/tags?q=hair")
    assert page.locator("h1").inner_text()
    assert "/sp/admin" in {cookie["path"] for cookie in page.context.cookies()}
    document = page.context.request.get(f"{site.address}/sp/api/v1/openapi.json")
    assert json.loads(document.text())["servers"] == [{"url": "/sp"}]
