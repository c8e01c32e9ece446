"""An installation whose pictures are in a bucket, from import to takedown, over HTTP."""

from __future__ import annotations

import hashlib
import http.client
import json
import os
import random
import signal
import socket
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import NamedTuple
from urllib.parse import parse_qs, urlsplit

import pytest
from PIL import Image

from smashpass.cli.exit_codes import ExitCode
from tests.support.pages import serving
from tests.support.paths import ROOT
from tests.support.s3 import S3Server

HEAD = "file_name,tags,source,licence,digital_source_type,real_person,depicts\n"
STATED = "tests,CC0-1.0,{source_type},false,{depicts}\n"


class Answer(NamedTuple):
    """What a server says."""

    status: int
    headers: http.client.HTTPMessage
    body: bytes


def ask(address: str, path: str = "", **headers: str) -> Answer:
    parts = urlsplit(address + path)
    connection = http.client.HTTPConnection(parts.netloc, timeout=30)
    try:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        target = parts.path + (f"?{parts.query}" if parts.query else "")
        connection.request("GET", target, headers=named)
        answer = connection.getresponse()
        return Answer(answer.status, answer.headers, answer.read())
    finally:
        connection.close()


class Site:
    """A home, its bucket and a collection to import."""

    def __init__(self, folder: Path, server: S3Server, prefix: str = "site/pictures") -> None:
        self.folder, self.home, self.server, self.prefix = folder, folder / "home", server, prefix
        self.bucket = server.new_bucket()
        self.settings = {
            **server.environment,
            "SMASHPASS_MEDIA_URL": f"s3://{self.bucket}/{prefix}",
            "SMASHPASS_AGE_GATE": "off",
        }

    def collection(
        self, count: int, *, name: str = "set", source_type: str = "digitalCreation", held: int = 0
    ) -> Path:
        """Write a collection of different pictures; the last ``held`` lack a statement."""
        folder = self.folder / name
        folder.mkdir(exist_ok=True)
        with (folder / "metadata.csv").open("w") as table:
            table.write(HEAD)
            for number in range(count):
                draw(folder / f"{number}.png", number)
                # Under-age terms are held until somebody has looked.
                tag = "youth" if number >= count - held else f"t{number % 3}"
                stated = STATED.format(source_type=source_type, depicts="creature")
                table.write(f"{number}.png,{tag},{stated}")
        return folder

    def command(self, *words: str) -> list[str]:
        return [sys.executable, "-m", "smashpass", *words]

    def run(
        self, *words: str, expected: int = 0, **further: str
    ) -> subprocess.CompletedProcess[str]:
        environment = {**os.environ, **self.settings, "SMASHPASS_HOME": str(self.home), **further}
        process = subprocess.run(
            self.command(*words), env=environment, cwd=ROOT, text=True, capture_output=True
        )
        assert process.returncode == expected, process.stdout + process.stderr
        return process

    def objects(self) -> dict[str, bytes]:
        """Every object by its name below the prefix."""
        client = self.server.client()
        return {
            key.removeprefix(f"{self.prefix}/"): client.get_object(Bucket=self.bucket, Key=key)[
                "Body"
            ].read()
            for key in self.server.keys(self.bucket)
        }

    def written_at(self) -> dict[str, object]:
        listed = self.server.client().list_objects_v2(Bucket=self.bucket)
        return {entry["Key"]: entry["LastModified"] for entry in listed["Contents"]}

    def spooled(self) -> list[Path]:
        return list((self.home / "spool").rglob("*.webp"))

    def publish(self) -> None:
        self.run("rules", "publish", "rules", "--reason", "for the tests")

    def serving(self, **further: str):
        return serving(self.home, **self.settings, **further)


def draw(path: Path, number: int) -> None:
    pixels = random.Random(number).randbytes(16 * 12 * 3)
    Image.frombytes("RGB", (16, 12), pixels).resize((400, 300)).save(path)


def sha256_of(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


@pytest.fixture
def site(tmp_path: Path, s3_server: S3Server) -> Site:
    return Site(tmp_path, s3_server)


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory, s3_server: S3Server) -> Site:
    """A site with twelve pictures, the last one in quarantine; rules are published."""
    site = Site(tmp_path_factory.mktemp("bucket"), s3_server)
    collection = site.collection(12, held=1)
    site.run("import", str(collection), "--workers", "2", expected=ExitCode.PARTLY)
    site.publish()
    return site


@pytest.fixture(scope="module")
def proxied(filled: Site) -> Iterator[str]:
    with filled.serving() as address:
        yield address


@pytest.fixture(scope="module")
def direct(filled: Site) -> Iterator[str]:
    with filled.serving(SMASHPASS_MEDIA_ADDRESSES="direct") as address:
        yield address


def picture(site: Site, number: int) -> str:
    return sha256_of(site.folder / "set" / f"{number}.png")


def test_an_import_writes_the_same_files_as_into_a_folder(site: Site) -> None:
    collection = site.collection(9)
    site.run("import", str(collection), "--workers", "2")
    assert not (site.home / "media").exists()
    assert site.spooled() == []
    beside = site.folder / "beside"
    site.run("import", str(collection), SMASHPASS_HOME=str(beside), SMASHPASS_MEDIA_URL="")
    files = {
        path.relative_to(beside / "media").as_posix(): path.read_bytes()
        for path in (beside / "media").rglob("*.webp")
    }
    assert len(files) == 18
    assert site.objects() == files
    kept = site.server.client().head_object(
        Bucket=site.bucket, Key=f"{site.prefix}/{next(iter(files))}"
    )
    assert kept["ContentType"] == "image/webp"


def test_what_is_stored_is_not_written_again(site: Site) -> None:
    collection = site.collection(3)
    site.run("import", str(collection))
    before = site.written_at()
    time.sleep(1.1)  # the server tells times by the second
    site.run("import", str(collection), "--on-existing", "overwrite")
    assert site.written_at() == before


def test_a_later_statement_of_ai_corrects_the_objects(site: Site) -> None:
    site.run("import", str(site.collection(2)))
    before = site.objects()
    further = site.collection(2, source_type="trainedAlgorithmicMedia")
    site.run("import", str(further), "--media", "link", "--on-existing", "overwrite")
    after = site.objects()
    assert set(after) == set(before)
    for name, content in after.items():
        assert b"digitalsourcetype/trainedAlgorithmicMedia" in content, name
        assert b"digitalsourcetype/digitalCreation" in before[name]
    site.run("import", str(site.collection(2)), "--on-existing", "overwrite")
    assert site.objects() == after, "a weaker statement changed a file"


def test_a_linked_picture_gets_its_large_object_when_it_is_asked_for(site: Site) -> None:
    site.run("import", str(site.collection(2)), "--media", "link")
    assert {name[-10:] for name in site.objects()} == {"small.webp"}
    site.publish()
    sha256 = picture(site, 0)
    with site.serving() as address:
        answer = ask(address, f"/media/{sha256}-large.webp")
    assert answer.status == 200
    assert site.objects()[f"{sha256[:2]}/{sha256[2:4]}/{sha256}-large.webp"] == answer.body
    assert site.spooled() == []


def test_proxied_pictures_are_sent_as_from_a_folder(filled: Site, proxied: str) -> None:
    objects = filled.objects()
    for size in ("small", "large"):
        sha256 = picture(filled, 3)
        path = f"/media/{sha256}-{size}.webp"
        content = objects[f"{sha256[:2]}/{sha256[2:4]}/{sha256}-{size}.webp"]
        whole = ask(proxied, path)
        assert (whole.status, whole.body) == (200, content)
        assert whole.headers["Content-Type"] == "image/webp"
        assert whole.headers["Cache-Control"] == "public, max-age=31536000, immutable"
        assert whole.headers["X-Content-Type-Options"] == "nosniff"
        assert ask(proxied, path, If_None_Match=whole.headers["ETag"]).status == 304
        part = ask(proxied, path, Range="bytes=5-24")
        assert (part.status, part.body) == (206, content[5:25])
    page = ask(proxied, "/")
    assert "127.0.0.1" not in page.headers["Content-Security-Policy"]


def test_pictures_in_quarantine_are_stored_and_sent_to_nobody(
    filled: Site, proxied: str, direct: str
) -> None:
    sha256 = picture(filled, 11)
    assert f"{sha256[:2]}/{sha256[2:4]}/{sha256}-large.webp" in filled.objects()
    for address in (proxied, direct):
        for name in (f"{sha256}-large.webp", f"{'0' * 64}-small.webp"):
            answer = ask(address, f"/media/{name}")
            assert answer.status == 404
            assert answer.headers["Location"] is None


def test_direct_pictures_are_redirected_to_an_address_that_expires(
    filled: Site, direct: str
) -> None:
    sha256 = picture(filled, 4)
    path = f"/media/{sha256}-large.webp"
    answer = ask(direct, path)
    assert (answer.status, answer.body) == (302, b"")
    kept = dict(part.partition("=")[::2] for part in answer.headers["Cache-Control"].split(", "))
    assert "private" in kept
    signed = urlsplit(answer.headers["Location"])
    assert f"{signed.scheme}://{signed.netloc}" == filled.server.address
    query = parse_qs(signed.query)
    assert query["X-Amz-Expires"] == ["600"]
    assert 0 < int(kept["max-age"]) + 300 <= 600, "a browser may use it longer than it works"
    assert len(query["X-Amz-Signature"][0]) == 64
    got = ask(answer.headers["Location"])
    assert got.status == 200
    assert got.body == filled.objects()[f"{sha256[:2]}/{sha256[2:4]}/{sha256}-large.webp"]
    assert got.headers["Content-Type"] == "image/webp"
    unsigned = ask(f"{filled.server.address}{signed.path}")
    assert unsigned.status == 403
    assert ask(direct, path).headers["Location"] == answer.headers["Location"], "not cacheable"
    policy = ask(direct, "/").headers["Content-Security-Policy"]
    assert f"img-src 'self' data: {filled.server.address};" in policy
    assert filled.settings["AWS_SECRET_ACCESS_KEY"] not in answer.headers["Location"]


def test_a_takedown_removes_the_objects_on_all_servers(
    filled: Site, proxied: str, direct: str
) -> None:
    sha256 = picture(filled, 5)
    path = f"/media/{sha256}-large.webp"
    assert ask(proxied, path).status == 200
    location = ask(direct, path).headers["Location"]
    filled.run("takedown", "--sha256", sha256, "--reason", "a test")
    names = [name for name in filled.objects() if sha256 in name]
    assert names == [f"{sha256[:2]}/{sha256[2:4]}/{sha256}-taken-down"]
    assert ask(location).status in (403, 404)
    for address in (proxied, direct):
        until(lambda address=address: ask(address, path).status == 410)
    with filled.serving() as restarted:
        assert ask(restarted, path).status == 410
    filled.run("import", str(filled.folder / "set"), expected=ExitCode.PARTLY)
    assert [name for name in filled.objects() if sha256 in name] == names


def test_another_installation_on_the_same_bucket_knows_what_was_taken_down(site: Site) -> None:
    collection = site.collection(2)
    site.run("import", str(collection))
    sha256 = picture(site, 1)
    site.run("takedown", "--sha256", sha256, "--reason", "a test")
    other = site.run(
        "import", str(collection), SMASHPASS_HOME=str(site.folder / "other"),
        expected=ExitCode.PARTLY,
    )  # fmt: skip
    assert "taken down" in other.stdout + other.stderr
    assert not any(name.endswith(".webp") for name in site.objects() if sha256 in name)


def test_hashes_are_made_from_pictures_in_a_bucket(site: Site) -> None:
    site.run("import", str(site.collection(3)))
    with closing(sqlite3.connect(site.home / "smashpass.db")) as database:
        before = database.execute("SELECT sha256, signature FROM media").fetchall()
        database.execute("UPDATE media SET signature = NULL, pixels = NULL")
        database.commit()
    site.run("media", "hash")
    with closing(sqlite3.connect(site.home / "smashpass.db")) as database:
        after = database.execute("SELECT sha256, signature FROM media").fetchall()
    assert len(after) == len(before) == 3
    assert all(signature for _, signature in after)
    assert site.spooled() == []


def test_an_import_that_is_killed_shows_nothing_and_goes_on(site: Site) -> None:
    collection = site.collection(60)
    environment = {**os.environ, **site.settings, "SMASHPASS_HOME": str(site.home)}
    command = site.command("import", str(collection), "--workers", "2")
    chance = random.Random(3)
    killed = 0
    for _ in range(3):
        process = subprocess.Popen(
            command, env=environment, cwd=ROOT, start_new_session=True,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        goal = len(site.server.keys(site.bucket)) + chance.randrange(1, 12)
        until(lambda goal=goal, process=process:
              process.poll() is not None or len(site.server.keys(site.bucket)) >= goal)  # fmt: skip
        process.send_signal(signal.SIGKILL)
        killed += process.wait() == -signal.SIGKILL
    assert killed
    site.publish()
    with site.serving(SMASHPASS_MEDIA_ADDRESSES="direct") as address:
        with closing(sqlite3.connect(site.home / "smashpass.db")) as database:
            known = {sha256 for (sha256,) in database.execute("SELECT sha256 FROM image")}
        for name in site.objects():
            stored = name.rpartition("/")[2]
            expected = 302 if stored.partition("-")[0] in known else 404
            assert ask(address, f"/media/{stored}").status == expected
    site.run("import", str(collection), "--workers", "2")
    assert len(site.objects()) == 120
    assert site.spooled() == []


@pytest.fixture
def mortal(tmp_path: Path) -> Iterator[Site]:
    """A site whose server of pictures can be killed."""
    server = S3Server()
    server.start()
    yield Site(tmp_path, server)
    server.stop()


def test_without_its_bucket_decks_go_on_and_pictures_are_told_to_wait(mortal: Site) -> None:
    mortal.run("import", str(mortal.collection(4)))
    mortal.publish()
    path = f"/media/{picture(mortal, 0)}-large.webp"
    other = f"/media/{picture(mortal, 1)}-large.webp"
    with mortal.serving() as proxied, mortal.serving(SMASHPASS_MEDIA_ADDRESSES="direct") as direct:
        assert ask(proxied, path).status == 200
        assert ask(direct, path).status == 302
        mortal.server.stop()
        for address in (proxied, direct):
            answer = ask(address, other)
            assert answer.status == 503
            assert int(answer.headers["Retry-After"]) > 0
            problem = json.loads(answer.body)
            assert problem["code"] == "media_unavailable"
            assert mortal.bucket not in problem["detail"]
            assert ask(address, "/readyz").status == 200
            deck = ask(address, "/api/v1/daily")
            assert deck.status == 200, deck.body
        assert ask(proxied, path).status == 200, "what is in memory goes on being sent"
        mortal.server.start()
        mortal.server.client().create_bucket(Bucket=mortal.bucket)
        assert ask(proxied, other).status == 410, "the restarted server lost everything"


def test_an_import_without_the_bucket_ends_with_one_error_and_goes_on_later(mortal: Site) -> None:
    collection = mortal.collection(5)
    mortal.server.stop()
    failed = mortal.run("import", str(collection), expected=ExitCode.FAILED)
    lines = failed.stderr.strip().splitlines()
    assert len(lines) == 1, failed.stderr
    assert f"s3://{mortal.bucket}/site/pictures" in lines[0]
    assert "AWS_ENDPOINT_URL" in lines[0]
    assert mortal.spooled() == []
    mortal.server.start()
    mortal.server.client().create_bucket(Bucket=mortal.bucket)
    mortal.run("import", str(collection))
    assert len(mortal.objects()) == 10


def doctor(site: Site, expected: int = 1, **further: str) -> dict[str, str]:
    checked = site.run("doctor", "--json", expected=expected, **further)
    (media,) = [check for check in json.loads(checked.stdout)["checks"] if check["name"] == "media"]
    return dict(media)


def test_doctor_tries_the_bucket_and_leaves_nothing(filled: Site) -> None:
    before = set(filled.objects())
    assert doctor(filled, 0)["state"] == "ok"
    assert set(filled.objects()) == before


def test_doctor_fails_where_strangers_can_read(site: Site) -> None:
    site.run("import", str(site.collection(1)))
    site.publish()
    assert doctor(site, 0)["state"] == "ok"
    policy = {
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject",
                       "Resource": f"arn:aws:s3:::{site.bucket}/*"}],
    }  # fmt: skip
    site.server.client().put_bucket_policy(Bucket=site.bucket, Policy=json.dumps(policy))
    media = doctor(site)
    assert media["state"] == "fail"
    assert "without credentials" in media["detail"]
    assert not any("probe" in name for name in site.objects())


def test_doctor_says_what_is_wrong_with_an_address(site: Site) -> None:
    site.run("import", str(site.collection(1)))
    missing = doctor(site, SMASHPASS_MEDIA_URL="s3://no-such-bucket-anywhere/x")
    assert (missing["state"], "bucket" in missing["detail"]) == ("fail", True)
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        address = f"http://127.0.0.1:{silent.getsockname()[1]}"
        unreached = doctor(site, AWS_ENDPOINT_URL=address)
    assert unreached["state"] == "fail"
    nobody = doctor(site, AWS_ACCESS_KEY_ID="", AWS_SECRET_ACCESS_KEY="", HOME=str(site.folder))
    assert nobody["state"] == "fail"
    assert "credentials" in nobody["detail"]


@pytest.mark.parametrize(
    "url", ["s3://", "s3:///x", "s3://Bad_Bucket/x", "s3://key:secret@bucket/x", "s3://bucket/../x",
            "s3://bucket/x?y=1", "s3://bucket/a b"]
)  # fmt: skip
def test_an_address_that_names_no_bucket_is_refused(site: Site, url: str) -> None:
    failed = site.run("doctor", "--json", expected=1, SMASHPASS_MEDIA_URL=url)
    (media,) = [check for check in json.loads(failed.stdout)["checks"] if check["name"] == "media"]
    assert media["state"] == "fail"
    assert "s3://BUCKET/PREFIX" in media["detail"]
    assert "secret@" not in media["detail"]


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"SMASHPASS_ACCEL_REDIRECT": "/_pictures/"}, "in a bucket"),
        ({"SMASHPASS_MEDIA_ADDRESSES": "direct", "SMASHPASS_MEDIA_URL": ""}, "in a folder"),
    ],
)
def test_settings_that_would_do_nothing_are_refused(
    site: Site, settings: dict[str, str], said: str
) -> None:
    refused = site.run("settings", expected=ExitCode.USAGE, **settings)
    assert said in refused.stderr


def test_without_the_extra_the_error_names_it(site: Site) -> None:
    blocked = "import sys; sys.modules['s3fs'] = None; from smashpass.cli.main import run; "
    blocked += f"sys.exit(run(['import', {str(site.collection(1))!r}]))"
    environment = {**os.environ, **site.settings, "SMASHPASS_HOME": str(site.home)}
    process = subprocess.run(
        [sys.executable, "-c", blocked], env=environment, cwd=ROOT, text=True, capture_output=True
    )
    assert process.returncode == ExitCode.FAILED
    assert "smashpass[s3]" in process.stderr


def until(condition: Callable[[], bool], seconds: float = 40) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_a_backup_holds_the_objects_and_is_restored_into_another_bucket(site: Site) -> None:
    site.run("import", str(site.collection(4)))
    sha256 = picture(site, 1)
    site.run("takedown", "--sha256", sha256, "--reason", "a test")
    before = site.objects()
    backup = site.folder / "backup"
    site.run("backup", str(backup))
    other = Site(site.folder / "elsewhere", site.server, prefix="restored")
    other.run("restore", str(backup))
    assert other.objects() == before
    assert any(name.endswith("-taken-down") for name in before)
