"""Images, tags, rules, decisions, transparency and notices."""

from __future__ import annotations

from typing import Any

import pytest

from smashpass.core.operations.changelog import VocabularyPlan
from smashpass.rulefiles.load import load_texts

LIVE = 300


def test_an_image_has_attributes_and_what_its_tags_imply(world: Any) -> None:
    viewer = world.new_viewer()
    wish = VocabularyPlan(implied=(("crown", "royal"),))
    world.parts.catalogue.edit_vocabulary(wish, by="t", origin="t", reason="t", at_version=None)
    world.look()
    image = viewer.good(f"/images/{world.image(10)}")
    assert "crown" in image["tags"]
    assert "royal" not in image["tags"]
    assert image["implied"] == ["royal"]
    assert image["attributes"]["image.width"] == 256 + 8 * (10 % 9)
    assert image["attributes"]["image.score"] == 5
    assert image["media"] is None
    assert image["credit"]["licence"] == "CC0-1.0"
    assert viewer.good("/search", q="royal")["matched"] == 1


def test_images_that_are_not_there_and_that_were_taken_down(shared: Any, viewer: Any) -> None:
    gone = viewer.get(f"/images/{shared.image(302)}")
    assert gone.status == 410
    assert gone.code == "gone"
    for name in (shared.image(301), shared.image(9_999), "x", "a" * 13, "é" * 13, "%00", "a" * 999):
        answer = viewer.get(f"/images/{name}")
        assert answer.status == 404, name


def test_a_search_shows_cards_without_decisions(shared: Any, viewer: Any) -> None:
    answer = viewer.good("/search", q="crown")
    (image,) = answer["images"]
    assert set(image) == {"image", "media", "tags", "credit"}
    assert answer["matched"] == 1
    assert answer["next"] is None
    assert len(viewer.good("/search")["images"]) == 20


@pytest.mark.parametrize("limit", ["0", "101", "x", "-1"])
def test_a_search_shows_1_to_100_images(viewer: Any, limit: str) -> None:
    assert viewer.get("/search", limit=limit).status == 400


@pytest.mark.parametrize("order", ["new", "-new", "attr:width", "random"])
@pytest.mark.parametrize("after", ["", "x", "n", "n-1", "nx", "n99999999", "a" * 13, "n٣", "n1e9"])
def test_a_place_that_no_page_gave_is_bad_input(viewer: Any, order: str, after: str) -> None:
    assert viewer.get("/search", order=order, after=after).status == 400


@pytest.mark.parametrize(
    ("prefix", "names"),
    [
        ("hair", ["hair:black", "hair:blonde"]),
        ("gla", ["glasses"]),
        ("GLA", ["glasses"]),
        ("nothing", []),
        ("ghost", ["ghost"]),
        ('"', []),
        ("a" * 300, []),
    ],
)
def test_tags_are_completed_with_exact_counts(viewer: Any, prefix: str, names: list[str]) -> None:
    answer = viewer.good("/tags", prefix=prefix)
    assert [tag["name"] for tag in answer] == names
    for tag in answer:
        assert tag["label"]
        expected = 0 if tag["name"] == "ghost" else viewer.good("/search", q=tag["name"])["matched"]
        assert tag["count"] == expected


def test_all_tags_come_by_their_counts(viewer: Any) -> None:
    answer = viewer.good("/tags")
    assert answer[0]["name"] == "kind:person"
    counts = [tag["count"] for tag in answer]
    assert counts == sorted(counts, reverse=True)
    assert len(viewer.good("/tags", limit=3)) == 3
    assert viewer.get("/tags", limit=0).status == 400
    assert viewer.get("/tags", limit="x").status == 400


def test_the_active_rules_and_one_revision_whole(shared: Any) -> None:
    nobody = shared.nobody
    active = nobody.good("/rules")
    assert {tree["id"] for tree in active["trees"]} == {"avatars", "faces", "robots"}
    whole = nobody.good(f"/rules/{active['revision']}")
    assert whole["revision"] == active["revision"]
    assert whole["active"] is True
    assert whole["trees"] == active["trees"]
    assert any(name.endswith("faces.yaml") for name in whole["files"])
    assert all("format: 1" in text for text in whole["files"].values())
    assert nobody.good(f"/rules/{active['revision'][:12]}") == whole


@pytest.mark.parametrize("name", ["0" * 64, "nope", "a", "%00", "a" * 999])
def test_an_unknown_revision_is_not_found(shared: Any, name: str) -> None:
    assert shared.nobody.get(f"/rules/{name}").status == 404


def test_rules_that_are_published_decide_at_once(world: Any) -> None:
    viewer = world.new_viewer()
    old = viewer.deck(n=1)["rules"]["revision"]
    files = dict(world.parts.publishing.find("active").files)
    name = next(name for name in files if name.endswith("faces.yaml"))
    files[name] = files[name].replace("title: Faces", "title: Other faces")
    new = world.parts.publishing.publish(load_texts(files), by="t", origin="test", reason="a test")
    world.look()
    answer = viewer.deck(n=1)
    assert answer["rules"]["revision"] == new.revision.sha256 != old
    assert viewer.good(f"/rules/{old}")["active"] is False


def test_decisions_on_images_are_those_of_decks(shared: Any, viewer: Any) -> None:
    for tree in ("avatars", "faces", "robots"):
        for card in viewer.deck(n=10, tree=tree, explain=1)["cards"]:
            body = {"image": card["image"], "tree": tree, "explain": True}
            decided = viewer.post("/decisions", body)
            assert decided.status == 200
            assert decided.json == card["decision"]


def test_a_made_up_image_is_decided_by_its_tags_and_attributes(viewer: Any) -> None:
    body = {
        "tags": ["kind:person", "no such tag at all"],
        "attrs": {"image.width": 512, "image.nope": 1, "other": "text", "flag": True, "f": 1.5},
        "tree": "faces",
        "explain": True,
    }
    decided = viewer.post("/decisions", body)
    assert decided.status == 200
    assert decided.json["tree"] == "faces"
    assert decided.json["path"][0] | {"because": []} == {
        "node": "is-face", "test": "kind:person", "result": True, "because": [],
    }  # fmt: skip
    assert viewer.post("/decisions", {"tags": []}).status == 200
    assert viewer.post("/decisions", {"attrs": {}}).status == 200


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"image": "x", "tags": []},
        {"image": "x", "attrs": {}},
        {"tags": "a,b"},
        {"tags": [""]},
        {"tags": [1]},
        {"tags": ["*"]},
        {"tags": ["\ud800"]},
        {"tags": ["a"] * 1_001},
        {"attrs": []},
        {"attrs": {"a": None}},
        {"attrs": {"a": [1]}},
        {"attrs": {"a": 10**400}},
        {"attrs": {"a": "\x00"}},
        {"attrs": {"\ud800": 1}},
        {"attrs": {str(n): n for n in range(201)}},
        {"tags": [], "explain": 1},
        {"tags": [], "tree": ""},
        {"tags": [], "more": 1},
        {"tags": [], "\ud800": 1},
    ],
)
def test_a_decision_that_makes_no_sense_is_bad_input(viewer: Any, body: Any) -> None:
    answer = viewer.post("/decisions", body)
    assert answer.status == 400
    assert answer.json["errors"] or "image" in answer.json["detail"]


def test_decisions_on_what_is_not_there(shared: Any, viewer: Any) -> None:
    assert viewer.post("/decisions", {"image": "nope"}).status == 404
    assert viewer.post("/decisions", {"image": shared.image(301)}).status == 404
    assert viewer.post("/decisions", {"image": shared.image(302)}).status == 410
    assert viewer.post("/decisions", {"tags": [], "tree": "nope"}).status == 404


def test_without_a_default_tree_one_must_be_named(world: Any) -> None:
    files = dict(world.parts.publishing.find("active").files)
    files = {name: text.replace("labels: [default, ", "labels: [") for name, text in files.items()}
    world.parts.publishing.publish(
        load_texts(files), by="t", origin="test", reason="a test", allow_no_default=True
    )
    world.look()
    viewer = world.new_viewer()
    for answer in (viewer.get("/deck"), viewer.post("/decisions", {"tags": []})):
        assert answer.status == 400
        assert answer.code == "no_default_tree"
    assert viewer.get("/deck", tree="faces").status == 200
    swiped = viewer.swipe(("a", world.image(1), "smash"))
    assert swiped["accepted"] == 1
    assert viewer.good("/me/export")["swipes"][0]["app_verdict"] is None


def test_it_is_told_what_decides(shared: Any) -> None:
    facts = shared.nobody.good("/transparency")
    assert facts["library"]["images"] == LIVE
    assert facts["revision"] == shared.nobody.good("/rules")["revision"]
    asks = {tree["id"]: tree["asks_a_model"] for tree in facts["trees"]}
    assert asks["faces"] is True


def test_a_notice_is_kept_for_a_person_to_read(shared: Any) -> None:
    answer = shared.nobody.post("/notices", {"image": shared.image(5), "reason": "this is me"})
    assert answer.status == 201
    assert isinstance(answer.json["notice"], int)
    *_, last_entry = shared.parts.audit.entries()
    assert (last_entry.id, last_entry.action) == (answer.json["notice"], "notice.open")
    assert last_entry.target == shared.image(5)
    assert last_entry.detail["reason"] == "this is me"


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"image": "nope", "reason": "x"}, 404),
        ({"image": "nope"}, 400),
        ({"reason": "x"}, 400),
        ({"image": "nope", "reason": ""}, 400),
        ({"image": "nope", "reason": "a" * 501}, 400),
        ({"image": "nope", "reason": "x\x00"}, 400),
        ({"image": "nope", "reason": "x", "contact": "a" * 301}, 400),
    ],
)
def test_notices_that_make_no_sense(shared: Any, body: Any, status: int) -> None:
    assert shared.nobody.post("/notices", body).status == status


def test_too_many_notices_are_refused_for_a_while(shared: Any) -> None:
    nobody, body = shared.nobody, {"image": shared.image(5), "reason": "again"}
    statuses = [nobody.post("/notices", body).status for _ in range(22)]
    assert statuses == [201] * 20 + [429] * 2
    refused = nobody.post("/notices", body)
    assert refused.code == "too_many_requests"
    assert 1 <= int(refused.headers["Retry-After"]) <= 3_600
    assert shared.nobody.post("/notices", body).status == 201


def test_an_empty_search_says_which_term_is_the_cause(shared: Any, viewer: Any) -> None:
    answer = viewer.good("/search", q="crown -kind:person")
    alone = viewer.good("/search", q="crown")["matched"]
    others = viewer.good("/search", q="-kind:person")["matched"]
    assert answer["matched"] == 0
    assert answer["empty"]["terms"] == [
        {"term": "crown", "alone": alone, "without": others, "rest": "-kind:person"},
        {"term": "-kind:person", "alone": others, "without": alone, "rest": "crown"},
    ]
    assert "without" in answer["empty"]["cause"]
    assert "empty" not in viewer.good("/search", q="crown")


def test_a_deck_that_cannot_be_widened_says_why(shared: Any, viewer: Any) -> None:
    deck = viewer.deck(q="crown -tagcount:>=0")["deck"]
    assert (deck["matched"], deck["state"]) == (0, "exhausted")
    assert deck["empty"]["cause"] == "-tagcount:>=0 excludes every image; without -tagcount:>=0: 1"
    assert "empty" not in viewer.deck(q="crown")["deck"]


@pytest.mark.parametrize(
    ("query", "position", "proposed"),
    [
        ("crown licence:CC0", 6, "licence:cc0-1.0"),
        ("-licence:cc0-1.1", 1, "licence:cc0-1.0"),
        ("crown by:imprt", 6, "by:import"),
        ("by:run:999", 0, "by:run:1"),
        ("widht:>3", 0, "width"),
    ],
)
def test_what_the_library_does_not_have_is_refused_with_the_nearest(
    shared: Any, viewer: Any, query: str, position: int, proposed: str
) -> None:
    answer = viewer.get("/search", q=query)
    assert (answer.status, answer.code) == (400, "bad_query")
    (error,) = answer.json["errors"]
    assert error["position"] == position
    assert error["suggestions"][0] == proposed


def test_a_source_that_does_not_exist_is_refused_with_those_there_are(
    shared: Any, viewer: Any
) -> None:
    sources = shared.nobody.good("/transparency")["library"]["sources"]
    answer = viewer.get("/search", q="source:zzzzzzzz")
    assert answer.status == 400
    proposed = answer.json["errors"][0]["suggestions"]
    assert len(proposed) == min(3, len(sources)) > 0
    for suggestion in proposed:
        assert (
            viewer.good("/search", q=suggestion)["matched"]
            == sources[suggestion.partition(":")[2].strip('"')]
        )


def test_a_built_in_attribute_without_values_is_an_empty_answer(shared: Any, viewer: Any) -> None:
    answer = viewer.good("/search", q="smash_rate:>0.5")
    assert answer["matched"] == 0
    assert answer["empty"]["cause"] == "no image matches smash_rate:>0.5"
