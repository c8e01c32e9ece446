"""Viewers: who swipes, known by an opaque name and an age band, nothing else."""

from __future__ import annotations

import secrets
from typing import Any

from sqlalchemy import Engine, bindparam, delete, insert, select

from smashpass.core.errors import NotFound
from smashpass.core.records import Viewer
from smashpass.store.database import now, reading_once, writing
from smashpass.store.tables import viewer

_by_name = select(viewer).where(viewer.c.name == bindparam("name"))


class Viewers:
    """Keeps the viewers."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def create(self, age_band: str) -> Viewer:
        """Make a viewer with a new name of 128 random bits."""
        row: dict[str, Any] = {
            "name": secrets.token_urlsafe(16),
            "age_band": age_band,
            "created_at": now(),
        }
        with writing(self._engine) as connection:
            number = connection.scalar(insert(viewer).values(row).returning(viewer.c.id))
        return Viewer(id=int(number or 0), **row)

    def find(self, name: str) -> tuple[Viewer, int] | None:
        """Return the viewer of this name with the number of the last swipe or undo, or None."""
        with reading_once(self._engine) as connection:
            row = connection.execute(_by_name, {"name": name}).one_or_none()
        if row is None:
            return None
        return Viewer(row.id, row.name, row.age_band, row.created_at), row.swipes

    def delete(self, number: int) -> None:
        """Remove a viewer with all swipes.

        Raises:
            NotFound: There is no such viewer.
        """
        with writing(self._engine) as connection:
            gone = connection.execute(delete(viewer).where(viewer.c.id == number)).rowcount
        if not gone:
            raise NotFound("there is no such viewer")
