"""The figures of the nightly job: one JSON text, of which the last is kept."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from sqlalchemy import Engine, Integer, case, cast, delete, func, insert, select
from sqlalchemy.sql.expression import ColumnElement

from smashpass.core.imageset import Ordinal
from smashpass.store.engine.database import reading, writing
from smashpass.store.engine.tables import meta
from smashpass.store.people.swipes import STREAMED_ROWS, standing_swipes

_NAME = "statistics"
_DAY_US = 86_400_000_000

Fields = tuple[int, int, int, int, int]


class Statistics:
    """Counts swipes, and keeps what was made of the counts."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def tallies_by_image(self) -> Iterator[tuple[Ordinal, Fields]]:
        """Yield (image, (swipes, smashes, judged, agreed, smashes of the rules)), by image."""
        for key, fields in self._tallies("image"):
            yield Ordinal(key), fields

    def tallies_by_day(self) -> Iterator[tuple[int, Fields]]:
        """Yield the same by the day of the swipe, in days since 1970."""
        return self._tallies("day")

    def _tallies(self, by: str) -> Iterator[tuple[int, Fields]]:
        row = standing_swipes().subquery().c
        key: ColumnElement[int] = row.image if by == "image" else cast(row.at // _DAY_US, Integer)
        has_app_verdict = row.app_verdict.is_not(None)
        counted = select(
            key.label("key"),
            func.count(),
            func.sum(row.verdict),
            func.sum(case((has_app_verdict, 1), else_=0)),
            func.sum(case((row.app_verdict == row.verdict, 1), else_=0)),
            func.sum(case((has_app_verdict, row.app_verdict), else_=0)),
        )
        counted = counted.group_by("key").order_by("key")
        counted = counted.execution_options(yield_per=STREAMED_ROWS)
        with reading(self._engine) as connection, connection.execute(counted) as rows:
            for key_value, *fields in rows:
                swipes, smashes, judged, agreed, app_smashes = map(int, fields)
                yield int(key_value), (swipes, smashes, judged, agreed, app_smashes)

    def keep(self, figures: dict[str, Any]) -> None:
        """Keep figures in place of those before."""
        with writing(self._engine) as connection:
            connection.execute(delete(meta).where(meta.c.name == _NAME))
            connection.execute(insert(meta).values(name=_NAME, value=json.dumps(figures)))

    def last(self) -> dict[str, Any] | None:
        """Return the figures that were kept last, None before the first time."""
        with reading(self._engine) as connection:
            text = connection.scalar(select(meta.c.value).where(meta.c.name == _NAME))
        figures: dict[str, Any] | None = None if text is None else json.loads(text)
        return figures
