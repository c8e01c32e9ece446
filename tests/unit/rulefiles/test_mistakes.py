"""Every mistake is found where it is, with its code, and nothing else is reported beside it."""

from __future__ import annotations

import pytest

from smashpass.rulefiles.grammar import CODES
from smashpass.rulefiles.load import load_texts
from smashpass.rulefiles.render import render
from tests.support.rule_checks import check_texts
from tests.support.rule_mistakes import LINT, NAMES, READING, SHAPES, Mistake
from tests.support.rule_texts import GOOD

ALL = [*READING, *SHAPES, *NAMES, *LINT]


@pytest.mark.parametrize("mistake", ALL, ids=lambda mistake: mistake.name)
def test_a_single_mistake_is_reported_once_at_its_place(mistake: Mistake) -> None:
    files, line, col = mistake.files()
    errors = [problem for problem in load_texts(files).problems if problem.severity == "error"]
    rendered = "\n".join(render(problem, files[problem.file]) for problem in errors)
    assert [(problem.code, problem.file, problem.line, problem.col) for problem in errors] == [
        (mistake.code, mistake.file, line, col)
    ], rendered
    assert mistake.says in f"{errors[0].message}; {errors[0].hint}"


def test_the_good_files_have_no_problem() -> None:
    assert check_texts(GOOD) == []


def test_every_code_of_the_table_is_planted_somewhere() -> None:
    planted = {mistake.code for mistake in ALL}
    elsewhere = {"E101", "E102", "E104", "E111", "E411", "E601", "E602", "E603", "W304", "W410"}
    elsewhere |= {"W301", "W302", "W402", "W408", "W409", "W501", "W502", "W503", "W504"}
    assert planted | elsewhere == set(CODES)
    assert not planted & elsewhere
    assert len(ALL) >= 80
