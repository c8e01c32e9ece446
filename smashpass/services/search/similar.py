"""More like this: the images most alike to one, by a model's embeddings or else by tags."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from itertools import islice

from cachetools import LRUCache

from smashpass.core.decks.likeness import Likeness
from smashpass.core.errors import BadInput, SmashpassError
from smashpass.core.explore.similar import TagLikeness
from smashpass.core.explore.vectors import Embeddings, VectorLikeness
from smashpass.core.imageset import ImageSet, Ordinal
from smashpass.core.library.index import Index
from smashpass.core.library.model_version import ModelVersion

DEFAULT_COUNT = 12
MOST_IMAGES = 100
_REMEMBERED = 8
"""Images whose similarities to all others are remembered: 8 MB each for 2,000,000."""
_QUOTED = 40

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class SimilarImages:
    """The images most alike to one.

    Attributes:
        source: The version of the model that gave the embeddings; None for tags.
        images: The most similar first, with their similarity: the cosine of the embeddings, -1 to
            1, or the weighted Jaccard index of the tags, 0 to 1.
    """

    source: ModelVersion | None
    images: tuple[tuple[Ordinal, float], ...]

    def as_json(self) -> dict[str, object]:
        """Return how they were found, in the form of the interface."""
        return _engine(self.source)


def compared_by(likeness: Likeness) -> dict[str, object]:
    """Return what a likeness compares, in the form of the interface."""
    return _engine(None if isinstance(likeness, TagLikeness) else likeness.embeddings.source)


def _engine(source: ModelVersion | None) -> dict[str, object]:
    """Return engine and, for embeddings, the model."""
    if source is None:
        return {"engine": "tags"}
    model = {"name": source.scorer, "model": source.model, "version": source.version}
    return {"engine": "embedding", "model": model}


class SimilarityService:
    """Finds what is alike. Threads share it; the file of embeddings is followed."""

    def __init__(
        self,
        *,
        newest_stamp: Callable[[], Hashable | None],
        load_newest: Callable[[], Embeddings | None],
        ordinal_of: Callable[[str], Ordinal | None],
    ) -> None:
        """Keep where embeddings come from.

        Args:
            newest_stamp: Returns what changes with the newest file, None if there is none.
            load_newest: Returns the embeddings of that file, None if there are none.
            ordinal_of: Decodes a public id; None if it is not one.
        """
        self._newest_stamp = newest_stamp
        self._load_newest = load_newest
        self._ordinal_of = ordinal_of
        self._lock = threading.Lock()
        self._stamp: Hashable | None = None
        self._embeddings: Embeddings | None = None
        self._likenesses: LRUCache[Ordinal, VectorLikeness] = LRUCache(_REMEMBERED)

    def find(self, index: Index, ordinal: Ordinal, n: int = DEFAULT_COUNT) -> SimilarImages:
        """Return the ``n`` live images most alike to a live one, without itself.

        Raises:
            BadInput: ``n`` is out of range.
        """
        if not 1 <= n <= MOST_IMAGES:
            raise BadInput(f"n is {n}, not 1 to {MOST_IMAGES}", hint="ask for fewer images at once")
        others = index.live - ImageSet([ordinal])
        embeddings = self._current()
        if embeddings is not None and ordinal in embeddings:
            nearest = tuple(embeddings.nearest(ordinal, n, others))
            return SimilarImages(embeddings.source, nearest)
        ranked = islice(TagLikeness(index, ordinal).ranked(others), n)
        alike = tuple((image, similarity) for similarity, image in ranked if similarity > 0)
        return SimilarImages(None, alike)

    def likeness_to(self, index: Index, image: str) -> Likeness:
        """Return how alike images are to one, for the order ``like:ID``.

        Raises:
            BadInput: No live image has that id.
        """
        ordinal = self._ordinal_of(image)
        if ordinal is None or ordinal not in index.live:
            raise BadInput(
                f"the order like: names no image: {image[:_QUOTED]!r}",
                hint="write like: and the id of an image that is shown",
            )
        embeddings = self._current()
        if embeddings is None or ordinal not in embeddings:
            return TagLikeness(index, ordinal)
        with self._lock:
            likeness = self._likenesses.get(ordinal)
        if likeness is None or likeness.embeddings is not embeddings:
            likeness = embeddings.likeness(ordinal)
            with self._lock:
                self._likenesses[ordinal] = likeness
        return likeness

    def _current(self) -> Embeddings | None:
        """Return the embeddings of the newest file; without a usable one, the log says why."""
        stamp = self._newest_stamp()
        with self._lock:
            if stamp != self._stamp:
                self._stamp = stamp
                self._embeddings = None
                self._likenesses.clear()
                if stamp is not None:
                    try:
                        self._embeddings = self._load_newest()
                    except SmashpassError as error:
                        _log.warning(
                            "going on without embeddings",
                            extra={"code": error.code, "detail": str(error)},
                        )
            return self._embeddings
