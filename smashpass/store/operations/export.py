"""All swipes as a stream, for whoever wants to count them elsewhere."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sqlalchemy import Engine, select

from smashpass.store.engine.database import reading
from smashpass.store.engine.tables import revision, swipe, viewer

STREAMED_ROWS = 10_000


def all_swipes(engine: Engine) -> Iterator[Any]:
    """Yield every swipe with its viewer's name and its revision, by viewer and as recorded."""
    columns = (
        viewer.c.name,
        viewer.c.age_band,
        swipe.c.image,
        swipe.c.verdict,
        swipe.c.at,
        swipe.c.app_verdict,
        swipe.c.undone,
        revision.c.sha256,
    )
    statement = select(*columns).join_from(swipe, viewer, viewer.c.id == swipe.c.viewer_id)
    statement = statement.outerjoin(revision, revision.c.number == swipe.c.revision)
    statement = statement.order_by(swipe.c.viewer_id, swipe.c.number)
    statement = statement.execution_options(yield_per=STREAMED_ROWS)
    with reading(engine) as connection, connection.execute(statement) as rows:
        yield from rows
