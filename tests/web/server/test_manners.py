"""Failures for people and for programs, slashes at the end, and bodies that cannot be read."""

from __future__ import annotations

import gzip
import json
import re
from typing import Any

import pytest

CHROME = "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8"
PROBLEM = "application/problem+json"


def get(world: Any, path: str, accept: str, **headers: str) -> Any:
    client = world.app.test_client(use_cookies=False)
    return client.get(path, headers={"Accept": accept, **headers})


@pytest.mark.parametrize("path", ["/nope", "/wp-login.php", "/media/x", "/admin/nope", "/%ff%00"])
def test_a_person_gets_a_page_with_a_way_back(shared: Any, path: str) -> None:
    page = get(shared, path, CHROME)
    assert page.status_code == 404
    assert page.content_type == "text/html; charset=utf-8"
    assert "There is nothing here" in page.text
    back = "/admin" if path.startswith("/admin") else "/"
    assert f'class="button first" href="{back}"' in page.text
    assert page.headers["X-Request-Id"] in page.text
    assert "style-src 'self'" in page.headers["Content-Security-Policy"]
    assert page.headers["Cache-Control"] == "no-store"
    style = re.search(r'rel="stylesheet" href="([^"]+)"', page.text)
    assert style is not None
    assert get(shared, style[1], "text/css,*/*;q=0.1").status_code == 200


def test_the_page_speaks_the_language_of_the_person(shared: Any) -> None:
    page = get(shared, "/nope", CHROME, **{"Accept-Language": "de"})
    assert "Hier ist nichts" in page.text
    assert page.headers["Content-Language"] == "de"


@pytest.mark.parametrize("accept", ["*/*", "application/json", "image/avif,*/*;q=0.8", ""])
@pytest.mark.parametrize("path", ["/nope", "/admin/nope"])
def test_a_program_gets_a_problem_document(shared: Any, path: str, accept: str) -> None:
    answer = get(shared, path, accept)
    assert (answer.status_code, answer.content_type) == (404, PROBLEM)
    assert answer.json["code"] == "not_found"


@pytest.mark.parametrize("path", ["/api/v1/nope", "/api/nope", "/api/v1/deck", "/healthz/x"])
def test_below_the_api_even_a_browser_gets_a_problem_document(shared: Any, path: str) -> None:
    answer = get(shared, path, CHROME)
    assert answer.content_type == PROBLEM
    assert answer.json["status"] == answer.status_code


def test_a_method_that_an_address_does_not_take_is_named(shared: Any) -> None:
    client = shared.app.test_client()
    page = client.post("/help", headers={"Accept": CHROME})
    assert page.status_code == 405
    assert "That did not work" in page.text
    assert "GET" in page.headers["Allow"]
    assert client.post("/help").json["code"] == "method_not_allowed"


def test_what_breaks_is_a_page_too_and_names_no_cause(world: Any) -> None:
    def breaks() -> str:
        raise RuntimeError("secret cause")

    world.app.view_functions["pages.help_page"] = breaks
    page = get(world, "/help", CHROME)
    assert page.status_code == 500
    assert "Something went wrong on our side" in page.text
    assert "secret cause" not in page.text
    assert get(world, "/help", "*/*").json["code"] == "internal_error"


def test_a_hostile_address_is_only_text(shared: Any) -> None:
    assert "<script>" not in get(shared, "/<script>alert(1)</script>", CHROME).text.replace(
        '<script type="module"', ""
    )


@pytest.mark.parametrize(
    "path", ["/help", "/about", "/me", "/api/v1/rules", "/api/v1/deck", "/admin/login", "/readyz"]
)
def test_a_slash_at_the_end_is_answered_as_if_it_were_not_there(shared: Any, path: str) -> None:
    plain, slash = get(shared, path, "*/*"), get(shared, f"{path}/", "*/*")
    assert slash.status_code == plain.status_code
    assert slash.content_type == plain.content_type
    assert "Location" not in slash.headers


def test_a_write_with_a_slash_at_the_end_arrives_and_is_not_sent_elsewhere(world: Any) -> None:
    client = world.app.test_client(use_cookies=False)
    assert client.post("/api/v1/viewers/", json={"age_band": "18+"}).status_code == 201
    token = world.new_viewer().token
    headers = {"Authorization": f"Bearer {token}"}
    assert client.delete("/api/v1/me/", headers=headers).status_code == 204
    doubled = client.post("/api/v1//viewers", json={"age_band": "18+"})
    assert doubled.status_code == 404
    assert "Location" not in doubled.headers


def test_an_admin_page_with_a_slash_asks_to_sign_in(shared: Any) -> None:
    answer = get(shared, "/admin/tags/", CHROME)
    assert answer.status_code == 303
    assert answer.headers["Location"] == "/admin/login?next=%2Fadmin%2Ftags%2F"


@pytest.mark.parametrize("coding", ["gzip", "br", "GZIP", "x"])
def test_a_packed_body_is_refused_with_the_reason(shared: Any, coding: str) -> None:
    body = gzip.compress(json.dumps({"age_band": "18+"}).encode())
    answer = shared.nobody.ask(
        "POST",
        "/viewers",
        data=body,
        content_type="application/json",
        headers={"Content-Encoding": coding},
    )
    assert (answer.status, answer.code) == (415, "unsupported_encoding")
    assert "Content-Encoding" in answer.json["detail"]
    assert answer.headers["Accept-Encoding"] == "identity"
    form = shared.app.test_client().post(
        "/admin/login", data=b"x", headers={"Content-Encoding": coding}
    )
    assert form.status_code == 415


def test_a_body_that_says_identity_is_taken(shared: Any) -> None:
    answer = shared.nobody.ask(
        "POST", "/viewers", {"age_band": "18+"}, headers={"Content-Encoding": "identity"}
    )
    assert answer.status == 201


def test_what_the_server_answers_itself_is_documented(shared: Any) -> None:
    description = shared.document["info"]["description"]
    assert all(status in description for status in ("400", "414", "431"))


def test_a_swipe_is_undone_twice_and_one_that_never_was_is_unknown(shared: Any) -> None:
    viewer = shared.new_viewer()
    viewer.swipe(("a", shared.image(1), "smash"))
    assert [viewer.ask("DELETE", "/swipes/a").status for _ in range(2)] == [204, 204]
    assert viewer.ask("DELETE", "/swipes/never").status == 404
