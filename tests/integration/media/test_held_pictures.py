"""Pictures of the quarantine: kept, sent to nobody, public once released, gone once rejected."""

from __future__ import annotations

import csv
import io
import json
import re
import shutil

import pytest
from PIL import Image
from sqlalchemy import event

from smashpass.bootstrap.container import Container
from smashpass.bootstrap.installation import Installation
from smashpass.cli.main import run
from smashpass.settings import load
from smashpass.web.app import create_app
from tests.integration.media.test_taken_down_by_look import copies_of

PASSWORD = "a long enough passphrase"
GOOD = {
    "tags": "hat",
    "licence": "CC0-1.0",
    "digital_source_type": "digitalCreation",
    "real_person": "false",
    "depicts": "creature",
    "source": "tests",
}
HELD = {
    "missing_licence": ({"licence": ""}, {"licence": "MIT"}),
    "missing_depicts": ({"depicts": ""}, {"depicts": "adult"}),
    "under_age_review": ({"tags": "hat youth"}, {"depicts": "adult"}),
}
"""Reason → what the row says instead, and what is stated at its release."""


class Office:
    """An installation, asked over HTTP by two moderators and the public."""

    def __init__(self, folder, capsys):
        self.folder, self.home, self._capsys = folder, folder / "home", capsys
        self._app = None

    def bring(self, name, rows, *options):
        """Import rows of (key, content, what differs from a good row); return the summary."""
        folder = self.folder / name
        folder.mkdir(exist_ok=True)
        with (folder / "metadata.csv").open("w", newline="") as file:
            table = csv.DictWriter(file, ["file_name", *GOOD])
            table.writeheader()
            for key, content, other in rows:
                if content:
                    (folder / key).write_bytes(content)
                table.writerow({"file_name": key} | GOOD | other)
        command = ["import", str(folder), "--workers", "1", "--json", *options]
        summaries = []
        for dry in (["--dry-run"], []):
            self._capsys.readouterr()
            assert run([*command, *dry]) in (0, 3)
            last = json.loads(self._capsys.readouterr().out.splitlines()[-1])
            summaries.append({name: last[name] for name in ("added", "refused", "quarantined")})
        assert summaries[0] == summaries[1]
        return summaries[1]

    @property
    def app(self):
        if self._app is None:
            self._app = create_app(load({"SMASHPASS_HOME": str(self.home)}))
            self.parts = self._app.extensions["smashpass"].installation
        self.parts.library.refresh()
        return self._app

    def record(self, key):
        catalogue = self.parts.catalogue
        return catalogue.images([catalogue.find("tests", key)])[0]

    def media(self, sha256):
        """Return the statuses of both sizes of a picture."""
        statuses = set()
        for size in ("small", "large"):
            # Buffered: read to its end, and the file closed.
            client = self.app.test_client()
            answer = client.get(f"/media/{sha256}-{size}.webp", buffered=True)
            statuses.add(answer.status_code)
        return statuses

    def card(self, key):
        client = self.app.test_client(use_cookies=False)
        token = client.post("/api/v1/viewers", json={"age_band": "18+"}).json["token"]
        headers = {"Authorization": f"Bearer {token}"}
        image = self.parts.image_ids.encode(self.record(key).ordinal)
        return client.get(f"/api/v1/images/{image}", headers=headers)

    def release(self, key, stated):
        image = self.parts.image_ids.encode(self.record(key).ordinal)
        for name in ("ann", "ben"):
            answer = self.app.test_client(use_cookies=False).post(
                f"/api/v1/admin/quarantine/{image}/release",
                json=stated | {"reason": "looked at"},
                headers={"Authorization": f"Bearer {self.parts.tokens.renew(name)}"},
            )
            assert answer.status_code == 200, answer.json
            if answer.json["released"]:
                return
        raise AssertionError("two people did not release it")

    def signed_in(self):
        client = self.app.test_client()
        client.post("/admin/login", data={"name": "ann", "password": PASSWORD})
        csrf = re.search(r'data-csrf="([^"]+)"', client.get("/admin/account").text)[1]
        return client, csrf

    def reject(self, key):
        client, csrf = self.signed_in()
        image = self.parts.image_ids.encode(self.record(key).ordinal)
        answer = client.post(
            f"/admin/quarantine/{image}/reject", data={"csrf": csrf, "reason": "no use"}
        )
        assert answer.status_code == 303, answer.text

    def files(self, sha256):
        return [path.name for path in (self.home / "media").rglob(f"{sha256}-*.webp")]


@pytest.fixture(scope="module")
def office_home(empty_home, tmp_path_factory):
    """A home with rules and two moderators, to be copied."""
    home = tmp_path_factory.mktemp("office") / "home"
    shutil.copytree(empty_home, home)
    parts = Installation(load({"SMASHPASS_HOME": str(home)}))
    Container(parts).rules.ensure_active()
    for name in ("ann", "ben"):
        parts.accounts.create(name, "moderator", PASSWORD)
    parts.engine.dispose()
    return home


@pytest.fixture
def office(office_home, tmp_path, capsys, monkeypatch):
    opened = Office(tmp_path, capsys)
    shutil.copytree(office_home, opened.home)
    monkeypatch.setenv("SMASHPASS_HOME", str(opened.home))
    yield opened
    if opened._app is not None:
        opened.parts.decoder.close()
        opened.parts.engine.dispose()


@pytest.mark.parametrize(
    ("reason", "media"), [*((reason, "copy") for reason in HELD), ("missing_licence", "link")]
)
def test_a_picture_is_public_from_its_release_on(office, picture, reason, media):
    statement, stated = HELD[reason]
    summary = office.bring("set", [("a.png", picture(400, 300), statement)], "--media", media)
    assert summary == {"added": 0, "refused": 1, "quarantined": 1}
    app = office.app
    sha256 = office.record("a.png").sha256
    assert office.files(sha256)
    assert office.media(sha256) == {404}
    client, _ = office.signed_in()
    image = office.parts.image_ids.encode(office.record("a.png").ordinal)
    response = client.get(f"/admin/quarantine/{image}/picture")
    assert Image.open(io.BytesIO(response.data)).format == "WEBP"
    assert app.test_client().get(f"/admin/quarantine/{image}/picture").status_code != 200

    office.release("a.png", stated)

    card = office.card("a.png").json
    assert card["media"]["small"] == f"/media/{sha256}-small.webp"
    assert office.media(sha256) == {200}


def test_a_rejected_picture_loses_its_files_unless_another_image_has_it(office, picture):
    alone, shared = picture(90, 60), picture(120, 80)
    rows = [("a.png", alone, {"licence": ""}), ("b.png", shared, {"licence": ""})]
    office.bring("set", [*rows, ("c.png", shared, {})])
    assert office.app
    first, second = office.record("a.png").sha256, office.record("b.png").sha256
    assert office.media(second) == {200}  # of the image that passed the gate
    office.reject("a.png")
    office.reject("b.png")
    assert (office.files(first), len(office.files(second))) == ([], 1)
    assert office.media(first) == {410}
    assert office.media(second) == {200}
    # A rejection is about one row: the same picture with all that must be stated is let in.
    assert office.bring("again", [("d.png", alone, {})])["added"] == 1
    assert office.media(first) == {200}


def test_a_picture_goes_out_of_sight_with_its_image(office, picture):
    data = picture(90, 60)
    office.bring("set", [("a.png", data, {})])
    assert office.app
    sha256 = office.record("a.png").sha256
    assert office.media(sha256) == {200}
    office.bring("set", [("a.png", data, {"licence": ""})], "--on-existing", "overwrite")
    assert office.media(sha256) == {404}


def test_a_takedown_removes_what_waits_in_quarantine_too(office, picture):
    data = picture(90, 60)
    office.bring("set", [("a.png", data, {"licence": ""})])
    assert office.app
    sha256 = office.record("a.png").sha256
    assert run(["takedown", "--sha256", sha256, "--reason", "asked for"]) == 0
    assert (office.files(sha256), office.media(sha256)) == ([], {410})


def test_rows_without_a_usable_picture_wait_without_one(office):
    rows = [("a.png", b"text", {"licence": ""}), ("b.png", b"", {"licence": ""})]
    assert office.bring("set", rows)["quarantined"] == 2
    assert office.app
    assert "licence is missing" in office.record("a.png").reason
    assert "not one of JPEG" in office.record("a.png").reason
    assert "the file is not there" in office.record("b.png").reason
    assert office.record("a.png").sha256 == ""


def test_no_copy_of_a_removed_picture_is_sent(office):
    drawn = Image.radial_gradient("L").resize((300, 240))
    data = io.BytesIO()
    Image.merge("RGB", (drawn, drawn.rotate(90), Image.linear_gradient("L").resize((300, 240)))
                ).save(data, "PNG")  # fmt: skip
    removed = data.getvalue()
    office.bring("first", [("a.png", removed, {})])
    assert office.app
    sha256 = office.record("a.png").sha256
    assert run(["takedown", "--sha256", sha256, "--reason", "asked for"]) == 0
    copies = copies_of(removed)
    assert len(copies) == 22
    office.bring("copies", [(key, content, {}) for key, content in copies.items()])
    hashes = {path.name[:64] for path in (office.home / "media").rglob("*.webp")}
    assert len(hashes) > 15
    answered = set().union(*map(office.media, hashes))
    assert answered <= {404, 410}


def test_files_that_no_image_has_are_sent_to_nobody(office, picture):
    office.bring("set", [("a.png", picture(90, 60), {})])
    assert office.app
    office.parts.media.write("ab" * 32, "small", b"what a killed import leaves")
    assert office.media("ab" * 32) == {404}


def test_a_picture_costs_one_statement_a_library_version(office, picture):
    office.bring("set", [("a.png", picture(90, 60), {})])
    app = office.app
    sha256 = office.record("a.png").sha256
    office.media(sha256)
    statements = []
    connections = []
    event.listen(office.parts.engine, "before_cursor_execute", lambda *_: statements.append(1))
    event.listen(office.parts.engine, "checkout", lambda *_: connections.append(1))
    answer = app.test_client().get(f"/media/{sha256}-small.webp", buffered=True)
    assert (answer.status_code, answer.data[:4]) == (200, b"RIFF")
    assert (statements, connections) == ([], [])


def test_the_list_says_what_is_stated_of_a_real_person(office, picture, capsys):
    rows = [
        ("a.png", picture(90, 60), {"depicts": ""}),
        ("b.png", picture(60, 60), {"real_person": ""}),
    ]
    office.bring("set", rows)
    capsys.readouterr()
    assert run(["quarantine", "list", "--json"]) == 0
    listed = json.loads(capsys.readouterr().out)["images"]
    assert {entry["key"]: entry["real_person"] for entry in listed} == {
        "a.png": "false",
        "b.png": "",
    }
    assert run(["quarantine", "list"]) == 0
    assert "(real_person: not stated)" in capsys.readouterr().out
