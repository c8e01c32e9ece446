"""Lists of tags inside one text, as other tools write them into a table.

JSON, Python, numpy and PostgreSQL write a list between brackets; spreadsheets put ``;`` or ``|``
between the items. Tags may hold all of these characters (``;)``, ``|_|``, ``steins;gate``), so a
text counts as such a list only if all of the text has that form.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

PARTNERS = {"[": "]", "{": "}", "(": ")"}
QUOTES = "'\""

_ESCAPES = {"n": "\n", "t": "\t", "r": "\r", "\\": "\\", "'": "'", '"': '"'}
_PYTHON_ESCAPE = re.compile(
    r"\\(?:x([0-9a-f]{2})|u([0-9a-f]{4})|U(000[0-9a-f]{5}|0010[0-9a-f]{4})|(.))", re.DOTALL
)
_PYTHON_TEXT = re.compile(r"""'((?:[^'\\]|\\.)*)'|"((?:[^"\\]|\\.)*)\"""", re.DOTALL)
_POSTGRES_ITEM = re.compile(r'"((?:[^"\\]|\\.)*)"|([^,"{}\\]+)', re.DOTALL)
_CELL = re.compile(r""""((?:[^"]|"")*)"|'([^']*)'""")
_BROKEN = re.compile(r"(?:\w+\()?[\[{]\s*['\"]")
_WORD = re.compile(r"[^\W_]")
_LONG_WORD = re.compile(r"[^\W_]{2}")


class BadList(Exception):
    """A text begins like a list, and is not one that can be read."""


def listed_in(text: str) -> list[str] | None:
    """Return the items of the list that ``text`` is as a whole, or None if it is not one.

    Cost: nearly nothing for a text that begins with no bracket or quote and has no ``;`` or ``|``.

    Raises:
        BadList: It begins like a list, and cannot be read as one.
    """
    text = text.strip()
    if not text:
        return None
    first = text[0]
    if first in PARTNERS and text[-1] == PARTNERS[first]:
        items = _between_brackets(text)
        if items is not None:
            return items
    elif first in QUOTES:
        items = _quoted_cells(text)
        if items is not None:
            return items
    if ("[" in text or "{" in text) and _BROKEN.match(text):
        raise BadList("tags begins like a list, and is not a complete one")
    if "," not in text:
        for separator in ";|":
            if separator in text:
                return _between(separator, text)
    return None


def _between_brackets(text: str) -> list[str] | None:
    """Return the items of a list between brackets; None if the outer brackets do not pair up.

    Raises:
        BadList: They are a pair, and what is between them is not a list of texts.
    """
    opening, inner = text[0], text[1:-1].strip()
    items: list[str] | None
    if opening == "(":
        return _python_texts(inner) if inner[:1] in tuple(QUOTES) and "," in inner else None
    if not inner:
        return []
    if opening == "{":
        items = _python_texts(inner, after_comma=" ") if inner[0] in QUOTES else None
        if items is not None and (inner[0] == "'" or len(items) > 1):
            return items
        items = _postgres_items(inner)
    else:
        items = _json_list(text)
        if items is None:
            items = _python_texts(inner)
    if items is not None:
        return items
    if not _are_a_pair(text):
        return None
    if inner[0] in QUOTES or inner[0] in "[{":
        raise BadList("tags looks like a list, and cannot be read as one")
    parts = inner.split(",") if "," in inner or opening == "{" else inner.split()
    return [stripped for part in parts if (stripped := part.strip())]


def _json_list(text: str) -> list[str] | None:
    """Return the texts of a JSON list, None if ``text`` is not JSON.

    Raises:
        BadList: It holds something else than texts.
    """
    try:
        items = json.loads(text)
    except (ValueError, RecursionError):
        return None
    if not all(type(item) is str for item in items):
        raise BadList("tags is a list of something else than texts")
    assert isinstance(items, list)
    return items


def _python_texts(inner: str, after_comma: str = "") -> list[str] | None:
    """Return the texts that Python or numpy wrote, or None if not all of ``inner`` is such.

    Python puts a comma between items, and one behind a single item of a tuple; numpy a blank.
    """
    items, at = [], 0
    while at < len(inner):
        quoted = _PYTHON_TEXT.match(inner, at)
        if quoted is None:
            return None
        body = quoted.group(1) if quoted.group(1) is not None else quoted.group(2)
        try:
            items.append(_PYTHON_ESCAPE.sub(_unescaped, body))
        except KeyError:
            return None
        at = quoted.end()
        rest = inner[at:].lstrip() if at < len(inner) else ""
        gap = len(inner) - at - len(rest)
        if rest.startswith(","):
            if rest[1:] and not rest[1:].startswith(after_comma):
                return None
            rest = rest[1:].lstrip()
        elif rest and not gap:
            return None
        at = len(inner) - len(rest)
    return items


def _unescaped(escape: re.Match[str]) -> str:
    """Return the character that a Python escape stands for; KeyError if it is not one."""
    number = escape.group(1) or escape.group(2) or escape.group(3)
    return chr(int(number, 16)) if number else _ESCAPES[escape.group(4)]


def _postgres_items(inner: str) -> list[str] | None:
    """Return the items of a PostgreSQL array without NULL, or None if ``inner`` is not one."""
    items, at = [], 0
    while True:
        item = _POSTGRES_ITEM.match(inner, at)
        if item is None:
            return None
        quoted, bare = item.groups()
        if quoted is not None:
            items.append(re.sub(r"\\(.)", r"\1", quoted, flags=re.DOTALL))
        elif bare.strip() and bare.strip().upper() != "NULL":
            items.append(bare.strip())
        at = item.end()
        if at == len(inner):
            return items
        if inner[at] != ",":
            return None
        at += 1


def _are_a_pair(text: str) -> bool:
    """Tell whether the first and the last character of ``text`` belong together."""
    opening, closing = text[0], PARTNERS[text[0]]
    depth = 0
    for place, character in enumerate(text):
        depth += (character == opening) - (character == closing)
        if depth == 0:
            return place == len(text) - 1
    return False


def _quoted_cells(text: str) -> list[str] | None:
    """Return the items if every one is in quotes, else None.

    A single text in single quotes may be a tag that has them.
    """
    items, separators, at = [], set[str](), 0
    while True:
        cell = _CELL.match(text, at)
        if cell is None:
            return None
        quoted, plain = cell.groups()
        items.append(quoted.replace('""', '"') if quoted is not None else plain)
        rest = text[cell.end() :].lstrip()
        if not rest:
            return items if text[0] == '"' or len(items) > 1 else None
        blank = " " if len(text) - cell.end() > len(rest) else ""
        separator = rest[0] if rest[0] in ",;|" else blank
        separators.add(separator)
        if not separator or len(separators) > 1:
            return None
        at = len(text) - len(rest if separator == " " else rest[1:].lstrip())
        if at == len(text):
            return items


def _between(separator: str, text: str) -> list[str] | None:
    """Return what stands between ``;`` or ``|`` in a text without commas.

    None if the separator belongs to tags: in ``;)``, and in ``long_hair solo steins;gate``, where
    blanks separate.

    Raises:
        BadList: Blanks may separate as well as the separator.
    """
    parts = list(_cells(separator, text))
    full = [part for part in parts if part]
    if len(full) < 2 or not parts[0]:
        return None
    wordy = [bool(_WORD.search(part)) for part in full]
    if not (all(wordy) or any(map(_LONG_WORD.search, full))):
        return None
    tokens = text.split()
    if len(tokens) > 1 and not all(wordy):
        return None
    blanks = sum(len(part.split()) - 1 for part in full)
    if not blanks:
        return full
    if any(token.startswith(separator) for token in tokens if token[1:]):
        return None
    spaced = text.count(f"{separator} ") + text.endswith(separator)
    if "_" not in text or spaced == text.count(separator):
        return full
    if len(full) - 1 >= blanks:
        raise BadList(f"blanks and {separator!r} may both separate the tags")
    return None


def _cells(separator: str, text: str) -> Iterator[str]:
    """Yield the parts between separators; those in double quotes may hold separators."""
    at = 0
    while True:
        cell = _CELL.match(text, at) if text[at : at + 1] == '"' else None
        if cell is not None and text[cell.end() : cell.end() + 1] in ("", separator):
            yield cell.group(1).replace('""', '"').strip()
            at = cell.end()
        else:
            end = text.find(separator, at)
            end = len(text) if end < 0 else end
            yield text[at:end].strip()
            at = end
        if at >= len(text):
            return
        at += 1
