"""Problems as text: a mark under the place, and nothing that a terminal would obey."""

from __future__ import annotations

from smashpass.core.problems import Problem
from smashpass.rulefiles.load import load_texts
from smashpass.rulefiles.render import render, render_all


def a_problem(line: int, col: int, **more: str) -> Problem:
    return Problem("t.yaml", line, col, "E110", "the value is empty", "error", **more)


def test_a_problem_shows_place_line_mark_and_help() -> None:
    rendered = render(a_problem(2, 5, hint="write it", related="u.yaml:1:1"), "a: b\ntag: #x\n")
    assert rendered == (
        "t.yaml:2:5: error[E110] the value is empty (see u.yaml:1:1)\n"
        "  2 | tag: #x\n"
        "    |     ^\n"
        "  help: write it"
    )


def test_the_mark_stands_right_behind_wide_characters_and_tabs() -> None:
    rendered = render(a_problem(1, 5), "猫\té́x")
    assert rendered.split("\n")[1:] == ["  1 | 猫 é́x", "    |     ^"]


def test_control_characters_are_replaced() -> None:
    assert "\x1b" not in render(a_problem(1, 1), "\x1b[31mred")
    problems = load_texts({"t.yaml": 'format: 1\n"\\x1b[31m": x\n', "\x1b.yaml": ""}).problems
    assert all(render(problem, "").replace("\n", "").isprintable() for problem in problems)


def test_a_long_line_is_cut_around_the_mark() -> None:
    text = "x" * 5_000 + "!" + "y" * 5_000
    _, line, mark = render(a_problem(1, 5_001), text).split("\n")
    assert len(line) < 120
    assert line[mark.index("^")] == "!"


def test_a_place_behind_the_last_line_shows_no_line() -> None:
    assert render(a_problem(9, 1), "a\n") == "t.yaml:9:1: error[E110] the value is empty"
    assert render(a_problem(1, 1), None) == "t.yaml:1:1: error[E110] the value is empty"


def test_only_the_first_problems_of_a_file_are_shown() -> None:
    problems = [a_problem(line, 1) for line in range(70, 0, -1)]
    rendered = render_all(problems, {})
    assert rendered.count("error[E110]") == 50
    assert rendered.startswith("t.yaml:1:1: ")
    assert rendered.endswith("t.yaml: 20 more problems are not shown")
