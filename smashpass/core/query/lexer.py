"""Query text to tokens, each with its place. Limits are checked before anything else."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from smashpass.core.errors import BadQuery
from smashpass.core.query.syntax import Span
from smashpass.core.tags.joiners import JOINERS, misplaced_joiner

MAX_BYTES = 2_000
MAX_TERMS = 64
MAX_DEPTH = 16

Kind = Literal["word", "quoted", "(", ")", "-", "NOT", "AND", "OR", "end"]

_OPERATORS: dict[str, Kind] = {"AND": "AND", "OR": "OR", "NOT": "NOT"}
_BRACKETS: dict[str, Kind] = {"(": "(", ")": ")"}
_PLAIN = re.compile(r'[^\s()"]+')


@dataclass(slots=True)
class Token:
    """One token. ``text`` is what a word or a quoted text says, without its quotes."""

    kind: Kind
    text: str
    start: int
    end: int

    @property
    def span(self) -> Span:
        """Where the token stands."""
        return Span(self.start, self.end)


def tokens(text: str) -> list[Token]:
    """Split ``text``; the last token is of the kind ``end``.

    Terms are words and quoted texts, operators are AND, OR, NOT and ``-``; neighbours that are
    joined without a word do not count as operators. Brackets are limited by their depth alone.

    Raises:
        BadQuery: The text is too long, holds an unprintable character, a quote is not closed, or
            there are too many terms and operators.
    """
    _check(text)
    result: list[Token] = []
    at = counted = 0
    while at < len(text):
        if text[at].isspace():
            at += 1
            continue
        token = _next(text, at)
        if token.kind not in _BRACKETS:
            counted += 1
            if counted > MAX_TERMS:
                raise BadQuery(
                    f"the query has more than {MAX_TERMS} terms and operators",
                    position=token.start,
                    end=token.end,
                    hint="shorten the query",
                )
        result.append(token)
        at = token.end
    result.append(Token("end", "", len(text), len(text)))
    return result


def _check(text: str) -> None:
    """Refuse texts that cannot be queries, in time linear in the text."""
    size = len(text.encode("utf-8", "surrogatepass"))
    if size > MAX_BYTES:
        raise BadQuery(
            f"the query has {size} bytes",
            position=0,
            end=len(text),
            hint=f"use at most {MAX_BYTES}",
        )
    if text.isprintable():
        return
    joiner = misplaced_joiner(text)
    for at, character in enumerate(text):
        printable = character.isprintable() or character.isspace() or character in JOINERS
        if not printable or at == joiner:
            raise BadQuery(
                f"the query holds the unprintable character U+{ord(character):04X}",
                position=at,
                end=at + 1,
                hint="remove it",
            )


def _next(text: str, at: int) -> Token:
    """Return the token that begins at ``at``, where no blank stands."""
    character = text[at]
    if character in _BRACKETS:
        return Token(_BRACKETS[character], character, at, at + 1)
    if character == "-":
        return Token("-", "-", at, at + 1)
    if character == '"':
        close = text.find('"', at + 1)
        if close < 0:
            raise BadQuery(
                "a quote is not closed", position=at, end=len(text), hint='close the quote with "'
            )
        return Token("quoted", text[at + 1 : close], at, close + 1)
    end = _word_end(text, at)
    word = text[at:end]
    return Token(_OPERATORS.get(word, "word"), word, at, end)


def _word_end(text: str, at: int) -> int:
    """Return where the word that begins at ``at`` ends.

    A bracket belongs to the word if its partner does too, as in ``miku_(vocaloid)``; else it ends
    the word, because it groups.
    """
    end = at
    while True:
        plain = _PLAIN.match(text, end)
        end = end if plain is None else plain.end()
        if text[end : end + 1] != "(":
            return end
        close = _partner(text, end)
        if close is None:
            return end
        end = close + 1


def _partner(text: str, at: int) -> int | None:
    """Return the place of the bracket that closes the one at ``at`` before the word ends."""
    depth = 0
    for place in range(at, len(text)):
        character = text[place]
        if character == "(":
            depth += 1
        elif character == ")":
            depth -= 1
            if depth == 0:
                return place
        elif character == '"' or character.isspace():
            return None
    return None
