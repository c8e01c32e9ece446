"""Viewers: who swipes, known by an opaque name and an age band, nothing else."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from typing import Any

from sqlalchemy import (
    Engine,
    Select,
    Text,
    bindparam,
    cast,
    delete,
    func,
    insert,
    literal_column,
    select,
    update,
)

from smashpass.core.decks.pace import DAY_US, NO_PACE, Pace
from smashpass.core.errors import NotFound
from smashpass.core.imageset import ImageSet
from smashpass.core.people.swipe import CurrentVerdicts, ViewerDelta
from smashpass.core.people.viewer import Viewer
from smashpass.store.engine.database import now, reading, writing
from smashpass.store.engine.prepared import Prepared
from smashpass.store.engine.tables import erased, swipe, viewer
from smashpass.store.people.erased import tombstone

# Built once: to build a statement costs more than to run it. The first is read along the primary
# key, in one go; the second by number.
_COMMA: Any = literal_column("','")
_code = cast(swipe.c.image + swipe.c.image + swipe.c.verdict, Text)
_codes = select(func.aggregate_strings(_code, _COMMA)).where(swipe.c.viewer_id == viewer.c.id)


def _news(codes: Select[Any]) -> Prepared:
    identity = (viewer.c.id, viewer.c.name, viewer.c.age_band, viewer.c.created_at)
    limits = (viewer.c.reminder, viewer.c.daily_minutes, viewer.c.taste)
    pace = (viewer.c.pace_since, viewer.c.pace_last, viewer.c.pace_day, viewer.c.pace_today)
    statement = select(codes.scalar_subquery(), viewer.c.swipes, *identity, *limits, *pace)
    return Prepared(statement.where(viewer.c.name == bindparam("name")))


_from_the_first = _news(_codes)
_later = _news(_codes.where(swipe.c.number > bindparam("since")))


class Viewers:
    """Keeps the viewers."""

    def __init__(self, engine: Engine, minor_minutes: int | None = None) -> None:
        """Open the store; ``minor_minutes`` is the daily limit of minors who set none."""
        self._engine = engine
        self._minor_minutes = minor_minutes

    def create(self, age_band: str) -> Viewer:
        """Make a viewer with a new name of 128 random bits."""
        row: dict[str, Any] = {
            "name": secrets.token_urlsafe(16),
            "age_band": age_band,
            "created_at": now(self._engine),
        }
        day = row["created_at"] // DAY_US
        with writing(self._engine) as connection:
            insertion = insert(viewer).values(row | {"seen_day": day}).returning(viewer.c.id)
            number = connection.scalar(insertion)
        return Viewer(id=int(number or 0), **row, minor_minutes=self._minor_minutes)

    def set_limits(self, number: int, limits: Mapping[str, bool | int | None]) -> Viewer:
        """Keep what a viewer chose: ``reminder``, ``daily_minutes`` or ``taste``; leave the others.

        Where nothing is to be measured any more, what was measured is forgotten.

        Raises:
            NotFound: There is no such viewer.
        """
        identity = (viewer.c.id, viewer.c.name, viewer.c.age_band, viewer.c.created_at)
        statement = update(viewer).where(viewer.c.id == number).values(dict(limits))
        with writing(self._engine) as connection:
            limits_set = (viewer.c.reminder, viewer.c.daily_minutes, viewer.c.taste)
            changed = statement.returning(*identity, *limits_set)
            row = connection.execute(changed).one_or_none()
            if row is None:
                raise NotFound("there is no such viewer")
            changed_viewer = Viewer(
                row.id,
                row.name,
                row.age_band,
                row.created_at,
                row.reminder,
                row.daily_minutes,
                self._minor_minutes,
                row.taste,
            )
            if not changed_viewer.limits.any:
                nothing = dict.fromkeys(("pace_since", "pace_last", "pace_day", "pace_today"), 0)
                connection.execute(update(viewer).where(viewer.c.id == number).values(nothing))
        return changed_viewer

    def restart_pace(self, number: int, at: int) -> None:
        """Count the swiping of a viewer from ``at`` on, in microseconds since 1970.

        Raises:
            NotFound: There is no such viewer.
        """
        statement = update(viewer).where(viewer.c.id == number).values(pace_since=at)
        with writing(self._engine) as connection:
            if not connection.execute(statement).rowcount:
                raise NotFound("there is no such viewer")

    def delta(self, name: str, since: int = 0) -> ViewerDelta | None:
        """Return the viewer of this name with the swipes after number ``since``, or None.

        One statement, and one row: Python's SQLite lets other threads run before each row.
        """
        statement = _later if since else _from_the_first
        parameters: dict[str, Any] = {"name": name, "since": since} if since else {"name": name}
        rows = statement.rows(self._engine, parameters)
        if not rows:
            return None
        text, number, id_, name, age_band, created_at, reminder, daily, taste, *pace = rows[0]
        codes = [int(code) for code in text.split(",")] if text else []
        smashed = ImageSet([code >> 1 for code in codes if code & 1])
        passed = ImageSet([code >> 1 for code in codes if not code & 1])
        return ViewerDelta(
            Viewer(
                id_,
                name,
                age_band,
                created_at,
                None if reminder is None else bool(reminder),
                daily,
                self._minor_minutes,
                bool(taste),
            ),
            number,
            CurrentVerdicts(smashed, passed),
            is_append_only=len(smashed | passed) == len(codes) == number - since,
            pace=Pace(*pace) if pace[1] else NO_PACE,
        )

    def last_seen(self, number: int) -> tuple[int, Pace]:
        """Return the day of a viewer's last swipe, since 1970, and how they have been swiping.

        Raises:
            NotFound: There is no such viewer.
        """
        statement = select(
            viewer.c.seen_day,
            viewer.c.pace_since,
            viewer.c.pace_last,
            viewer.c.pace_day,
            viewer.c.pace_today,
        )
        with reading(self._engine) as connection:
            row = connection.execute(statement.where(viewer.c.id == number)).one_or_none()
        if row is None:
            raise NotFound("there is no such viewer")
        return row[0], Pace(*row[1:])

    def delete(self, number: int) -> None:
        """Remove a viewer with all swipes; only a tombstone is left.

        Raises:
            NotFound: There is no such viewer.
        """
        with writing(self._engine) as connection:
            gone = delete(viewer).where(viewer.c.id == number).returning(viewer.c.name)
            name = connection.scalar(gone)
            if name is None:
                raise NotFound("there is no such viewer")
            connection.execute(insert(erased), {"name": tombstone(name), "at": now(self._engine)})
