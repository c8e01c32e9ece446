"""Behind a proxy: whose headers count, what they change, and that no value leads elsewhere."""

from __future__ import annotations

import io
import json
import logging
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from smashpass.core.errors import BadSetting
from smashpass.logs import JSONFormatter
from smashpass.settings import load
from tests.support.api import opened

World = Any
PROXY = {"REMOTE_ADDR": "10.0.0.1"}
STRANGER = {"REMOTE_ADDR": "203.0.113.5"}
FORWARDED = {
    "X-Forwarded-For": "1.1.1.1, 198.51.100.7, 10.0.0.2",
    "X-Forwarded-Proto": "https",
    "X-Forwarded-Host": "swipe.example",
    "X-Forwarded-Prefix": "/sp",
}
EVIL = ["//evil.com", "/\\evil.com", "/a//evil.com", "/..", "/sp/../x", "evil.com", "/%2F", "/é",
        "https://evil.com", "/a b", "/a\tb", "/" + "a" * 300, "/sp,//evil.com"]  # fmt: skip


@pytest.fixture(scope="module")
def world(template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """An application behind a proxy; no test changes what another one asks it for."""
    home = tmp_path_factory.mktemp("proxied") / "home"
    shutil.copytree(template, home)
    proxied = opened(home, SMASHPASS_TRUSTED_PROXIES="10.0.0.0/8, unix")
    yield proxied
    proxied.parts.engine.dispose()


def asked(world: World, path: str, peer: dict[str, str], **headers: str) -> Any:
    client = world.app.test_client(use_cookies=False)
    return client.get(path, headers=headers, environ_overrides=peer)


@pytest.mark.parametrize("peer", [PROXY, {"REMOTE_ADDR": ""}], ids=["network", "unix"])
def test_everything_stands_below_the_prefix(world: World, peer: dict[str, str]) -> None:
    page = asked(world, "/welcome", peer, **FORWARDED)
    assert 'data-api="/sp/api/v1"' in page.text
    assert 'data-worker="/sp/sw.js"' in page.text
    assert ' href="/assets' not in page.text
    manifest = json.loads(asked(world, "/manifest.webmanifest", peer, **FORWARDED).data)
    assert (manifest["scope"], manifest["start_url"]) == ("/sp/", "/sp/")
    worker = asked(world, "/sw.js", peer, **FORWARDED).text
    assert 'const MEDIA = "/sp/media/";' in worker
    assert 'const PLAY = "/sp/";' in worker
    document = asked(world, "/api/v1/openapi.json", peer, **FORWARDED).json
    assert document["servers"] == [{"url": "/sp"}]
    admin = asked(world, "/admin/tags?q=a", peer, **FORWARDED)
    assert admin.headers["Location"] == "/sp/admin/login?next=%2Fsp%2Fadmin%2Ftags%3Fq%3Da"
    top = asked(world, "/api/v1/tags/top", peer, **FORWARDED)
    assert top.headers["Location"].startswith("/sp/api/v1/tags/top/")


def test_cards_point_to_pictures_below_the_prefix_and_only_there(world: World) -> None:
    viewer = world.new_viewer()
    token = {"Authorization": f"Bearer {viewer.token}"}

    def media(path: str, **headers: str) -> list[str]:
        answer = asked(world, path, PROXY, **headers, **token)
        content = answer.json
        cards = content.get("cards") or content.get("images") or [content]
        return [
            card["media"][size] for card in cards if card["media"] for size in ("small", "large")
        ]

    for path in (
        "/api/v1/deck?n=50",
        "/api/v1/search?limit=50",
        f"/api/v1/images/{world.image(1)}",
    ):
        below, plain = media(path, **FORWARDED), media(path)
        assert below
        assert below == [f"/sp{address}" for address in plain]
        assert all(address.startswith("/media/") for address in plain)


def test_a_cookie_belongs_to_the_prefix_and_is_secure_under_https(world: World) -> None:
    client = world.app.test_client(use_cookies=False)
    for headers, expected in (
        (FORWARDED, ("Path=/sp;", True)),
        (FORWARDED | {"X-Forwarded-Proto": "http"}, ("Path=/sp;", False)),
        ({}, ("Path=/", False)),
    ):
        created = client.post(
            "/api/v1/viewers", json={"age_band": "18+"}, headers=headers, environ_overrides=PROXY
        )
        cookie = created.headers["Set-Cookie"]
        assert created.status_code == 201
        assert expected[0] in cookie + ";"
        assert ("Secure" in cookie) is expected[1]


@pytest.mark.parametrize("peer", [STRANGER, {"REMOTE_ADDR": "127.0.0.1"}])
@pytest.mark.parametrize("prefix", ["/sp", *EVIL])
def test_nobody_else_changes_anything(world: World, peer: dict[str, str], prefix: str) -> None:
    headers = {**FORWARDED, "X-Forwarded-Prefix": prefix.encode().decode("latin-1"),
               "SCRIPT-NAME": prefix.encode().decode("latin-1")}  # fmt: skip
    for path in ("/admin/tags", "/api/v1/tags/top", "/api/v1/openapi.json", "/welcome"):
        plain, forged = asked(world, path, peer), asked(world, path, peer, **headers)
        assert forged.status_code == plain.status_code
        assert forged.data == plain.data
        assert forged.headers.get("Location") == plain.headers.get("Location")


@pytest.mark.parametrize("prefix", EVIL)
def test_a_prefix_of_a_proxy_that_leads_elsewhere_is_refused(world: World, prefix: str) -> None:
    text = prefix.encode().decode("latin-1")
    for path in ("/admin/tags", "/api/v1/tags/top", "/nope"):
        answer = asked(world, path, PROXY, **{"X-Forwarded-Prefix": text})
        assert answer.status_code == 400
        assert "X-Forwarded-Prefix is not a path" in answer.text
        assert "evil.com" not in answer.text
        assert "Location" not in answer.headers


@pytest.mark.parametrize("peer", [PROXY, STRANGER])
@pytest.mark.parametrize("path", EVIL)
def test_a_server_that_takes_the_path_from_a_header_is_not_led_elsewhere(
    world: World, peer: dict[str, str], path: str
) -> None:
    environ = peer | {"SCRIPT_NAME": path.encode().decode("latin-1")}
    answer = world.app.test_client().get("/admin/tags", environ_overrides=environ)
    assert answer.status_code in (400, 404)
    assert "Location" not in answer.headers


@pytest.mark.parametrize(
    ("header", "value"),
    [("X-Forwarded-Proto", "ftp"), ("X-Forwarded-Host", "a/b"), ("X-Forwarded-Host", "a@b")],
)
def test_a_value_that_cannot_be_is_named(world: World, header: str, value: str) -> None:
    answer = asked(world, "/api/v1/transparency", PROXY, **{header: value})
    assert (answer.status_code, answer.json["code"]) == (400, "bad_proxy_header")
    assert header in answer.json["detail"]


def test_a_case_and_its_appeal_are_below_the_prefix(world: World) -> None:
    client = world.app.test_client(use_cookies=False)
    notice = client.post(
        "/api/v1/notices",
        json={"image": world.image(1), "reason": "not mine"},
        headers=FORWARDED,
        environ_overrides=PROXY,
    )
    assert notice.json["case"].startswith("/sp/notices/")
    path = notice.json["case"].removeprefix("/sp")
    case = world.parts.notices.of_token(path.rpartition("/")[2])
    world.parts.notices.claim(case.id, "ann")
    assert asked(world, path, PROXY, **FORWARDED).status_code == 200


def test_the_host_that_arrived_is_named_where_the_origin_differs(world: World) -> None:
    client = world.app.test_client()
    client.post("/api/v1/viewers", json={"age_band": "18+"})
    headers = {"Origin": "https://x"}
    refused = client.delete("/api/v1/me", headers=headers)
    assert (refused.status_code, refused.json["code"]) == (403, "cross_origin")
    assert (
        "the Origin is https://x but the Host received is localhost; a proxy in front "
        "must pass the Host header on (nginx: proxy_set_header Host $http_host)"
    ) in refused.json["detail"]
    cookie = client.get_cookie("viewer")
    assert cookie is not None
    headers |= {"X-Forwarded-Host": "x", "Cookie": f"viewer={cookie.value}"}
    visitor = world.app.test_client(use_cookies=False)
    answer = visitor.delete("/api/v1/me", headers=headers, environ_overrides=PROXY)
    assert answer.status_code == 204


def notices_until_refused(world: World, peer: dict[str, str], **headers: str) -> int:
    """Send notices until one is refused, and return how many were not."""
    client = world.app.test_client(use_cookies=False)
    for number in range(50):
        answer = client.post(
            "/api/v1/notices",
            json={"image": world.image(1), "reason": "x"},
            headers=headers,
            environ_overrides=peer,
        )
        if answer.status_code == 429:
            assert 1 <= int(answer.headers["Retry-After"]) <= 3_600
            return number
        assert answer.status_code == 201
    raise AssertionError("never refused")


def test_limits_count_the_client_behind_the_proxy(world: World) -> None:
    assert notices_until_refused(world, PROXY, **{"X-Forwarded-For": "198.51.100.1"}) == 20
    assert notices_until_refused(world, PROXY, **{"X-Forwarded-For": "198.51.100.1"}) == 0
    assert notices_until_refused(world, PROXY, **{"X-Forwarded-For": "9.9.9.9, 198.51.100.1"}) == 0
    assert notices_until_refused(world, PROXY, **{"X-Forwarded-For": "198.51.100.2"}) == 20
    assert notices_until_refused(world, PROXY, **{"X-Forwarded-For": "2001:db9::1"}) == 20
    assert notices_until_refused(world, PROXY, **{"X-Forwarded-For": "2001:db9::ffff"}) == 0


def test_a_stranger_does_not_escape_a_limit_by_headers(world: World) -> None:
    assert notices_until_refused(world, STRANGER, **{"X-Forwarded-For": "198.51.100.8"}) == 20
    assert notices_until_refused(world, STRANGER, **{"X-Forwarded-For": "198.51.100.9"}) == 0


def test_the_request_log_has_the_address_of_the_client_but_not_beside_a_viewer(
    world: World,
) -> None:
    log = logging.getLogger("smashpass.request")
    text = io.StringIO()
    handler = logging.StreamHandler(text)
    handler.setFormatter(JSONFormatter())
    log.addHandler(handler)
    level = log.level
    log.setLevel(logging.INFO)
    try:
        asked(world, "/api/v1/rules", PROXY, **FORWARDED)
        token = world.new_viewer().token
        asked(world, "/api/v1/deck", PROXY, Authorization=f"Bearer {token}", **FORWARDED)
    finally:
        log.removeHandler(handler)
        log.setLevel(level)
    lines = [json.loads(line) for line in text.getvalue().splitlines()]
    assert lines[0]["address"] == "198.51.100.7"
    (decks,) = [line for line in lines if line["route"].endswith("/deck")]
    assert decks["viewer"]
    assert "address" not in decks


@pytest.mark.parametrize("value", ["localhost", "10.0.0.1/8", "10.0.0.0/40", "unix:/run/x"])
def test_a_wrong_list_of_proxies_is_a_clear_error(value: str) -> None:
    with pytest.raises(BadSetting) as raised:
        load({"SMASHPASS_TRUSTED_PROXIES": f"127.0.0.1,{value}"})
    assert "SMASHPASS_TRUSTED_PROXIES" in str(raised.value)
    assert value in str(raised.value)
