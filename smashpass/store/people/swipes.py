"""Swipes: one row each, kept before they are answered.

A swipe is known by (viewer, the client's id). Of the swipes of one viewer on one image, the one
with the newest ``at`` stands, of equal ones the one that came last; one taken back never stands.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from typing import Any

from pyroaring import BitMap
from sqlalchemy import (
    Connection,
    Engine,
    Select,
    bindparam,
    func,
    insert,
    select,
    text,
    tuple_,
    update,
)

from smashpass.core.decks.pace import DAY_US, Pace, limits_of, swipe_times
from smashpass.core.decks.results import StandingSwipe
from smashpass.core.errors import NotFound
from smashpass.core.imageset import ImageSet, Ordinal, freeze
from smashpass.core.people.swipe import (
    CurrentVerdicts,
    Swipe,
    SwipeOutcome,
    TrainingSwipe,
)
from smashpass.core.protection.minors import MINOR
from smashpass.core.values import Verdict
from smashpass.store.engine.database import now as database_now
from smashpass.store.engine.database import reading, reading_once, writing
from smashpass.store.engine.group_commit import GroupCommit
from smashpass.store.engine.tables import swipe, viewer
from smashpass.store.library.ids import chunks

STREAMED_ROWS = 10_000
_VERDICTS: tuple[Verdict, Verdict] = ("pass", "smash")

# Built once: to build a statement costs more than to run it.
_verdicts = select(swipe.c.image, swipe.c.verdict)
_verdicts = _verdicts.where(swipe.c.viewer_id == bindparam("viewer"), ~swipe.c.undone)
_verdicts = _verdicts.order_by(swipe.c.at, swipe.c.number)

_held = select(
    viewer.c.swipes,
    viewer.c.age_band,
    viewer.c.reminder,
    viewer.c.daily_minutes,
    viewer.c.pace_since,
    viewer.c.pace_last,
    viewer.c.pace_day,
    viewer.c.pace_today,
)
_held = _held.where(viewer.c.id == bindparam("viewer")).with_for_update()

_known = select(swipe.c.client_id, swipe.c.image, swipe.c.verdict, swipe.c.at)
_known = _known.where(
    swipe.c.viewer_id == bindparam("viewer"),
    swipe.c.client_id.in_(bindparam("ids", expanding=True)),
)
_insert = insert(swipe)
_count = update(viewer).where(viewer.c.id == bindparam("viewer"))


class Swipes:
    """Keeps the swipes of all viewers."""

    def __init__(self, engine: Engine, minor_minutes: int | None = None) -> None:
        """Open the store; ``minor_minutes`` is the daily limit of minors who set none."""
        self._engine = engine
        self._commits = GroupCommit(engine)
        self._minor_minutes = minor_minutes

    def record(
        self, viewer_id: int, swipes: Sequence[Swipe], *, now: int | None = None
    ) -> SwipeOutcome:
        """Keep a batch whole, which is on disk when this returns.

        On SQLite, batches of several threads share a transaction: see :class:`GroupCommit`.

        The same id with the same image, verdict and time changes nothing, also after an undo;
        with others it is a conflict and changes nothing either.

        Args:
            viewer_id: Who swiped.
            swipes: What came from the client.
            now: Our time in microseconds, if it is not that of the system.

        Raises:
            NotFound: There is no such viewer.
        """
        moment = database_now(self._engine) if now is None else now
        return self._commits.run(
            lambda connection: self._record(connection, viewer_id, swipes, moment)
        )

    def undo(self, viewer_id: int, client_id: str) -> Ordinal:
        """Take a swipe back; the one before it on that image stands again. May be repeated.

        Returns:
            The image.

        Raises:
            NotFound: The viewer has no such swipe.
        """
        mine = (swipe.c.viewer_id == viewer_id) & (swipe.c.client_id == client_id)
        undone = select(swipe.c.image, swipe.c.undone).where(mine)
        with writing(self._engine) as connection:
            number = _hold(connection, viewer_id).swipes
            row = connection.execute(undone).one_or_none()
            if row is None:
                raise NotFound(f"there is no swipe {client_id!r}")
            if not row.undone:
                connection.execute(update(swipe).where(mine).values(undone=True))
                # A number without a swipe: who follows this viewer by it must look again.
                counted = update(viewer).where(viewer.c.id == viewer_id).values(swipes=number + 1)
                connection.execute(counted)
        return Ordinal(row.image)

    def current_verdicts(self, viewer_id: int) -> CurrentVerdicts:
        """Return the verdicts that stand. Cost: one scan of the viewer's own rows."""
        with reading_once(self._engine) as connection:
            rows = connection.execute(_verdicts, {"viewer": viewer_id}).all()
        last = {row[0]: row[1] for row in rows}
        smashed = BitMap([image for image, verdict in last.items() if verdict])
        return CurrentVerdicts(freeze(smashed), freeze(BitMap(last) - smashed))

    def seen(self, viewer_id: int) -> ImageSet:
        """Return the images with a swipe that stands."""
        mine = select(swipe.c.image).where(swipe.c.viewer_id == viewer_id, ~swipe.c.undone)
        with reading(self._engine) as connection:
            return ImageSet(connection.scalars(mine).all())

    def page(
        self, viewer_id: int, *, before: int | None = None, limit: int = 100
    ) -> tuple[list[Swipe], int | None]:
        """Return swipes, last recorded first, and what to give as ``before`` to go on, or None."""
        mine = select(swipe).where(swipe.c.viewer_id == viewer_id)
        if before is not None:
            mine = mine.where(swipe.c.number < before)
        mine = mine.order_by(swipe.c.number.desc()).limit(limit)
        with reading(self._engine) as connection:
            rows = connection.execute(mine).all()
        return [_swipe(row) for row in rows], rows[-1].number if len(rows) == limit else None

    def all_standing(self, viewer_id: int) -> list[StandingSwipe]:
        """Return the swipes that count, one per image, in the order in which they were swiped.

        Cost: one scan of the viewer's own rows, some 5 µs each.
        """
        columns = select(swipe.c.number, swipe.c.image, swipe.c.verdict, swipe.c.app_verdict)
        mine = columns.where(swipe.c.viewer_id == viewer_id, ~swipe.c.undone)
        with reading_once(self._engine) as connection:
            rows = connection.execute(mine.order_by(swipe.c.at, swipe.c.number)).all()
        last: dict[int, StandingSwipe] = {}
        for number, image, verdict, app in rows:
            last.pop(image, None)
            smashed, app_smashed = bool(verdict), None if app is None else bool(app)
            last[image] = StandingSwipe(number, Ordinal(image), smashed, app_smashed)
        return list(last.values())

    def numbered(self, viewer_id: int, numbers: Sequence[int]) -> list[Swipe]:
        """Return the swipes of a viewer with these numbers, last recorded first."""
        swipes: list[Swipe] = []
        with reading(self._engine) as connection:
            for chunk in chunks(sorted(numbers, reverse=True)):
                mine = select(swipe).where(swipe.c.viewer_id == viewer_id)
                mine = mine.where(swipe.c.number.in_(chunk)).order_by(swipe.c.number.desc())
                swipes += [_swipe(row) for row in connection.execute(mine)]
        return swipes

    def of_viewer(self, viewer_id: int) -> Iterator[Swipe]:
        """Yield every swipe of a viewer in the order recorded, those taken back too."""
        mine = select(swipe).where(swipe.c.viewer_id == viewer_id).order_by(swipe.c.number)
        mine = mine.execution_options(yield_per=STREAMED_ROWS)
        with reading(self._engine) as connection, connection.execute(mine) as rows:
            for row in rows:
                yield _swipe(row)

    def count(self) -> tuple[int, int]:
        """Return how many swipes stand and how many of them are smashes, over all viewers."""
        standing = standing_swipes().subquery()
        counted = select(func.count(), func.coalesce(func.sum(standing.c.verdict), 0))
        with reading(self._engine) as connection:
            swipes, smashes = connection.execute(counted.select_from(standing)).one()
        return int(swipes), int(smashes)

    def counts_by_image(self) -> Iterator[tuple[Ordinal, int, int]]:
        """Yield (image, swipes that stand, smashes among them), by image; a scan of all swipes."""
        row = standing_swipes().subquery().c
        counted = select(row.image, func.count(), func.sum(row.verdict))
        counted = counted.group_by(row.image).order_by(row.image)
        counted = counted.execution_options(yield_per=STREAMED_ROWS)
        with reading(self._engine) as connection, connection.execute(counted) as rows:
            for image, swipes, smashes in rows:
                yield Ordinal(image), int(swipes), int(smashes)

    def counts_of(self, images: Collection[Ordinal]) -> dict[Ordinal, tuple[int, int]]:
        """Return (swipes that stand, smashes among them) of those of a few images that have any.

        Costs about a microsecond for each swipe on them, however many there are on others.
        """
        later = swipe.alias()
        replaced = select(later.c.number).where(
            later.c.image == swipe.c.image,
            later.c.viewer_id == swipe.c.viewer_id,
            tuple_(later.c.at, later.c.number) > tuple_(swipe.c.at, swipe.c.number),
            ~later.c.undone,
        )
        counted = select(swipe.c.image, func.count(), func.sum(swipe.c.verdict))
        counted = counted.where(~swipe.c.undone, ~replaced.exists()).group_by(swipe.c.image)
        counts: dict[Ordinal, tuple[int, int]] = {}
        with reading(self._engine) as connection:
            if connection.dialect.name == "postgresql":
                # Each part is joined with itself alone, by its index; to start helpers for that
                # would cost more than the rows.
                connection.execute(text("SET LOCAL max_parallel_workers_per_gather = 0"))
                connection.execute(text("SET LOCAL enable_partitionwise_join = on"))
            for chunk in chunks(images):
                rows = connection.execute(counted.where(swipe.c.image.in_(chunk)))
                for image, swipes, smashes in rows:
                    counts[Ordinal(image)] = int(swipes), int(smashes)
        return counts

    def standing(self, viewer_id: int, images: Collection[Ordinal]) -> dict[Ordinal, Swipe]:
        """Return a viewer's swipes that stand, of those of a few images that have one."""
        standing: dict[Ordinal, Swipe] = {}
        with reading(self._engine) as connection:
            for chunk in chunks(images):
                mine = select(swipe).where(
                    swipe.c.viewer_id == viewer_id, swipe.c.image.in_(chunk), ~swipe.c.undone
                )
                for row in connection.execute(mine.order_by(swipe.c.at, swipe.c.number)):
                    standing[Ordinal(row.image)] = _swipe(row)
        return standing

    def for_training(self) -> Iterator[TrainingSwipe]:
        """Yield the swipes that models may learn from, by viewer and then by time.

        Those that stand, of adults who let their swipes be used for suggestions. A scan of all
        swipes, a few microseconds each; memory does not grow with their number.
        """
        row = standing_swipes().subquery().c
        may_learn = select(viewer.c.id).where(viewer.c.taste, viewer.c.age_band != MINOR)
        learnt = select(row.viewer_id, row.image, row.verdict, row.at)
        learnt = learnt.where(row.viewer_id.in_(may_learn))
        learnt = learnt.order_by(row.viewer_id, row.at, row.image)
        learnt = learnt.execution_options(yield_per=STREAMED_ROWS)
        with reading(self._engine) as connection, connection.execute(learnt) as rows:
            for viewer_id, image, verdict, at in rows:
                yield TrainingSwipe(int(viewer_id), Ordinal(image), _VERDICTS[verdict], int(at))

    def _record(
        self, connection: Connection, viewer_id: int, swipes: Sequence[Swipe], moment: int
    ) -> SwipeOutcome:
        stored = _hold(connection, viewer_id)
        number, pace = stored.swipes, Pace(*stored[-4:])
        contents = _contents(connection, viewer_id, [submitted.id for submitted in swipes])
        rows, conflicts = [], []
        for place, submitted in enumerate(swipes):
            content = (submitted.image, submitted.verdict == "smash", submitted.at)
            before = contents.setdefault(submitted.id, content)
            if before is content:
                number += 1
                rows.append(_row(viewer_id, number, submitted))
            elif before != content:
                conflicts.append(place)
        if rows:
            connection.execute(_insert, rows)
            counted = {"swipes": number, "seen_day": moment // DAY_US}
            limits = limits_of(
                stored.age_band, stored.reminder, stored.daily_minutes, self._minor_minutes
            )
            if limits.any:
                pace = pace.after(swipe_times([row["at"] for row in rows], moment))
                counted |= _pace_row(pace)
            connection.execute(_count, {"viewer": viewer_id, **counted})
        duplicates = len(swipes) - len(rows) - len(conflicts)
        return SwipeOutcome(len(rows), duplicates, tuple(conflicts), pace)


def standing_swipes() -> Select[Any]:
    """Return a query for the swipe that stands, per viewer and image."""
    place = func.row_number().over(
        partition_by=(swipe.c.viewer_id, swipe.c.image),
        order_by=(swipe.c.at.desc(), swipe.c.number.desc()),
    )
    columns = (swipe.c.viewer_id, swipe.c.image, swipe.c.verdict, swipe.c.app_verdict, swipe.c.at)
    inner = select(*columns, place.label("place")).where(~swipe.c.undone).subquery()
    row = inner.c
    return select(row.viewer_id, row.image, row.verdict, row.app_verdict, row.at).where(
        row.place == 1
    )


def _hold(connection: Connection, viewer_id: int) -> Any:
    """Lock the viewer against other batches of the same one; return the row, pace at its end."""
    row = connection.execute(_held, {"viewer": viewer_id}).one_or_none()
    if row is None:
        raise NotFound("there is no such viewer")
    return row


def _pace_row(pace: Pace) -> dict[str, Any]:
    """Return a pace as columns."""
    return {
        "pace_since": pace.since,
        "pace_last": pace.last,
        "pace_day": pace.day,
        "pace_today": pace.today,
    }


def _contents(
    connection: Connection, viewer_id: int, ids: Sequence[str]
) -> dict[str, tuple[int, bool, int]]:
    """Return image, whether smashed, and time of those swipes that exist."""
    contents: dict[str, tuple[int, bool, int]] = {}
    for chunk in chunks(ids):
        rows = connection.execute(_known, {"viewer": viewer_id, "ids": chunk})
        for client_id, image, verdict, at in rows:
            contents[client_id] = (image, bool(verdict), at)
    return contents


def _row(viewer_id: int, number: int, content: Swipe) -> dict[str, Any]:
    """Return a swipe as a row."""
    app = None if content.app_verdict is None else _VERDICTS.index(content.app_verdict)
    return {
        "viewer_id": viewer_id,
        "client_id": content.id,
        "number": number,
        "image": content.image,
        "verdict": _VERDICTS.index(content.verdict),
        "at": content.at,
        "app_verdict": app,
        "revision": content.revision,
    }


def _swipe(row: Any) -> Swipe:
    """Return a row as a swipe."""
    return Swipe(
        id=row.client_id,
        image=Ordinal(row.image),
        verdict=_VERDICTS[row.verdict],
        at=row.at,
        app_verdict=None if row.app_verdict is None else _VERDICTS[row.app_verdict],
        revision=row.revision,
        undone=bool(row.undone),
    )
