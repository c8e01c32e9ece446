"""A bound query as an image set, or as the number of images in it."""

from __future__ import annotations

from dataclasses import dataclass

from smashpass.core.errors import BadQuery
from smashpass.core.imageset import EMPTY, ImageSet, intersection, union
from smashpass.core.library.index import Index
from smashpass.core.query.bound import All, And, AnyTag, Not, Nothing, Or, Query
from smashpass.core.query.syntax import Facet, Mine, Range
from smashpass.core.tags.names import TagId


@dataclass(frozen=True, slots=True)
class MySets:
    """What one viewer has swiped; no image is in both sets."""

    smashed: ImageSet = EMPTY
    passed: ImageSet = EMPTY


def images(query: Query, index: Index, mine: MySets | None = None) -> ImageSet:
    """Return the live images that match ``query``.

    Args:
        query: Any bound query; a normal form is the cheapest.
        index: One library version.
        mine: The viewer's swipes, for ``my:``.

    Raises:
        BadQuery: The query asks for ``my:``, but there is no viewer.
    """
    return _Evaluation(index, mine).images(query)


def count(query: Query, index: Index, mine: MySets | None = None) -> int:
    """Return how many live images match ``query``: ``len(images(…))``, but cheaper.

    The last set operation only counts.

    Raises:
        BadQuery: As for ``images``.
    """
    return _Evaluation(index, mine).count(query)


@dataclass(frozen=True, slots=True)
class _Evaluation:
    """Set algebra in which every set lies within ``index.live``."""

    index: Index
    mine: MySets | None

    def images(self, query: Query) -> ImageSet:
        match query:
            case AnyTag(tags):
                return self._any_tag(tags)
            case And(items):
                first, excluded = self._narrowed(items)
                return first - excluded if excluded else first
            case Or(items):
                return self._or(items)
            case Not(item):
                return self.index.live - self.images(item)
            case Range():
                column = self.index.column(query.name)
                if column is None:
                    return EMPTY
                matching = column.between(
                    query.low, query.high, query.include_low, query.include_high
                )
                return matching & self.index.live
            case Facet(name, value):
                return self.index.facet(name, value)
            case Mine():
                return self._mine(query)
            case All():
                return self.index.live
            case Nothing():
                return EMPTY

    def count(self, query: Query) -> int:
        match query:
            case And(items) if len(items) > 1:
                return self._count_and(items)
            case Or((one, other)) if not isinstance(one, Not) and not isinstance(other, Not):
                return self.images(one).union_cardinality(self.images(other))
            case Not(item):
                return len(self.index.live) - self.count(item)
            case _:
                return len(self.images(query))

    def _count_and(self, items: tuple[Query, ...]) -> int:
        if any(isinstance(item, Not) for item in items):
            first, excluded = self._narrowed(items)
            return first.difference_cardinality(excluded) if excluded else len(first)
        *smaller, largest = sorted(map(self.images, items), key=len)
        return intersection(smaller).intersection_cardinality(largest)

    def _narrowed(self, items: tuple[Query, ...]) -> tuple[ImageSet, ImageSet]:
        """Return the images that all positive items match, and those to exclude."""
        required = [self.images(item) for item in items if not isinstance(item, Not)]
        matching = intersection(required) if required else self.index.live
        if not matching:
            return matching, EMPTY
        return matching, union([self.images(item.item) for item in items if isinstance(item, Not)])

    def _or(self, items: tuple[Query, ...]) -> ImageSet:
        matching = union([self.images(item) for item in items if not isinstance(item, Not)])
        missing = [self.images(item.item) for item in items if isinstance(item, Not)]
        if not missing:
            return matching
        # All but what every negated item matches and no other item does: one complement.
        return self.index.live - (intersection(missing) - matching)

    def _any_tag(self, tags: frozenset[TagId]) -> ImageSet:
        if len(tags) == 1:
            (tag,) = tags
            return self.index.having(tag)
        return self.index.having_any(tags)

    def _mine(self, term: Mine) -> ImageSet:
        if self.mine is None:
            raise BadQuery(
                f"my:{term.which} needs a viewer, and there is none here",
                position=term.span.start,
                end=term.span.end,
                hint="leave it out, or search as a viewer",
            )
        match term.which:
            case "smashed":
                return self.mine.smashed & self.index.live
            case "passed":
                return self.mine.passed & self.index.live
            case "unseen":
                return self.index.live - (self.mine.smashed | self.mine.passed)
