"""Moments: RFC 3339 texts there and back."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smashpass.core.errors import BadInput
from smashpass.core.timestamps import moment_text, parse_timestamp

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
ZONES = st.integers(-23 * 60 - 59, 23 * 60 + 59).map(lambda m: timezone(timedelta(minutes=m)))
NEAR_ENDS = {"min_value": datetime(1, 1, 3), "max_value": datetime(9999, 12, 29)}


@given(st.datetimes(**NEAR_ENDS, timezones=ZONES), st.booleans())
def test_every_moment_is_read_as_the_standard_library_reads_it(at: datetime, small: bool) -> None:
    text = at.isoformat()
    expected = (at - EPOCH) // timedelta(microseconds=1)
    assert parse_timestamp(text.lower().replace("t", " ") if small else text) == expected
    formatted = moment_text(expected)
    assert formatted.endswith("Z")
    assert parse_timestamp(formatted) == expected
    assert datetime.fromisoformat(formatted) == at


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("1970-01-01T00:00:00Z", 0),
        ("1970-01-01T00:00:00.1Z", 100_000),
        ("1970-01-01T00:00:00.123456789Z", 123_456),
        ("1969-12-31T23:59:59.999999Z", -1),
        ("1970-01-01T00:00:00-00:00", 0),
        ("1970-01-01T01:00:00+01:00", 0),
        ("2016-12-31T23:59:60Z", 1_483_228_799_000_000),
    ],
)
def test_moments_that_are_easily_misread(text: str, moment: int) -> None:
    assert parse_timestamp(text) == moment


@given(st.text(max_size=40) | st.from_regex(r"[0-9TZ:+. -]{0,32}", fullmatch=True))
def test_no_text_fails_in_another_way(text: str) -> None:
    try:
        moment = parse_timestamp(text)
    except BadInput:
        return
    assert parse_timestamp(moment_text(moment)) == moment


@pytest.mark.parametrize(
    "text",
    ["", "now", "2026-11-01", "2026-11-01T12:00:00", "2026-13-01T00:00:00Z", "2026-02-29T00:00:00Z",
     "2026-11-01T24:00:00Z", "2026-11-01T12:60:00Z", "2026-11-01T12:00:61Z", "20261101T120000Z",
     "2026-11-01T12:00:00+2400", "2026-11-01T12:00:00+24:00", "2026-11-01T12:00:00+00:60",
     "2026-11-01T12:00:00.Z", "2026-11-01T12:00:00Z\n", " 2026-11-01T12:00:00Z",
     "0001-01-01T00:00:00+00:01", "9999-12-31T23:59:59-00:01", "0000-01-01T00:00:00Z"],
)  # fmt: skip
def test_what_names_no_moment_is_refused(text: str) -> None:
    with pytest.raises(BadInput):
        parse_timestamp(text)
