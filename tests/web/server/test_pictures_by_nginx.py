"""nginx sends the pictures from disk by ``X-Accel-Redirect``: the server decides, nginx reads."""

from __future__ import annotations

import http.client
import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple

import pytest
from PIL import Image

from smashpass.cli.exit_codes import ExitCode
from smashpass.core.errors import BadSetting
from smashpass.settings import load
from smashpass.web.app import create_app
from tests.support.nginx import NGINX, site_at
from tests.support.pages import free_port, run_command
from tests.support.paths import ROOT

SETFACL = shutil.which("setfacl")
STATED = ("--source", "tests", "--licence", "CC0-1.0", "--digital-source-type", "digitalCreation")
KEPT_HEADERS = ("Cache-Control", "Content-Length", "Content-Security-Policy", "Content-Type",
                "ETag", "Last-Modified", "Referrer-Policy", "X-Content-Type-Options")  # fmt: skip


class Answer(NamedTuple):
    """What a server says."""

    status: int
    headers: http.client.HTTPMessage
    body: bytes


class Site(NamedTuple):
    """Two servers over one home: nginx, which sends pictures from disk, and ours."""

    home: Path
    nginx: int
    server: int

    def ask(self, path: str, method: str = "GET", **headers: str) -> Answer:
        """Ask nginx for ``path`` as it is."""
        return ask(self.nginx, path, method, headers)


def ask(port: int, path: str, method: str, headers: dict[str, str]) -> Answer:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    try:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        connection.request(method, path, headers=named)
        answer = connection.getresponse()
        return Answer(answer.status, answer.headers, answer.read())
    finally:
        connection.close()


@pytest.fixture(scope="module")
def site(home: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """The site, nginx being a user of its own that was given the right to read the pictures."""
    if NGINX is None:
        pytest.skip("nginx is not installed")
    copied = tmp_path_factory.mktemp("pictures") / "home"
    shutil.copytree(home, copied)
    user = "root"
    if os.geteuid() == 0 and SETFACL is not None:
        user = "www-data"
        allow(copied)
    port = free_port()
    address = f"127.0.0.1:{port}"
    with site_at(copied, address, address, "127.0.0.1", user,
                 SMASHPASS_ACCEL_REDIRECT="/_pictures/") as nginx:  # fmt: skip
        yield Site(copied, nginx, port)


def allow(home: Path) -> None:
    """Let nginx read the pictures as docs/proxy.md says, and reach the folder of the test."""
    assert SETFACL is not None
    for folder in (*home.parents, home):
        if folder.stat().st_uid == 0 and folder.is_relative_to("/tmp/"):
            subprocess.run([SETFACL, "-m", "u:www-data:x", folder], check=True)
    rights = ["-R", "-m", "u:www-data:rX", "-m", "d:u:www-data:rX"]
    subprocess.run([SETFACL, *rights, home / "media"], check=True)


@pytest.fixture(scope="module")
def names(site: Site) -> list[str]:
    """The names of some pictures that may be seen."""
    return sorted(path.name for path in (site.home / "media").rglob("*-large.webp"))


def take_down(home: Path, name: str) -> None:
    """Take down the image of a picture, as an administrator does."""
    run_command(home, "takedown", "--sha256", name.partition("-")[0], "--reason", "a test")


def import_held(home: Path, folder: Path) -> str:
    """Import a picture of which too little is stated; return the name of its file."""
    folder.mkdir()
    Image.radial_gradient("L").save(folder / "a.png")
    (folder / "metadata.csv").write_text("file_name,tags\na.png,ring\n")
    before = set((home / "media").rglob("*.webp"))
    command = [
        sys.executable,
        "-m",
        "smashpass",
        "import",
        str(folder),
        "--no-real-person",
        *STATED,
    ]
    process = subprocess.run(command, env={**os.environ, "SMASHPASS_HOME": str(home)}, cwd=ROOT)
    assert process.returncode == ExitCode.PARTLY
    (path,) = set((home / "media").rglob("*.webp")) - before
    return path.name


def test_the_answer_is_that_of_the_server_byte_for_byte(site: Site, names: list[str]) -> None:
    for name in names[:5]:
        for shown in (name, name.replace("large", "small")):
            by_nginx = site.ask(f"/sp/media/{shown}")
            path = site.home / "media" / shown[:2] / shown[2:4] / shown
            assert (by_nginx.status, by_nginx.body) == (200, path.read_bytes())
            own = ask(site.server, f"/media/{shown}", "GET", {})
            assert own.body == b"", "the server read the picture"
            assert own.headers["X-Accel-Redirect"].startswith("/_pictures/")
            for header in KEPT_HEADERS:
                if header != "Content-Length":
                    assert by_nginx.headers.get_all(header) == own.headers.get_all(header), header
            assert by_nginx.headers["Content-Type"] == "image/webp"
            assert "immutable" in by_nginx.headers["Cache-Control"]
            assert by_nginx.headers["X-Accel-Redirect"] is None


def test_headers_are_those_without_nginx(site: Site, names: list[str]) -> None:
    alone = create_app(load({"SMASHPASS_HOME": str(site.home)})).test_client()
    with alone.get(f"/media/{names[0]}") as own:
        by_nginx = site.ask(f"/sp/media/{names[0]}")
        assert own.data == by_nginx.body
        for header in KEPT_HEADERS:
            assert by_nginx.headers[header] == own.headers[header], header


def test_parts_and_conditions(site: Site, names: list[str]) -> None:
    address = f"/sp/media/{names[0]}"
    whole = site.ask(address)
    part = site.ask(address, Range="bytes=10-99")
    assert (part.status, part.body) == (206, whole.body[10:100])
    assert part.headers["Content-Range"] == f"bytes 10-99/{len(whole.body)}"
    etag = whole.headers["ETag"]
    assert site.ask(address, Range="bytes=10-99", If_Range=etag).status == 206
    assert site.ask(address, Range="bytes=10-99", If_Range='"other"').status == 200
    assert site.ask(address, Range=f"bytes={len(whole.body)}-").status == 416
    for condition in (etag, f"W/{etag}", f'"x", {etag}'):
        unchanged = site.ask(address, If_None_Match=condition)
        assert (unchanged.status, unchanged.body) == (304, b"")
        assert unchanged.headers["ETag"] == etag
    assert site.ask(address, If_None_Match='"other"').body == whole.body
    assert site.ask(address, If_Modified_Since=whole.headers["Last-Modified"]).status == 304
    head = site.ask(address, method="HEAD")
    assert (head.status, head.body) == (200, b"")
    assert head.headers["Content-Length"] == str(len(whole.body))
    assert site.ask(address, method="POST").status == 405


def test_nobody_reaches_the_files_past_the_server(site: Site, names: list[str]) -> None:
    name = names[0]
    inside = f"_pictures/{name[:2]}/{name[2:4]}/{name}"
    for path in (
        f"/{inside}", f"//{inside}", f"/sp/../{inside}", f"/sp/%2e%2e/{inside}", f"/sp/{inside}",
        f"/sp/media/..%2f..%2f{inside}", f"/sp/media/{name[:2]}/{name[2:4]}/{name}",
        f"/sp/media/../../{inside}", "/_pictures/", "/_pictures../smashpass.db",
        "/_pictures/../smashpass.db", "/sp/media/..%2fsmashpass.db", "/sp/media/%2e%2e/secret_key",
        f"/sp/media/{name}%00", f"/sp/media/./{name}x",
    ):  # fmt: skip
        answer = site.ask(path, X_Accel_Redirect=f"/{inside}")
        assert answer.status in (400, 404), path
        assert not answer.body.startswith(b"RIFF")


def test_a_picture_that_is_taken_down_is_gone_at_once(site: Site, names: list[str]) -> None:
    address = f"/sp/media/{names[-1]}"
    assert site.ask(address).status == 200
    take_down(site.home, names[-1])
    deadline = time.monotonic() + 15
    while (answer := site.ask(address)).status == 200:
        assert time.monotonic() < deadline
        time.sleep(0.05)
    assert answer.status == 410
    assert site.ask(address, Range="bytes=0-9").status == 410


def test_a_picture_in_quarantine_lies_on_disk_and_is_sent_to_nobody(
    site: Site, names: list[str], tmp_path: Path
) -> None:
    name = import_held(site.home, tmp_path / "held")
    for method in ("GET", "HEAD"):
        answer = site.ask(f"/sp/media/{name}", method=method)
        assert answer.status == 404
        assert answer.headers["X-Accel-Redirect"] is None


def test_above_the_limit_an_address_is_told_to_wait(site: Site, names: list[str]) -> None:
    address = f"/sp/media/{names[0]}"
    with ThreadPoolExecutor(16) as threads:
        answers = list(threads.map(lambda _: site.ask(address), range(2_500)))
    refused = [answer for answer in answers if answer.status != 200]
    if not refused:
        pytest.skip("this machine asks more slowly than the limit")
    assert {answer.status for answer in refused} == {429}
    assert refused[0].headers["Retry-After"] == "2"
    assert json.loads(refused[0].body)["code"] == "too_many_requests"


@pytest.mark.parametrize(
    "value", ["_pictures/", "/_pictures", "/a/../b/", "/", "http://x/", "/a b/"]
)
def test_a_location_that_cannot_be_one_is_refused(value: str) -> None:
    with pytest.raises(BadSetting, match="SMASHPASS_ACCEL_REDIRECT") as refused:
        load({"SMASHPASS_ACCEL_REDIRECT": value})
    assert "/_pictures/" in str(refused.value.hint)


@pytest.mark.parametrize("path", ["/sp/metrics", "/sp/metrics/", "/sp//metrics", "/sp/%6detrics"])
def test_metrics_are_for_this_machine_alone(site, path):
    statuses = {}
    for client in ("127.0.0.1", "127.0.0.2"):
        connection = http.client.HTTPConnection(
            "127.0.0.1", site.nginx, timeout=20, source_address=(client, 0)
        )
        connection.request("GET", path)
        statuses[client] = connection.getresponse().status
        connection.close()
    assert statuses == {"127.0.0.1": 200, "127.0.0.2": 403}
