"""Requests by day, counted by all processes together."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import Engine, delete, select

from smashpass.core.operations.traffic import Traffic
from smashpass.store.engine.database import reading, writing
from smashpass.store.engine.tables import daily_traffic

KEPT_DAYS = 400

_REQUESTS, _FAILED = -2, -1
"""What a row counts, if not the decks of a bucket, which is 0 or more."""


class TrafficStore:
    """The counts of each day; nothing in them is about a person."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def add(self, traffic_by_day: Mapping[int, Traffic]) -> None:
        """Add traffic by day since 1970, in one transaction; drop days before ``KEPT_DAYS``.

        Raises:
            DatabaseUnavailable: The database does not answer.
        """
        rows = [
            {"day": day, "what": what, "count": count}
            for day, traffic in sorted(traffic_by_day.items())
            for what, count in _counts(traffic).items()
            if count
        ]
        if not rows:
            return
        # A dialect brings its drivers with it, which takes longer than most commands need to run.
        if self._engine.dialect.name == "sqlite":
            from sqlalchemy.dialects.sqlite import insert
        else:
            from sqlalchemy.dialects.postgresql import insert  # type: ignore[assignment]
        column = daily_traffic.c
        insertion = insert(daily_traffic)
        added = insertion.on_conflict_do_update(
            index_elements=[column.day, column.what],
            set_={"count": column["count"] + insertion.excluded["count"]},
        )
        oldest = max(traffic_by_day) - KEPT_DAYS
        with writing(self._engine) as connection:
            connection.execute(added, rows)
            connection.execute(delete(daily_traffic).where(column.day < oldest))

    def since(self, day: int) -> dict[int, Traffic]:
        """Return the traffic from a day since 1970 on, by day; days without any are left out.

        Raises:
            DatabaseUnavailable: The database does not answer.
        """
        row = daily_traffic.c
        statement = select(row.day, row.what, row["count"]).where(row.day >= day)
        traffic_by_day: dict[int, Traffic] = {}
        with reading(self._engine) as connection:
            for counted_day, what, count in connection.execute(statement):
                before = traffic_by_day.get(counted_day, Traffic())
                traffic_by_day[counted_day] = before + _traffic(what, count)
        return traffic_by_day


def _counts(traffic: Traffic) -> dict[int, int]:
    return {_REQUESTS: traffic.requests, _FAILED: traffic.failed, **traffic.decks}


def _traffic(what: int, count: int) -> Traffic:
    if what == _REQUESTS:
        return Traffic(requests=count)
    if what == _FAILED:
        return Traffic(failed=count)
    return Traffic(decks={what: count})
