"""Data are kept as long as is said: with a clock of the test, nothing is overdue, nothing early."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, insert, select

from smashpass.bootstrap.container import Container
from smashpass.bootstrap.installation import Installation
from smashpass.core.decks.pace import DAY_US
from smashpass.core.errors import NotPossible
from smashpass.services.privacy.retention import AHEAD_US, BEHIND_US, check_clock
from smashpass.settings import load
from smashpass.store.engine import audit_chain, tables
from smashpass.store.engine.database import reading, writing

NOW = 25_000 * DAY_US + 13 * 3_600_000_000
DAYS = {"viewers": 400, "notices": 100, "audit": 200, "jobs": 30, "erased": 50}
AGES = st.lists(
    st.one_of(
        st.integers(0, 500 * DAY_US),
        st.sampled_from([limit * DAY_US + more for limit in DAYS.values() for more in (-1, 0, 1)]),
    ),
    max_size=8,
)


@pytest.fixture
def parts(installation: Installation) -> Iterator[Installation]:
    days = {f"SMASHPASS_KEEP_{name.upper()}_DAYS": str(limit) for name, limit in DAYS.items()}
    opened = Installation(load({"SMASHPASS_HOME": str(installation.home), **days}), lambda: NOW)
    yield opened
    opened.engine.dispose()


def fill(parts: Installation, ages: list[int]) -> None:
    """Keep something of each class for each age."""
    (parts.home / "erased").unlink(missing_ok=True)
    with writing(parts.engine) as connection:
        for table in (tables.viewer, tables.notice, tables.job, tables.audit, tables.erased):
            connection.execute(delete(table))
        connection.execute(delete(tables.meta).where(tables.meta.c.name.like("audit_%")))
        for place, age in enumerate(sorted(ages, reverse=True)):
            at = NOW - age
            connection.execute(
                insert(tables.viewer),
                {"name": f"v{place}", "age_band": "18+", "created_at": 0, "seen_day": at // DAY_US},
            )
            texts = dict.fromkeys(("image", "kind", "text", "contact"), "x")
            for number, state in ((2 * place, "decided"), (2 * place + 1, "open")):
                connection.execute(
                    insert(tables.notice),
                    {"id": number, "token": str(number), "state": state, "at": at, "due_at": at}
                    | texts,
                )
            for state, ended in (("done", at), ("queued", None)):
                connection.execute(
                    insert(tables.job),
                    {"kind": "x", "payload": "{}", "state": state, "ended_at": ended},
                )
            row = {"at": at, "actor": "ann", "action": "x", "target": "", "detail": "{}"}
            audit_chain.append(connection, row)
            connection.execute(insert(tables.erased), {"name": bytes([place]) * 32, "at": at})
    parts.erased.sweep()


def kept(parts: Installation) -> dict[str, list[int]]:
    """Ages of what is still there, by class."""
    columns = {
        "notices": select(tables.notice.c.at).where(tables.notice.c.state == "decided"),
        "audit": select(tables.audit.c.at),
        "jobs": select(tables.job.c.ended_at).where(tables.job.c.ended_at.is_not(None)),
        "erased": select(tables.erased.c.at),
    }
    with reading(parts.engine) as connection:
        ages = {
            name: [NOW - at for at in connection.scalars(column)]
            for name, column in columns.items()
        }
        days = connection.scalars(select(tables.viewer.c.seen_day)).all()
    ages["viewers"] = [NOW // DAY_US - day for day in days]
    return ages


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(ages=AGES)
def test_nothing_is_overdue_and_nothing_goes_early(parts: Installation, ages: list[int]) -> None:
    fill(parts, ages)
    would = Container(parts).privacy.retain(dry_run=True, force_clock=True)
    everything = kept(parts)
    assert all(len(row) == len(ages) for row in everything.values())

    removals = Container(parts).privacy.retain(force_clock=True)

    assert [removal.removed for removal in removals] == [removal.removed for removal in would]
    left = kept(parts)
    for name in ("notices", "audit", "jobs", "erased"):
        should = sorted(age for age in ages if age <= DAYS[name] * DAY_US)
        assert sorted(left[name]) == should, name
    days = [NOW // DAY_US - (NOW - age) // DAY_US for age in ages]
    assert sorted(left["viewers"]) == sorted(day for day in days if day <= DAYS["viewers"])
    assert set(parts.erased.all().values()) == {
        NOW - age for age in ages if age <= DAYS["erased"] * DAY_US
    }
    with reading(parts.engine) as connection:
        states = connection.scalars(select(tables.notice.c.state)).all()
        assert states.count("open") == len(ages)  # what waits is never too old
        waiting = connection.scalars(select(tables.job.c.id).where(tables.job.c.state == "queued"))
        assert len(waiting.all()) == len(ages)
    assert parts.audit.verify()[2] is None
    assert all(not removal.removed for removal in Container(parts).privacy.retain())


def test_files_of_the_decision_log_go_by_their_day(parts: Installation) -> None:
    folder = parts.decision_folder
    folder.mkdir()
    days = {"2038-06-13": True, "2038-05-14": True, "2038-05-13": False, "2031-01-01": False}
    for day in days:
        (folder / f"{day}-1-0000.jsonl").write_text("{}\n")
    (folder / "notes.txt").write_text("not ours")

    Container(parts).privacy.retain(force_clock=True)

    left = {path.name[:10] for path in folder.glob("*.jsonl")}
    assert left == {day for day, stays in days.items() if stays}
    assert (folder / "notes.txt").exists()


@pytest.mark.parametrize(
    ("wrong", "force", "refused"),
    [
        (0, False, False),
        (-BEHIND_US, False, False),
        (-BEHIND_US - 1, False, True),
        (-BEHIND_US - 1, True, True),
        (AHEAD_US, False, False),
        (AHEAD_US + 1, False, True),
        (AHEAD_US + 1, True, False),
        (3_650 * DAY_US, False, True),
        (-3_650 * DAY_US, True, True),
    ],
)
def test_with_a_wrong_clock_nothing_is_removed(wrong: int, force: bool, refused: bool) -> None:
    if refused:
        with pytest.raises(NotPossible, match="nothing is removed: it is"):
            check_clock(NOW + wrong, NOW, force=force)
    else:
        check_clock(NOW + wrong, NOW, force=force)
    check_clock(wrong + NOW, 0)  # where nothing was recorded, any clock will do


def test_a_jump_of_the_clock_keeps_everything(installation: Installation) -> None:
    now = installation.clock()
    viewer = installation.viewers.create("18+")
    for jump in (-400 * DAY_US, 500 * DAY_US):
        home = {"SMASHPASS_HOME": str(installation.home)}
        jumped = Installation(load(home), lambda jump=jump: now + jump)
        with pytest.raises(NotPossible):
            Container(jumped).privacy.retain()
        jumped.engine.dispose()
        assert installation.viewers.delta(viewer.name) is not None


def test_the_job_leaves_a_record_that_the_next_one_goes_by(installation: Installation) -> None:
    now = installation.clock()
    home = {"SMASHPASS_HOME": str(installation.home)}
    for day in range(5):
        opened = Installation(load(home), lambda day=day: now + day * DAY_US)
        Container(opened).privacy.retain()
        opened.engine.dispose()
    late = Installation(load(home), lambda: now + 7 * DAY_US)
    with pytest.raises(NotPossible, match="force-clock"):
        Container(late).privacy.retain()
    late.engine.dispose()


def test_a_line_that_a_crash_cut_spoils_no_tombstone(installation: Installation) -> None:
    file = Path(installation.home / "erased")
    installation.erased.note("ann", 1)
    with file.open("a") as text:
        text.write("17 abc")
    installation.erased.note("ben", 2)
    assert sorted(installation.erased.all().values()) == [1, 2]
    assert file.stat().st_mode & 0o077 == 0
    assert "ann" not in file.read_text()


def test_the_settings_say_what_the_classes_do(parts: Installation) -> None:
    days_of = {kind.name: kind.days for kind in parts.retention_rules()}
    assert days_of == DAYS | {"decisions": 30}
    assert json.dumps(days_of)
