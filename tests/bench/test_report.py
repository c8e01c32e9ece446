"""How the benchmarks judge and show figures."""

from __future__ import annotations

import pytest

from bench.report import Row, at_most, beside, shown, table
from bench.timing import interleaved


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [
        (0.00026, "s", "260 µs"),
        (0.0143, "s", "14.3 ms"),
        (93.0, "s", "93 s"),
        (3e-7, "s", "0.3 µs"),
        (2.5e9, "B", "2.5 GB"),
        (341_000_000, "B", "341 MB"),
        (12, "B", "12 B"),
        (50.0, "", "50"),
        (0.22542058, "", "0.2254"),
        (1631.3, "", "1,631"),
        (12_345_678, "n", "12,345,678"),
        (6, "n", "6"),
    ],
)
def test_figures_are_shown_with_three_digits_and_a_fitting_unit(value, unit, text):
    assert shown(value, unit) == text


def test_a_limit_is_met_missed_or_not_judged():
    assert at_most("m", 1, 0.4, 0.5).passed is True
    assert at_most("m", 1, 0.6, 0.5).passed is False
    assert at_most("m", 1, 0.6, 0.5, judged=False).passed is None


def test_a_peer_is_compared_by_how_many_times_our_time_it_takes():
    row = beside("m", 1, 0.001, "peer", 0.02, at_least=20)
    assert row.ratio == pytest.approx(20)
    assert row.passed is True
    assert beside("m", 1, 0.001, "peer", 0.019, at_least=20).passed is False
    assert beside("m", 1, 0.001, "peer", 0.5).passed is None


def test_the_table_holds_every_row():
    rows = [Row("first", 1000, 0.5), beside("second", 1000, 0.1, "peer", 0.3, at_least=2)]
    first, second = table(rows).splitlines()[1:]
    assert first.split() == ["first", "1,000", "500", "ms"]
    assert second.split()[-5:] == ["×", "≥", "2", "×", "pass"]


def test_contenders_take_turns_and_the_first_round_does_not_count():
    calls: list[str] = []

    def contender(name, seconds):
        def run():
            calls.append(name)
            return next(seconds)

        return run

    timings = interleaved(
        {"a": contender("a", iter([9.0, 1.0, 2.0, 3.0])), "b": contender("b", iter([9, 5, 5, 5]))},
        rounds=3,
        budget_s=60,
    )
    assert "".join(calls) == "ab" + "abbaab"
    assert (timings["a"].median, timings["b"].median) == (2.0, 5)


def test_when_the_time_is_over_three_rounds_are_still_made():
    assert interleaved({"a": lambda: 1.0}, rounds=50, budget_s=0.0)["a"].rounds == 3
