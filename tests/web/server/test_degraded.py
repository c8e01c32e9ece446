"""A lost database: decks go on for viewers in memory, everything else says when to come again."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from smashpass.bootstrap.installation import Installation
from smashpass.settings import load
from smashpass.web.app import create_app
from tests.support import postgres


@pytest.fixture
def server() -> Iterator[postgres.PostgresServer]:
    if postgres.binaries() is None:
        pytest.skip("PostgreSQL is not installed: no initdb under /usr/lib/postgresql or on PATH")
    yield from postgres.running()


def test_decks_outlive_the_database(
    server: postgres.PostgresServer,
    filled: Callable[[Installation], None],
    open_world: Callable[..., Any],
    tmp_path: Any,
) -> None:
    settings = {
        "SMASHPASS_HOME": str(tmp_path / "home"),
        "SMASHPASS_DATABASE_URL": server.new_database(),
    }
    parts = Installation(load(settings))
    parts.prepare()
    filled(parts)
    parts.build_snapshot()
    parts.engine.dispose()
    world = open_world(SMASHPASS_DATABASE_URL=settings["SMASHPASS_DATABASE_URL"])
    client = world.app.test_client()
    known, unknown, nobody = world.new_viewer(), world.new_viewer(), world.nobody
    before = known.deck(n=40, explain=1)
    known.good("/tags")
    swiped = before["cards"][0]["image"]
    known.swipe(("a", swiped, "smash"))
    before = known.deck(n=39, explain=1)

    server.stop()
    world.look()

    ready = client.get("/readyz")
    assert ready.status_code == 200
    assert ready.json["degraded"] is True
    assert client.get("/healthz").status_code == 200
    assert "smashpass_degraded 1" in client.get("/metrics").text
    answer = known.deck(n=39, explain=1)
    assert answer == before
    more = known.deck(n=100)
    assert {card["image"] for card in more["cards"]} == {card["image"] for card in before["cards"]}
    assert swiped not in {card["image"] for card in more["cards"]}
    assert known.deck(q="crown beard", n=5)["deck"]["state"] == "widened"
    assert known.good("/me")["swipes"] == 1
    assert known.good("/tags")
    assert known.get(f"/images/{swiped}").status == 200
    assert known.post("/decisions", {"image": swiped}).status == 200
    assert nobody.get("/rules").status == 200
    assert nobody.get("/transparency").status == 200
    assert known.get("/deck", q="nope").status == 400
    assert nobody.get("/deck").status == 401
    body = {
        "swipes": [{"id": "b", "image": swiped, "verdict": "pass", "at": "2026-01-01T00:00:00Z"}]
    }
    for refused in (
        unknown.get("/deck"),
        known.post("/swipes", body),
        known.ask("DELETE", "/swipes/a"),
        known.ask("DELETE", "/me"),
        known.get("/me/export"),
        known.get("/me/swipes"),
        nobody.post("/viewers", {"age_band": "18+"}),
        nobody.post("/notices", {"image": swiped, "reason": "x"}),
        nobody.get("/rules/" + before["rules"]["revision"]),
    ):
        assert refused.status == 503
        assert refused.code == "database_unavailable"
        assert int(refused.headers["Retry-After"]) >= 1
        assert "127.0.0.1" not in refused.json["detail"]


def test_a_database_file_that_comes_back_is_used_again(world: Any) -> None:
    known, client = world.new_viewer(), world.app.test_client()
    cards = known.deck()["cards"]
    parked = world.home / "parked"
    parked.mkdir()
    world.parts.engine.dispose()
    for name in ("smashpass.db", "smashpass.db-wal", "smashpass.db-shm"):
        if (world.home / name).exists():
            (world.home / name).rename(parked / name)
    world.look()
    assert client.get("/readyz").json == {
        "status": "ready", "degraded": True, "detail": "database_unavailable",
    }  # fmt: skip
    assert known.deck()["cards"] == cards
    swipe = {
        "id": "a",
        "image": cards[0]["image"],
        "verdict": "smash",
        "at": "2026-01-01T00:00:00Z",
    }
    assert known.post("/swipes", {"swipes": [swipe]}).status == 503
    assert world.nobody.post("/viewers", {"age_band": "18+"}).status == 503

    world.parts.engine.dispose()
    for name in ("smashpass.db", "smashpass.db-wal", "smashpass.db-shm"):
        (world.home / name).unlink(missing_ok=True)
        if (parked / name).exists():
            (parked / name).rename(world.home / name)
    world.look()
    assert client.get("/readyz").json == {"status": "ready"}
    assert known.post("/swipes", {"swipes": [swipe]}).status == 200
    assert known.deck()["cards"][0] == cards[1]


def test_a_server_that_never_had_a_database_is_not_ready(tmp_path: Any) -> None:
    url = "postgresql://smashpass@127.0.0.1:1/nothing"
    settings = load({"SMASHPASS_HOME": str(tmp_path / "h"), "SMASHPASS_DATABASE_URL": url})
    client = create_app(settings).test_client()
    ready = client.get("/readyz")
    assert ready.status_code == 503
    assert ready.headers["Retry-After"]
    assert client.get("/healthz").status_code == 200
    for path in ("/api/v1/rules", "/api/v1/transparency"):
        assert client.get(path).status_code == 503
