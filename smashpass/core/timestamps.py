"""Timestamps: conversion between RFC 3339 texts and microseconds since 1970."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

from smashpass.core.errors import BadInput

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_FORM = re.compile(
    r"(\d{4}-\d\d-\d\d[Tt ](?:[01]\d|2[0-3]):\d\d:)(\d\d)"
    r"((?:\.\d{1,9})?(?:[Zz]|[+-](?:[01]\d|2[0-3]):[0-5]\d))",
    re.ASCII,
)
"""RFC 3339; Python reads more than that, but neither a leap second nor a small ``z``."""


def moment_text(moment: int) -> str:
    """Return microseconds since 1970 as RFC 3339 in UTC."""
    at = _EPOCH + timedelta(microseconds=moment)
    digits = "auto" if moment % 1_000_000 == 0 else "microseconds"
    return at.isoformat(timespec=digits).replace("+00:00", "Z")


def parse_timestamp(text: str) -> int:
    """Parse an RFC 3339 text into microseconds since 1970.

    A leap second counts as the second before it; digits beyond microseconds are cut.

    Raises:
        BadInput: The text is not a valid timestamp.
    """
    match = _FORM.fullmatch(text)
    if match is None:
        raise BadInput(
            f"{text[:40]!r} is not a valid timestamp",
            hint="use RFC 3339, for example 2026-11-01T12:30:00Z",
        )
    minute, second, rest = match.groups()
    second = "59" if second == "60" else second
    try:
        moment = datetime.fromisoformat(minute + second + rest.upper()).astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise BadInput(f"{text[:40]!r} is not a valid timestamp: {error}") from error
    return (moment - _EPOCH) // _MICROSECOND
