"""How alike images are by their tags: what they share, as a part of what either has.

Similarity is the Jaccard index of the tags, implied ones included, with each tag counted by how
rare it is: log(1 + images / images that have it). It is 1 for equal tags, and 0 where none is
shared.
"""

from __future__ import annotations

from collections.abc import Iterator
from heapq import heappop, heappush
from itertools import islice
from math import fsum, log

from smashpass.core.imageset import EMPTY, ImageSet, Ordinal, outermost
from smashpass.core.library.index import Index
from smashpass.core.tags.names import TagId

FEW = 64
"""Images that are compared one by one rather than split further."""


class TagLikeness:
    """How alike the images of a library are to one of them, by tags. Never changes."""

    def __init__(self, index: Index, ordinal: Ordinal, *, few: int = FEW) -> None:
        """Find the tags of an image, and how rare each is.

        Args:
            index: The library.
            ordinal: The image.
            few: Images that are compared one by one rather than split further.
        """
        self._index = index
        self._few = few
        self._weights: dict[TagId, float] = {}
        own_tags = index.vocabulary.effective(index.own_tags(ordinal))
        self._tags = sorted(own_tags, key=lambda tag: (-self._weight(tag), tag))
        self._own = frozenset(own_tags)
        self._total = fsum(map(self._weight, self._tags))

    def _weight(self, tag: TagId) -> float:
        """Return how much a tag counts for."""
        weight = self._weights.get(tag)
        if weight is None:
            index = self._index
            weight = self._weights[tag] = log(1 + len(index.live) / max(1, index.count(tag)))
        return weight

    def of(self, ordinal: Ordinal) -> float:
        """Return how alike an image is, from 0 to 1."""
        index = self._index
        tags = index.vocabulary.effective(index.own_tags(ordinal))
        shared = fsum(map(self._weight, tags & self._own))
        return shared / fsum(map(self._weight, tags | self._own)) if shared else 0.0

    def ranked(self, images: ImageSet) -> Iterator[tuple[float, Ordinal]]:
        """Yield similarity and ordinal of ``images``, the most similar first, equal ones by age.

        Of equally similar images the newest is first. Images are split by the tags of the one they
        are compared with, the rarest first, and the most promising part is looked into: its images
        cannot be more alike than if they had all its tags that are not ruled out, and no others.
        Cost: for the first images, up to some hundred intersections, whatever the number of images.
        """
        parts: list[tuple[float, int, int, int, tuple[TagId, ...], ImageSet]] = []
        serial = 0
        remaining = tuple(self._tags)
        if images:
            parts.append((-1.0 if remaining else 0.0, 0, serial, 0, remaining, images))
        while parts:
            value, kind, key, depth, tags, members = heappop(parts)
            if kind:
                yield -value, Ordinal(-key)
            elif not tags:
                for ordinal in outermost(members, len(members), descending=True):
                    yield 0.0, ordinal
            elif depth == len(tags) or len(members) <= self._few:
                for ordinal in map(Ordinal, members):
                    heappush(parts, (-self.of(ordinal), 1, -ordinal, 0, (), EMPTY))
            else:
                having = members & self._index.having(tags[depth])
                lacking = members - having if having else members
                ruled_out = tags[:depth] + tags[depth + 1 :]
                for part, part_tags, part_depth in (
                    (having, tags, depth + 1),
                    (lacking, ruled_out, depth),
                ):
                    if part:
                        serial += 1
                        bound = fsum(map(self._weight, part_tags)) / self._total
                        heappush(parts, (-bound, 0, serial, part_depth, part_tags, part))

    def first(self, images: ImageSet, n: int, *, descending: bool) -> list[Ordinal]:
        """Return the ``n`` most similar images, or the least similar in the reverse order."""
        if descending:
            return [ordinal for _, ordinal in islice(self.ranked(images), n)]
        unlike = images - self._index.having_any(self._tags)
        least = outermost(unlike, n, descending=False)
        if len(least) < n:
            alike = [ordinal for _, ordinal in self.ranked(images - unlike)]
            least += alike[::-1][: n - len(least)]
        return least

    def after(self, images: ImageSet, last: Ordinal, *, descending: bool) -> ImageSet:
        """Return those of ``images`` that come after ``last``; cost grows with those before."""
        key = (-self.of(last), -last)
        before = []
        for similarity, ordinal in self.ranked(images):
            place = (-similarity, -ordinal)
            if place > key or (place == key and not descending):
                break
            before.append(ordinal)
        reached = ImageSet(before)
        return images - reached if descending else reached
