"""The received part of a request, and whether a thread can answer it without waiting."""

from __future__ import annotations

import re
from enum import Enum

from smashpass.web.http.routing import SMALL_BODY

MAX_HEAD = 1 << 16
"""Bytes of a request line and its header fields together."""

# The parser refuses a bare line feed, so no more of the head is needed.
_HEAD_END = re.compile(rb"\r\n\r\n|(?<!\r)\n")
_BODY_FIELD = re.compile(rb"\r\n(?:content-length|transfer-encoding|expect)(?![^\s:])", re.I)
_LENGTH = re.compile(rb"\r\ncontent-length:[ \t]*(\d{1,9})[ \t]*(?=\r\n)", re.I)


class Arrival(Enum):
    """How much of a request has arrived."""

    PARTIAL = "partial"
    WHOLE = "whole"  # the head, and the body if it has one
    HEAD = "head"  # the rest is read while answering: long, chunked or awaiting a 100
    LINE_TOO_LONG = "line too long"
    HEAD_TOO_LONG = "head too long"


class RequestBuffer:
    """The bytes of a connection from the start of a request on.

    Holds at most ``MAX_HEAD + SMALL_BODY`` bytes beyond the last ``add``; each byte is searched
    once, however small the pieces are.
    """

    def __init__(self, max_line: int, received: bytes = b"") -> None:
        self._max_line = max_line
        self._bytes = bytearray(received)
        self._searched = 0
        self._head_end = 0
        self._needed: int | None = None

    def __len__(self) -> int:
        return len(self._bytes)

    def add(self, received: bytes) -> None:
        """Append received bytes."""
        self._bytes += received

    def take(self) -> bytes:
        """Return and clear the content."""
        received = bytes(self._bytes)
        self._bytes.clear()
        return received

    def starts_with(self, beginnings: tuple[bytes, ...]) -> bool:
        """Whether the request begins with one of these."""
        return self._bytes.startswith(beginnings)

    @property
    def has_head(self) -> bool:
        """Whether the head is complete."""
        return self._head_end > 0

    def arrival(self) -> Arrival:
        """Return how much of the request has arrived."""
        if not self._head_end:
            end = _HEAD_END.search(self._bytes, max(0, self._searched - 3))
            self._searched = len(self._bytes)
            if end is None or end.end() > MAX_HEAD:
                return self._without_end()
            self._head_end = end.end()
            self._needed = _length_of(self._bytes[: self._head_end])
        if self._needed is None:
            return Arrival.HEAD
        whole = len(self._bytes) >= self._head_end + self._needed
        return Arrival.WHOLE if whole else Arrival.PARTIAL

    def _without_end(self) -> Arrival:
        # The parser skips one empty line before the request line.
        line_end = self._bytes.find(b"\r\n", 2)
        length = line_end if line_end >= 0 else len(self._bytes)
        if length > self._max_line + 2:
            return Arrival.LINE_TOO_LONG
        return Arrival.HEAD_TOO_LONG if len(self._bytes) > MAX_HEAD else Arrival.PARTIAL


def _length_of(head: bytearray) -> int | None:
    """Return the length of the body; None if unknown or too long to buffer."""
    fields = len(_BODY_FIELD.findall(head))
    if not fields:
        return 0
    lengths = _LENGTH.findall(head)
    if fields == len(lengths) == 1 and int(lengths[0]) <= SMALL_BODY:
        return int(lengths[0])
    return None
