"""A text that goes through a text field of a browser comes back as its author wrote it."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smashpass.core.text.line_endings import as_form_text, lines, restore_line_endings

TEXTS = st.text(st.sampled_from("ab #\t\r\n\ufeff\0é"), max_size=60)


def sent(text: str) -> str:
    """What a browser sends of a field that holds ``text``."""
    return re.sub("\r\n|\r|\n", "\r\n", text).replace("\0", "\ufffd")


@given(TEXTS)
def test_what_is_not_edited_comes_back_byte_for_byte(text):
    assert restore_line_endings(text, sent(text)) == text


@given(TEXTS, TEXTS)
def test_what_was_typed_is_never_changed_but_for_line_breaks(before, typed):
    assert as_form_text(restore_line_endings(before, sent(typed))) == as_form_text(typed)


@given(st.lists(st.sampled_from(["a\n", "b\r\n", "c\r\n", "# d\n"]), min_size=1), st.data())
def test_a_changed_line_leaves_all_others_as_they_were(old, data):
    at = data.draw(st.integers(0, len(old) - 1))
    edited = [*old[:at], "new\n", *old[at + 1 :]]

    restored = lines(restore_line_endings("".join(old), sent("".join(edited))))

    assert restored[:at] + restored[at + 1 :] == old[:at] + old[at + 1 :]


@pytest.mark.parametrize(
    ("before", "typed", "after"),
    [
        ("a\r\nb\r\n", "a\nb\nc\n", "a\r\nb\r\nc\r\n"),
        ("a\r\nb\nc", "a\nX\nc", "a\r\nX\nc"),
        ("", "a\nb\n", "a\nb\n"),
        ("a\n", "", ""),
        ("\ufeffa:\tb", "\ufeffa:\tc", "\ufeffa:\tc"),
        ("a\n\n", "a\n\n\n", "a\n\n\n"),
    ],
)
def test_new_lines_end_as_most_others_do(before, typed, after):
    assert restore_line_endings(before, sent(typed)) == after
