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
    viewer, unknown, nobody = world.new_viewer(), world.new_viewer(), world.nobody
    before = viewer.deck(n=40, explain=1)
    viewer.good("/tags")
    swiped = before["cards"][0]["image"]
    viewer.swipe(("a", swiped, "smash"))
    before = viewer.deck(n=39, explain=1)
    # Kept, and not read again before the database goes.
    last = before["cards"].pop()["image"]
    viewer.swipe(("z", last, "pass"))

    server.stop()
    world.look()

    ready = client.get("/readyz")
    assert ready.status_code == 200
    assert ready.json["degraded"] is True
    assert client.get("/healthz").status_code == 200
    assert "smashpass_degraded 1" in client.get("/metrics").text
    answer = viewer.deck(n=39, explain=1)
    assert answer["cards"] == before["cards"]
    more = viewer.deck(n=100)
    assert {card["image"] for card in more["cards"]} == {card["image"] for card in before["cards"]}
    assert not {swiped, last} & {card["image"] for card in more["cards"]}
    assert viewer.deck(q="crown beard", n=5)["deck"]["state"] == "widened"
    assert viewer.good("/me")["swipes"] == 2
    assert viewer.good("/tags")
    assert viewer.get(f"/images/{swiped}").status == 200
    assert viewer.post("/decisions", {"image": swiped}).status == 200
    assert nobody.get("/rules").status == 200
    assert nobody.get("/transparency").status == 200
    assert viewer.get("/deck", q="nope").status == 400
    assert nobody.get("/deck").status == 401
    body = {
        "swipes": [{"id": "b", "image": swiped, "verdict": "pass", "at": "2026-01-01T00:00:00Z"}]
    }
    for refused in (
        unknown.get("/deck"),
        viewer.post("/swipes", body),
        viewer.ask("DELETE", "/swipes/a"),
        viewer.ask("DELETE", "/me"),
        viewer.get("/me/export"),
        viewer.get("/me/swipes"),
        nobody.post("/viewers", {"age_band": "18+"}),
        nobody.post("/notices", {"image": swiped, "reason": "x"}),
        nobody.get("/rules/" + before["rules"]["revision"]),
    ):
        assert refused.status == 503
        assert refused.code == "database_unavailable"
        assert int(refused.headers["Retry-After"]) >= 1
        assert "127.0.0.1" not in refused.json["detail"]


def test_a_database_file_that_comes_back_is_used_again(world: Any) -> None:
    viewer, client = world.new_viewer(), world.app.test_client()
    cards = viewer.deck()["cards"]
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
    assert viewer.deck()["cards"] == cards
    swipe = {
        "id": "a",
        "image": cards[0]["image"],
        "verdict": "smash",
        "at": "2026-01-01T00:00:00Z",
    }
    assert viewer.post("/swipes", {"swipes": [swipe]}).status == 503
    assert world.nobody.post("/viewers", {"age_band": "18+"}).status == 503

    world.parts.engine.dispose()
    for name in ("smashpass.db", "smashpass.db-wal", "smashpass.db-shm"):
        (world.home / name).unlink(missing_ok=True)
        if (parked / name).exists():
            (parked / name).rename(world.home / name)
    world.look()
    assert client.get("/readyz").json == {"status": "ready"}
    assert viewer.post("/swipes", {"swipes": [swipe]}).status == 200
    assert viewer.deck()["cards"][0] == cards[1]


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
