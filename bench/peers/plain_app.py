"""What somebody would write in an afternoon: decks and swipes with Flask and SQLAlchemy.

A deck is a JOIN with GROUP BY and HAVING, ``NOT IN`` what the viewer has swiped, and
``ORDER BY random()``; the verdict is a few lines of if and else. Run by gunicorn as
``bench.peers.plain_app:create()``; ``PLAIN_DATABASE`` is the URL of tables that
``bench.peers.plain_tables`` has filled.
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Collection
from typing import Any

import sqlalchemy as sa
from flask import Flask, Response, abort, jsonify, request
from sqlalchemy.dialects import postgresql, sqlite

from bench.peers.plain_tables import deck, engine, image, image_tag, swipe, tag, viewer

_INSERTS: dict[str, Any] = {"postgresql": postgresql.insert, "sqlite": sqlite.insert}


def create() -> Flask:
    """Return the app on the database that the environment names."""
    app = Flask("plain")
    store = engine(os.environ["PLAIN_DATABASE"])

    def viewer_of(connection: sa.Connection) -> int:
        token = request.headers.get("Authorization", "").removeprefix("Bearer ")
        viewer_id = connection.scalar(sa.select(viewer.c.id).where(viewer.c.token == token))
        return viewer_id if viewer_id is not None else abort(401)

    @app.get("/ready")
    def ready() -> Response:
        return jsonify(ready=True)

    @app.post("/viewers")
    def add_viewer() -> Response:
        token = secrets.token_urlsafe(24)
        with store.begin() as connection:
            connection.execute(viewer.insert().values(token=token))
        return jsonify(token=token)

    @app.get("/deck")
    def get_deck() -> Response:
        names = [name for name in request.args.get("tags", "").split(",") if name]
        size = min(request.args.get("n", 20, int), 100)
        with store.connect() as connection:
            ids = connection.scalars(deck(names, viewer_of(connection), size)).all()
            rows = connection.execute(sa.select(image).where(image.c.id.in_(ids))).all()
            links = connection.execute(
                sa.select(image_tag.c.image, tag.c.name)
                .join(tag, tag.c.id == image_tag.c.tag)
                .where(image_tag.c.image.in_(ids))
            ).all()
        tags: dict[int, list[str]] = {number: [] for number in ids}
        for number, name in links:
            tags[number].append(name)
        by_id = {row.id: row for row in rows}
        cards = [
            {
                "image": number,
                "credit": {"source": by_id[number].source, "licence": by_id[number].licence},
                "tags": tags[number],
                "decision": decide(tags[number]),
            }
            for number in ids
        ]
        return jsonify(cards=cards)

    @app.post("/swipes")
    def add_swipes() -> Response:
        body = request.get_json()
        with store.begin() as connection:
            number = viewer_of(connection)
            rows = [
                {"viewer": number, "image": entry["image"], "verdict": entry["verdict"]}
                for entry in body["swipes"]
            ]
            insert = _INSERTS[connection.dialect.name](swipe)
            connection.execute(insert.on_conflict_do_nothing(), rows)
        return jsonify(accepted=len(rows))

    return app


def decide(tags: Collection[str]) -> dict[str, object]:
    """Return the verdict on an image, by keywords."""
    if "kind:robot" in tags:
        if "eyes:blue" in tags or "style:pixel" in tags:
            return {"verdict": "smash", "reason": "a robot with a friendly face"}
        return {"verdict": "pass", "reason": "a serious robot"}
    if "kind:thing" in tags:
        return {"verdict": "pass", "reason": "a thing"}
    if "kind:creature" in tags and "hat:witch" in tags:
        return {"verdict": "smash", "reason": "a creature with a hat"}
    if "beard" in tags and "glasses" not in tags:
        return {"verdict": "smash", "reason": "a beard without glasses"}
    if "hair:red" in tags or "hair:blonde" in tags:
        return {"verdict": "smash", "reason": "hair"}
    return {"verdict": "pass", "reason": "nothing that counts"}
