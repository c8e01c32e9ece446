"""Who asks: viewers by cookie or token, and what is kept about them."""

from __future__ import annotations

from typing import Any

import pytest

AT = "2026-11-01T12:00:00Z"


@pytest.mark.parametrize("band", ["18+", "13-17"])
def test_a_viewer_states_an_age_band_and_gets_a_token(shared: Any, band: str) -> None:
    created = shared.nobody.post("/viewers", {"age_band": band})
    assert created.status == 201
    assert created.json["age_band"] == band
    assert created.json["viewer"]
    assert created.json["token"] != created.json["viewer"]
    me = shared.new_viewer(band).good("/me")
    assert me["age_band"] == band
    assert me["swipes"] == 0


def test_children_are_refused(shared: Any) -> None:
    answer = shared.nobody.post("/viewers", {"age_band": "under-13"})
    assert answer.status == 403
    assert "Set-Cookie" not in answer.headers


@pytest.mark.parametrize("band", ["", "12", "18", None, 18, ["18+"], "18+ "])
def test_another_age_band_is_bad_input(shared: Any, band: object) -> None:
    answer = shared.nobody.post("/viewers", {"age_band": band})
    assert answer.status == 400
    assert answer.json["errors"][0]["pointer"] == "/age_band"


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/deck"),
        ("POST", "/swipes"),
        ("DELETE", "/swipes/a"),
        ("POST", "/decisions"),
        ("GET", "/images/abc"),
        ("GET", "/search"),
        ("GET", "/tags"),
        ("GET", "/me"),
        ("GET", "/me/swipes"),
        ("GET", "/me/export"),
        ("DELETE", "/me"),
    ],
)
@pytest.mark.parametrize("header", ["", "Bearer", "Bearer x", "Basic YTpi", "Bearer spa_x", "x"])
def test_without_a_viewer_the_answer_is_401(
    shared: Any, method: str, path: str, header: str
) -> None:
    answer = shared.nobody.ask(method, path, headers={"Authorization": header} if header else {})
    assert answer.status == 401
    assert answer.code == "viewer_required"
    assert answer.headers["WWW-Authenticate"].startswith("Bearer")


def test_viewers_choose_whether_their_swipes_are_used_for_suggestions(shared: Any) -> None:
    viewer = shared.new_viewer()
    assert viewer.good("/me")["settings"]["suggestions"] is True
    for wanted in (False, True):
        changed = viewer.ask("PATCH", "/me", {"suggestions": wanted}).json["settings"]
        assert (changed["suggestions"], changed["suggestions_fixed"]) == (wanted, False)
        assert viewer.good("/me")["settings"] == changed
        assert viewer.good("/me/export")["viewer"]["settings"] == changed
        assert viewer.get("/deck", order="taste").status == (200 if wanted else 403)


def test_under_18_suggestions_are_off_and_stay_off(shared: Any) -> None:
    viewer = shared.new_viewer("13-17")
    refused = viewer.ask("PATCH", "/me", {"suggestions": True})
    assert (refused.status, refused.code) == (403, "fixed_for_age")
    settings = viewer.good("/me")["settings"]
    assert (settings["suggestions"], settings["suggestions_fixed"]) == (False, True)
    assert viewer.ask("PATCH", "/me", {"suggestions": False}).json["settings"] == settings


def test_a_changed_token_is_refused(shared: Any) -> None:
    viewer = shared.new_viewer()
    for token in (viewer.token[:-2], viewer.token + "a", viewer.token.upper(), "a" + viewer.token):
        viewer.token = token
        assert viewer.get("/me").status == 401


@pytest.mark.parametrize("path", ["/rules", "/transparency", "/openapi.json"])
def test_public_routes_need_no_viewer(shared: Any, path: str) -> None:
    assert shared.nobody.get(path).status == 200


def test_the_page_of_the_document_is_public(shared: Any) -> None:
    answer = shared.app.test_client().get("/api/v1/docs")
    assert answer.status_code == 200
    assert answer.content_type.startswith("text/html")
    assert b"/swipes" in answer.data


def _browser(world: Any) -> Any:
    client = world.app.test_client()
    assert client.post("/api/v1/viewers", json={"age_band": "18+"}).status_code == 201
    return client


def test_a_browser_is_known_by_its_cookie_alone(shared: Any) -> None:
    client = _browser(shared)
    cookie = client.get_cookie("viewer")
    assert cookie is not None
    assert cookie.http_only
    assert cookie.same_site == "Lax"
    assert client.get("/api/v1/me").json["swipes"] == 0


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://localhost.evil.example"},
        {"Origin": "http://["},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site", "Origin": "http://localhost"},
    ],
)
def test_writes_by_cookie_from_another_site_are_refused(
    shared: Any, headers: dict[str, str]
) -> None:
    client = _browser(shared)
    swipe = {"id": "a", "image": shared.image(1), "verdict": "smash", "at": AT}
    for answer in (
        client.post("/api/v1/swipes", json={"swipes": [swipe]}, headers=headers),
        client.delete("/api/v1/swipes/a", headers=headers),
        client.delete("/api/v1/me", headers=headers),
    ):
        assert answer.status_code == 403
        assert answer.json["code"] == "cross_origin"
    assert client.get("/api/v1/me", headers=headers).json["swipes"] == 0


@pytest.mark.parametrize(
    "headers", [{}, {"Origin": "http://localhost"}, {"Sec-Fetch-Site": "same-origin"}]
)
def test_writes_by_cookie_from_our_own_pages_are_taken(
    shared: Any, headers: dict[str, str]
) -> None:
    swipe = {"id": "a", "image": shared.image(1), "verdict": "smash", "at": AT}
    answer = _browser(shared).post("/api/v1/swipes", json={"swipes": [swipe]}, headers=headers)
    assert answer.status_code == 200
    assert answer.json["accepted"] == 1


def test_the_same_origin_rule_does_not_bind_tokens(shared: Any) -> None:
    answer = shared.new_viewer().ask("DELETE", "/me", headers={"Origin": "https://app.example"})
    assert answer.status == 204


def test_a_password_of_a_proxy_does_not_hide_the_cookie(shared: Any) -> None:
    answer = _browser(shared).get("/api/v1/me", headers={"Authorization": "Basic YTpi"})
    assert answer.status_code == 200


def test_with_the_gate_off_a_viewer_is_made_at_the_first_request(open_world: Any) -> None:
    client = open_world(SMASHPASS_AGE_GATE="off").app.test_client()
    first = client.get("/api/v1/deck")
    assert first.status_code == 200
    assert len(first.json["cards"]) == 20
    assert client.get("/api/v1/deck").json["cards"] == first.json["cards"]
    assert client.get("/api/v1/me").json["viewer"] == client.get("/api/v1/me").json["viewer"]


def test_my_swipes_come_in_pages_last_first_and_end(shared: Any, viewer: Any) -> None:
    viewer.swipe(*((f"s{n}", shared.image(n + 1), "smash") for n in range(25)))
    assert viewer.ask("DELETE", "/swipes/s7").status == 204
    listed: list[str] = []
    after: dict[str, str] = {}
    pages = 0
    while True:
        page = viewer.good("/me/swipes", limit=10, **after)
        listed += [swipe["id"] for swipe in page["swipes"]]
        pages += 1
        if page["next"] is None:
            break
        after = {"after": page["next"]}
    assert listed == [f"s{n}" for n in range(24, -1, -1) if n != 7]
    assert pages <= 4


@pytest.mark.parametrize("after", ["", "x", "-1", "1.5", "9" * 20, "9" * 18, "9" * 30, "٣"])
def test_a_wrong_place_in_my_swipes_is_no_failure(viewer: Any, after: str) -> None:
    assert viewer.get("/me/swipes", after=after).status in (200, 400)


def test_the_export_is_everything_that_is_kept(shared: Any, viewer: Any) -> None:
    image, other = shared.image(3), shared.image(4)
    viewer.swipe(("a", image, "smash"), ("b", other, "pass", "2026-11-01T12:00:00.25+01:00"))
    export = viewer.good("/me/export")
    revision = shared.nobody.good("/rules")["revision"]
    assert export["viewer"]["viewer"] == viewer.viewer
    assert export["viewer"]["age_band"] == "18+"
    first, second = export["swipes"]
    assert (first["id"], first["image"], first["verdict"]) == ("a", image, "smash")
    assert first["at"] == AT
    assert second["at"] == "2026-11-01T11:00:00.250000Z"
    for swipe in export["swipes"]:
        assert swipe["app_verdict"] in ("smash", "pass")
        assert swipe["revision"] == revision
    decided = viewer.post("/decisions", {"image": image}).json
    assert first["app_verdict"] == decided["verdict"]


def test_who_is_deleted_is_gone_with_all_swipes(shared: Any, viewer: Any) -> None:
    viewer.swipe(("a", shared.image(3), "smash"))
    before = shared.parts.swipes.count()[0]
    assert viewer.ask("DELETE", "/me").status == 204
    assert viewer.get("/me").status == 401
    assert viewer.ask("DELETE", "/me").status == 401
    assert shared.parts.swipes.count()[0] == before - 1


def test_deletion_takes_the_cookie_away(shared: Any) -> None:
    client = _browser(shared)
    assert client.delete("/api/v1/me").status_code == 204
    assert client.get_cookie("viewer") is None


def test_what_an_admin_may_do_no_viewer_may(shared: Any, viewer: Any) -> None:
    shared.parts.accounts.create("ann", "editor", "a long password")
    viewer.token = shared.parts.tokens.renew("ann")
    assert viewer.get("/me").status == 401
