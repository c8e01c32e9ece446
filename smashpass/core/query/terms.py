"""One word of a query: a tag, a wildcard, a namespace, a range, a credit, one's own swipes."""

from __future__ import annotations

import re
from typing import Literal, cast

from smashpass.core.errors import BadQuery
from smashpass.core.query.lexer import Token
from smashpass.core.query.ranges import DATE_FORMS, FORMS, date_range, number_range
from smashpass.core.query.syntax import (
    Exact,
    Facet,
    Mine,
    Namespace,
    Range,
    Span,
    Wildcard,
    Word,
)
from smashpass.core.tags.names import fold

BUILT_IN = {
    "width": "image.width",
    "height": "image.height",
    "score": "image.score",
    "tagcount": "image.tag_count",
    "tag_count": "image.tag_count",
    "added": "image.added",
    "smash_rate": "image.smash_rate",
    "swipes": "image.swipes",
    "age_days": "image.age_days",
}
"""Names that always ask for a range; a tag of such a name needs quotes."""

SCORES = "plugin."
"""Begins the name of an attribute that a scorer fills; it always asks for a range."""

_PREFIXES = ("image.", SCORES)
_FACETS = ("licence", "source")
_MINE = ("smashed", "passed", "unseen")
_SHOWN = 60
_WAY = re.compile(r"by:(hand|import|implied|run:[0-9]{1,9})")
"""Asks for images with a tag that came so; a tag of such a name needs quotes."""


def term(token: Token) -> Word | Exact | Wildcard | Namespace | Range | Facet | Mine:
    """Parse one bare word.

    Raises:
        BadQuery: The word begins like a range, a credit or ``my:``, but does not end so; it has a
            ``*`` that is not its last character; it is ``~`` or ``_`` alone.
    """
    raw, span = token.text, token.span
    head, colon, rest = raw.partition(":")
    if colon and (name := head.casefold()) in _FACETS:
        return _credit(name, rest, span)
    text = fold(raw)
    if colon and head.casefold() == "my":
        return _mine(fold(rest), span)
    if raw[0] == "~":
        return _nearby(raw, span)
    if not text:
        raise _bad("a tag needs more than blanks and underscores", span, "name a tag")
    if "*" in text:
        return _wildcard(raw, text, span)
    if ":" not in text:
        return Word(text, span=span)
    if _WAY.fullmatch(text):
        return Facet("by", _way(text.removeprefix("by:")), span)
    head, _, rest = text.partition(":")
    if head and rest in ("any", "none"):
        return Namespace(head, rest == "any", span)
    if head.startswith(SCORES):
        # Scorers choose these names, so they are kept as typed: they may have capitals.
        typed = raw.partition(":")[0].partition(".")[2]
        head = SCORES + typed if fold(typed) == head.removeprefix(SCORES) else head
    return _attribute(head, rest, span) or Word(text, span=span)


def quoted(token: Token) -> Exact:
    """Return the exact tag that a quoted text names.

    Raises:
        BadQuery: There is nothing between the quotes.
    """
    name = fold(token.text)
    if not name:
        raise _bad("there is nothing between the quotes", token.span, "name a tag")
    return Exact(name, token.span)


def takes_quotes(token: Token) -> bool:
    """Whether a quoted text right behind this word belongs to it: ``source:"Other Set"``."""
    return token.text[-1] == ":" and token.text[:-1].casefold() in _FACETS


def credit(token: Token, value: Token) -> Facet:
    """Return the credit that ``token`` names with the quoted ``value``."""
    return _credit(token.text[:-1].casefold(), value.text, Span(token.start, value.end), exact=True)


def readable(text: str) -> str:
    """Return a word of a query as error messages quote it: printable and of limited length."""
    return repr(text) if len(text) <= _SHOWN else repr(text[:_SHOWN] + "…")


def _credit(name: str, value: str, span: Span, *, exact: bool = False) -> Facet:
    if not value.strip():
        raise _bad(f"nothing follows {name}:", span, f'write {name}:VALUE or {name}:"A VALUE"')
    if "*" in value and not exact:
        raise _bad(f"{name}: takes no *", span, "write the whole value; * is for tags")
    return Facet(cast("Literal['licence', 'source']", name), value.casefold(), span)


def _way(value: str) -> str:
    """Return how a tag came, a run by its plain number."""
    kind, colon, number = value.partition(":")
    return f"{kind}:{int(number)}" if colon else kind


def _mine(group: str, span: Span) -> Mine:
    if group not in _MINE:
        raise BadQuery(
            f"my: knows no {readable(group)}" if group else "nothing follows my:",
            position=span.start,
            end=span.end,
            hint="write my:smashed, my:passed or my:unseen",
            suggestions=[f"my:{name}" for name in _MINE],
        )
    return Mine(cast("Literal['smashed', 'passed', 'unseen']", group), span)


def _nearby(raw: str, span: Span) -> Word:
    text = fold(raw[1:])
    if not text:
        raise _bad("nothing follows ~", span, "put the word directly after the ~")
    if text[0] == "~" or "*" in text:
        raise _bad("~ takes one word without ~ and *", span, "remove one of them")
    return Word(text, nearby=True, span=span)


def _wildcard(raw: str, text: str, span: Span) -> Wildcard:
    star = text.index("*")
    if star != len(text) - 1:
        at = raw.find("*")
        place = span if at < 0 else Span(span.start + at, span.start + at + 1)
        raise _bad("a * is only allowed at the end of a tag", place, "write BEGINNING*")
    if star == 0:
        raise _bad("a * alone would match any tag", span, "write BEGINNING* or tagcount:>0")
    return Wildcard(text[:-1], span)


def _attribute(head: str, rest: str, span: Span) -> Range | None:
    """Return a range if the name can only be an attribute's."""
    name = BUILT_IN.get(head)
    if name is None and head.startswith(_PREFIXES) and head not in _PREFIXES:
        name = head
    if name is None:
        return None
    dated = head == "added"
    result = date_range(name, rest, span) if dated else number_range(name, rest, span)
    if result is None:
        forms = DATE_FORMS if dated else FORMS
        not_valid = f"{readable(rest)} is not a valid range for {head}"
        detail = not_valid if rest else f"nothing follows {head}:"
        raise _bad(detail, span, f"{forms}; a tag of that name needs quotes")
    return result


def _bad(detail: str, span: Span, hint: str) -> BadQuery:
    return BadQuery(detail, position=span.start, end=span.end, hint=hint)
