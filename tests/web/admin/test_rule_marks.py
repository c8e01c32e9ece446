"""Marks in the text of a rule file, against what the YAML scanner says of the same line."""

from __future__ import annotations

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from smashpass.core.problems import Problem
from smashpass.web.admin.rules.marks import mark_of, span

NAMES = st.from_regex(r"[a-z][a-z0-9_]{0,8}(:[a-z][a-z0-9_]{0,8})?", fullmatch=True)
WRITTEN = st.one_of(NAMES, NAMES.map(lambda name: f'"{name}"'), NAMES.map(lambda name: f"'{name}'"))


@given(st.lists(WRITTEN, min_size=1, max_size=4), st.sampled_from(["any: [%s]", "k: {any: [%s]}"]))
def test_the_columns_are_those_of_the_scanner(names, form):
    line = form % ", ".join(names)
    for token in yaml.scan(line):
        if isinstance(token, yaml.ScalarToken):
            quotes = 0 if token.plain else 1
            expected = token.start_mark.column + 1 + quotes, token.end_mark.column + 1 - quotes
            assert span(line, token.start_mark.column + 1) == expected
            assert line[expected[0] - 1 : expected[1] - 1] == token.value


@pytest.mark.parametrize(
    ("line", "col", "marked"),
    [
        ("  if: glases  # a comment", 7, "glases"),
        ("  reson: x", 3, "reson"),
        ("\U0001f600: bear", 4, "bear"),
        ("- {tag: x}", 1, "- {tag: x}"),
        ("{tag: x}", 1, "{tag: x}"),
        ("", 1, ""),
        ("short", 40, ""),
    ],
)
def test_places_by_hand(line, col, marked):
    start, end = span(line, col)
    assert line[start - 1 : end - 1] == marked


def problem(line, col, message, hint):
    return Problem("t.yaml", line, col, "E1", message, "error", hint)


def test_only_what_the_message_is_about_is_replaced():
    text = "a: 1\r\nif: glases"
    hint = "did you mean glasses or hair:blonde?"

    mark = mark_of(text, problem(2, 5, "no tag is called 'glases'", hint))
    other = mark_of(text, problem(2, 1, "no tag is called 'glases'", hint))

    assert mark is not None
    assert mark.proposals == ("glasses", "hair:blonde")
    assert other is not None
    assert (other.line, other.start, other.end) == (mark.line, mark.start, mark.end)
    elsewhere = mark_of("if: [x]  # glases", problem(1, 5, "no tag is called 'glases'", hint))
    assert elsewhere is not None
    assert elsewhere.proposals == ()
    assert mark_of(text, problem(3, 1, "m", "")) is None
    assert mark_of(text, problem(2, 5, "of 'glases'", "did you mean a: b?")).proposals == ()
