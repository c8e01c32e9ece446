"""Two people's versions of a text become one."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from smashpass.core.text.line_endings import as_form_text
from smashpass.services.rules.authoring.merge import BETWEEN, MINE, THEIRS, merge

TEXTS = st.lists(st.sampled_from("abc")).map(
    lambda letters: "".join(f"{letter}\n" for letter in letters)
)


@given(TEXTS, TEXTS)
def test_the_edits_of_one_are_taken_whole(base, edited):
    assert merge(base, edited, base).text == edited
    assert merge(base, base, edited).text == edited
    assert merge(base, edited, edited).text == edited


@given(TEXTS, TEXTS, TEXTS)
def test_every_line_of_a_merge_comes_from_somebody(base, mine, theirs):
    merged = merge(base, mine, theirs)

    allowed = {*base.splitlines(), *mine.splitlines(), *theirs.splitlines(), MINE, BETWEEN, THEIRS}
    assert set(merged.text.splitlines()) <= allowed
    assert merged.text.count(MINE) == merged.conflicts


def test_edits_of_different_lines_are_both_kept():
    base = "a\nb\nc\nd\n"

    merged = merge(base, "A\nb\nc\nd\n", "a\nb\nc\nD\n")

    assert (merged.text, merged.conflicts) == ("A\nb\nc\nD\n", 0)


def test_edits_of_the_same_line_stand_between_markers():
    merged = merge("a\nb\nc", "a\nX\nc", "a\nY\nc")

    assert merged.text == f"a\n{MINE}\nX\n{BETWEEN}\nY\n{THEIRS}\nc"
    assert merged.conflicts == 1


def test_line_breaks_alone_are_no_edit():
    merged = merge("a\nb\nc\n", "a\r\nb\r\nX\r\n", "Y\nb\nc\n")

    assert as_form_text(merged.text) == "Y\nb\nX\n"
    assert merged.conflicts == 0
