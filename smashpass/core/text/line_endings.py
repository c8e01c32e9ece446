"""Preserving line endings through HTML text fields, which change them.

Browsers normalise every line break and send CR LF. Correcting one word of a file must not change
all of its lines.
"""

from __future__ import annotations

import re
from difflib import SequenceMatcher

_BREAK = re.compile("\r\n|\r|\n")
_LINE = re.compile("[^\r\n]*(?:\r\n|\r|\n|$)")


def as_form_text(text: str) -> str:
    """Return a text as in a text field: line breaks are LF, and NUL is U+FFFD."""
    return _BREAK.sub("\n", text).replace("\0", "\ufffd")


def restore_line_endings(before: str, edited: str) -> str:
    r"""Return a submitted text with the line breaks of the original.

    Lines that are as before keep theirs; new lines take the break that is the most frequent.
    Unedited parts stay identical byte for byte.

    Args:
        before: The text that the form was made from.
        edited: The submitted text, with breaks of any kind.
    """
    old, new = as_form_text(before), as_form_text(edited)
    if old == new:
        return before
    breaks = _BREAK.findall(before)
    usual = max(("\n", "\r\n", "\r"), key=breaks.count) if breaks else "\n"
    # NUL cannot be typed, so the lines that had one are restored with it.
    if "\0" not in before and breaks.count(usual) == len(breaks):
        return new.replace("\n", usual)
    result = _line_by_line(lines(before), lines(new), usual)
    # A lone CR in front of an empty line would become one break of both.
    return result if as_form_text(result) == new else new.replace("\n", usual)


def lines(text: str) -> list[str]:
    """Return the lines with their breaks; together they are the text."""
    return [line for line in _LINE.findall(text) if line]


def _line_by_line(before: list[str], after: list[str], usual: str) -> str:
    """Return the lines of ``after``, each as in ``before`` where it stands there too."""
    old = [as_form_text(line) for line in before]
    head = 0
    while head < min(len(old), len(after)) and old[head] == after[head]:
        head += 1
    tail = 0
    while tail < min(len(old), len(after)) - head and old[-1 - tail] == after[-1 - tail]:
        tail += 1
    result = before[:head]
    # Only what lies between is compared: the cost of that grows with the square of its size.
    middle = after[head : len(after) - tail]
    old_middle = old[head : len(old) - tail]
    for change, i, j, k, m in SequenceMatcher(None, old_middle, middle).get_opcodes():
        if change == "equal":
            result += before[head + i : head + j]
        else:
            result += [line.replace("\n", usual) for line in middle[k:m]]
    return "".join(result + before[len(before) - tail :])
