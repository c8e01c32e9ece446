"""Query texts: read, matched and counted; and the orders of their images."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from smashpass.core.decks.dealing import Order
from smashpass.core.decks.likeness import ByLikeness, Likeness
from smashpass.core.decks.order import ByAge, ByValue, Permutation
from smashpass.core.decks.taste import ByTaste, Taste
from smashpass.core.errors import BadInput
from smashpass.core.imageset import ImageSet
from smashpass.core.library.credit import Credit
from smashpass.core.library.index import Index
from smashpass.core.pictures.source_types import describe_source_type, made_by_ai
from smashpass.core.query.bound import Query
from smashpass.core.query.evaluate import MySets, count, images
from smashpass.core.query.phrases import Finder
from smashpass.core.query.terms import SCORES
from smashpass.core.tags.names import TagId
from smashpass.services.search.query_cache import QueryCache

DEFAULT_ORDER = "new"
DEFAULT_SEED = 0
MAX_LIMIT = 100

_answers = QueryCache()


def read_query(text: str, index: Index, finder: Finder | None = None) -> Query:
    """Return the normal form of a query text against the vocabulary of ``index``.

    A ``finder`` proposes tags for words that name none, and helps ``~word``.

    Raises:
        BadQuery: The text cannot be parsed, or a word is not a tag name.
    """
    return _answers.form(text, index, finder)


def matching(query: Query, index: Index, mine: MySets | None = None) -> ImageSet:
    """Return the live images that match a normal form, from memory if it was asked for lately.

    Raises:
        BadQuery: The query asks for ``my:``, but there is no viewer.
    """
    return _answers.images(query, index, lambda: images(query, index, mine))


def count_matches(
    index: Index, text: str, *, mine: MySets | None = None, finder: Finder | None = None
) -> int:
    """Return the exact number of images that match ``text``, without making their set."""
    query = read_query(text, index, finder)
    cached = _answers.cached_images(query, index)
    return count(query, index, mine) if cached is None else len(cached)


LikenessTo = Callable[[Index, str], Likeness]
"""Returns how alike images are to the one with an id; raises BadInput if there is none."""


TasteOf = Callable[[Index], Taste | None]
"""Returns what a viewer likes; None before their first swipe."""


def find_order(
    name: str,
    index: Index,
    seed: int,
    likeness_to: LikenessTo | None = None,
    taste_of: TasteOf | None = None,
) -> Order:
    """Return the order called ``name``; a leading ``-`` reverses it.

    Raises:
        BadInput: There is no such order, the library has no such attribute, or no such image;
            or the order is ``taste``, and there is no viewer.
    """
    if name == "random":
        return Permutation(seed)
    bare, backwards = name.removeprefix("-"), name.startswith("-")
    if bare.startswith("like:") and likeness_to is not None:
        likeness = likeness_to(index, bare.removeprefix("like:"))
        return ByLikeness(likeness, descending=not backwards)
    if bare == "taste":
        if taste_of is None:
            raise BadInput(
                "only a viewer has a taste to order by", hint="use random, new or popular"
            )
        taste = taste_of(index)
        # Before the first swipe nothing is known: all images are equal.
        ties = Permutation(seed)
        return ties if taste is None else ByTaste(taste, index, ties, descending=not backwards)
    if bare == "new":
        return ByAge(newest_first=not backwards)
    if bare == "popular":
        # Before anybody has swiped, all are equally popular: the newest are first.
        popular = index.column("image.popularity")
        if popular is None:
            return ByAge(newest_first=not backwards)
        return ByValue(popular, descending=not backwards)
    attribute = "tag_count" if bare == "tagcount" else bare.removeprefix("attr:")
    if bare == "tagcount" or bare.startswith("attr:"):
        full = attribute if attribute.startswith(("image.", SCORES)) else f"image.{attribute}"
        column = index.column(full)
        if column is None:
            attributes = [
                attribute_name.removeprefix("image.") for attribute_name in index.columns()
            ]
            raise BadInput(
                f"the library has no attribute {attribute!r}",
                hint=f"it has {', '.join(attributes) or 'none'}",
                suggestions=attributes,
            )
        return ByValue(column, descending=not backwards)
    raise BadInput(
        f"there is no order {name!r}",
        hint="use random, new, popular, taste, tagcount, attr:NAME or like:ID;"
        " -ORDER reverses all but random",
    )


def tag_names(index: Index, tags: Iterable[TagId]) -> list[str]:
    """Return the canonical names of an image's own tags, by name; implied ones are left out."""
    names, aliases = index.vocabulary.names, index.vocabulary.aliases
    return sorted({names[aliases.get(tag, tag)] for tag in tags})


def credit_card(credit: Credit) -> dict[str, object]:
    """Return the part of a credit that a card shows, and how the picture came to be, as text."""
    return {
        "source": credit.source,
        "licence": credit.licence,
        "author": credit.author,
        "digital_source_type": credit.digital_source_type,
        "made": describe_source_type(credit.digital_source_type),
        "ai": made_by_ai(credit.digital_source_type),
    }
