"""Parses one large JSON document as a stream: the members of its lists and objects.

This module distinguishes only the document, its top-level values and their members; a member is
decoded whole by the standard library. Memory is that of the largest member.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Generator
from io import BufferedReader
from typing import Any, NamedTuple

import orjson

from smashpass.core.errors import BadInput

MAX_MEMBER = 16 << 20
"""Characters that one member may have."""

_CHUNK = 1 << 18
_RUN = 1 << 15
_TRIED_ENDS = 1_000
_LONG_NUMBER = b"0" * 20
_DIGITS = bytes(48 if 48 <= byte < 58 else 0 for byte in range(256))
_BLANK = re.compile(r"[ \t\r\n]*")
_ENDS_ITSELF = frozenset('"]}')


class Member(NamedTuple):
    """One member: of which top-level list or object ("" for the document), its name, its value.

    ``name`` is "" in a list.
    """

    part: str
    name: str
    value: Any


def members(
    file: BufferedReader, place: str, parts: Collection[str] | None
) -> Generator[Member, None, None]:
    """Yield the members of a JSON document in their order.

    Args:
        file: The document, UTF-8.
        place: Its name in errors.
        parts: Names of the top-level values of which the members are yielded one by one; a
            single value that is not a list counts as a list of one. Others are skipped. None:
            the document itself is the only part. A document that is a list always is.

    Raises:
        BadInput: It is not JSON, ends in the middle, or holds a member that is too large.
    """
    for part, name, values in _walked(_Text(file, place), parts):
        for value in values:
            yield Member(part, name, value)


def runs_of_members(
    file: BufferedReader, place: str, parts: Collection[str]
) -> Generator[tuple[str, list[Any]], None, None]:
    """Yield what :func:`members` does without names, as many of one part at once as were read.

    Raises:
        BadInput: As there.
    """
    for part, _, values in _walked(_Text(file, place), parts):
        yield part, values


def _walked(
    text: _Text, parts: Collection[str] | None
) -> Generator[tuple[str, str, list[Any]], None, None]:
    """Yield the part, the name, and the values of that name that were read at once."""
    opening = text.next_sign()
    if opening == "[":
        for values in _listed(text):
            yield "", "", values
    elif opening == "{" and parts is None:
        for name in _names(text):
            yield "", name, [text.value()]
    elif opening == "{" and parts is not None:
        for name in _names(text):
            if name not in parts:
                text.pass_over()
            elif text.peek_sign() == "[":
                text.next_sign()
                for values in _listed(text):
                    yield name, "", values
            else:
                yield name, "", [text.value()]
    else:
        raise text.wrong("neither a list nor an object")
    if text.peek_sign():
        raise text.wrong("something follows the end")


def _listed(text: _Text) -> Generator[list[Any], None, None]:
    """Yield the members of a list whose bracket was read, some at once."""
    if text.peek_sign() == "]":
        text.next_sign()
        return
    while True:
        values = text.whole_values()
        if values:
            yield values
        yield [text.value()]
        sign = text.next_sign()
        if sign == "]":
            return
        if sign != ",":
            raise text.wrong("a comma or the end of the list is missing")


def _names(text: _Text) -> Generator[str, None, None]:
    """Yield the names of an object whose brace was read; the caller takes each value."""
    if text.peek_sign() == "}":
        text.next_sign()
        return
    while True:
        name = text.value()
        if not isinstance(name, str) or text.next_sign() != ":":
            raise text.wrong("a name is missing")
        yield name
        sign = text.next_sign()
        if sign == "}":
            return
        if sign != ",":
            raise text.wrong("a comma or the end of the object is missing")


class _Text:
    """A sliding window over the text of a document."""

    def __init__(self, file: BufferedReader, place: str) -> None:
        self._file = file
        self._place = place
        self._decode = json.JSONDecoder(parse_constant=_refuse_constant).raw_decode
        self._text = ""
        self._at = 0
        self._passed = 0
        self._rest = b""
        self._ended = False
        self._unusual = False  # whether the fast way was tried in vain on what was read last
        self._more()
        self._text = self._text.removeprefix("\ufeff")

    def peek_sign(self) -> str:
        """Return the next non-blank character without consuming it; "" at the end."""
        while True:
            blank = _BLANK.match(self._text, self._at)
            assert blank is not None
            self._at = blank.end()
            if self._at < len(self._text):
                return self._text[self._at]
            if self._ended:
                return ""
            self._more()

    def next_sign(self) -> str:
        """Return the next non-blank character and consume it."""
        sign = self.peek_sign()
        self._at += len(sign)
        return sign

    def value(self) -> Any:
        """Return the next value as a whole."""
        if not self.peek_sign():
            raise self.wrong("it ends in the middle")
        while True:
            problem = ""
            try:
                value, end = self._decode(self._text, self._at)
                # A number at the end of what was read may go on behind it, as may `1.` and `1e-`.
                rest = self._text[end : end + 3]
                whole = len(rest) == 3 or (rest and rest[0] not in ".eE")
                if self._ended or self._text[end - 1] in _ENDS_ITSELF or whole:
                    self._at = end
                    return value
            except RecursionError as error:
                raise self.wrong("lists or objects are nested too deep") from error
            except ValueError as error:
                problem = getattr(error, "msg", str(error))
            if self._ended:
                raise self.wrong(problem or "it ends in the middle")
            if len(self._text) - self._at > MAX_MEMBER:
                raise self.wrong(f"it is broken, or one value has over {MAX_MEMBER:,} characters")
            self._more(len(self._text) - self._at)

    def whole_values(self) -> list[Any]:
        """Return the next members of a list that are objects, and consume the comma after each.

        A fast way for those that lie whole in what was read; none where anything is unusual, which
        :meth:`value` then takes, or refuses, one by one. What lies between the next value and a
        comma is a number of members if, and only if, it is a list when it is put in brackets.
        """
        if self._unusual:
            return []
        self._unusual = True
        end = _end_of_objects(self._text, self._at, self._at + _RUN)
        if end < 0:
            return []
        text = b"[%b]" % self._text[self._at : end].encode()
        if _LONG_NUMBER in text.translate(_DIGITS):  # of which orjson would make a fraction
            return []
        try:
            values = orjson.loads(text)
        except orjson.JSONDecodeError:
            return []
        self._at = end + 1
        self._unusual = False
        assert isinstance(values, list)
        return values

    def pass_over(self) -> None:
        """Skip the next value; a list or an object member by member."""
        sign = self.peek_sign()
        if sign == "[":
            self.next_sign()
            for _ in _listed(self):
                pass
        elif sign == "{":
            self.next_sign()
            for _ in _names(self):
                self.value()
        else:
            self.value()

    def wrong(self, detail: str) -> BadInput:
        """Return the error that ends reading."""
        about = self._passed + self._at
        return BadInput(f"malformed JSON near character {about:,}: {detail}", where=self._place)

    def _more(self, least: int = 0) -> None:
        """Read at least ``least`` more bytes, so that a large value is not retried too often."""
        self._passed += self._at
        self._unusual = False
        read = self._file.read(max(_CHUNK, least))
        self._ended = not read
        data = self._rest + read
        try:
            cut = len(data) if self._ended else _whole(data)
            new = data[:cut].decode()
        except UnicodeDecodeError as error:
            raise self.wrong("the document is not UTF-8") from error
        self._rest = data[cut:]
        self._text = self._text[self._at :] + new
        self._at = 0


def _end_of_objects(text: str, start: int, stop: int) -> int:
    """Return where the last ``},`` of a part has its comma that may end a member; else -1.

    As many brackets open before it as close; those inside texts count too, so it is a guess.
    """
    end = text.rfind("},", start, stop)
    braces, brackets = _unclosed(text, start, end + 1)
    for _ in range(_TRIED_ENDS):
        if end < 0 or (not braces and not brackets):
            return end + 1 if end >= 0 else -1
        before = text.rfind("},", start, end)
        more_braces, more_brackets = _unclosed(text, before + 1, end + 1)
        braces, brackets, end = braces - more_braces, brackets - more_brackets, before
    return -1


def _unclosed(text: str, start: int, end: int) -> tuple[int, int]:
    """Return how many braces and brackets of a part are opened and not closed."""
    braces = text.count("{", start, end) - text.count("}", start, end)
    return braces, text.count("[", start, end) - text.count("]", start, end)


def _whole(data: bytes) -> int:
    """Return where the last character that may be cut off begins."""
    for back in range(1, min(4, len(data)) + 1):
        byte = data[-back]
        if byte < 0x80:
            break
        if byte >= 0xC0:
            return len(data) - back
    return len(data)


def _refuse_constant(name: str) -> float:
    """Refuse NaN and the infinities, which Python would take."""
    raise ValueError(f"{name} is no JSON")
