"""Timestamps: conversion between RFC 3339 texts and microseconds since 1970."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

from smashpass.core.errors import BadInput

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_FORM = re.compile(
    r"(\d{4})-(\d\d)-(\d\d)[Tt ](\d\d):(\d\d):(\d\d)(?:\.(\d{1,9}))?([Zz]|[+-]\d\d:\d\d)", re.ASCII
)


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
    year, month, day, hour, minute, second = map(int, match.groups()[:6])
    micro = int((match[7] or "0")[:6].ljust(6, "0"))
    try:
        local = datetime(year, month, day, hour, minute, min(second, 59), micro, tzinfo=UTC)
        ahead = timedelta()
        if match[8] not in "Zz":
            hours, minutes = int(match[8][1:3]), int(match[8][4:6])
            if second > 60 or hours > 23 or minutes > 59:
                raise ValueError("no such offset")
            ahead = timedelta(hours=hours, minutes=minutes)
        elif second > 60:
            raise ValueError("no such second")
        moment = local - ahead if match[8][0] != "-" else local + ahead
    except (ValueError, OverflowError) as error:
        raise BadInput(f"{text[:40]!r} is not a valid timestamp: {error}") from error
    return (moment - _EPOCH) // _MICROSECOND
