"""Swipes: kept once, in whatever order they come, and taken back."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from smashpass.core.library.credit import Credit, ImageRow

AT = "2026-11-01T12:00:00Z"


def _later(minutes: float) -> str:
    return (datetime.now(UTC) + timedelta(minutes=minutes)).isoformat()


def _standing(viewer: Any) -> dict[str, int]:
    me = viewer.good("/me")
    return {"swipes": me["swipes"], "smashes": me["smashes"]}


def test_the_same_swipe_again_changes_nothing(shared: Any, viewer: Any) -> None:
    swipe = ("a", shared.image(1), "smash")
    assert viewer.swipe(swipe, swipe) == {"accepted": 1, "duplicates": 1, "rejected": []}
    assert viewer.swipe(swipe) == {"accepted": 0, "duplicates": 1, "rejected": []}
    assert _standing(viewer) == {"swipes": 1, "smashes": 1}
    assert len(viewer.good("/me/export")["swipes"]) == 1


def test_the_same_moment_written_otherwise_is_the_same_swipe(shared: Any, viewer: Any) -> None:
    image = shared.image(1)
    viewer.swipe(("a", image, "smash", "2026-11-01T12:00:00Z"))
    for text in ("2026-11-01T13:00:00+01:00", "2026-11-01t12:00:00.000z"):
        assert viewer.swipe(("a", image, "smash", text))["duplicates"] == 1


def test_the_same_id_with_another_content_is_rejected(shared: Any, viewer: Any) -> None:
    viewer.swipe(("a", shared.image(1), "smash"))
    for other in (
        ("a", shared.image(2), "smash"),
        ("a", shared.image(1), "pass"),
        ("a", shared.image(1), "smash", "2026-11-01T12:00:01Z"),
    ):
        answer = viewer.swipe(("fresh" + other[2] + other[1], shared.image(9), "pass"), other)
        assert answer["accepted"] == 1
        (rejected,) = answer["rejected"]
        assert (rejected["index"], rejected["code"]) == (1, "id_conflict")
    assert shared.image(2) not in [s["image"] for s in viewer.good("/me/export")["swipes"]]


def test_ids_are_of_one_viewer_alone(shared: Any, viewer: Any) -> None:
    other = shared.new_viewer()
    viewer.swipe(("a", shared.image(1), "smash"))
    assert other.swipe(("a", shared.image(2), "pass"))["accepted"] == 1
    assert other.ask("DELETE", "/swipes/a").status == 204
    assert _standing(viewer) == {"swipes": 1, "smashes": 1}


def test_the_newest_moment_stands_in_whatever_order_swipes_come(shared: Any, viewer: Any) -> None:
    image = shared.image(1)
    viewer.swipe(("late", image, "pass", "2026-11-01T12:00:02Z"))
    viewer.swipe(("early", image, "smash", "2026-11-01T12:00:01Z"))
    assert _standing(viewer) == {"swipes": 1, "smashes": 0}
    viewer.swipe(("latest", image, "smash", "2026-11-01T12:00:03Z"))
    assert _standing(viewer) == {"swipes": 1, "smashes": 1}


def test_an_undo_restores_the_swipe_before(shared: Any, viewer: Any) -> None:
    image = shared.image(1)
    viewer.swipe(("first", image, "pass", "2026-11-01T12:00:01Z"))
    viewer.swipe(("second", image, "smash", "2026-11-01T12:00:02Z"))
    for _ in range(2):
        answer = viewer.ask("DELETE", "/swipes/second")
        assert answer.status == 204
        assert answer.json is None
        assert _standing(viewer) == {"swipes": 1, "smashes": 0}
    sent_again = viewer.swipe(("second", image, "smash", "2026-11-01T12:00:02Z"))
    assert sent_again == {"accepted": 0, "duplicates": 1, "rejected": []}
    assert _standing(viewer) == {"swipes": 1, "smashes": 0}
    assert viewer.swipe(("second", image, "pass", AT))["rejected"][0]["code"] == "id_conflict"
    assert viewer.ask("DELETE", "/swipes/first").status == 204
    assert _standing(viewer) == {"swipes": 0, "smashes": 0}
    unseen = viewer.good("/search", q="my:unseen")["matched"]
    assert unseen == 300


def test_a_card_comes_again_after_its_undo(shared: Any, viewer: Any) -> None:
    first = viewer.deck(n=1)["cards"][0]
    viewer.swipe(("a", first["image"], "smash"))
    assert viewer.deck(n=1)["cards"][0]["image"] != first["image"]
    viewer.ask("DELETE", "/swipes/a")
    assert viewer.deck(n=1)["cards"][0]["image"] == first["image"]


@pytest.mark.parametrize("name", ["nope", "a" * 64, "a" * 65, "a" * 5_000, "%00", "%ff", "a%20b"])
def test_an_unknown_swipe_cannot_be_undone(viewer: Any, name: str) -> None:
    assert viewer.ask("DELETE", f"/swipes/{name}").status == 404


def test_what_cannot_be_kept_is_told_and_the_rest_is_kept(shared: Any, viewer: Any) -> None:
    answer = viewer.swipe(
        ("a", "nope", "smash"),
        ("b", shared.image(1), "smash"),
        ("c", shared.image(2), "smash", _later(60)),
        ("d", shared.image(302)[::-1], "pass"),
        ("b", shared.image(1), "pass"),
        ("e", shared.image(9_999), "pass"),
    )
    assert answer["accepted"] == 1
    assert [(rejection["index"], rejection["code"]) for rejection in answer["rejected"]] == [
        (0, "unknown_image"),
        (2, "future_at"),
        (3, "unknown_image"),
        (4, "id_conflict"),
        (5, "unknown_image"),
    ]
    assert all(rejection["detail"] for rejection in answer["rejected"])


def test_a_clock_may_be_a_little_ahead(shared: Any, viewer: Any) -> None:
    assert viewer.swipe(("a", shared.image(1), "smash", _later(3)))["accepted"] == 1
    assert viewer.swipe(("b", shared.image(2), "smash", _later(8)))["accepted"] == 0


def test_a_rejected_id_is_free_for_another_try(shared: Any, viewer: Any) -> None:
    viewer.swipe(("a", shared.image(1), "smash", _later(60)))
    assert viewer.swipe(("a", shared.image(1), "smash"))["accepted"] == 1


@pytest.mark.parametrize(
    "at",
    ["0001-01-01T00:00:00Z", "1969-12-31T23:59:59.999999Z", "1970-01-01T00:00:00Z",
     "2016-12-31T23:59:60Z", "2024-02-29T00:00:00-12:00"],
)  # fmt: skip
def test_any_past_is_taken(shared: Any, viewer: Any, at: str) -> None:
    assert viewer.swipe(("a", shared.image(1), "smash", at))["accepted"] == 1
    exported_at = viewer.good("/me/export")["swipes"][0]["at"]
    assert viewer.swipe(("a", shared.image(1), "smash", exported_at))["duplicates"] == 1


_GOOD = {"id": "a", "image": "x", "verdict": "smash", "at": AT}


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"id": ""}, "/id"),
        ({"id": "a" * 65}, "/id"),
        ({"id": "a b"}, "/id"),
        ({"id": "ä"}, "/id"),
        ({"id": "a\n"}, "/id"),
        ({"id": 1}, "/id"),
        ({"id": None}, "/id"),
        ({"image": ""}, "/image"),
        ({"image": "a" * 65}, "/image"),
        ({"image": "\x00"}, "/image"),
        ({"image": "\ud800"}, "/image"),
        ({"image": ["x"]}, "/image"),
        ({"verdict": "SMASH"}, "/verdict"),
        ({"verdict": True}, "/verdict"),
        ({"at": "yesterday"}, "/at"),
        ({"at": "2026-11-01"}, "/at"),
        ({"at": "2026-11-01T12:00:00"}, "/at"),
        ({"at": "2026-02-29T12:00:00Z"}, "/at"),
        ({"at": "2026-11-01T24:00:00Z"}, "/at"),
        ({"at": "2026-11-01T12:00:61Z"}, "/at"),
        ({"at": "2026-11-01T12:00:00+24:00"}, "/at"),
        ({"at": "٢٠٢٦-11-01T12:00:00Z"}, "/at"),
        ({"at": "0001-01-01T00:00:00+01:00"}, "/at"),
        ({"at": 1_700_000_000}, "/at"),
        ({"more": 1}, "/more"),
    ],
)
def test_a_malformed_swipe_refuses_the_whole_request(
    shared: Any, viewer: Any, change: dict[str, Any], pointer: str
) -> None:
    valid = _GOOD | {"image": shared.image(1), "id": "good"}
    answer = viewer.post("/swipes", {"swipes": [valid, _GOOD | change]})
    assert answer.status == 400
    assert answer.json["errors"][0]["pointer"] == f"/swipes/1{pointer}"
    assert _standing(viewer)["swipes"] == 0


@pytest.mark.parametrize("missing", ["id", "image", "verdict", "at"])
def test_a_swipe_must_be_whole(viewer: Any, missing: str) -> None:
    part = {name: value for name, value in _GOOD.items() if name != missing}
    answer = viewer.post("/swipes", {"swipes": [part]})
    assert answer.status == 400
    assert answer.json["errors"][0]["pointer"] == f"/swipes/0/{missing}"


@pytest.mark.parametrize("body", [{}, [], {"swipes": {}}, {"swipes": [1]}, "x", 1, True])
def test_a_body_of_another_form_is_bad_input(viewer: Any, body: object) -> None:
    answer = viewer.ask("POST", "/swipes", body)
    assert answer.status == 400


def test_500_swipes_are_taken_and_501_are_not(shared: Any, viewer: Any) -> None:
    swipes = [
        {"id": f"s{n}", "image": shared.image(n % 300 + 1), "verdict": "smash", "at": AT}
        for n in range(501)
    ]
    assert viewer.post("/swipes", {"swipes": swipes}).status == 400
    answer = viewer.post("/swipes", {"swipes": swipes[:500]})
    assert answer.json == {"accepted": 500, "duplicates": 0, "rejected": []}
    assert _standing(viewer)["swipes"] == 300


def test_no_swipes_at_all_are_no_failure_of_the_server(viewer: Any) -> None:
    assert viewer.post("/swipes", {"swipes": []}).status in (200, 400)


def test_swipes_on_what_was_hidden_meanwhile_are_kept(world: Any) -> None:
    viewer = world.new_viewer()
    answer = viewer.swipe(("a", world.image(301), "smash"), ("b", world.image(302), "pass"))
    assert answer["accepted"] == 2


def test_a_swipe_on_an_image_that_only_another_process_knows_is_kept(
    world: Any, open_world: Any
) -> None:
    viewer = world.new_viewer()
    viewer.deck()
    other = open_world().parts
    credit = Credit("demo", "CC0-1.0", "algorithmicMedia", real_person=False, depicts="adult")
    run = other.runs.start("demo", {})
    rows = [ImageRow(key="new", tags=("beard",), credit=credit, line=1)]
    other.catalogue.write_rows(run, rows, on_existing="skip", position=1)
    other.runs.finish(run)
    world.app.extensions["keeping_up"].look = lambda: None  # as if it had looked just before
    assert viewer.swipe(("a", world.image(303), "smash"))["accepted"] == 1
