"""The right side of a range: ``>=512``, ``0.2..0.8``, ``5``; for ``added:`` with dates."""

from __future__ import annotations

import re
from datetime import date
from math import isfinite

from smashpass.core.errors import BadQuery
from smashpass.core.query.syntax import Range, Span

DAY_S = 86_400
FORMS = "write >=N, >N, <=N, <N, N, A..B, A.. or ..B"
DATE_FORMS = "write dates as 2026-11-01 or 2026-11-01..2026-11-30; either end may be left out"

_EPOCH = date(1970, 1, 1).toordinal()
_NUMBER = re.compile(r"[+-]?(?:\d+(?:\.\d+)?|\.\d+)(?:e[+-]?\d+)?", re.ASCII)
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_SIGN = re.compile(r"(>=|<=|>|<|=)(.*)", re.DOTALL)


def number_range(name: str, text: str, span: Span) -> Range | None:
    """Return the range that ``text`` says over the attribute ``name``, or None if it says none.

    Raises:
        BadQuery: The range ends before it begins.
    """
    match = _SIGN.fullmatch(text)
    if match is not None:
        sign, value = match[1], _number(match[2])
        if value is None:
            return None
        low = value if sign in (">", ">=", "=") else None
        high = value if sign in ("<", "<=", "=") else None
        return Range(name, low, high, sign != ">", sign != "<", span)
    if ".." not in text:
        value = _number(text)
        return None if value is None else Range(name, value, value, span=span)
    first, last = _ends(text)
    low, high = _number(first), _number(last)
    if not (first or last) or (first and low is None) or (last and high is None):
        return None
    if low is not None and high is not None and low > high:
        raise _reversed(first, last, span)
    return Range(name, low, high, span=span)


def date_range(name: str, text: str, span: Span) -> Range | None:
    """Return the range of whole UTC days that ``text`` says, in seconds since 1970, or None.

    A range of days is half open: it ends before the day after its last one begins.

    Raises:
        BadQuery: The range ends before it begins.
    """
    match = _SIGN.fullmatch(text)
    if match is not None:
        sign, first, last = match[1], match[2], match[2]
    else:
        sign = "="
        first, last = _ends(text) if ".." in text else (text, text)
    low, high = _day(first), _day(last)
    if not (first or last) or (first and low is None) or (last and high is None):
        return None
    if low is not None and high is not None and low > high:
        raise _reversed(first, last, span)
    starts = None if low is None else float(low)
    ends = None if high is None else float(high + DAY_S)
    match sign:
        case ">=":
            return Range(name, starts, None, span=span)
        case ">":
            return Range(name, ends, None, span=span)
        case "<":
            return Range(name, None, starts, include_high=False, span=span)
        case "<=":
            return Range(name, None, ends, include_high=False, span=span)
        case _:
            return Range(name, starts, ends, include_high=ends is None, span=span)


def date_of(seconds: float) -> str | None:
    """Return the date on which a UTC day begins at ``seconds``, or None if none does."""
    days, rest = divmod(seconds, DAY_S)
    ordinal = int(days) + _EPOCH
    if rest or not 1 <= ordinal <= date.max.toordinal():
        return None
    return date.fromordinal(ordinal).isoformat()


def _ends(text: str) -> tuple[str, str]:
    first, _, last = text.partition("..")
    # "1...5" could mean two things, so the third dot is given to an end that cannot have it.
    return (first + ".", last) if last.startswith(".") else (first, last)


def _number(text: str) -> float | None:
    if _NUMBER.fullmatch(text) is None:
        return None
    value = float(text)
    # Adding 0.0 makes 0 of -0, so that equal ranges are shown alike.
    return value + 0.0 if isfinite(value) else None


def _day(text: str) -> int | None:
    """Return the first second of a UTC day."""
    if _DATE.fullmatch(text) is None:
        return None
    try:
        return (date.fromisoformat(text).toordinal() - _EPOCH) * DAY_S
    except ValueError:
        return None


def _reversed(first: str, last: str, span: Span) -> BadQuery:
    return BadQuery(
        f"the range begins at {first} and ends before, at {last}",
        position=span.start,
        end=span.end,
        hint="swap the ends",
    )
