"""Searching: the images that match a query text, in an order, page by page."""

from __future__ import annotations

from dataclasses import dataclass, replace

from smashpass.core.errors import BadInput
from smashpass.core.imageset import EMPTY, Ordinal
from smashpass.core.library.index import Index
from smashpass.core.query.evaluate import MySets, images
from smashpass.core.query.phrases import Finder
from smashpass.services.search.paging import beyond
from smashpass.services.search.search import (
    DEFAULT_ORDER,
    DEFAULT_SEED,
    MAX_LIMIT,
    LikenessTo,
    TasteOf,
    find_order,
    matching,
    read_query,
)

PAGE = 100


@dataclass(frozen=True, slots=True)
class SearchPage:
    """One page of a search.

    Attributes:
        matched: How many images match, exactly.
        ordinals: Those of this page.
        following: The last of them, if there are more; the next page begins behind it.
    """

    matched: int
    ordinals: tuple[Ordinal, ...]
    following: Ordinal | None


def hidden_view(index: Index) -> Index:
    """Return an index in which the hidden images are the only ones to be seen."""
    parts = index.parts
    swapped = replace(parts, live=parts.hidden, hidden=parts.live)
    return Index(index.version, swapped, index.day, index.scores)


def view_of(index: Index, ordinal: Ordinal) -> Index | None:
    """Return the index in which an image can be seen; None if there is no such image."""
    if ordinal in index.live:
        return index
    return hidden_view(index) if ordinal in index.parts.hidden else None


def search_page(
    index: Index,
    text: str,
    *,
    order: str = DEFAULT_ORDER,
    after: Ordinal | None = None,
    limit: int = PAGE,
    hidden: bool = False,
    mine: MySets | None = None,
    seed: int = DEFAULT_SEED,
    finder: Finder | None = None,
    likeness_to: LikenessTo | None = None,
    taste_of: TasteOf | None = None,
) -> SearchPage:
    """Return one page of the images that match a query, and how many match.

    A page stays as it is while others edit the library: ``after`` names an image, not a number.

    Args:
        index: The library.
        text: The query.
        order: Name of the order.
        after: The last image of the page before; None for the first page.
        limit: Images a page, 0 to 100.
        hidden: Whether the hidden images are searched, instead of the live ones.
        mine: The sets that ``my:`` names, if a viewer searches.
        seed: Of the random order.
        finder: Proposes tags for words that name none.
        likeness_to: Finds what the order ``like:`` goes by; without it there is no such order.
        taste_of: Returns the taste of the viewer, if one searches.

    Raises:
        BadQuery: The text cannot be parsed, or a word is not a tag name.
        BadInput: There is no such order, or the limit is out of range.
    """
    if not 0 <= limit <= MAX_LIMIT:
        raise BadInput(f"the limit is {limit}, not 0 to {MAX_LIMIT}", hint="ask for fewer at once")
    by = find_order(order, index, seed, likeness_to, taste_of)
    query = read_query(text, index, finder)
    if not hidden:
        matches = matching(query, index, mine)
    else:
        matches = images(query, hidden_view(index), mine) if index.parts.hidden else EMPTY
    rest = matches if after is None else beyond(matches, by, after)
    ordinals = tuple(by.first(rest, limit))
    following = ordinals[-1] if len(rest) > len(ordinals) > 0 else None
    return SearchPage(len(matches), ordinals, following)
