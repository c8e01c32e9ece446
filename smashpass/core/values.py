"""The inputs and outputs of rules: values of attributes, and the two verdicts."""

from __future__ import annotations

from typing import Literal

Verdict = Literal["smash", "pass"]


Value = float | str | bool
"""What an attribute holds. Whole numbers are floats too: exact up to 2**53."""


def without_fraction(value: Value | None) -> Value | None:
    """Return whole floats as integers, so that 512.0 is shown as 512."""
    if isinstance(value, float) and value.is_integer() and abs(value) < 2**53:
        return int(value)
    return value
