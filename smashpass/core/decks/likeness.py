"""Order ``like:ID``: the images most alike to one come first."""

from __future__ import annotations

from dataclasses import dataclass

from smashpass.core.explore.similar import TagLikeness
from smashpass.core.explore.vectors import VectorLikeness
from smashpass.core.imageset import EMPTY, ImageSet, Ordinal

Likeness = TagLikeness | VectorLikeness


@dataclass(frozen=True, slots=True)
class ByLikeness:
    """The most similar images first, by embeddings or by tags; equal ones newest first.

    With ``descending=False`` the least similar first, equal ones oldest first. Images without an
    embedding come last either way.
    """

    likeness: Likeness
    descending: bool = True

    def first(self, images: ImageSet, n: int, without: ImageSet = EMPTY) -> list[Ordinal]:
        """Return the ``n`` images that come first."""
        return self.likeness.first(images - without, n, descending=self.descending)

    def after(self, images: ImageSet, last: Ordinal) -> ImageSet:
        """Return those of ``images`` that come after ``last``, which need not be one of them."""
        return self.likeness.after(images, last, descending=self.descending)
