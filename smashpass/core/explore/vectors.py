"""How alike images are by their embeddings: the cosine of the angle between two vectors.

Needs numpy (extra ``similar``), which is only imported where there are embeddings.
"""

from __future__ import annotations

from array import array
from typing import TYPE_CHECKING, Any

from smashpass.core.imageset import ImageSet, Ordinal, outermost
from smashpass.core.library.model_version import ModelVersion

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float32]
    Numbers = NDArray[np.intp]

EXACT_UP_TO = 500_000
"""Pictures; beyond, the nearest are looked up in clusters if there are some."""
_LOOKED_UP = 5_000
"""Images that are taken from clusters before those that may not be shown are left out."""


class Embeddings:
    """The embeddings of one model version; never changes, so threads and forks may share it."""

    def __init__(
        self,
        source: ModelVersion,
        ordinals: memoryview[int],
        vectors: memoryview[Any],
        clusters: Any = None,
        exact_up_to: int = EXACT_UP_TO,
    ) -> None:
        """Keep the vectors where they are; they may be memory-mapped.

        Args:
            source: The version of the model that gave them.
            ordinals: ``I`` array of n images, ascending.
            vectors: ``f`` array of n × d numbers; each vector has the length 1.
            clusters: A faiss index of the vectors by row; None without one.
            exact_up_to: Images up to which clusters are not used.

        Raises:
            ValueError: There are not as many numbers for each image.
        """
        import numpy as np

        self.source = source
        self.ordinals = np.frombuffer(ordinals, np.uint32).astype(np.intp)
        count = len(self.ordinals)
        self.vectors: Floats = np.frombuffer(vectors, np.float32).reshape(count, -1)
        self._clusters = clusters if count > exact_up_to else None
        self._images = ImageSet(ordinals)
        self._rows: Numbers = np.full(int(self.ordinals[-1]) + 1 if count else 1, -1, np.intp)
        self._rows[self.ordinals] = np.arange(count)

    def __len__(self) -> int:
        return len(self.ordinals)

    def __contains__(self, ordinal: Ordinal) -> bool:
        """Tell whether an image has an embedding."""
        return ordinal in self._images

    @property
    def has_clusters(self) -> bool:
        """Whether the nearest are looked up in clusters."""
        return self._clusters is not None

    @property
    def images(self) -> ImageSet:
        """The images that have an embedding."""
        return self._images

    def rows(self, ordinals: Numbers) -> Numbers:
        """Return the rows of images that have an embedding."""
        return self._rows[ordinals]

    def likeness(self, ordinal: Ordinal) -> VectorLikeness:
        """Return how alike all images are to one that has an embedding.

        Cost: 13 ms for 1,000,000 vectors of 64 numbers.
        """
        return VectorLikeness(self, self.vectors @ self.vectors[self._rows[ordinal]])

    def nearest(self, ordinal: Ordinal, n: int, among: ImageSet) -> list[tuple[Ordinal, float]]:
        """Return the ``n`` images of ``among`` most alike to one, with their similarity.

        By clusters, nearly all of them: where these have fewer than ``n`` images that are among
        those wanted, all vectors are compared.
        """
        if self._clusters is not None:
            vector = self.vectors[self._rows[ordinal]]
            _, rows = self._clusters.search(vector[None, :], max(n, _LOOKED_UP))
            hits = [
                (image, float(vector @ self.vectors[row]))
                for row in rows[0]
                if row >= 0 and (image := Ordinal(int(self.ordinals[row]))) in among
            ]
            if len(hits) >= n:
                hits.sort(key=lambda hit: (-hit[1], -hit[0]))
                return hits[:n]
        alike = self.likeness(ordinal)
        best = alike.first(among & self._images, n, descending=True)
        return [(image, alike.of(image)) for image in best]


class VectorLikeness:
    """How alike all images with an embedding are to one of them. Never changes."""

    def __init__(self, embeddings: Embeddings, similarities: Floats) -> None:
        """Keep the similarity of each row of ``embeddings``, from -1 to 1."""
        self.embeddings = embeddings
        self._similarities = similarities

    def of(self, ordinal: Ordinal) -> float:
        """Return how alike an image is that has an embedding."""
        return float(self._similarities[self.embeddings.rows(ordinal)])  # type: ignore[arg-type]

    def first(self, images: ImageSet, n: int, *, descending: bool) -> list[Ordinal]:
        """Return the ``n`` most similar images, or least; those without an embedding come last.

        Of equally similar ones, and without an embedding, the newest are first, or the oldest.
        Cost: about 30 ms where ``images`` are 2,000,000.
        """
        import numpy as np

        ordinals, similarities = self._of_images(images)
        signed = similarities if descending else -similarities
        if n < len(signed):
            least = np.partition(signed, len(signed) - n)[len(signed) - n] if n else np.inf
            kept = np.flatnonzero(signed >= least)
            ordinals, signed = ordinals[kept], signed[kept]
        ages = -ordinals if descending else ordinals
        best = [Ordinal(int(each)) for each in ordinals[np.lexsort((ages, -signed))[:n]]]
        if len(best) < n:
            without = images - self.embeddings.images
            best += outermost(without, n - len(best), descending=descending)
        return best

    def after(self, images: ImageSet, last: Ordinal, *, descending: bool) -> ImageSet:
        """Return those of ``images`` that come after ``last``."""
        import numpy as np

        without = images - self.embeddings.images
        if last not in self.embeddings:
            rank = without.rank(last)
            return without[: rank - (last in without)] if descending else without[rank:]
        ordinals, similarities = self._of_images(images)
        here = self.of(last)
        if descending:
            later = (similarities < here) | ((similarities == here) & (ordinals < last))
        else:
            later = (similarities > here) | ((similarities == here) & (ordinals > last))
        members = array("I", ordinals[later].astype(np.uint32).tobytes())
        return ImageSet(members) | without

    def _of_images(self, images: ImageSet) -> tuple[Numbers, Floats]:
        """Return ordinals and similarities of those of ``images`` that have an embedding."""
        import numpy as np

        members = (images & self.embeddings.images).to_array()
        ordinals = np.frombuffer(members, np.uint32).astype(np.intp)
        return ordinals, self._similarities[self.embeddings.rows(ordinals)]
