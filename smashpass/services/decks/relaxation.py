"""Query relaxation: where nothing matches, terms are dropped and exclusions kept."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from smashpass.core.imageset import ImageSet
from smashpass.core.library.index import Index
from smashpass.core.query.bind import bind
from smashpass.core.query.bound import All, And, Not, Nothing, Or, Query
from smashpass.core.query.evaluate import MySets
from smashpass.core.query.normal import normalise
from smashpass.core.query.phrases import Finder
from smashpass.core.query.printing import text_of
from smashpass.services.search.query_cache import syntax_of
from smashpass.services.search.search import matching, read_query


@dataclass(frozen=True, slots=True)
class RelaxedMatch:
    """What a query matches, perhaps after terms were dropped because nothing matched."""

    query: Query
    images: ImageSet
    dropped: tuple[str, ...] = ()


def relaxed_match(
    text: str, index: Index, mine: MySets, finder: Finder | None = None
) -> RelaxedMatch:
    """Return what ``text`` matches; where that is nothing, drop terms until something does.

    The rarest term is dropped first, of equally rare ones the one that was written first;
    exclusions stay. If even then nothing matches, nothing does.

    Raises:
        BadQuery: The text cannot be parsed, or a word is not a tag name.
    """
    query = read_query(text, index, finder)
    images = matching(query, index, mine)
    if images or isinstance(query, All):
        return RelaxedMatch(query, images)
    # Not the normal form: of `beard -beard` that is nothing at all, without any exclusion.
    columns = index.columns()
    bound = bind(syntax_of(text), index.vocabulary, columns=columns, finder=finder)
    parts = dict.fromkeys(_conjuncts(bound))
    exclusions = [part for part in parts if isinstance(part, Not)]
    terms = [part for part in parts if not isinstance(part, Not)]
    terms.sort(key=lambda term: len(matching(normalise(term), index, mine)))
    for count in range(1, len(terms) + 1):
        wider = normalise(And((*terms[count:], *exclusions)))
        images = matching(wider, index, mine)
        if images:
            texts = tuple(_term_text(term, index) for term in terms[:count])
            return RelaxedMatch(wider, images, texts)
    return RelaxedMatch(query, images)


def _conjuncts(query: Query, holds: bool = True) -> Iterator[Query]:
    """Yield what must hold so that ``query`` does (or does not): terms, and exclusions as Not."""
    match query:
        case Not(item):
            yield from _conjuncts(item, not holds)
        case And(items) if holds:
            for item in items:
                yield from _conjuncts(item)
        case Or(items) if not holds:
            for item in items:
                yield from _conjuncts(item, holds=False)
        case _:
            yield query if holds else Not(query)


def _term_text(term: Query, index: Index) -> str:
    """Return a term as text, in its normal form where it has one that can match."""
    normal = normalise(term)
    return text_of(term if isinstance(normal, Nothing) else normal, index.vocabulary)
