"""Where a character of a text stands in the file, through quotes, escapes and folded lines."""

from __future__ import annotations

from smashpass.core.problems import Place
from smashpass.rulefiles.located import Scalar
from smashpass.rulefiles.yaml.guards import place_of

_ESCAPES = {"x": 4, "u": 6, "U": 10}
"""Length of the escapes that are longer than two characters."""


def place_in(scalar: Scalar, offset: int, text: str, file: str) -> Place:
    """Return the place of the character ``offset`` of a scalar's text.

    ``text`` is the whole file. An offset at or after the end gives the place after the last
    character. Cost: linear in the file.
    """
    at = _first(scalar, text)
    for character in scalar.text[:offset]:
        at = _after(character, scalar, text, _skipped(character, scalar, text, at))
    if offset < len(scalar.text):
        at = _skipped(scalar.text[offset], scalar, text, at)
    return place_of(text, min(at, scalar.end), file)


def _first(scalar: Scalar, text: str) -> int:
    """Return where the content begins: after the quote, or after the header of a block."""
    if scalar.style in ("single", "double"):
        return scalar.start + 1
    if scalar.style == "block":
        return text.find("\n", scalar.start, scalar.end) + 1 or scalar.end
    return scalar.start


def _skipped(character: str, scalar: Scalar, text: str, at: int) -> int:
    """Skip characters without content: indentation, and escaped line ends."""
    if scalar.style == "double" and text[at : at + 2] in ("\\\n", "\\\r"):
        at = _over_blanks(text, at + 1, scalar.end)
    if not character.isspace():
        at = _over_blanks(text, at, scalar.end)
    return at


def _after(character: str, scalar: Scalar, text: str, at: int) -> int:
    """Return the offset after the source of ``character`` at ``at``."""
    pair = text[at : at + 2]
    if scalar.style == "double" and pair[:1] == "\\":
        return at + _ESCAPES.get(pair[1:], 2)
    if scalar.style == "single" and pair == "''":
        return at + 2
    if character.isspace() and pair[:1] in ("\n", "\r"):
        # A folded line end: one blank or line end for all the blanks around it.
        return at + 1 if scalar.style == "block" else _over_blanks(text, at, scalar.end)
    return at + 1


def _over_blanks(text: str, at: int, end: int) -> int:
    while at < end and text[at] in " \t\r\n":
        at += 1
    return at
