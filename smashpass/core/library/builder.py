"""Building an index from a stream of images: seconds for millions."""

from __future__ import annotations

from array import array
from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Generic, TypeVar, cast

from pyroaring import BitMap

from smashpass.core.imageset import EMPTY, ImageSet, Ordinal, freeze
from smashpass.core.library.column import Column
from smashpass.core.library.data import FACETS, TAG_COUNT, IndexData
from smashpass.core.library.forward import ForwardBuilder
from smashpass.core.library.index import Index
from smashpass.core.tags.names import TagId
from smashpass.core.tags.vocabulary import Vocabulary

_FLUSH_EVERY = 1 << 20
"""Images after which the plain arrays are poured into bitmaps, which take a third of the room."""


Key = TypeVar("Key")


def _ordinals() -> array[int]:
    return array("I")


class _Postings(Generic[Key]):
    """Image sets that grow by ascending ordinals: arrays first, periodically poured into bitmaps.

    Keys are tag ids, or values of a facet.
    """

    def __init__(self) -> None:
        self.waiting: defaultdict[Key, array[int]] = defaultdict(_ordinals)
        self._sets: defaultdict[Key, BitMap] = defaultdict(BitMap)

    def pour(self) -> None:
        """Empty the arrays into the bitmaps."""
        for key, ordinals in self.waiting.items():
            self._sets[key].update(ordinals)
        self.waiting.clear()

    def frozen(self) -> dict[Key, ImageSet]:
        """Return the image sets; the builder is empty afterwards."""
        self.pour()
        after: dict[Key, ImageSet] = {}
        while self._sets:
            key, images = self._sets.popitem()
            images.run_optimize()
            after[key] = freeze(images)
        return after


class IndexBuilder:
    """Collects the images of a library, ascending by ordinal, and turns them into an index."""

    def __init__(self) -> None:
        """Start empty. One builder makes one index."""
        self._last = 0
        self._count = 0
        self._tags: _Postings[TagId] = _Postings()
        self._facets: dict[str, _Postings[str]] = {name: _Postings() for name in FACETS}
        self._states: _Postings[bool] = _Postings()
        self._forward = ForwardBuilder()
        self._columns = {TAG_COUNT: (array("I"), array("d"))}

    def add(
        self,
        ordinal: Ordinal,
        tags: Sequence[TagId] | array[int],
        attributes: Mapping[str, float],
        licence: str = "",
        source: str = "",
        live: bool = True,
    ) -> None:
        """Add one image; the arguments are the fields of a ``StoredImage``, in its order.

        Args:
            ordinal: Greater than that of every image before it.
            tags: Raw tag ids; aliases not resolved. A repeated one counts once.
            attributes: By full name; ``image.tag_count`` is computed and cannot be given.
            licence: SPDX id or URL; "" if none.
            source: Name of the collection; "" if none.
            live: Whether it may be served.

        Raises:
            ValueError: The ordinal does not ascend.
        """
        if ordinal <= self._last:
            raise ValueError(f"ordinal {ordinal} comes after {self._last}")
        self._last = ordinal
        own_tags = cast("set[TagId]", set(tags))
        waiting = self._tags.waiting
        for tag in own_tags:
            waiting[tag].append(ordinal)
        self._forward.add(ordinal, tags if len(own_tags) == len(tags) else sorted(own_tags))
        self._states.waiting[live].append(ordinal)
        if licence:
            self._facets["licence"].waiting[licence.casefold()].append(ordinal)
        if source:
            self._facets["source"].waiting[source.casefold()].append(ordinal)
        for name, value in attributes.items():
            self._put(name, ordinal, value)
        self._put(TAG_COUNT, ordinal, len(own_tags))
        self._count += 1
        if self._count % _FLUSH_EVERY == 0:
            self._pour()

    def build(
        self,
        version: int,
        vocabulary: Vocabulary,
        by_hand: Mapping[TagId, ImageSet] | None = None,
        runs: Mapping[int, ImageSet] | None = None,
    ) -> Index:
        """Return the index; the builder must not be used afterwards.

        Args:
            version: The library version: sequence of the last change that is in the images.
            vocabulary: Has a name for every tag id that was added.
            by_hand: By raw tag id: the images that somebody tagged with it.
            runs: By number of an import: the images that it added or changed.
        """
        columns: dict[str, Column] = {}
        for name in sorted(self._columns):
            # Taken out one by one, so that only one column exists in both forms.
            columns[name] = Column.build(name, *self._columns.pop(name))
        states = self._states.frozen()
        facets = {
            name: dict(sorted(collector.frozen().items()))
            for name, collector in self._facets.items()
        }
        parts = IndexData(
            vocabulary=vocabulary,
            live=states.get(True, EMPTY),
            hidden=states.get(False, EMPTY),
            postings=dict(sorted(self._tags.frozen().items())),
            forward=self._forward.build(),
            columns=columns,
            facets=facets,
            by_hand=dict(sorted((by_hand or {}).items())),
            runs=dict(sorted((runs or {}).items())),
        )
        return Index(version, parts)

    def _put(self, name: str, ordinal: Ordinal, value: float) -> None:
        """Append one value to its column."""
        pair = self._columns.get(name)
        if pair is None:
            pair = self._columns[name] = (array("I"), array("d"))
        pair[0].append(ordinal)
        pair[1].append(value)

    def _pour(self) -> None:
        """Empty all arrays into bitmaps."""
        self._tags.pour()
        self._states.pour()
        for facet in self._facets.values():
            facet.pour()


def rebuilt(index: Index) -> Index:
    """Return an equal index with all changes merged into flat arrays; about 12 µs an image."""
    parts = index.parts
    all_images = parts.live | parts.hidden
    credits = {name: _by_ordinal(parts.facets[name], all_images) for name in FACETS}
    columns = {name: column for name, column in parts.columns.items() if name != TAG_COUNT}
    builder = IndexBuilder()
    for number in all_images:
        ordinal = Ordinal(number)
        values = {name: column.value(ordinal) for name, column in columns.items()}
        builder.add(
            ordinal,
            sorted(index.own_tags(ordinal)),
            {name: value for name, value in values.items() if value is not None},
            credits["licence"][ordinal],
            credits["source"][ordinal],
            ordinal in parts.live,
        )
    return builder.build(index.version, index.vocabulary, parts.by_hand, parts.runs)


def _by_ordinal(values: Mapping[str, ImageSet], all_images: ImageSet) -> list[str]:
    """A facet inverted: its value for each ordinal, or ""."""
    credits = [""] * (all_images.max() + 1 if all_images else 0)
    for value, images in values.items():
        for ordinal in images:
            credits[ordinal] = value
    return credits
