"""The routes at the root, and what every answer carries."""

from __future__ import annotations

from typing import Any

import pytest


def test_the_server_is_alive_and_ready(shared: Any) -> None:
    client = shared.app.test_client()
    assert client.get("/healthz").status_code == 200
    ready = client.get("/readyz")
    assert ready.status_code == 200
    assert ready.json == {"status": "ready"}


def test_the_metrics_count_every_answer(world: Any) -> None:
    viewer = world.new_viewer()
    viewer.deck()
    viewer.deck()
    viewer.get("/deck", n=0)
    text = world.app.test_client().get("/metrics").text
    lines = dict(line.rsplit(" ", 1) for line in text.splitlines() if not line.startswith("#"))
    assert lines['smashpass_requests_total{route="/api/v1/deck",status="200"}'] == "2.0"
    assert lines['smashpass_requests_total{route="/api/v1/deck",status="400"}'] == "1.0"
    assert lines['smashpass_request_seconds_count{route="/api/v1/deck"}'] == "3.0"
    assert lines["smashpass_library_images"] == "300.0"
    assert lines["smashpass_ready"] == "1.0"
    assert lines["smashpass_degraded"] == "0.0"


def test_no_address_makes_a_metric_of_its_own(world: Any) -> None:
    client = world.app.test_client()
    for number in range(5):
        client.get(f"/nope/{number}")
        client.get(f"/api/v1/images/{number}")
    text = client.get("/metrics").text
    assert "/nope" not in text
    assert "/images/3" not in text


@pytest.mark.parametrize("path", ["/api/v1/deck", "/api/v1/rules", "/nope", "/healthz"])
def test_every_answer_names_its_request_and_cannot_be_sniffed(shared: Any, path: str) -> None:
    answer = shared.app.test_client().get(path)
    assert len(answer.headers["X-Request-Id"]) == 16
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Content-Security-Policy"]
    if answer.status_code >= 400:
        assert answer.json["request_id"] == answer.headers["X-Request-Id"]


@pytest.mark.parametrize("path", ["/me", "/deck", "/search", "/me/export"])
def test_what_is_personal_is_kept_by_nobody(viewer: Any, path: str) -> None:
    assert viewer.get(path).headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize("path", ["/nope", "/media/x", "/static/../x", "/%ff%00"])
def test_unknown_addresses_outside_the_api_are_problems_too(shared: Any, path: str) -> None:
    answer = shared.app.test_client().get(path)
    assert answer.status_code == 404
    assert answer.content_type == "application/problem+json"
    assert answer.json["code"] == "not_found"


def test_head_answers_like_get_without_a_body(shared: Any, viewer: Any) -> None:
    client = shared.app.test_client(use_cookies=False)
    headers = {"Authorization": f"Bearer {viewer.token}"}
    answer = client.head("/api/v1/deck", headers=headers)
    assert answer.status_code == 200
    assert answer.data == b""
    assert int(answer.headers["Content-Length"]) > 1_000
