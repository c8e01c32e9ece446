"""What an exact look at whole trees finds stands at its place in the files."""

from __future__ import annotations

import re

import pytest

from tests.support.rule_checks import check_texts
from tests.support.rule_texts import GOOD, LOOKS, LOOKS_PATH, PORTRAITS, PORTRAITS_PATH

HEAD = "format: 1\nid: t\n"
FRIENDLY = "predicates:\n  friendly: {any: [beard, smile]}\n"
NODE = (
    "nodes:\n  face:\n    id: face\n    if: smile\n"
    "    then: {id: s, verdict: smash, reason: S}\n    else: {id: n, verdict: pass, reason: N}\n"
)


def leaf(name: str, reason: str = "") -> str:
    return f"{{id: {name}, verdict: pass, reason: {reason or name}}}"


def a_tree(arms: str, otherwise: str = "", head: str = "") -> dict[str, str]:
    """A tree of three levels whose second level is a ``choose`` with some arms."""
    last = otherwise or f"{{if: last, then: {leaf('x')}, else: {leaf('y')}}}"
    return {
        "t.yaml": f"{HEAD}{head}root:\n  id: top\n  if: first\n  then: {leaf('f')}\n"
        f"  else:\n    id: mid\n    choose:\n{arms}    else: {last}\n"
    }


def found(files: dict[str, str], *codes: str) -> list[tuple[str, str, str]]:
    """Code, place and message of the problems with one of the codes, or of all errors."""
    return [
        (problem.code, f"{problem.line}:{problem.col}", problem.message)
        for problem in check_texts(files)
        if problem.code in codes or (not codes and problem.severity == "error")
    ]


def arm(test: str, then: str) -> str:
    return f"      - when: {test}\n        then: {then}\n"


CASES = {
    "behind a wider wildcard": (
        a_tree(arm('"hat:*"', leaf("a")) + arm("hat:straw", leaf("b"))),
        [("E409", "12:15", "the arm can never be reached: mid.arms[0] takes hat:*")],
    ),
    "answered above": (
        a_tree(arm("{all: [first, b]}", leaf("a"))),
        [("E409", "10:15", "the arm can never be reached: top.then takes first")],
    ),
    "covered by two": (
        a_tree(
            arm("{attr: image.width, lt: 9}", leaf("a"))
            + arm("{attr: image.width, gte: 9, on_missing: true}", leaf("b"))
        ),
        [("E409", "14:11", "the else can never be reached: mid.arms[0] takes image.width < 9, "
          "mid.arms[1] takes image.width ≥ 9")],
    ),
    "contradiction across levels of one test": (
        a_tree(arm("{all: [{any: [a, b]}, {not: {any: [b, a, c]}}]}", leaf("a"))),
        [("E402", "10:15", "the condition can never be true: all of (any of a, b), "
          "(not (any of b, a, c))")],
    ),
    "whatever is asked": (
        a_tree(
            arm("a", f"{{id: q, if: b, then: {leaf('p', 'x')}, else: {leaf('o', 'y')}}}"),
            f"{{id: r, if: {{not: b}}, then: {leaf('u', 'y')}, else: {leaf('v', 'x')}}}",
        ),
        [("E408", "12:11", "whatever mid asks, all its ways decide the same")],
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_what_no_single_line_shows_is_an_error_at_its_place(case: str) -> None:
    files, expected = CASES[case]
    assert found(files) == expected


def test_what_covers_an_arm_is_named_with_its_place() -> None:
    files, _ = CASES["behind a wider wildcard"]
    (problem,) = (item for item in check_texts(files) if item.code == "E409")
    assert problem.related == "t.yaml:10:15"


def test_a_part_with_always_the_same_answer_is_a_warning_at_the_part() -> None:
    files = a_tree(arm("{any: [a, first]}", leaf("a")))
    assert found(files, "W402") == [("W402", "10:25", "here first is always false")]


def test_parts_of_a_named_predicate_are_left_alone() -> None:
    files = a_tree(arm("beard", leaf("a")) + arm("{is: friendly}", leaf("b")), head=FRIENDLY)
    assert found(files, "W402", "E409") == []


def test_in_a_fragment_it_is_a_warning_where_the_tree_uses_it() -> None:
    arms = arm("smile", "{use: face}") + arm("frown", "{use: face}")
    files = a_tree(arms, head=NODE)
    assert found(files) == []
    assert found(files, "W409") == [
        (
            "W409",
            "17:21",
            "the else can never be reached: mid lets only smile through, face.then takes smile",
        ),
        ("W409", "19:21", "the arm can never be reached: mid.arms[0] takes smile"),
    ]


def test_unused_names_are_warnings_unless_the_file_was_merely_included() -> None:
    looks = LOOKS.replace("predicates:\n", "predicates:\n  spare: {any: [a, b]}\n")
    files = {PORTRAITS_PATH: PORTRAITS, LOOKS_PATH: looks}
    assert found(files, "W501") == [("W501", "6:10", "nothing uses the predicate spare")]
    quality = "  viewer.likes_week:  {type: integer, min: 0}\n"
    more = PORTRAITS.replace(quality, quality + "  image.mood: {type: text}\n")
    assert found({**GOOD, PORTRAITS_PATH: more}, "W501") == [
        ("W501", "11:3", "nothing reads the attribute image.mood")
    ]


def test_a_branch_that_no_test_takes_is_a_warning() -> None:
    text = re.sub(r"  - name: small robot\n.*\n.*\n", "", PORTRAITS)
    files = {**GOOD, PORTRAITS_PATH: text}
    ((code, place, message),) = found(files, "W502")
    assert (code, place) == ("W502", "11:11")
    assert message.startswith("no test of the tree portraits takes the branch ")
    without = {**GOOD, PORTRAITS_PATH: PORTRAITS.partition("tests:")[0]}
    assert [row[2] for row in found(without, "W502")] == ["the tree portraits has no tests"]


def test_a_tree_that_is_too_large_for_an_exact_look_says_so() -> None:
    arms = "".join(arm(f"t{number}", leaf(f"l{number}")) for number in range(320))
    assert [row[:2] for row in found(a_tree(arms), "W504")] == [("W504", "5:7")]
