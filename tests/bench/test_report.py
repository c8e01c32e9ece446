"""How the benchmarks judge and show figures."""

from __future__ import annotations

import json

import pytest

from bench.report import Row, as_json, at_most, beside, markdown, shown, table
from bench.timing import interleaved
from tests.support.paths import ROOT


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


def test_the_reports_hold_every_row():
    rows = [Row("first", 1000, 0.5), beside("second", 1000, 0.1, "peer", 0.3, at_least=2)]
    assert "second" in table(rows)
    assert "| second | 1,000 | 100 ms | peer | 300 ms | 3 × | ≥ 2 × | pass |  |" in markdown(
        rows, "scripts/bench", "now"
    )
    assert [row["measure"] for row in json.loads(as_json(rows, "c", "now"))["rows"]] == [
        "first",
        "second",
    ]


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


def test_the_readme_shows_measured_figures_and_every_gate_that_is_missed():
    root = ROOT
    section = (root / "README.md").read_text().partition("## How fast")[2].partition("\n## ")[0]
    lines = [line for line in section.splitlines() if line.startswith("| ")][1:]
    rows = [
        row
        for path in sorted(root.glob("bench/results*.json"))
        for row in json.loads(path.read_text())["rows"]
    ]
    assert sum(line.endswith("| met |") for line in lines) >= 8
    assert set(lines) <= {readme_line(row) for row in rows}
    assert {readme_line(row) for row in rows if row["passed"] is False} <= set(lines)


def readme_line(row):
    """How the README's table shows a row of the results."""
    if row["ratio"] is not None:
        figure = f"{row['ratio']:.3g} × faster"
    else:
        figure = shown(row["ours"], row["unit"]) if row["unit"] else f"{100 * row['ours']:.1f} %"
    name = row["measure"] + (f", beside {row['beside']}" if row["beside"] else "")
    verdict = "met" if row["passed"] else "**missed**"
    return f"| {name} | {figure} | {row['gate']} | {verdict} |"
