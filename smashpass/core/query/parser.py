"""Query text to syntax, by recursive descent. Mistakes are located, never repaired.

    disjunction := conjunction (OR conjunction)*
    conjunction := operand ([AND] operand)*
    operand     := (NOT | -)* ( "(" disjunction ")" | quoted | word+ )
    word        := a tag, a wildcard, a range, …: see ``terms``

Adjacent words stay together, because a tag may be written with blanks: ``blonde hair beard``.
A negation before them belongs to the first tag only: it binds tighter than the AND that
adjacency is, but a tag is one thing however it is written.
"""

from __future__ import annotations

from smashpass.core.errors import BadQuery
from smashpass.core.query.lexer import MAX_DEPTH, Kind, Token, tokens
from smashpass.core.query.syntax import (
    Conjunction,
    Disjunction,
    Everything,
    Negation,
    NotFirst,
    Syntax,
    Word,
    Words,
)
from smashpass.core.query.terms import credit, quoted, takes_quotes, term


def parse(text: str) -> Syntax:
    """Parse ``text``; an empty text means every image.

    Cost: about 20 µs for three terms. A refused text costs at most some milliseconds.

    Raises:
        BadQuery: The text breaks the grammar or a limit; the error tells where.
    """
    parser = _Parser(tokens(text))
    if parser.at("end"):
        return Everything()
    syntax = parser.disjunction()
    if not parser.at("end"):
        raise _unexpected(parser.here)
    return syntax


class _Parser:
    """Walks the tokens once. Only brackets recurse, and their depth is limited."""

    def __init__(self, items: list[Token]) -> None:
        self._tokens = items
        self._at = 0
        self._depth = 0
        self.here = items[0]

    def at(self, *kinds: Kind) -> bool:
        """Whether the token that is read next is of one of ``kinds``."""
        return self.here.kind in kinds

    def _take(self) -> Token:
        token = self.here
        self._at += 1
        self.here = self._tokens[self._at]
        return token

    def disjunction(self) -> Syntax:
        """Read operands joined by OR up to a bracket or the end."""
        items = [self._conjunction()]
        while self.at("OR"):
            self._operator()
            items.append(self._conjunction())
        return items[0] if len(items) == 1 else Disjunction(tuple(items))

    def _conjunction(self) -> Syntax:
        items = self._operands()
        while not self.at("OR", ")", "end"):
            # The terms on both sides of AND do not form a run: "a AND b" is never one tag "a_b".
            if self.at("AND"):
                self._operator()
            items += self._operands()
        return items[0] if len(items) == 1 else Conjunction(tuple(items))

    def _operands(self) -> list[Syntax]:
        """Read one operand with its negations; a run of words may hold several terms."""
        negations = 0
        while self.at("NOT", "-"):
            self._operator()
            negations += 1
        match self.here.kind:
            case "(":
                return [_negated(self._group(), negations)]
            case "quoted":
                return [_negated(quoted(self._take()), negations)]
            case "word":
                first, *others = self._run()
                if isinstance(first, Words) and len(first.words) > 1:
                    return [NotFirst(first) if negations % 2 else first, *others]
                return [_negated(first, negations), *others]
            case _:
                raise _unexpected(self.here)

    def _run(self) -> list[Syntax]:
        """Read adjacent words; those that may be parts of one tag become one ``Words``.

        A ``~`` begins a new one: how many of the words behind it are its phrase is known when it
        is bound.
        """
        terms: list[Syntax] = []
        joined: list[Word] = []
        while self.at("word"):
            item = self._term()
            if isinstance(item, Word) and not item.nearby:
                joined.append(item)
                continue
            if joined:
                terms.append(Words(tuple(joined)))
            joined = []
            if isinstance(item, Word):
                joined.append(item)
            else:
                terms.append(item)
        if joined:
            terms.append(Words(tuple(joined)))
        return terms

    def _term(self) -> Word | Syntax:
        token = self._take()
        if self.at("quoted") and self.here.start == token.end and takes_quotes(token):
            return credit(token, self._take())
        return term(token)

    def _group(self) -> Syntax:
        opening = self._take()
        self._depth += 1
        if self._depth > MAX_DEPTH:
            raise BadQuery(
                f"the brackets are nested more than {MAX_DEPTH} levels deep",
                position=opening.start,
                end=opening.end,
                hint="shorten the query",
            )
        if self.at(")"):
            raise BadQuery(
                "there is nothing between the brackets",
                position=opening.start,
                end=self.here.end,
                hint="remove them, or add a term",
            )
        if self.at("end"):
            raise _unclosed(opening)
        inner = self.disjunction()
        if not self.at(")"):
            raise _unclosed(opening)
        self._take()
        self._depth -= 1
        return inner

    def _operator(self) -> None:
        """Consume an operator, which must be followed by an operand."""
        operator = self._take()
        dangling = self.at("end", ")", "OR", "AND")
        if dangling or (operator.kind == "-" and self.here.start != operator.end):
            raise BadQuery(
                f"nothing follows {operator.text}",
                position=operator.start,
                end=operator.end,
                hint=_way_out(operator),
            )


def _negated(item: Syntax, times: int) -> Syntax:
    """Put ``times`` negations before an operand."""
    for _ in range(times):
        item = Negation(item)
    return item


def _unclosed(opening: Token) -> BadQuery:
    return BadQuery(
        "a bracket is not closed", position=opening.start, end=opening.end, hint="add the )"
    )


def _unexpected(token: Token) -> BadQuery:
    """Return the error for a misplaced token."""
    if token.kind == ")":
        return BadQuery(
            "a bracket is closed that was never opened",
            position=token.start,
            end=token.end,
            hint="remove the )",
        )
    return BadQuery(
        f"nothing precedes {token.text}",
        position=token.start,
        end=token.end,
        hint=_way_out(token),
    )


def _way_out(operator: Token) -> str:
    if operator.kind == "-":
        return "put the term directly after the -"
    return f'add a term, or write "{operator.text.lower()}" in quotes for the tag'
