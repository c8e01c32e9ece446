"""Hundreds of single mistakes, one at every place of good files: each is found where it is."""

from __future__ import annotations

import time

import pytest

from tests.support.paths import ROOT
from tests.support.rule_checks import check_texts
from tests.support.rule_planting import MISTAKES, planted
from tests.support.rule_texts import GOOD

pytestmark = pytest.mark.slow

SHIPPED_FOLDER = ROOT / "rules"
SHIPPED = {
    path.relative_to(SHIPPED_FOLDER).as_posix(): path.read_text(encoding="utf-8")
    for path in sorted(SHIPPED_FOLDER.rglob("*.yaml"))
}
LEAST = {"E103": 120, "E105": 120, "E106": 120, "E107": 30, "E202": 100}


@pytest.mark.parametrize("code", [*MISTAKES, "E107"])
def test_a_mistake_at_any_place_is_found_there(code: str) -> None:
    count = 0
    slowest = 0.0
    for mistake in planted(code, GOOD):
        began = time.process_time()
        problems = check_texts(mistake.files)
        slowest = max(slowest, time.process_time() - began)
        places = {(problem.code, problem.file, problem.line, problem.col) for problem in problems}
        assert (code, mistake.path, mistake.line, mistake.col) in places, (
            mistake.path,
            mistake.line,
            mistake.col,
            problems,
        )
        count += 1
    assert count >= LEAST.get(code, 1)
    # No timing gate: only what explodes is caught.
    assert slowest < 1


def test_mistakes_in_the_shipped_trees_are_found_as_well() -> None:
    count = 0
    for code in ("E202", "E205", "E216", "E304", "E305", "E306", "E601"):
        for mistake in list(planted(code, SHIPPED))[::12]:
            problems = check_texts(mistake.files)
            places = {
                (problem.code, problem.file, problem.line, problem.col) for problem in problems
            }
            assert (code, mistake.path, mistake.line, mistake.col) in places, (
                mistake.path,
                mistake.line,
                mistake.col,
            )
            count += 1
    assert count >= 40
