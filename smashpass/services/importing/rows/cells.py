"""Single cells of a record: keys, numbers, sizes, texts, each checked before it is stored."""

from __future__ import annotations

import re
from collections.abc import Iterable
from math import isfinite

from smashpass.services.importing.rows.columns import (
    FILE_COLUMNS,
    KEY_COLUMNS,
    REVIEW_COLUMN,
)
from smashpass.services.importing.rows.credits import MAX_TEXT, is_plain

MAX_KEY_BYTES = 1_024
MAX_SIDE = 2**31 - 1
MISSING_NUMBERS = frozenset(
    {"", "nan", "inf", "+inf", "-inf", "infinity", "-infinity", "na", "n/a", "#n/a", "<na>"}
    | {"none", "null", "-", "."}
)
"""How programs write that a number is missing, in lower case."""

_LARGEST_ID = 2**63
_HALF = re.compile("[\ud800-\udfff]")


class RowRefused(Exception):
    """Ends the judging of one record, which is not stored."""

    def __init__(self, code: str, reason: str, key: str = "") -> None:
        super().__init__(code)
        self.code, self.reason, self.key = code, reason, key


def key_of(cells: Iterable[tuple[str, object]]) -> str:
    """Return the key of an image: the first of ``cells`` (column, value) that says something.

    Raises:
        RowRefused: None does, or one is not what a key or a path may be.
    """
    key = ""
    for column, cell in cells:
        stated = cell.strip() if type(cell) is str else scalar_of(column, cell)
        if stated and column in FILE_COLUMNS:
            _check_path(column, stated)
        key = key or stated
    if not key:
        raise RowRefused("no_key", f"none of {', '.join(KEY_COLUMNS)} says which image it is")
    if not key.isascii() or len(key) > MAX_KEY_BYTES or not key.isprintable():
        if not is_plain(key):
            defect = "is not valid UTF-8" if _HALF.search(key) else "holds control characters"
            raise RowRefused("bad_key", f"the key {defect}", key)
        if len(key.encode()) > MAX_KEY_BYTES:
            raise RowRefused("bad_key", f"the key is longer than {MAX_KEY_BYTES:,} bytes", key)
    return key


def escaped(key: str) -> str:
    r"""Return a key that may hold anything as it can be shown: ``\n``, ``\xff``, cut if long.

    Bytes of a file name that are not UTF-8 are shown as what they are.
    """
    if not is_plain(key):
        key = "".join(
            character if is_plain(character) else _escaped_character(character) for character in key
        )
    return key if len(key) <= MAX_KEY_BYTES else f"{key[: MAX_KEY_BYTES - 1]}…"


def _escaped_character(character: str) -> str:
    """Return one character as Python would write it, a byte that was not decoded as a byte."""
    if "\udc80" <= character <= "\udcff":
        return f"\\x{ord(character) - 0xDC00:02x}"
    return character.encode("unicode_escape").decode()


def _check_path(name: str, text: str) -> None:
    """Refuse a path that leads out of the collection."""
    if text[0] == "/" or (".." in text and ".." in text.replace("\\", "/").split("/")):
        raise RowRefused("bad_path", f"{name} {text[:60]!a} leads out of the collection", text)


def side_of(name: str, cell: object) -> int | None:
    """Return width or height in pixels, None where nothing is stated.

    Raises:
        RowRefused: It is not a whole number of pixels.
    """
    if is_missing(cell):
        return None
    value: float | None
    if type(cell) is str:
        text = cell.strip()
        if text.isascii() and text.isdigit() and len(text) <= 10:
            value = int(text)
        else:
            value = number_of(text)
    else:
        value = number_of(cell)
    # Programs that know only one kind of number write 512 as 512.0.
    if value is not None and 0 < value <= MAX_SIDE and value == int(value):
        return int(value)
    raise RowRefused("bad_size", f"{name} {str(cell)[:40]!a} is not a number of pixels")


def number_of(value: object) -> float | None:
    """Return ``value`` as a number, None if it is not one; too large ones become infinite."""
    if type(value) is str:
        if "_" in value or not value.isascii():  # float() would take 1_000 and Thai digits
            return None
        try:
            return float(value) + 0.0  # so that there is one zero
        except ValueError:
            return None
    if type(value) is float:
        return value + 0.0
    if type(value) is int:
        try:
            return float(value)
        except OverflowError:
            return float("inf")
    return None


def is_missing(value: object) -> bool:
    """Tell whether a column of numbers says that there is none: blank, ``NaN``, ``NA``, ``-``."""
    if type(value) is str:
        return value.strip().lower() in MISSING_NUMBERS
    return value is None or (type(value) is float and not isfinite(value))


def text_of(column: str, cell: object) -> str:
    """Return a text that may be stored.

    Raises:
        RowRefused: It is not a valid text.
    """
    stated = (cell if type(cell) is str else scalar_of(column, cell)).strip()
    if len(stated) > MAX_TEXT or not is_plain(stated):
        raise RowRefused("bad_text", f"{column} is too long or holds control characters")
    return stated


def scalar_of(column: str, value: object) -> str:
    """Return what a JSON record says in a column that holds a text.

    Raises:
        RowRefused: It is neither text nor whole number.
    """
    if value is None:
        return ""
    if type(value) is str:
        return value
    if type(value) is bool and column in ("real_person", REVIEW_COLUMN):
        return "true" if value else "false"
    if type(value) is int and abs(value) < _LARGEST_ID:
        return str(value)
    raise RowRefused("malformed", f"{column} is neither a text nor a whole number")
