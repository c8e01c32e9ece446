"""The admin API: edits by token, each told, each undone."""

from __future__ import annotations

import shutil

import pytest

from smashpass.bootstrap.container import Container
from smashpass.bootstrap.installation import Installation
from smashpass.bootstrap.rules import shipped
from smashpass.bootstrap.worker import job_runner
from smashpass.services.tagging import bulk
from smashpass.settings import load
from smashpass.web.app import create_app
from tests.support.libraries import fill

ROLES = ("editor", "analyst")
PASSWORD = "correct horse battery"


class Office:
    """A client with the tokens of an editor and an analyst, over a library of seven portraits."""

    def __init__(self, home) -> None:
        app = create_app(load({"SMASHPASS_HOME": str(home)}))
        self.parts: Installation = app.extensions["smashpass"].installation
        app.extensions["keeping_up"].poll()
        self.client = app.test_client(use_cookies=False)
        self.tokens = {name: self.parts.tokens.renew(name) for name in ROLES}

    def ask(self, method, path, body=None, role="editor"):
        token = self.tokens.get(role, role)
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        address = f"/api/v1/admin{path}"
        return self.client.open(address, method=method, json=body, headers=headers)

    def matched(self, query):
        viewer = self.client.post("/api/v1/viewers", json={"age_band": "18+"}).json["token"]
        headers = {"Authorization": f"Bearer {viewer}"}
        self.parts.library.refresh()
        answer = self.client.get("/api/v1/search", query_string={"q": query}, headers=headers)
        return answer.json["matched"] if answer.status_code == 200 else answer.json["code"]


@pytest.fixture(scope="module")
def office_home(tmp_path_factory):
    """A home with the library, rules, an editor and an analyst, to be copied."""
    home = tmp_path_factory.mktemp("office") / "home"
    parts = Installation(load({"SMASHPASS_HOME": str(home)}))
    parts.prepare()
    fill(parts)
    Container(parts).rules.ensure_active()
    for name in ROLES:
        parts.accounts.create(name, name, PASSWORD)
    parts.engine.dispose()
    return home


@pytest.fixture
def office(office_home, tmp_path):
    home = tmp_path / "home"
    shutil.copytree(office_home, home)
    opened = Office(home)
    yield opened
    opened.parts.engine.dispose()


@pytest.fixture
def image(office):
    return office.parts.image_ids.encode(1)


def test_only_tokens_of_the_right_role_are_let_in(office, image):
    change = {"add": ["hat"], "reason": "a test"}

    assert office.ask("GET", "/changes", role="analyst").status_code == 200
    assert office.ask("GET", "/changes", role="").status_code == 401
    assert office.ask("GET", "/changes", role="spa_wrong").json["code"] == "admin_required"
    refused = office.ask("PATCH", f"/images/{image}/tags", change, role="analyst")
    assert (refused.status_code, refused.json["code"]) == (403, "wrong_role")
    assert office.matched("beard") == 2


def test_tags_of_an_image_are_edited_seen_and_taken_back(office, image):
    tags_before = ["beard", "hair:blonde"]
    edited = office.ask(
        "PATCH",
        f"/images/{image}/tags",
        {"add": ["Top Hat"], "remove": ["beard"], "seen": tags_before, "reason": "he shaved"},
    )

    assert edited.status_code == 200
    assert edited.json["tags"] == ["hair:blonde", "top_hat"]
    assert (office.matched("top hat"), office.matched("beard")) == (1, 1)
    newest = office.ask("GET", "/changes").json["changes"][0]
    assert newest["id"] == edited.json["change"]
    assert (newest["by"], newest["kind"], newest["reason"]) == ("editor", "tags", "he shaved")

    undone = office.ask("POST", f"/changes/{newest['id']}/revert")
    assert undone.status_code == 200
    assert (office.matched("top hat"), office.matched("beard")) == (0, 2)


def test_an_edit_against_what_others_did_is_stale(office, image):
    path, tags_before = f"/images/{image}/tags", ["beard", "hair:blonde"]
    office.ask("PATCH", path, {"remove": ["beard"], "seen": tags_before, "reason": "one"})

    late = office.ask("PATCH", path, {"add": ["beard"], "seen": tags_before, "reason": "two"})
    other = office.ask("PATCH", path, {"add": ["smile"], "seen": tags_before, "reason": "three"})

    assert (late.status_code, late.json["errors"][0]["suggestions"]) == (409, ["hair:blonde"])
    assert other.json["tags"] == ["hair:blonde", "smile"]


def test_a_bulk_edit_does_what_its_dry_run_told(office):
    wish = {"query": "beard", "add": ["hairy"], "remove": ["hair:blonde"], "reason": "a test"}
    dry_run = office.ask("POST", "/tags/bulk", wish | {"dry_run": True}).json
    assert (dry_run["images"], dry_run["added"], dry_run["removed"]) == (2, 2, 2)
    assert office.matched("hairy") == "bad_query"

    job = office.ask("POST", "/tags/bulk", wish)
    assert job.status_code == 202
    assert job_runner(Container(office.parts)).step()
    finished = office.ask("GET", f"/jobs/{job.json['job']}").json
    assert (finished["state"], finished["done"], finished["total"]) == ("done", 2, 2)
    assert (office.matched("hairy"), office.matched("hair:blonde")) == (2, 1)

    office.ask("POST", f"/changes/{finished['change']}/revert")
    assert (office.matched("hairy"), office.matched("hair:blonde")) == (0, 3)


FORGED = "be\u0430rd"


def test_a_new_tag_that_looks_like_another_is_warned_of_at_every_door(office, image):
    letters = "\u0430 is U+0430, not a (U+0061)"
    warning = f"the tag 'be\u0430rd' looks like 'beard' but is a different tag: {letters}"
    wish = {"query": "beard", "add": [FORGED, "fresh"], "reason": "a test"}
    assert office.ask("POST", "/tags/bulk", wish | {"dry_run": True}).json["warnings"] == [warning]
    assert office.ask("POST", "/tags/bulk", wish).json["warnings"] == [warning]
    path = f"/images/{image}/tags"
    assert office.ask("PATCH", path, {"add": [FORGED], "reason": "r"}).json["warnings"] == [warning]
    # It is no new tag any more, and others are not like any.
    for add in (FORGED, "fresh", "beard"):
        assert "warnings" not in office.ask("PATCH", path, {"add": [add], "reason": "r"}).json
        dry = {"query": "beard", "add": [add], "dry_run": True}
        assert "warnings" not in office.ask("POST", "/tags/bulk", dry).json


def test_a_bulk_edit_takes_a_phrase_with_a_tilde(office):
    office.parts.build_snapshot()
    wish = {"query": "~blond haired", "add": ["hairy"], "reason": "a test"}
    dry_run = office.ask("POST", "/tags/bulk", wish | {"dry_run": True}).json
    office.ask("POST", "/tags/bulk", wish)
    assert job_runner(Container(office.parts)).step()
    assert office.matched("hairy") == dry_run["images"] == office.matched("hair:blonde") > 0


def test_a_bulk_edit_in_parts_is_reverted_whole(office, monkeypatch):
    monkeypatch.setattr(bulk, "PART", 1)
    wish = {"query": "beard", "add": ["hairy"], "reason": "a test"}
    job = office.ask("POST", "/tags/bulk", wish)
    job_runner(Container(office.parts)).step()
    finished = office.ask("GET", f"/jobs/{job.json['job']}").json
    assert office.matched("hairy") == 2
    image_counts = [
        change["images"] for change in office.ask("GET", "/changes").json["changes"][:2]
    ]
    assert image_counts == [1, 1]
    assert office.ask("POST", f"/changes/{finished['change']}/revert").status_code == 200
    assert office.matched("hairy") == 0


def test_a_job_can_be_cancelled_before_it_is_done(office):
    job = office.ask("POST", "/tags/bulk", {"query": "", "add": ["x1"], "reason": "a test"})
    cancelled = office.ask("DELETE", f"/jobs/{job.json['job']}")

    assert cancelled.json["state"] == "cancelled"
    assert office.matched("x1") == "bad_query"
    assert office.ask("GET", "/jobs/999").status_code == 404


def test_aliases_and_implications_come_and_go(office):
    alias = {"alias": "specs", "tag": "glasses", "reason": "the same"}
    dry_run = office.ask("POST", "/tags/aliases", alias | {"dry_run": True}).json
    # Image 4 gains glasses and loses specs, which is no tag of its own any more.
    assert (dry_run["images"], dry_run["added"], dry_run["removed"]) == (1, 1, 1)
    assert office.matched("glasses") == 2
    assert office.ask("POST", "/tags/aliases", alias).status_code == 200
    assert office.matched("glasses") == 3
    assert office.ask("DELETE", "/tags/aliases/specs").status_code == 200
    assert office.matched("glasses") == 2

    implication = {"tag": "beard_full", "implies": "beard", "reason": "it is one"}
    assert office.ask("POST", "/tags/implications", implication).status_code == 200
    assert office.matched("beard") == 3
    back = {"tag": "beard", "implies": "beard_full", "reason": "a circle"}
    assert office.ask("POST", "/tags/implications", back).status_code in (400, 409)
    dry_run = office.ask("DELETE", "/tags/implications/beard_full/beard?dry_run=1").json
    assert (dry_run["images"], dry_run["removed"]) == (1, 1)
    change = office.ask("DELETE", "/tags/implications/beard_full/beard").json["change"]
    assert office.matched("beard") == 2
    office.ask("POST", f"/changes/{change}/revert")
    assert office.matched("beard") == 3


def test_rules_are_checked_weighed_published_and_rolled_back(office):
    root = shipped("rules")
    files = {str(path.relative_to(root)): path.read_text() for path in sorted(root.rglob("*.yaml"))}
    first = office.client.get("/api/v1/rules").json["revision"]
    bad = {**files, "trees/faces.yaml": "format: 1\nid: [\n"}
    checked = office.ask("POST", "/rules/check", {"files": bad}, role="analyst").json
    assert checked["errors"] >= 1
    assert checked["problems"][0]["line"] >= 1
    refused = office.ask("POST", "/rules/publish", {"files": bad, "reason": "a test"})
    assert (refused.status_code, refused.json["code"]) == (400, "bad_rules")

    fewer = {name: text for name, text in files.items() if "faces" not in name}
    effect = office.ask("POST", "/rules/impact", {"files": fewer, "whole": True}, role="analyst")
    assert (effect.status_code, effect.json["against"]) == (200, first)
    second = office.ask("POST", "/rules/publish", {"files": fewer, "reason": "the same files"})
    assert second.json["changed"] is False  # files replace files; the others stay
    body = {"files": fewer, "whole": True, "reason": "without faces"}
    published = office.ask("POST", "/rules/publish", body)
    assert published.json["trees"]["removed"] == ["faces"]
    assert office.client.get("/api/v1/rules").json["revision"] == published.json["revision"]
    back = office.ask("POST", "/rules/rollback", {"revision": first, "reason": "faces again"})
    assert back.json["revision"] == first
    assert office.client.get("/api/v1/rules").json["revision"] == first


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("POST", "/tags/bulk", {"query": "(", "add": ["a"], "reason": "x"}),
        ("POST", "/tags/bulk", {"query": "beard", "reason": "x"}),
        ("POST", "/tags/bulk", {"query": "beard", "add": ["a"], "reason": ""}),
        ("POST", "/tags/aliases", {"alias": "a"}),
        ("POST", "/tags/aliases", {"alias": "beard", "tag": "beard"}),
        ("POST", "/rules/publish", {"files": {}, "reason": "x"}),
        ("POST", "/rules/publish", {"files": {"../x.yaml": "format: 1"}, "reason": "x"}),
        ("POST", "/rules/rollback", {"revision": "", "reason": "x"}),
        ("POST", "/changes/1e9/revert", None),
        ("DELETE", "/tags/aliases/nothing", None),
        ("PATCH", "/images/nothing/tags", {"add": ["a"], "reason": "x"}),
    ],
)
def test_a_bad_wish_is_refused_with_a_problem_document(office, method, path, body):
    answer = office.ask(method, path, body)

    assert 400 <= answer.status_code < 500
    assert answer.mimetype == "application/problem+json"
    assert answer.json["detail"]


def test_rules_run_beside_the_active_ones_for_some_viewers(office):
    root = shipped("rules")
    files = {path.relative_to(root).as_posix(): path.read_text() for path in root.rglob("*.yaml")}
    first = office.client.get("/api/v1/rules").json["revision"]
    assert office.ask("GET", "/rules/canary", role="analyst").json == {"canary": None}
    fewer = {path: text for path, text in files.items() if "faces" not in path}
    body = {"files": fewer, "whole": True, "percent": 100, "reason": "without faces"}
    assert office.ask("POST", "/rules/canary", body, role="analyst").status_code == 403
    started = office.ask("POST", "/rules/canary", body).json["canary"]
    assert office.client.get("/api/v1/rules").json["revision"] == first
    open_to_all = office.client.get("/api/v1/transparency").json
    assert open_to_all["canary"] == {"revision": started["revision"], "percent": 100}
    viewer = office.client.post("/api/v1/viewers", json={"age_band": "18+"}).json["token"]
    headers = {"Authorization": f"Bearer {viewer}"}
    office.parts.library.refresh()
    deck = office.client.get("/api/v1/deck?n=5", headers=headers).json
    assert {card["decision"]["revision"] for card in deck["cards"]} == {started["revision"]}
    deck_by_name = office.client.get("/api/v1/deck?n=5&tree=faces", headers=headers).json
    assert deck_by_name["rules"]["revision"] == first
    office.parts.recorder.close()
    counted = office.ask("GET", "/rules/canary", role="analyst").json["canary"]
    assert (counted["compared"], counted["flips"]) == (5, {"to_smash": 0, "to_pass": 0})
    metrics = office.client.get("/metrics").get_data(as_text=True)
    assert 'smashpass_recorded_decisions_total{what="compared"} 5.0' in metrics
    smaller = {"revision": started["revision"], "percent": 0}
    assert office.ask("POST", "/rules/canary", smaller).json["canary"]["percent"] == 0
    deck = office.client.get("/api/v1/deck?n=5", headers=headers).json
    assert deck["rules"]["revision"] == first
    assert office.ask("DELETE", "/rules/canary").status_code == 200
    assert office.ask("DELETE", "/rules/canary").status_code == 404


def test_a_revision_may_stand_for_the_files_of_rules(office):
    first = office.client.get("/api/v1/rules").json["revision"]
    wish = {"revision": first[:12]}
    assert office.ask("POST", "/rules/check", wish, role="analyst").json["errors"] == 0
    assert office.ask("POST", "/rules/impact", wish, role="analyst").json["revision"] == first
    second = office.ask("POST", "/rules/publish", wish | {"reason": "a test"})
    assert second.json["changed"] is False
    for body in ({}, {"files": {}, "revision": first}, {"revision": "ffff"}):
        assert office.ask("POST", "/rules/check", body, role="analyst").status_code in (
            400,
            404,
        )
    body = {"percent": 5, "files": {}, "revision": first}
    assert office.ask("POST", "/rules/canary", body).status_code == 400
