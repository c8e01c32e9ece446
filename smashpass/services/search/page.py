"""Search pages for editors: hidden images too, page by page."""

from __future__ import annotations

from dataclasses import dataclass, replace

from smashpass.core.errors import BadInput
from smashpass.core.imageset import EMPTY, ImageSet, Ordinal
from smashpass.core.library.index import Index
from smashpass.core.query.evaluate import images
from smashpass.core.query.phrases import Finder
from smashpass.services.search.paging import beyond
from smashpass.services.search.search import DEFAULT_SEED, find_order, matching, read_query

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
    return Index(index.version, swapped, index.day)


def view_of(index: Index, ordinal: Ordinal) -> Index | None:
    """Return the index in which an image can be seen; None if there is no such image."""
    if ordinal in index.live:
        return index
    return hidden_view(index) if ordinal in index.parts.hidden else None


def found_in(
    index: Index, text: str, *, hidden: bool = False, finder: Finder | None = None
) -> ImageSet:
    """Return the images that match a query: live ones, or the hidden ones alone.

    Raises:
        BadQuery: The text cannot be parsed, or a word is not a tag name.
    """
    query = read_query(text, index, finder)
    if not hidden:
        return matching(query, index)
    return images(query, hidden_view(index)) if index.parts.hidden else EMPTY


def search_page(
    index: Index,
    text: str,
    *,
    order: str = "new",
    after: Ordinal | None = None,
    limit: int = PAGE,
    hidden: bool = False,
    finder: Finder | None = None,
) -> SearchPage:
    """Return one page of the images that match a query.

    A page stays as it is while others edit the library: ``after`` names an image, not a number.

    Raises:
        BadQuery: The text cannot be parsed, or a word is not a tag name.
        BadInput: There is no such order.
    """
    by = find_order(order, index, DEFAULT_SEED)
    if limit < 1:
        raise BadInput("a page has at least one image")
    matches = found_in(index, text, hidden=hidden, finder=finder)
    rest = matches if after is None else beyond(matches, by, after)
    ordinals = tuple(by.first(rest, limit))
    following = ordinals[-1] if len(rest) > len(ordinals) > 0 else None
    return SearchPage(len(matches), ordinals, following)
