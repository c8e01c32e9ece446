"""``GET /me/taste`` and the search in one's own swipes: equal to a plain recount of the export."""

from __future__ import annotations

from typing import Any

from tests.support.api import AT, HIDDEN, tags_of


def swipe_many(world: Any, viewer: Any, numbers: range) -> None:
    """Smash every beard, and pass all others."""
    viewer.swipe(*((f"s{n}", world.image(n), "pass" if n % 3 else "smash") for n in numbers))


def recount(swipes: list[dict[str, Any]]) -> dict[str, int]:
    compared = [swipe for swipe in swipes if swipe["app_verdict"] is not None]
    return {
        "cards": len(swipes),
        "smashed": sum(swipe["verdict"] == "smash" for swipe in swipes),
        "compared": len(compared),
        "app_smashed": sum(swipe["app_verdict"] == "smash" for swipe in compared),
        "agreed": sum(swipe["verdict"] == swipe["app_verdict"] for swipe in compared),
    }


def test_the_figures_equal_a_plain_recount_of_the_export(shared: Any, viewer: Any) -> None:
    swipe_many(shared, viewer, range(1, 61))
    viewer.swipe(("again", shared.image(3), "pass", "2026-11-01T12:00:01Z"))
    viewer.swipe(("gone", shared.image(99), "smash"))
    assert viewer.ask("DELETE", "/swipes/gone").status == 204

    report = viewer.good("/me/taste")
    standing = {swipe["image"]: swipe for swipe in viewer.good("/me/export")["swipes"]}
    swipes = list(standing.values())
    assert report["swipes"] == 60
    assert report["overall"] == recount(swipes)
    assert report["tags"]
    for entry in report["tags"]:
        having = [
            swipe
            for swipe in swipes
            if entry["tag"] in viewer.good(f"/images/{swipe['image']}")["tags"]
        ]
        assert {name: entry[name] for name in recount([])} == recount(having), entry["tag"]
    assert report["tags"][0]["tag"] == "beard"
    assert report["tags"][0]["certain"]
    differing = [
        swipe
        for swipe in swipes
        if swipe["app_verdict"] and swipe["app_verdict"] != swipe["verdict"]
    ]
    assert {choice["image"] for choice in report["differing"]} <= {
        swipe["image"] for swipe in differing
    }
    assert len(report["differing"]) == min(12, len(differing))
    assert sum(piece["smashed"] for piece in report["steps"]) == report["overall"]["smashed"]
    assert sum(piece["agreed"] for piece in report["steps"]) == report["overall"]["agreed"]


def test_typical_choices_are_by_the_viewers_own_taste(shared: Any, viewer: Any) -> None:
    blondes = ((f"s{n}", shared.image(n), "smash" if n % 2 else "pass") for n in range(1, 161))
    viewer.swipe(*blondes, ("odd", shared.image(213), "pass"))

    typical = viewer.good("/me/taste")["typical"]

    assert shared.image(213) in [choice["image"] for choice in typical["least"]]
    assert min(choice["likelihood"] for choice in typical["most"]) > 0.5
    assert typical["least"][0]["likelihood"] < 0.5


def test_below_ten_swipes_only_their_number_is_told(shared: Any, viewer: Any) -> None:
    swipe_many(shared, viewer, range(1, 10))
    report = viewer.good("/me/taste")
    assert (report["swipes"], report["needed"]) == (9, 10)
    assert (report["tags"], report["steps"], report["typical"]) == ([], [], None)
    swipe_many(shared, viewer, range(10, 11))
    assert viewer.good("/me/taste")["tags"]


def test_without_suggestions_there_are_counts_but_no_typical_choices(shared: Any) -> None:
    minor, adult = shared.new_viewer("13-17"), shared.new_viewer()
    adult.ask("PATCH", "/me", {"suggestions": False})
    for person in (minor, adult):
        swipe_many(shared, person, range(1, 31))
        report = person.good("/me/taste")
        assert report["typical"] is None
        assert report["tags"]


def test_the_figures_are_never_cached(viewer: Any) -> None:
    assert viewer.get("/me/taste").headers["Cache-Control"] == "no-store"


def test_own_swipes_are_searched_by_words_and_verdicts(shared: Any, viewer: Any) -> None:
    swipe_many(shared, viewer, range(1, 41))

    beards = viewer.good("/me/swipes", q="beard", show="smash", limit=5)
    wanted = [shared.image(n) for n in range(40, 0, -1) if "beard" in tags_of(n)]
    assert beards["matched"] == len(wanted)
    assert [swipe["image"] for swipe in beards["swipes"]] == wanted[:5]
    more = viewer.good("/me/swipes", q="beard", show="smash", limit=50, after=beards["next"])
    assert [swipe["image"] for swipe in more["swipes"]] == wanted[5:]
    assert more["next"] is None
    assert viewer.good("/me/swipes", q="beard", show="pass")["matched"] == 0
    assert viewer.good("/me/swipes", q="my:passed -glasses")["matched"] == sum(
        bool(n % 3 and n % 5) for n in range(1, 41)
    )


def test_where_the_rules_differed_is_shown_by_the_verdict_that_counts(
    shared: Any, viewer: Any
) -> None:
    swipe_many(shared, viewer, range(1, 21))
    differed = viewer.good("/me/swipes", show="differed")
    assert differed["matched"] == len(differed["swipes"]) > 0
    assert all(swipe["verdict"] != swipe["app_verdict"] for swipe in differed["swipes"])
    first = differed["swipes"][0]
    viewer.swipe(("turned", first["image"], first["app_verdict"], "2026-11-01T12:00:02Z"))
    assert viewer.good("/me/swipes", show="differed")["matched"] == differed["matched"] - 1
    assert viewer.good("/me/swipes", show="all")["matched"] == 20
    assert "matched" not in viewer.good("/me/swipes")


def test_the_swipe_on_one_image_can_be_asked_for(shared: Any, viewer: Any) -> None:
    swipe_many(shared, viewer, range(1, 6))
    answer = viewer.good("/me/swipes", image=shared.image(3))
    assert [swipe["image"] for swipe in answer["swipes"]] == [shared.image(3)]
    assert viewer.good("/me/swipes", image=shared.image(9))["swipes"] == []
    assert viewer.good("/me/swipes", image="nothing")["matched"] == 0


def test_a_bad_query_is_located_and_proposes(viewer: Any) -> None:
    refused = viewer.get("/me/swipes", q="beart")
    assert refused.status == 400
    assert refused.json["errors"][0]["suggestions"] == ["beard"]


def test_hidden_images_count_in_all_but_match_no_words(shared: Any, viewer: Any) -> None:
    viewer.swipe(("h", shared.image(HIDDEN), "smash", AT))
    assert viewer.good("/me/swipes", show="all")["matched"] == 1
    assert viewer.good("/me/swipes", q="kind:person")["matched"] == 0
    assert viewer.good("/me/taste")["swipes"] == 1
