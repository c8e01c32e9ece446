"""Syntax to bound query: resolves words to the tags of one vocabulary."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

from smashpass.core.errors import BadQuery
from smashpass.core.library.index import Index
from smashpass.core.query.bound import All, And, AnyTag, Not, Nothing, Or, Query
from smashpass.core.query.facets import no_such_value, no_such_way
from smashpass.core.query.join import longest
from smashpass.core.query.phrases import Finder, names_by_meaning, nearest_phrase, phrase_around
from smashpass.core.query.ranges import number_range
from smashpass.core.query.syntax import (
    Conjunction,
    Disjunction,
    Everything,
    Exact,
    Facet,
    Mine,
    Namespace,
    Negation,
    NotFirst,
    Range,
    Span,
    Syntax,
    Wildcard,
    Word,
    Words,
)
from smashpass.core.query.terms import BUILT_IN, SCORES, readable
from smashpass.core.tags.names import TagId, fold
from smashpass.core.tags.nearest import distance
from smashpass.core.tags.vocabulary import Vocabulary

_OPERATORS = ("and", "or", "not")
_MAX_PARTS = 16
_PROPOSED = 3
_NAME_TAGS = "name the tags themselves, or compare a viewer attribute"


def bind(
    syntax: Syntax,
    vocabulary: Vocabulary,
    *,
    strict: bool = True,
    in_tree: bool = False,
    columns: Collection[str] | None = None,
    facets: Index | None = None,
    finder: Finder | None = None,
) -> Query:
    """Bind ``syntax`` to the tags of ``vocabulary``.

    Args:
        syntax: A parsed query.
        vocabulary: Of the library version that will be asked.
        strict: Refuse words that name nothing; otherwise they match nothing.
        in_tree: Refuse ``my:``, ``~`` and scorers' numbers, which no query in a decision tree
            may use.
        columns: Full names of the numeric attributes beside the built-in ones. None: any name
            is taken for one if not ``strict`` or if ``in_tree``, none otherwise.
        facets: Knows the licences, sources and runs of the library. None: any is taken for one.
        finder: Proposes tags for words and phrases that name none; and means them by ``~word``
            and ``~several words`` where no spelling is near.

    Raises:
        BadQuery: A word names no tag and no attribute, or a credit or a run that the library does
            not have (if ``strict``; the error proposes the nearest ones), or the query asks for
            what no tree may (if ``in_tree``).
    """
    if columns is None and strict and not in_tree:
        columns = ()
    return _Binding(vocabulary, strict, in_tree, columns, facets, finder).query(syntax)


@dataclass(frozen=True, slots=True)
class _Binding:
    """One pass over a syntax tree, which the parser's limits keep shallow."""

    vocabulary: Vocabulary
    strict: bool
    in_tree: bool
    columns: Collection[str] | None
    facets: Index | None
    finder: Finder | None

    def query(self, syntax: Syntax) -> Query:
        match syntax:
            case Words(words):
                return _all_of(self._run(words))
            case NotFirst(run):
                first, *others = self._run(run.words)
                return _all_of([Not(first), *others])
            case Negation(item):
                return Not(self.query(item))
            case Conjunction(items):
                return And(tuple([self.query(item) for item in items]))
            case Disjunction(items):
                return Or(tuple([self.query(item) for item in items]))
            case Everything():
                return All()
            case _:
                return self._term(syntax)

    def _term(self, term: Exact | Wildcard | Namespace | Range | Facet | Mine) -> Query:
        match term:
            case Exact(name, span):
                tag = self.vocabulary.resolve(name)
                return _tag(tag) if tag is not None else self._unknown(name, span)
            case Wildcard(prefix, span):
                return self._any_of(prefix, f"no tag begins with {readable(prefix)}", prefix, span)
            case Namespace(name, any_, span):
                message = f"no tag is in the namespace {readable(name)}"
                in_namespace = self._any_of(f"{name}:", message, name, span)
                return in_namespace if any_ else Not(in_namespace)
            case Range(name, span=span) if name.startswith(SCORES):
                return self._scores(term)
            case Range(name, span=span):
                if self.strict and name not in _BUILT_IN_NAMES and not self._is_column(name):
                    raise self._no_attribute(name, span)
                return term
            case Mine(which, span):
                if self.in_tree:
                    raise _refused(f"my:{which}", span)
                return term
            case Facet(name, value, span):
                facets = self.facets if self.strict else None
                if facets is not None and not facets.may_be(name, value):
                    raise no_such_value(name, value, span, facets.facet_values(name))
                return term

    def _scores(self, term: Range) -> Range:
        """Bind a range of a scorer's numbers to its column; case does not matter.

        A tree has to say what becomes of images without a number, and a query has no way to.
        """
        name = term.name
        if self.in_tree:
            raise _refused(
                f"{readable(name)} in a query",
                term.span,
                f"write attr: {name} as a test of its own, with on_missing",
            )
        if self._is_column(name):
            return term
        alike = [column for column in self._score_names() if fold(column) == fold(name)]
        if alike:
            return replace(term, name=alike[0])
        if self.strict:
            raise self._no_scores(name, term.span)
        return term

    def _score_names(self) -> list[str]:
        return sorted(column for column in self.columns or () if column.startswith(SCORES))

    def _no_scores(self, name: str, span: Span) -> BadQuery:
        """Return the error for a range of scores that the library does not have."""
        names = self._score_names()
        near = [known for known in names if distance(fold(name), fold(known), 2) is not None]
        hint = ""
        if not near:
            listed = ", ".join(names[:_PROPOSED])
            hint = f"it has {listed}" if names else "a scorer has to fill it first"
        return _located(f"the library has no scores {readable(name)}", span, near, hint)

    def _any_of(self, prefix: str, message: str, typed: str, span: Span) -> Query:
        """Return the query for any tag with a prefix; refuse it with ``message`` if none has it."""
        tags = self.vocabulary.matching(prefix)
        if not tags and self.strict:
            raise self._no_match(message, typed, span)
        return AnyTag(frozenset(tags)) if tags else Nothing()

    def _run(self, words: tuple[Word, ...]) -> list[Query]:
        """Split adjacent words into tags: from left to right, the longest known name first."""
        texts = [word.text for word in words]
        bound: list[Query] = []
        starts: list[int] = []
        at = 0
        while at < len(words):
            if words[at].nearby:
                tags, after = self._nearby(words[at:])
                bound.append(tags)
                at += after
                continue
            tag, after = longest(texts, at, self.vocabulary)
            bound.append(self._range_or_unknown(words, at, starts) if tag is None else _tag(tag))
            starts.append(at)
            at = after
        return bound

    def _range_or_unknown(self, words: Sequence[Word], at: int, starts: Sequence[int]) -> Query:
        word = words[at]
        head, colon, rest = word.text.partition(":")
        if colon and head and rest:
            name = f"image.{head}"
            number = number_range(name, rest, word.span)
            if number is not None:
                if self._is_column(name):
                    return number
                if self.strict and head != "by":
                    raise self._no_attribute(name, word.span, word.text)
        if self.strict and not self.in_tree and not word.text.startswith("by:"):
            self._refuse_phrase(words, at, starts)
        return self._unknown(word.text, word.span)

    def _refuse_phrase(self, words: Sequence[Word], at: int, starts: Sequence[int]) -> None:
        """Refuse the words around an unknown one together if they mean a tag together.

        Raises:
            BadQuery: They do; it stands where the phrase stands and proposes the tag.
        """
        texts = [word.text for word in words]
        names, first, after = phrase_around(texts, at, starts, self.vocabulary, self.finder)
        if names:
            span = Span(words[first].span.start, words[after - 1].span.end)
            detail = f"no tag is called {readable(' '.join(texts[first:after]))}"
            raise _located(detail, span, names[:_PROPOSED], "")

    def _is_column(self, name: str) -> bool:
        return self.columns is None or name in self.columns

    def _nearby(self, words: Sequence[Word]) -> tuple[Query, int]:
        """Bind ``~`` before the first of ``words``; also returns how many words it takes."""
        word = words[0]
        if self.in_tree:
            raise _refused("~", word.span)
        texts = [item.text for item in words]
        tags, count = nearest_phrase(texts, self.vocabulary, self.finder)
        if tags:
            return AnyTag(tags), count
        if self.strict:
            raise self._no_match(f"no tag is near {readable(word.text)}", word.text, word.span)
        return Nothing(), count

    def _unknown(self, name: str, span: Span) -> Query:
        if not self.strict:
            return Nothing()
        if name.startswith("by:"):
            raise no_such_way(name, span, self.vocabulary.nearest(name))
        hint = ""
        if name in _OPERATORS:
            hint = f"write {name.upper()} for the operator"
        elif self._is_several(name):
            hint = f"for several tags write {name.replace('_', ' ')}"
        raise self._no_match(f"no tag is called {readable(name)}", name, span, hint)

    def _is_several(self, name: str) -> bool:
        """Whether ``name`` would be understood with blanks in place of ``_``."""
        words, at = name.split("_"), 0
        if not 1 < len(words) <= _MAX_PARTS:
            return False
        while at < len(words):
            tag, at = longest(words, at, self.vocabulary)
            if tag is None:
                return False
        return True

    def _no_match(self, detail: str, name: str, span: Span, hint: str = "") -> BadQuery:
        """Return the error for a word that names no tag."""
        near = [*self.vocabulary.nearest(name), *self._by_meaning(name)]
        return _located(detail, span, list(dict.fromkeys(near))[:_PROPOSED], hint)

    def _by_meaning(self, text: str) -> list[str]:
        """Return the names that the finder gives and that still name a tag; none in trees."""
        return [] if self.in_tree else names_by_meaning(text, self.vocabulary, self.finder)

    def _no_attribute(self, name: str, span: Span, word: str = "") -> BadQuery:
        """Return the error for a range over neither a tag nor an attribute."""
        bare = name.removeprefix("image.")
        attributes = {
            column.removeprefix("image.") for column in self.columns or ()
        } | BUILT_IN.keys()
        near = [
            candidate
            for candidate in sorted(attributes)
            if distance(bare, candidate, 2) is not None
        ]
        detail = f"the library has no attribute {readable(bare)}"
        if word:
            near += [known for known in self._score_names() if fold(known) == f"{SCORES}{bare}"]
            near += self.vocabulary.nearest(word)
            detail = f"no tag is called {readable(word)}, and {detail}"
        return _located(detail, span, near, "")


_BUILT_IN_NAMES = frozenset(BUILT_IN.values())


def _tag(tag: TagId) -> AnyTag:
    return AnyTag(frozenset((tag,)))


def _all_of(items: list[Query]) -> Query:
    return items[0] if len(items) == 1 else And(tuple(items))


def _located(detail: str, span: Span, near: list[str], hint: str) -> BadQuery:
    if near and not hint:
        hint = f"did you mean {' or '.join(near)}?"
    return BadQuery(
        detail,
        position=span.start,
        end=span.end,
        hint=hint or "check the spelling",
        suggestions=near,
        unknown=True,
    )


def _refused(subject: str, span: Span, hint: str = _NAME_TAGS) -> BadQuery:
    return BadQuery(
        f"a decision tree cannot ask for {subject}",
        position=span.start,
        end=span.end,
        hint=hint,
    )
