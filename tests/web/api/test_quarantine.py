"""The quarantine: never served, listed with reasons, released by the right people."""

from __future__ import annotations

import json

import pytest

from smashpass.bootstrap.container import Container
from smashpass.bootstrap.installation import Installation
from smashpass.cli.main import run
from smashpass.settings import load
from smashpass.web.app import create_app

PASSWORD = "correct horse battery"
TABLE = """id,tags,licence,source,digital_source_type,real_person,depicts
1,hat,,shop,digitalCreation,false,creature
2,hat,MIT,shop,digitalCreation,,
3,"hat,gore",MIT,shop,digitalCreation,false,creature
4,hat,MIT,shop,digitalCreation,false,creature
"""


class Office:
    """A client with the tokens of two moderators and an analyst."""

    def __init__(self, home) -> None:
        settings = load({"SMASHPASS_HOME": str(home), "SMASHPASS_DENY_TAGS": "gore"})
        app = create_app(settings)
        self.parts: Installation = app.extensions["smashpass"].installation
        self.parts.prepare()
        Container(self.parts).rules.ensure_active()
        app.extensions["keeping_up"].poll()
        self.client = app.test_client(use_cookies=False)
        self.tokens = {}
        for name in ("ann", "ben", "eve"):
            role = "analyst" if name == "eve" else "moderator"
            self.parts.accounts.create(name, role, PASSWORD)
            self.tokens[name] = self.parts.tokens.renew(name)
        viewer = self.client.post("/api/v1/viewers", json={"age_band": "18+"}).json["token"]
        self.viewer = {"Authorization": f"Bearer {viewer}"}

    def ask(self, method, path, body=None, moderator="ann"):
        headers = {"Authorization": f"Bearer {self.tokens[moderator]}"}
        answer = self.client.open(
            f"/api/v1/admin/quarantine{path}", method=method, json=body, headers=headers
        )
        return answer.status_code, answer.json

    def release(self, number, moderator="ann", **stated):
        body = stated | {"reason": "looked at"}
        return self.ask("POST", f"/{self.image(number)}/release", body, moderator)

    def image(self, number):
        ordinal = self.parts.catalogue.find("shop", str(number))
        return self.parts.image_ids.encode(ordinal)

    def get(self, path, **query):
        return self.client.get(f"/api/v1{path}", query_string=query, headers=self.viewer)

    def shown(self):
        self.parts.library.refresh()
        searched = {row["image"] for row in self.get("/search", q="").json["images"]}
        deck = {row["image"] for row in self.get("/deck", q="", n=100).json["cards"]}
        assert searched == deck
        return {number for number in range(1, 5) if self.image(number) in searched}


@pytest.fixture
def office(tmp_path, monkeypatch):
    monkeypatch.setenv("SMASHPASS_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("SMASHPASS_DENY_TAGS", "gore")
    table = tmp_path / "a.csv"
    table.write_text(TABLE)
    assert run(["import", str(table)]) == 3
    opened = Office(tmp_path / "home")
    yield opened
    opened.parts.engine.dispose()


def test_images_in_quarantine_are_listed_with_their_reason_and_served_nowhere(office):
    status, page = office.ask("GET", "")
    assert status == 200
    assert [(row["key"], row["line"]) for row in page["images"]] == [("1", 2), ("2", 3), ("3", 4)]
    assert "licence is missing" in page["images"][0]["reason"]
    assert office.shown() == {4}
    for number in (1, 2, 3):
        assert office.get(f"/images/{office.image(number)}").status_code == 404
        decided = office.client.post(
            "/api/v1/decisions", json={"image": office.image(number)}, headers=office.viewer
        )
        assert decided.status_code == 404
    assert office.ask("GET", "", moderator="eve")[0] == 403


def test_a_missing_licence_is_stated_by_one(office):
    assert office.release(1)[0] == 400
    assert office.release(1, licence="free for all")[0] == 400
    assert office.release(1, licence="cc0-1.0") == (200, {"released": True, "change": 3})
    assert office.shown() == {1, 4}
    assert office.get(f"/images/{office.image(1)}").json["credit"]["licence"] == "CC0-1.0"
    assert office.release(1, licence="MIT")[0] == 409


def test_who_is_shown_is_stated_by_two_alike(office):
    no_one = {"real_person": "false", "depicts": "adult"}
    for moderator in ("ann", "ann"):
        assert office.release(2, moderator, **no_one) == (200, {"released": False, "change": None})
    assert office.release(2, "ben", real_person="false", depicts="creature")[1]["change"] is None
    assert office.shown() == {4}
    assert office.release(2, "ben", **no_one)[1]["released"] is True
    assert office.shown() == {2, 4}


def test_somebody_under_age_and_denied_tags_are_never_released(office):
    for moderator in ("ann", "ben"):
        assert office.release(2, moderator, real_person="false", depicts="teen")[0] == 400
        assert office.release(2, moderator, real_person="true", depicts="adult")[0] == 400
        assert office.release(3, moderator)[0] == 409
    assert office.shown() == {4}


def test_the_command_line_does_the_same(office, capsys):
    capsys.readouterr()
    assert run(["quarantine", "list", "--json"]) == 0
    listed = json.loads(capsys.readouterr().out)["images"]
    assert [row["key"] for row in listed] == ["1", "2", "3"]
    command = ["quarantine", "release", listed[0]["image"], "--reason", "looked at"]
    assert run(command) == 2
    assert run([*command, "--licence", "MIT"]) == 0
    command[2] = listed[1]["image"]
    assert run([*command, "--real-person", "false", "--depicts", "object"]) == 0
    assert "a second person must make the same statement" in capsys.readouterr().out
    assert office.shown() == {1, 4}
