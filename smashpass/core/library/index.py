"""The index of one library version: which images have a tag, a number, a credit, and back."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from types import MappingProxyType

from smashpass.core.errors import NotFound
from smashpass.core.imageset import EMPTY, ImageSet, Ordinal, union
from smashpass.core.library.age import ADDED, AGE, AgeColumn
from smashpass.core.library.column import Column
from smashpass.core.library.data import BY, HAND, IMPLIED, IMPORT, RUN, TAG_COUNT, YES, IndexData
from smashpass.core.library.delta import IndexChanges, changed
from smashpass.core.library.facts import Facts
from smashpass.core.library.score_column import ScoreColumn
from smashpass.core.tags.names import TagId
from smashpass.core.tags.vocabulary import Vocabulary
from smashpass.core.values import Value

_ONE_WAY = f"{BY}:"
AnyColumn = Column | AgeColumn | ScoreColumn
NO_SCORES: Mapping[str, ScoreColumn] = MappingProxyType({})


class Index:
    """Image sets and columns of one library version.

    Frozen: changes give a new index, which shares with the old one all that is unchanged. May be
    shared between threads and forked processes: its caches are plain writes to a dict,
    and two threads at worst compute the same set twice.

    Attributes:
        version: The library version: sequence of the last change applied.
        day: Of that change, in days since 1970; 0 if it is not known, and ages neither.
        vocabulary: Names, aliases and implications of that version.
        live: The images that may be served. Every image set given out lies within it.
        parts: The data, as snapshots keep it; hidden images are in there too.
        scores: The scorers' numbers by full attribute name, which are kept apart from the parts
            and have versions of their own.
    """

    __slots__ = (
        "_age",
        "_by",
        "_having",
        "day",
        "live",
        "parts",
        "scores",
        "version",
        "vocabulary",
    )

    def __init__(
        self,
        version: int,
        parts: IndexData,
        day: int = 0,
        scores: Mapping[str, ScoreColumn] = NO_SCORES,
    ) -> None:
        """Keep the parts that an ``IndexBuilder`` made, and the scorers' numbers."""
        self.version = version
        self.parts = parts
        self.vocabulary: Vocabulary = parts.vocabulary
        self.live: ImageSet = parts.live
        self._having: dict[TagId, ImageSet] = {}
        self._by: dict[str, ImageSet] = {}
        self.day = day
        self.scores = scores
        added_column = parts.columns.get(ADDED)
        self._age = AgeColumn(added_column, day) if day and added_column is not None else None

    def dated(self, day: int) -> Index:
        """Return the same index for another day."""
        return self if day == self.day else self._with(day, self.scores)

    def with_scores(self, columns: Mapping[str, ScoreColumn]) -> Index:
        """Return the same index with these scorers' numbers, by full attribute name, and no others.

        Cost: none to speak of; both indexes fill the same caches.
        """
        return self._with(self.day, columns)

    def _with(self, day: int, scores: Mapping[str, ScoreColumn]) -> Index:
        """Return an index of the same parts, whose image sets of tags are therefore the same."""
        index = Index(self.version, self.parts, day, scores)
        index._having, index._by = self._having, self._by
        return index

    def having(self, tag: TagId) -> ImageSet:
        """Return the live images that have ``tag`` after aliases and implications.

        An alias stands for its tag. Cost: one dict lookup, the first time a union over the
        tags that lead to it; where there is nothing to unite or hide it is the posting itself.
        """
        images = self._having.get(tag)
        if images is None:
            vocabulary, postings = self.vocabulary, self.parts.postings
            sources = vocabulary.sources(vocabulary.canonical(tag))
            images = union([postings[raw] for raw in sources if raw in postings])
            if images.intersect(self.parts.hidden):
                images = images - self.parts.hidden
            self._having[tag] = images
        return images

    def having_any(self, tags: Iterable[TagId]) -> ImageSet:
        """Return the live images that have at least one of ``tags``; no tags give no images."""
        return union([self.having(tag) for tag in tags])

    def count(self, tag: TagId) -> int:
        """Return how many live images have ``tag``."""
        return len(self.having(tag))

    def column(self, name: str) -> AnyColumn | None:
        """Return the attribute with that full name, or None; hidden images are in it too."""
        if name == AGE:
            return self._age
        column = self.parts.columns.get(name)
        return self.scores.get(name) if column is None else column

    def columns(self) -> tuple[str, ...]:
        """Return the full names of all attributes: those of the library, then the scorers'."""
        age = () if self._age is None else (AGE,)
        return (*self.parts.columns, *age, *self.scores)

    def numbers(self, ordinal: Ordinal) -> dict[str, float]:
        """Return the attributes of one image by their full names, the scorers' numbers too."""
        numbers = {}
        for name in self.columns():
            column = self.column(name)
            value = None if column is None else column.value(ordinal)
            if value is not None:
                numbers[name] = value
        return numbers

    def facet(self, name: str, value: str) -> ImageSet:
        """Return the live images whose ``licence`` or ``source`` is ``value``, case folded.

        ``by`` is a facet too: images with a tag that came so. ``hand``, ``import`` and
        ``implied`` are found once; ``run:7`` is what that import wrote and has a tag by import.
        Trees ask for one way at a time: the facet ``by:hand`` has the value ``yes``.
        """
        if name.startswith(_ONE_WAY):
            return self._came_by(name.removeprefix(_ONE_WAY))
        if name == BY:
            return self._came_by(value)
        return self.parts.facets.get(name, {}).get(value.casefold(), EMPTY) - self.parts.hidden

    def facet_values(self, name: str) -> Mapping[str, int]:
        """Return the case folded values of a facet with their number of live images."""
        hidden = self.parts.hidden
        values = self.parts.facets.get(name, {})
        counts = {value: images.difference_cardinality(hidden) for value, images in values.items()}
        if name == BY:
            ways = (HAND, IMPORT, IMPLIED, *(f"{RUN}{number}" for number in self.parts.runs))
            counts = {way: len(self._came_by(way)) for way in ways}
        return {value: count for value, count in counts.items() if count}

    def may_be(self, name: str, value: str) -> bool:
        """Whether some image, hidden or not, may have that value of a facet.

        No value is ruled out where none is known: not in a library that is still empty.
        """
        if name == BY:
            runs = self.parts.runs
            return not value.startswith(RUN) or not runs or int(value.removeprefix(RUN)) in runs
        values = self.parts.facets.get(name)
        return not values or value.casefold() in values

    def by_hand(self, tag: TagId) -> ImageSet:
        """Return the live images that carry the raw ``tag`` because somebody gave it to them."""
        by_hand = self.parts.by_hand.get(tag, EMPTY) & self.parts.postings.get(tag, EMPTY)
        return by_hand - self.parts.hidden

    def _came_by(self, way: str) -> ImageSet:
        """Return the live images with a tag that came one way; a run is looked up, others kept."""
        if way.startswith(RUN):
            written = self.parts.runs.get(int(way.removeprefix(RUN)), EMPTY)
            return written & self._came_by(IMPORT)
        images = self._by.get(way)
        if images is None and way in _BY:
            images = self._by[way] = _BY[way](self) - self.parts.hidden
        return EMPTY if images is None else images

    def _given_by_hand(self) -> ImageSet:
        return union([self.by_hand(tag) for tag in self.parts.by_hand])

    def _imported(self) -> ImageSet:
        """Return the images with a tag that nobody gave them."""
        parts = self.parts
        by_somebody = union(parts.by_hand.values())
        # Of images that nobody gave a tag, all tags were imported; only the others are looked at.
        column = parts.columns.get(TAG_COUNT)
        tagged = EMPTY if column is None else column.between(1, None)
        mixed = [
            (images & by_somebody) - parts.by_hand.get(tag, EMPTY)
            for tag, images in parts.postings.items()
            if images.intersect(by_somebody)
        ]
        return (tagged - by_somebody) | union(mixed)

    def _implied(self) -> ImageSet:
        """Return the images with a tag that they do not carry themselves."""
        vocabulary, postings = self.vocabulary, self.parts.postings
        carried: dict[TagId, list[ImageSet]] = {}
        for raw, images in postings.items():
            carried.setdefault(vocabulary.canonical(raw), []).append(images)
        implied = frozenset().union(*vocabulary.implications.values())
        return union([self.having(tag) - union(carried.get(tag, ())) for tag in implied])

    def own_tags(self, ordinal: Ordinal) -> frozenset[TagId]:
        """Return the raw tags of one image, hidden or not; none if there is no such image."""
        return self.parts.forward.own(ordinal, self.parts.postings)

    def facts(
        self,
        ordinal: Ordinal,
        extra: Mapping[str, Value] | Callable[[str], Value | None] | None = None,
    ) -> Facts:
        """Return the facts about one image that a decision may read.

        Args:
            ordinal: The image.
            extra: Attributes that are not columns of the library (``viewer.…``, ``plugin.…``),
                or a function that gives them when they are asked for. What a scorer gave is
                taken from the column of its numbers only if it is not in here.

        Raises:
            NotFound: No live image has that ordinal.
        """
        if ordinal not in self.live:
            raise NotFound("there is no such image", hint="search for one that exists")
        column_of, scores = self.column, self.scores
        elsewhere = extra if callable(extra) else (extra or {}).get

        def value(name: str) -> Value | None:
            column = column_of(name)
            if column is not None and name not in scores:
                return column.value(ordinal)
            outside_value = elsewhere(name)
            if outside_value is not None or column is None:
                return outside_value
            return column.value(ordinal)

        def facet(name: str) -> str | None:
            if name.startswith(_ONE_WAY):
                return YES if ordinal in self.facet(name, YES) else None
            for credit, images in self.parts.facets.get(name, {}).items():
                if ordinal in images:
                    return credit
            return None

        own_tags = self.own_tags(ordinal)
        return Facts(
            own=own_tags, tags=self.vocabulary.effective(own_tags), value=value, facet=facet
        )

    def with_changes(self, changes: IndexChanges, version: int, day: int | None = None) -> Index:
        """Return the index after ``changes``, as of ``day``; this one stays as it is."""
        parts = changed(self.parts, changes)
        return Index(version, parts, self.day if day is None else day, self.scores)


_BY: Mapping[str, Callable[[Index], ImageSet]] = {
    HAND: Index._given_by_hand,
    IMPORT: Index._imported,
    IMPLIED: Index._implied,
}
