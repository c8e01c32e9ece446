"""Numbers as rule files write them: decimal, without surprises.

No underscores, no octal, hexadecimal or sexagesimal forms, no infinities, no leading ``+``.
"""

from __future__ import annotations

import math
import re

from smashpass.rulefiles.grammar import MAX_DIGITS

_NUMBER = re.compile(r"-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]{1,3})?", re.ASCII)
_LONGEST = 40


def number(text: str) -> float | None:
    """Return the number that ``text`` writes, or None if it writes none.

    At most 15 significant digits, so that every number read is printed back as written; what is
    too large or too small for a float is refused. Whole numbers are floats too.
    """
    if len(text) > _LONGEST:
        return None
    match = _NUMBER.fullmatch(text)
    if match is None:
        return None
    digits = (match[1] + (match[2] or "")).replace(".", "").lstrip("0")
    if len(digits) > MAX_DIGITS:
        return None
    value = float(text)
    if math.isinf(value) or (value == 0 and digits):
        return None
    return value + 0.0  # -0.0 + 0.0 is 0.0: one zero only


def why_not(text: str) -> str:
    """Return the hint for a text that is not a number."""
    if len(text) > _LONGEST or sum(character.isdigit() for character in text) > MAX_DIGITS:
        return f"use at most {MAX_DIGITS} significant digits"
    if "_" in text or "," in text:
        return "write the digits without separators"
    if text[:1] == "0" and text[1:2].isdigit():
        return "write no leading zero"
    return "write a decimal number such as 12, -0.5 or 1e3, without quotes"
