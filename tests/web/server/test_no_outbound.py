"""No connection leaves a fresh installation, and none is made to any address that it is sent.

The commands and the server run where there is no network, and strace writes down every attempt to
reach an address, a name server's included.
"""

from __future__ import annotations

import csv
import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from smashpass.web.admin.blueprint import admin_pages
from tests.support.servers import until
from tests.support.traced import Traced, UnixConnection, lacking

PASSWORD = "a long enough passphrase"
COUNT = 60
HEAD = ("id", "url", "file_name", "tags", "source", "author", "licence", "digital_source_type",
        "real_person", "depicts")  # fmt: skip

# Spellings of addresses that a filter of host names would have to know.
HOSTS = (
    "127.0.0.1", "2130706433", "0x7f000001", "0x7f.0.0.1", "0177.0.0.1", "017700000001", "127.1",
    "127.0.1", "0", "0.0.0.0", "localhost", "LOCALHOST", "localhost.", "127.0.0.1.", "127.127.1.1",
    "[::1]", "[::]", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "[0:0:0:0:0:ffff:127.0.0.1]",
    "[::1%25lo]", "[64:ff9b::7f00:1]", "user@127.0.0.1", "example.org@127.0.0.1",
    "127.0.0.1#@example.org", "127.0.0.1%23@example.org", "example.org%2f@127.0.0.1",
    "①②⑦.⓪.⓪.①", "127。0。0。1", "169.254.169.254", "2852039166", "0xa9fea9fe",
    "[fd00:ec2::254]", "metadata.internal", "rebinding.example", "10.0.0.1", "192.168.0.1",
)  # fmt: skip
SCHEMES = ("http", "https", "ftp")
OTHERS = (
    "file:///etc/passwd", "file://localhost/etc/passwd", "file:/etc/passwd", "gopher://127.0.0.1:6379/_x",
    "dict://127.0.0.1:11211/stats", "ldap://127.0.0.1/x", "tftp://127.0.0.1/x", "s3://bucket/key",
    "smb://127.0.0.1/x", "//127.0.0.1/x", "\\\\127.0.0.1\\x\\y.png", "data:image/png;base64,AAAA",
    "jar:http://127.0.0.1!/x", "view-source:http://127.0.0.1/", "unix:/run/x.sock",
    "http:127.0.0.1/", "http:///127.0.0.1/", "http://127.0.0.1:99999/",
)  # fmt: skip
FORMS = tuple(
    [f"{scheme}://{host}/latest/meta-data" for host in HOSTS for scheme in SCHEMES] + list(OTHERS)
)

pytestmark = pytest.mark.skipif(bool(lacking()), reason=lacking())


class Visitor:
    """Somebody who asks the server, with the cookies of a browser."""

    def __init__(self, connection: UnixConnection) -> None:
        self._connection = connection
        self._cookies: dict[str, str] = {}
        self.token = ""

    def ask(
        self, method: str, path: str, body: Any = None, form: Any = None, **headers: str
    ) -> Any:
        """Ask, and return status and text."""
        if self.token:
            headers["Authorization"] = f"Bearer {self.token}"
        if self._cookies:
            headers["Cookie"] = "; ".join(f"{key}={value}" for key, value in self._cookies.items())
        sent = None if body is None else json.dumps(body)
        if form is not None:
            sent = urlencode(form)
        kind = "application/json" if form is None else "application/x-www-form-urlencoded"
        self._connection.request(method, path, sent, {"Content-Type": kind, **headers})
        answer = self._connection.getresponse()
        for cookie in answer.headers.get_all("Set-Cookie", []):
            name, _, value = cookie.partition(";")[0].partition("=")
            self._cookies[name] = value
        text = answer.read().decode("utf-8", "replace")
        assert answer.status < 500, (method, path, answer.status, text)
        return answer.status, text


class Site:
    """A served installation with a demo library, an admin, their program, and a viewer."""

    def __init__(self, traced: Traced, connection: UnixConnection) -> None:
        self.traced = traced
        self.drop = traced.folder / "drop"
        self.viewer, self.admin, self.program = (Visitor(connection) for _ in range(3))
        self.program.token = traced.smashpass("admin", "token", "ann").stdout.strip()
        _, made = self.viewer.ask("POST", "/api/v1/viewers", {"age_band": "18+"})
        self.viewer.token = json.loads(made)["token"]
        signed = {"name": "ann", "password": PASSWORD}
        status, _ = self.admin.ask("POST", "/admin/login", form=signed)
        assert status == 303
        _, page = self.admin.ask("GET", "/admin/account")
        matched = re.search(r'data-csrf="([^"]+)"', page)
        assert matched is not None
        self.csrf = matched[1]

    def import_from_page(self, source: str) -> int:
        """Start an import as an admin does; return the status."""
        form = {"csrf": self.csrf, "source": source}
        status: int = self.admin.ask("POST", "/admin/imports", form=form)[0]
        return status

    def until_imported(self, source: Path, rows: int) -> None:
        """Wait until a run has read ``rows`` rows of ``source``."""

        def is_done() -> bool:
            page = self.admin.ask("GET", "/admin/imports")[1]
            matched = re.search(rf'href="/admin/imports/(\d+)"(?:(?!</tr>|</li>).)*{source.name}',
                                page, re.DOTALL)  # fmt: skip
            if matched is None:
                return False
            accept = {"Accept": "application/json"}
            run = json.loads(self.admin.ask("GET", f"/admin/imports/{matched[1]}", **accept)[1])
            return run["state"] == "done" and run["read"] == rows

        until(f"{source.name} is imported", is_done, 120)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    folder = tmp_path_factory.mktemp("alone")
    (folder / "drop").mkdir()
    traced = Traced(folder, {"SMASHPASS_IMPORT_FOLDERS": str(folder / "drop")})
    for words in (("demo", "--count", str(COUNT)), ("admin", "create", "ann", "--role", "admin")):
        ended = traced.smashpass(*words, stdin=f"{PASSWORD}\n")
        assert ended.returncode == 0, ended.stderr
    with traced.serving() as connection:
        yield Site(traced, connection)


def _write(path: Path, rows: list[dict[str, str]]) -> None:
    stated = {"tags": "hat", "source": "shop", "licence": "CC0-1.0", "real_person": "false",
              "digital_source_type": "digitalCreation", "depicts": "creature"}  # fmt: skip
    with path.open("w", newline="", encoding="utf-8") as file:
        names = [name for name in HEAD if any(name in {**stated, **row} for row in rows)]
        writer = csv.DictWriter(file, names)
        writer.writeheader()
        writer.writerows({**stated, **row} for row in rows)


def test_a_connection_would_be_seen(tmp_path: Path) -> None:
    traced = Traced(tmp_path, {})
    for number, call in enumerate((
        "socket.socket().connect_ex(('127.0.0.1', 9))",
        "socket.socket(socket.AF_INET6).connect_ex(('::1', 9))",
        "socket.socket(type=socket.SOCK_DGRAM).sendto(b'x', ('192.0.2.1', 9))",
    )):  # fmt: skip
        traced.run(sys.executable, "-c", f"import socket\ntry:\n {call}\nexcept OSError: pass")
        until("it is written down", lambda: len(traced.connections()) == number + 1)  # noqa: B023


def test_a_fresh_installation_connects_to_nothing(site: Site) -> None:
    """Commands, decks, swipes, every page, an import with pictures: no address is tried."""
    for words in (("doctor",), ("search", "kind:person"), ("index", "verify"), ("settings",),
                  ("rules", "check", "rules"), ("retain", "--dry-run")):  # fmt: skip
        ended = site.traced.smashpass(*words)
        assert ended.returncode in (0, 3), (words, ended.stderr)
    viewer = site.viewer
    cards = json.loads(viewer.ask("GET", "/api/v1/deck?n=20&explain=1")[1])["cards"]
    assert len(cards) == 20
    swipes = [{"id": f"s{number}", "image": card["image"], "verdict": "smash",
               "at": "2026-11-01T12:00:00Z"} for number, card in enumerate(cards)]  # fmt: skip
    assert json.loads(viewer.ask("POST", "/api/v1/swipes", {"swipes": swipes})[1])["accepted"] == 20
    for path in ("/", "/me", "/taste", "/about", "/settings", "/help", "/metrics", "/api/v1/daily",
                 "/api/v1/transparency", "/api/v1/me/export",
                 cards[0]["media"]["small"]):  # fmt: skip
        assert viewer.ask("GET", path)[0] == 200, path
    pictures = site.drop / "pictures"
    pictures.mkdir()
    names = [f"{number}.png" for number in range(5)]
    for number, name in enumerate(names):
        Image.new("RGB", (64, 64), (40 * number, 90, 20)).save(pictures / name)
    _write(pictures / "metadata.csv", [{"file_name": name} for name in names])
    assert site.import_from_page(str(pictures)) == 303
    site.until_imported(pictures, len(names))
    for page in admin_pages():
        if page.method == "GET":
            path = re.sub(r"<[^>]*>", "1", page.path)
            assert site.admin.ask("GET", f"/admin{path}")[0] in (200, 303, 400, 404), path
    assert site.traced.connections() == []


def test_no_address_that_is_sent_is_ever_asked(site: Site) -> None:
    """Addresses in rows, pictures, notices, rules, queries, forms and headers stay texts."""
    assert len(set(FORMS)) == len(FORMS) == 129
    viewer, admin = site.viewer, site.admin
    addresses, files = site.drop / "addresses.csv", site.drop / "files"
    _write(addresses, [{"url": form, "source": form[:60], "author": form, "licence": form}
                       for form in FORMS])  # fmt: skip
    files.mkdir()
    stated = PngInfo()
    for keyword in ("parameters", "Comment", "XML:com.adobe.xmp"):
        stated.add_itxt(keyword, _xmp() if "xmp" in keyword else "\n".join(FORMS))
    Image.new("RGB", (64, 64), "red").save(files / "a.png", pnginfo=stated)
    _write(files / "metadata.csv", [{"file_name": name} for name in ("a.png", *FORMS)])
    for source, rows in ((addresses, len(FORMS)), (files, len(FORMS) + 1)):
        assert site.import_from_page(str(source)) == 303
        site.until_imported(source, rows)
    image = json.loads(viewer.ask("GET", "/api/v1/deck?n=1")[1])["cards"][0]["image"]
    for form in FORMS:
        assert site.import_from_page(form) == 400
        header = form.encode("utf-8").decode("latin-1")
        names = ("X-Forwarded-Host", "X-Forwarded-For", "Forwarded", "Referer", "Origin")
        query = f"/api/v1/search?{urlencode({'q': form})}"
        assert viewer.ask("GET", query, **dict.fromkeys(names, header))[0] == 400
        assert viewer.ask("GET", f"/api/v1/prompt?{urlencode({'text': form})}")[0] == 200
        assert viewer.ask("POST", "/api/v1/decisions", {"tags": [form]})[0] in (200, 400)
        assert admin.ask("GET", f"/admin/login?{urlencode({'next': form})}")[0] == 303
        rules = {"files": {"a.yaml": f"tree: a\ninclude: {json.dumps(form)}\n"}}
        assert site.program.ask("POST", "/api/v1/admin/rules/check", rules)[0] == 200
    for start in range(0, len(FORMS), 7):  # 20 notices an hour are taken
        reason = " ".join(FORMS[start : start + 7])[:500]
        notice = {"image": image, "kind": "other", "reason": reason, "contact": FORMS[start]}
        assert viewer.ask("POST", "/api/v1/notices", notice)[0] == 201
    assert site.traced.connections() == []


def _xmp() -> str:
    listed = "".join(f"<rdf:li>{form.replace('&', '')}</rdf:li>" for form in FORMS)
    return (
        '<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF '
        'xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description '
        'xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:source><rdf:Bag>'
        f"{listed}</rdf:Bag></dc:source></rdf:Description></rdf:RDF></x:xmpmeta>"
    )
