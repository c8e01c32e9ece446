"""The terms of a query as they were typed: what must all hold, each with its place in the text."""

from __future__ import annotations

from collections.abc import Iterator

from smashpass.core.query.join import longest
from smashpass.core.query.lexer import Token, tokens
from smashpass.core.query.phrases import Finder, nearest_phrase
from smashpass.core.query.syntax import Span, Word
from smashpass.core.query.terms import takes_quotes, term
from smashpass.core.tags.vocabulary import Vocabulary

_OPENING, _CLOSING = "(", ")"


def conjuncts(text: str, vocabulary: Vocabulary, finder: Finder | None = None) -> list[Span]:
    """Return where the terms stand that must all hold so that ``text`` matches, in their order.

    A tag of several words is one term, and so are what a negation stands before and brackets that
    hold an OR; other brackets are opened. A text whose outermost operator is OR is one term.

    Args:
        text: A query text that can be read.
        vocabulary: Tells which adjacent words are one tag.
        finder: Tells which words behind a ``~`` are its phrase.

    Raises:
        BadQuery: The text cannot be read.
    """
    return [*_within(tokens(text)[:-1], vocabulary, finder)]


def _within(items: list[Token], vocabulary: Vocabulary, finder: Finder | None) -> Iterator[Span]:
    """Yield the terms of the tokens of a text, or of what stands between brackets."""
    if not items:
        return
    if _has_or(items):
        yield Span(items[0].start, items[-1].end)
        return
    at = 0
    while at < len(items):
        if items[at].kind == "AND":
            at += 1
            continue
        first, at = at, _behind_negations(items, at)
        after = _operand_end(items, at, vocabulary, finder)
        inner = items[at + 1 : after - 1]
        if items[at].kind == _OPENING and at == first and not _has_or(inner):
            yield from _within(inner, vocabulary, finder)
        else:
            yield Span(items[first].start, items[after - 1].end)
        at = after


def _has_or(items: list[Token]) -> bool:
    depth = 0
    for token in items:
        depth += (token.kind == _OPENING) - (token.kind == _CLOSING)
        if token.kind == "OR" and not depth:
            return True
    return False


def _behind_negations(items: list[Token], at: int) -> int:
    while items[at].kind in ("-", "NOT"):
        at += 1
    return at


def _operand_end(items: list[Token], at: int, vocabulary: Vocabulary, finder: Finder | None) -> int:
    """Return the index behind the group, the quoted text or the term that begins at ``at``."""
    if items[at].kind == _OPENING:
        depth = 0
        for place in range(at, len(items)):
            depth += (items[place].kind == _OPENING) - (items[place].kind == _CLOSING)
            if not depth:
                return place + 1
    if items[at].kind == "word":
        if _is_credit_in_quotes(items, at):
            return at + 2
        words = _run(items, at)
        if words and words[0].nearby:
            return at + nearest_phrase([word.text for word in words], vocabulary, finder)[1]
        if words:
            return at + longest([word.text for word in words], 0, vocabulary)[1]
    return at + 1


def _is_credit_in_quotes(items: list[Token], at: int) -> bool:
    """Whether a word and the quoted text behind it are one term, as in ``source:"Other Set"``."""
    following = items[at + 1 : at + 2]
    return bool(
        following
        and following[0].kind == "quoted"
        and following[0].start == items[at].end
        and takes_quotes(items[at])
    )


def _run(items: list[Token], at: int) -> list[Word]:
    """Return the adjacent words from ``at`` on that may be parts of one tag or one ``~`` phrase."""
    words: list[Word] = []
    for place in range(at, len(items)):
        if items[place].kind != "word" or _is_credit_in_quotes(items, place):
            break
        item = term(items[place])
        if not isinstance(item, Word) or (item.nearby and words):
            break
        words.append(item)
    return words
