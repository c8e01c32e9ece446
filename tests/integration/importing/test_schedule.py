"""Scheduled imports, read from fake programs on the path and from files."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smashpass.importing.runs.schedule import ScheduleReader, next_run, source_of
from smashpass.services.importing.ports import ScheduledImport

NOW = datetime(2026, 3, 4, 12, 0, tzinfo=UTC)
MICROSECONDS = 1_000_000


def now() -> int:
    return int(NOW.timestamp()) * MICROSECONDS


@pytest.fixture
def programs(tmp_path, monkeypatch):
    """Puts scripts on the path, which has nothing else; each call is noted in ``calls``."""
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setenv("PATH", str(folder))
    monkeypatch.setenv("TZ", "UTC")

    def put(name, script):
        path = folder / name
        path.write_text(f"#!/bin/sh\necho x >> {tmp_path}/calls\n{script}\n")
        path.chmod(0o755)

    return put


def test_timers_whose_services_import_are_listed_with_their_times(programs, tmp_path):
    timers = [
        {"next": 1_800, "left": 1, "last": 900, "unit": "nightly.timer", "activates": "a.service"},
        {"next": None, "left": None, "last": 0, "unit": "b.timer", "activates": "b.service"},
        {"next": 5, "left": 1, "last": 5, "unit": "logrotate.timer", "activates": "c.service"},
    ]
    begin, end = "{ path=/x ; argv[]=", " ; ignore_errors=no ; }"
    shown = (
        f"Id=a.service\nExecStart={begin}/opt/s/scripts/import-library /srv/art{end}\n\n"
        f"Id=b.service\nExecStart={begin}/opt/bin/smashpass import --sync -- /srv/b c{end}\n\n"
        f"Id=c.service\nExecStart={begin}/usr/sbin/logrotate /etc/x{end}\n"
    )
    (tmp_path / "timers").write_text(json.dumps(timers))
    (tmp_path / "shown").write_text(shown)
    cat = 'while IFS= read -r line || [ -n "$line" ]; do printf \'%s\\n\' "$line"; done <'
    programs(
        "systemctl",
        f'if [ "$1" = show ]; then {cat} {tmp_path}/shown; else {cat} {tmp_path}/timers; fi',
    )
    schedule = ScheduleReader(now, [])()
    assert schedule.problems == ()
    assert schedule.entries == (
        ScheduledImport("/srv/art", "nightly.timer", "", 900, 1_800),
        ScheduledImport("/srv/b", "b.timer", "", None, None),
    )


def test_crontab_entries_are_listed_with_their_next_run(programs, tmp_path):
    programs(
        "crontab",
        "echo 'MAILTO=a'; echo '# 1 1 * * * smashpass import /old'; "
        "echo '30 3 * * * nice -n 19 /opt/smashpass/scripts/import-library /srv/art > /dev/null'",
    )
    folder = tmp_path / "cron.d"
    folder.mkdir()
    (folder / "shop").write_text("@daily root smashpass import --licence MIT /srv/shop\n")
    (folder / "other").write_text("@daily root rm -rf /var/cache/smashpass\n")
    schedule = ScheduleReader(now, [folder, tmp_path / "none"])()
    assert schedule.problems == ()
    due = [int(datetime(2026, 3, 5, *at, tzinfo=UTC).timestamp()) for at in ((3, 30), (0, 0))]
    assert schedule.entries == (
        ScheduledImport("/srv/art", "crontab", "30 3 * * *", None, due[0] * MICROSECONDS),
        ScheduledImport("/srv/shop", str(folder / "shop"), "@daily", None, due[1] * MICROSECONDS),
    )


def test_what_cannot_be_read_is_said_and_asked_again_after_a_minute(programs, tmp_path):
    programs("systemctl", "echo 'no bus' >&2; exit 1")
    programs("crontab", "echo 'no crontab for root' >&2; exit 1")
    moment = now()
    reader = ScheduleReader(lambda: moment, [])
    assert reader().problems == ("systemctl: no bus",)
    assert reader().entries == ()
    assert len((tmp_path / "calls").read_text().split()) == 2
    moment += 61 * MICROSECONDS
    reader()
    assert len((tmp_path / "calls").read_text().split()) == 4


def test_without_systemd_and_cron_nothing_is_scheduled(programs):
    schedule = ScheduleReader(now, [])()
    assert (schedule.entries, schedule.problems) == ((), ())


@pytest.mark.parametrize(
    ("command", "source"),
    [
        ("smashpass import /a", "/a"),
        ("/opt/.venv/bin/smashpass import --on-existing skip '/a b' 2>/tmp/x", "/a b"),
        ("import-library drop --sync", "drop"),
        ("smashpass import", None),
        ("smashpass retain", None),
        ("smashpass important /a", None),
    ],
)
def test_the_source_of_a_command(command, source):
    assert source_of(command) == source


field = st.sampled_from(["*", "*/7", "5", "1-3", "2,4"])


@given(st.tuples(field, field, field, field, field), st.integers(0, 2_000_000))
def test_the_next_run_is_that_of_a_search_minute_by_minute(fields, minutes):
    """The twin tries every minute of two days."""
    values = {"*": range(100), "5": [5], "1-3": [1, 2, 3], "2,4": [2, 4]}
    lows = (0, 0, 1, 1, 0)

    def fits(place, value):
        text = fields[place]
        return (value - lows[place]) % 7 == 0 if text == "*/7" else value in values[text]

    start = NOW + timedelta(minutes=minutes)
    due = next_run(" ".join(fields), start)
    either = not fields[2].startswith("*") and not fields[4].startswith("*")
    for later in range(1, 2_880):
        moment = start + timedelta(minutes=later)
        weekday = moment.isoweekday() % 7
        by_week = fits(4, weekday) or (weekday == 0 and fits(4, 7))
        days = (fits(2, moment.day), by_week)
        if (
            fits(0, moment.minute)
            and fits(1, moment.hour)
            and fits(3, moment.month)
            and (any(days) if either else all(days))
        ):
            assert due == moment
            return
    assert due is None or due >= start + timedelta(minutes=2_880)


@pytest.mark.parametrize(
    "when", ["", "x * * * *", "61 * * * *", "* * * *", "0 0 31 2 *", "@reboot"]
)
def test_times_that_are_unclear_have_no_next_run(when):
    assert next_run(when, NOW) is None
