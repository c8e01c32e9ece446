"""Searching for every door alike: by one finder of words, against an index the caller holds."""

from __future__ import annotations

from smashpass.core.explore.related import Measure
from smashpass.core.imageset import ImageSet, Ordinal
from smashpass.core.library.index import Index
from smashpass.core.query.evaluate import MySets
from smashpass.core.query.phrases import Finder
from smashpass.services.search.emptiness import Emptiness, explain_emptiness
from smashpass.services.search.explore import DEFAULT_LIMIT, RelatedTags, related_tags, tag_counts
from smashpass.services.search.page import PAGE, SearchPage, hidden_view, search_page
from smashpass.services.search.search import (
    DEFAULT_ORDER,
    DEFAULT_SEED,
    LikenessTo,
    TasteOf,
    count_matches,
    matching,
    read_query,
)


class SearchService:
    """Answers queries. An index is taken once a request, so that its answers fit each other."""

    def __init__(self, *, finder: Finder, likeness_to: LikenessTo) -> None:
        """Keep who is asked.

        Args:
            finder: Proposes tags for words that name none.
            likeness_to: Finds what the order ``like:`` goes by.
        """
        self._finder = finder
        self._likeness_to = likeness_to

    def page(
        self,
        index: Index,
        query: str,
        *,
        order: str = DEFAULT_ORDER,
        after: Ordinal | None = None,
        limit: int = PAGE,
        hidden: bool = False,
        mine: MySets | None = None,
        seed: int = DEFAULT_SEED,
        taste_of: TasteOf | None = None,
    ) -> SearchPage:
        """Return one page of the matching images, as :func:`search_page`."""
        return search_page(
            index,
            query,
            order=order,
            after=after,
            limit=limit,
            hidden=hidden,
            mine=mine,
            seed=seed,
            finder=self._finder,
            likeness_to=self._likeness_to,
            taste_of=taste_of,
        )

    def matching(self, index: Index, query: str, *, mine: MySets | None = None) -> ImageSet:
        """Return the live images that match a query; ``mine`` is what ``my:`` means.

        Raises:
            BadQuery: The text cannot be parsed, or a word is not a tag name.
        """
        return matching(read_query(query, index, self._finder), index, mine)

    def count(self, index: Index, query: str) -> int:
        """Return the exact number of matching images, without making their set.

        Raises:
            BadQuery: The text cannot be parsed, or a word is not a tag name.
        """
        return count_matches(index, query, finder=self._finder)

    def explain_emptiness(
        self, index: Index, query: str, *, hidden: bool = False, mine: MySets | None = None
    ) -> Emptiness:
        """Return why a query matches no image: which term empties it."""
        searched = hidden_view(index) if hidden else index
        return explain_emptiness(query, searched, mine, self._finder)

    def related_tags(
        self,
        index: Index,
        query: str,
        *,
        by: Measure = "cosine",
        limit: int = DEFAULT_LIMIT,
        mine: MySets | None = None,
    ) -> RelatedTags:
        """Return the tags that go best together with the matching images, exactly counted."""
        return related_tags(index, query, by=by, limit=limit, mine=mine, finder=self._finder)

    def tag_counts(
        self,
        index: Index,
        query: str,
        prefix: str,
        *,
        limit: int = DEFAULT_LIMIT,
        mine: MySets | None = None,
    ) -> RelatedTags:
        """Return how many matching images have each tag with a prefix, most common first."""
        return tag_counts(index, query, prefix, limit=limit, mine=mine, finder=self._finder)
