"""From bytes to text: forbidden characters are found before any parser sees the text."""

from __future__ import annotations

import re
import unicodedata
from codecs import BOM_UTF8, BOM_UTF16_BE, BOM_UTF16_LE
from itertools import islice

from smashpass.core.problems import Place
from smashpass.rulefiles.grammar import MAX_FILE_BYTES, MAX_SHOWN
from smashpass.rulefiles.report import ProblemReport

UNSEEN = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\xa0\u00ad\u061c\u180e\u200b\u200e\u200f\u2028-\u202e"
    "\u2060-\u206f\ufeff\ufff9-\ufffb\ufffe\uffff\U000e0000-\U000e007f]|\r(?!\n)"
)
"""Controls, marks that change the direction of text, blanks that YAML does not treat as blanks, and
line breaks that only some readers recognise."""


def decode(raw: bytes, report: ProblemReport) -> str | None:
    """Return the text of a file, or None if it is refused (E101, E102, E103).

    A UTF-8 byte order mark at the beginning is removed; a UTF-16 one is a problem of its own, so
    that it is not reported byte by byte.
    """
    if len(raw) > MAX_FILE_BYTES:
        limit = MAX_FILE_BYTES // 1024
        report.error(
            "E101",
            report.start,
            f"the file is larger than {limit} KiB",
            hint="move parts into fragments",
        )
        return None
    if raw.startswith((BOM_UTF16_LE, BOM_UTF16_BE)):
        report.error("E102", report.start, "the file is UTF-16", hint="save the file as UTF-8")
        return None
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raw = raw.removeprefix(BOM_UTF8)
        before = raw[: error.start].decode()
        report.error(
            "E102",
            place_of(before, len(before), report.file),
            f"the byte 0x{raw[error.start]:02X} is not UTF-8 here",
            hint="save the file as UTF-8",
        )
        return None
    matches = list(islice(UNSEEN.finditer(text), MAX_SHOWN))
    for match in matches:
        report.error(
            "E103",
            place_of(text, match.start(), report.file),
            f"the character {name_of(match.group())} is not allowed",
            hint="remove it, or write what is meant with visible characters",
        )
    return None if matches else text


def place_of(text: str, offset: int, file: str) -> Place:
    """Return the place of an offset, ``0 <= offset <= len(text)``; linear in the text."""
    line = text.count("\n", 0, offset) + 1
    return Place(file, line, offset - text.rfind("\n", 0, offset))


def name_of(character: str) -> str:
    """Return a character by number and name: ``U+00A0 (no-break space)``."""
    name = unicodedata.name(character[0], "control").lower()
    return f"U+{ord(character[0]):04X} ({name})"
