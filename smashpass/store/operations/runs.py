"""Import runs: what was asked for, how far it came, what became of the rows."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any, cast

from sqlalchemy import Connection, Engine, insert, select, update

from smashpass.core.errors import Conflict, NotFound
from smashpass.core.library.stored import RowCounts
from smashpass.core.operations.run import Run, RunState
from smashpass.store.engine.database import now, reading, writing
from smashpass.store.engine.tables import run


class Runs:
    """Keeps the import runs."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def start(self, source: str, options: Mapping[str, Any]) -> int:
        """Begin a run and return its number; ``options`` must be plain JSON."""
        row = {
            "source": source,
            "options": json.dumps(dict(options), sort_keys=True),
            "state": "running",
            "started_at": now(self._engine),
        }
        with writing(self._engine) as connection:
            return cast(int, connection.scalar(insert(run).values(row).returning(run.c.id)))

    def resume(self, number: int, jobs: Sequence[int] = ()) -> Run:
        """Set a run that stopped to running again and return it, with where to go on.

        Args:
            number: Of the run.
            jobs: Jobs that do it now; they join the earlier ones in its options.

        Raises:
            NotFound: There is no such run.
            Conflict: It is done.
        """
        with writing(self._engine) as connection:
            stopped = _read(connection, number)
            if stopped.state == "done":
                raise Conflict(f"run {number} is done", hint="start a new run")
            statement = update(run).where(run.c.id == number)
            connection.execute(statement.values(state="running", ended_at=None, error=""))
            if jobs:
                joined = {*stopped.options.get("jobs", ()), *jobs}
                options = json.dumps({**stopped.options, "jobs": sorted(joined)}, sort_keys=True)
                connection.execute(update(run).where(run.c.id == number).values(options=options))
            return _read(connection, number)

    def finish(self, number: int, state: RunState = "done", *, error: str = "") -> Run:
        """End a run and return it.

        Raises:
            NotFound: There is no such run.
        """
        ended = update(run).where(run.c.id == number)
        with writing(self._engine) as connection:
            connection.execute(ended.values(state=state, ended_at=now(self._engine), error=error))
            return _read(connection, number)

    def progress(self, number: int, *, position: int, refused: int = 0) -> None:
        """Note that reading came to ``position`` and that ``refused`` more rows were refused."""
        with writing(self._engine) as connection:
            advance(connection, number, RowCounts(), position=position, refused=refused)

    def get(self, number: int) -> Run:
        """Return a run.

        Raises:
            NotFound: There is no such run.
        """
        with reading(self._engine) as connection:
            return _read(connection, number)

    def latest(self, limit: int = 20, before: int | None = None) -> list[Run]:
        """Return the newest runs, newest first; ``before`` pages on."""
        newest = select(run).order_by(run.c.id.desc()).limit(limit)
        if before is not None:
            newest = newest.where(run.c.id < before)
        with reading(self._engine) as connection:
            return [_run(row) for row in connection.execute(newest)]

    def unfinished(self, source: str) -> Run | None:
        """Return the newest run of ``source`` if it never came to an end, else None."""
        newest = select(run).where(run.c.source == source).order_by(run.c.id.desc()).limit(1)
        with reading(self._engine) as connection:
            row = connection.execute(newest).one_or_none()
        return _run(row) if row is not None and row.state != "done" else None


def advance(
    connection: Connection, number: int, counts: RowCounts, *, position: int, refused: int
) -> None:
    """Add a batch to a run within the caller's transaction.

    Raises:
        Conflict: The run is not running, so nobody may write for it.
    """
    step = update(run).where(run.c.id == number, run.c.state == "running")
    result = connection.execute(
        step.values(
            position=position,
            added=run.c.added + counts.added,
            changed=run.c.changed + counts.changed,
            unchanged=run.c.unchanged + counts.unchanged,
            refused=run.c.refused + counts.quarantined + refused,
            quarantined=run.c.quarantined + counts.quarantined,
        )
    )
    if result.rowcount != 1:
        raise Conflict(f"run {number} is not running", hint="start or resume it first")


def _read(connection: Connection, number: int) -> Run:
    """Return a run or raise NotFound."""
    row = connection.execute(select(run).where(run.c.id == number)).one_or_none()
    if row is None:
        raise NotFound(f"there is no run {number}")
    return _run(row)


def _run(row: Any) -> Run:
    return Run(**(dict(row._mapping) | {"options": json.loads(row.options)}))
