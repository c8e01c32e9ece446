"""What is old goes, and who is gone stays gone, on both databases."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import func, insert, select, update

from smashpass.clock import system_clock
from smashpass.core.decks.pace import DAY_US, NO_PACE
from smashpass.core.errors import NotFound
from smashpass.core.people.swipe import Swipe
from smashpass.store.engine.database import reading, writing
from smashpass.store.engine.tables import job, swipe, viewer
from smashpass.store.people import retention
from smashpass.store.people.erased import Erased, tombstone
from smashpass.store.people.retention import OldRows
from smashpass.store.people.swipes import Swipes
from smashpass.store.people.viewers import Viewers


def count(engine, table) -> int:
    with reading(engine) as connection:
        return connection.scalar(select(func.count()).select_from(table))


def test_old_rows_go_in_several_steps_and_viewers_take_their_swipes_along(engine, monkeypatch):
    monkeypatch.setattr(retention, "AT_ONCE", 2)
    viewers, swipes, old = Viewers(engine), Swipes(engine), OldRows(engine)
    people = [viewers.create("18+") for _ in range(7)]
    for place, person in enumerate(people):
        swipes.record(person.id, [Swipe("a", 1, "smash", 1)], now=(100 + place) * DAY_US)

    assert old.viewers(105 * DAY_US) == old.remove_viewers(105 * DAY_US) == 5

    assert count(engine, viewer) == count(engine, swipe) == 2
    assert viewers.delta(people[5].name) is not None
    assert viewers.delta(people[4].name) is None


def test_jobs_that_have_not_ended_are_never_old(engine):
    with writing(engine) as connection:
        for state, ended in (("done", 10), ("failed", 20), ("queued", None), ("running", None)):
            row = {"kind": "x", "payload": "{}", "state": state, "ended_at": ended}
            connection.execute(insert(job), row)
    old = OldRows(engine)
    assert old.jobs(15) == old.remove_jobs(15) == 1
    assert old.remove_jobs(system_clock()) == 1
    assert count(engine, job) == 2


def test_the_newest_moment_is_that_of_anything(engine):
    old = OldRows(engine)
    assert old.newest_moment() == 0
    Viewers(engine).create("18+")
    assert abs(old.newest_moment() - system_clock()) < DAY_US
    old.note_run(system_clock() + DAY_US)
    old.note_run(system_clock() + 2 * DAY_US)
    assert old.newest_moment() > system_clock() + DAY_US


def test_who_is_gone_is_gone_again_after_a_restore(engine, tmp_path: Path):
    viewers, erased = Viewers(engine), Erased(engine, tmp_path / "erased")
    gone, back, stays = (viewers.create("18+") for _ in range(3))
    viewers.delete(gone.id)
    with pytest.raises(NotFound):
        viewers.delete(gone.id)
    assert erased.all().keys() == {tombstone(gone.name)}
    assert not erased.restored()

    erased.note(back.name, system_clock())  # erased after the backup, which knows nothing of it
    assert erased.restored()
    assert erased.sweep() == 1

    assert viewers.delta(back.name) is None
    assert viewers.delta(stays.name) is not None
    assert not erased.restored()
    assert erased.sweep() == 0
    tombstones = {tombstone(gone.name), tombstone(back.name)}
    assert erased.all().keys() == tombstones
    assert Erased(engine, tmp_path / "another node").all().keys() == tombstones
    erased.scrub()


def test_the_settings_of_a_viewer_are_changed_one_by_one(engine):
    viewers = Viewers(engine)
    viewer = viewers.create("18+")
    assert viewers.set_limits(viewer.id, {"daily_minutes": 30}).daily_minutes == 30
    changed = viewers.set_limits(viewer.id, {"reminder": True})
    assert (changed.daily_minutes, changed.reminder) == (30, True)
    assert viewers.delta(viewer.name).viewer == changed
    Swipes(engine).record(viewer.id, [Swipe("a", 1, "pass", 1)], now=NOON)
    assert viewers.delta(viewer.name).pace.last == NOON
    assert viewers.last_seen(viewer.id)[0] == NOON // DAY_US
    viewers.set_limits(viewer.id, {"reminder": False, "daily_minutes": None})
    assert viewers.last_seen(viewer.id)[1] == NO_PACE
    with pytest.raises(NotFound):
        viewers.set_limits(viewer.id + 1, {"reminder": True})
    with pytest.raises(NotFound):
        viewers.last_seen(viewer.id + 1)


def test_nothing_is_measured_of_who_asked_for_nothing(engine):
    created = Viewers(engine).create("18+")
    Swipes(engine).record(created.id, [Swipe("a", 1, "pass", 1)], now=NOON)
    with reading(engine) as connection:
        assert connection.scalar(select(viewer.c.pace_last)) == 0
    with writing(engine) as connection:
        connection.execute(update(viewer).values(age_band="13-17"))
    Swipes(engine).record(created.id, [Swipe("b", 2, "pass", 1)], now=NOON)
    assert Viewers(engine).delta(created.name).pace.last == NOON


NOON = 20_000 * DAY_US + DAY_US // 2
