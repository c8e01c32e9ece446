"""The measures of the overview beside a plain recount, and traffic that waits for the database."""

from __future__ import annotations

import time
from types import SimpleNamespace

from smashpass.core.errors import DatabaseUnavailable
from smashpass.core.operations.traffic import Traffic, bound_s
from smashpass.services.operations.overview import SHOWN_DAYS, OverviewService
from smashpass.services.operations.traffic import TrafficRecorder

DAY_US = 86_400_000_000
TODAY = 20_500


def overview(figures, traffic):
    nobody = SimpleNamespace()
    return OverviewService(
        last_figures=lambda: figures,
        traffic_since=lambda day: {at: row for at, row in traffic.items() if at >= day},
        library=lambda: nobody,
        search=nobody,
        moderation=nobody,
        imports=nobody,
        jobs=nobody,
        clock=lambda: TODAY * DAY_US + 5,
    )


def test_measures_equal_a_plain_recount():
    days = [
        {"day": TODAY - ago, "swipes": 10 + ago, "judged": 8, "agreed": 8 - ago % 3}
        for ago in (1, 2, 5, 9, 13, 20, 40)
    ]
    traffic = {TODAY - ago: Traffic(100, ago, {ago: 40}) for ago in (0, 1, 3, 8, 14)}
    figures = {"at": TODAY * 86_400 - 3_600, "days": days}  # counted yesterday
    swipes, agreement, errors, p99 = overview(figures, traffic).measures()

    assert swipes.days == tuple(range(TODAY - SHOWN_DAYS + 1, TODAY + 1))
    by_day = {row["day"]: row for row in days}
    for day, value in zip(swipes.days, swipes.values, strict=True):
        expected = None if day == TODAY else by_day.get(day, {"swipes": 0})["swipes"]
        assert value.value == expected
    assert swipes.week.value == 11 + 12 + 15
    assert swipes.week_before.value == 19 + 23
    assert agreement.week.value == (7 + 6 + 6) / 24
    assert agreement.week.cases == 24
    assert not agreement.week.is_sufficient
    assert agreement.values[-1].value is None
    assert errors.values[-1].value == 0
    assert errors.week.value == (1 + 3) / 200
    assert errors.week_before.value == (8 + 14) / 200
    assert p99.values[-2].value == bound_s(1)
    assert p99.week.value == bound_s(3)
    assert p99.week.is_sufficient


def test_nothing_is_known_before_anything_happened():
    for measure in overview(None, {}).measures():
        assert {value.value for value in measure.values} == {None}
        assert measure.week.value is None


def test_what_could_not_be_stored_is_stored_later(caplog):
    stored: list[dict[int, Traffic]] = []
    now = [TODAY * DAY_US]
    is_down = [True]

    def store(traffic):
        if is_down[0]:
            raise DatabaseUnavailable("the database does not answer")
        stored.append(dict(traffic))

    recorder = TrafficRecorder(store, lambda: now[0])
    recorder.count(200, 0.001, is_deck=True)
    recorder.count(503, 0.5, is_deck=True)
    recorder.save()
    assert "not counted yet" in caplog.text
    now[0] += DAY_US
    recorder.count(200, 0.3, is_deck=False)
    is_down[0] = False
    recorder.save()
    recorder.save()
    assert stored == [{TODAY: Traffic(2, 1, {0: 1}), TODAY + 1: Traffic(1)}]


def test_counts_are_stored_again_and_again(monkeypatch):
    monkeypatch.setattr("smashpass.services.operations.traffic.INTERVAL_S", 0.01)
    stored: list[dict[int, Traffic]] = []
    recorder = TrafficRecorder(lambda traffic: stored.append(dict(traffic)), lambda: 0)
    recorder.start()
    for number in (1, 2):
        recorder.count(200, 0.001, is_deck=False)
        until = time.monotonic() + 20
        while len(stored) < number:
            assert time.monotonic() < until
            time.sleep(0.01)
    assert stored == [{0: Traffic(1)}, {0: Traffic(1)}]
