"""What collaborative filtering learnt of images, and what follows from it for one viewer.

Nothing of a viewer is kept: where they stand is worked out from their own verdicts when a deck is
dealt. Needs numpy (extra ``collab``), which is only imported where a model is in use.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from smashpass.core.imageset import ImageSet, Ordinal

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Rows = NDArray[np.intp]

CONFIDENCE = 10.0
"""Weight of a verdict that is entirely unexpected, against images without a verdict (1)."""
REGULARISATION = 30.0
"""Pulls viewers and images towards the average."""
PRIOR_SWIPES = 10.0
"""Average swipes that are added to those of each image and viewer."""
SURE = 0.02
"""Nobody is expected to smash an image with a smaller probability, or to pass it."""


@dataclass(frozen=True, slots=True)
class LogisticWeights:
    """Weights of a logistic curve: what makes a probability of what is known.

    Attributes:
        intercept: The constant term.
        popularity: Weight of the log-odds of the image's smoothed rate of smashes.
        offset: Weight of how much more often than others the viewer smashes.
        match: Weight of the product of the vectors of viewer and image.
    """

    intercept: float = 0.0
    popularity: float = 1.0
    offset: float = 0.0
    match: float = 0.0


@dataclass(frozen=True, slots=True)
class ViewerVector:
    """Where a viewer stands: a vector of k numbers, and how much more often they smash."""

    match: Floats
    offset: float


class ImageFactors:
    """Vectors of n images with k numbers each; never changes, so threads and forks may share it.

    Attributes:
        version: Names the model in decisions.
        ordinals: The images, ascending.
        popularity: The smoothed rate of smashes of each, between 0 and 1.
        vectors: n × k numbers.
        gram: k × k: the sum of the products of each image's vector with itself.
        calibration: What makes probabilities of it.
    """

    def __init__(
        self,
        version: str,
        ordinals: Any,
        popularity: Any,
        vectors: Any,
        gram: Any,
        calibration: LogisticWeights,
    ) -> None:
        """Keep the arrays where they are; they may be memory-mapped.

        Raises:
            ValueError: The shapes do not go together, or the images are not ascending.
        """
        import numpy as np

        self.version = version
        self.ordinals = np.asarray(ordinals)
        self.popularity = np.asarray(popularity)
        self.vectors = np.asarray(vectors)
        self.gram: Floats = np.asarray(gram, np.float64)
        self.calibration = calibration
        count, width = self.vectors.shape
        shapes = (self.ordinals.shape, self.popularity.shape, self.gram.shape)
        if shapes != ((count,), (count,), (width, width)):
            raise ValueError(f"arrays of {shapes} for {count} vectors of {width} numbers")
        if np.any(self.ordinals[1:] <= self.ordinals[:-1]):
            raise ValueError("the images are not in ascending order")
        self._regularised = self.gram + REGULARISATION * np.eye(width)

    def rows(self, ordinals: Any) -> Rows:
        """Return the row of each image; -1 for those that are not in the model."""
        import numpy as np

        wanted = np.asarray(ordinals, np.int64)
        if not len(self.ordinals):
            return np.full(len(wanted), -1, np.intp)
        places = np.minimum(np.searchsorted(self.ordinals, wanted), len(self.ordinals) - 1)
        return np.where(self.ordinals[places] == wanted, places, -1).astype(np.intp)

    def viewer(self, smashed: ImageSet, passed: ImageSet) -> ViewerVector:
        """Return where a viewer stands by their verdicts; see ``fold_in``."""
        import numpy as np

        rows = self.rows(np.frombuffer((smashed | passed).to_array(), np.uint32))
        likes = self.rows(np.frombuffer(smashed.to_array(), np.uint32))
        rows = rows[rows >= 0]
        return self.fold_in(rows, np.isin(rows, likes).astype(np.float64))

    def fold_in(self, rows: Rows, liked: Floats) -> ViewerVector:
        """Return where a viewer stands who has swiped the images in ``rows``.

        The closed form of the step of alternating least squares for a viewer. What counts is by
        how much each verdict differs from what popularity lets expect. Cost: 0.3 ms for 500 swipes.

        Args:
            rows: Rows of images.
            liked: For each, 1 for a smash and 0 for a pass.
        """
        import numpy as np

        expected = self.popularity[rows].astype(np.float64)
        offset = float((liked - expected).sum() / (len(rows) + PRIOR_SWIPES))
        surprise = CONFIDENCE * (liked - np.clip(expected + offset, SURE, 1 - SURE))
        seen = self.vectors[rows].astype(np.float64)
        left = self._regularised + (seen.T * np.abs(surprise)) @ seen
        match = np.linalg.solve(left, seen.T @ surprise).astype(np.float64)
        return ViewerVector(match, offset)

    def features(self, viewer: ViewerVector, rows: Rows) -> Floats:
        """Return what is known of the images in ``rows`` for a viewer.

        Returns:
            m × 3: the log-odds of popularity, the viewer's offset, and the product of vectors.
        """
        import numpy as np

        popularity = self.popularity[rows].astype(np.float64)
        product = self.vectors[rows].astype(np.float64) @ viewer.match
        offset = np.full(len(rows), viewer.offset)
        return np.stack([np.log(popularity / (1 - popularity)), offset, product], axis=1)

    def scores(self, viewer: ViewerVector, ordinals: Sequence[Ordinal]) -> list[float | None]:
        """Return how likely a viewer is to smash images, 0 to 1; None for unknown images."""
        import numpy as np

        rows = self.rows(ordinals)
        known = rows >= 0
        one = self.calibration
        weights = np.array([one.popularity, one.offset, one.match])
        logits = self.features(viewer, rows[known]) @ weights + one.intercept
        values = iter((1 / (1 + np.exp(-np.clip(logits, -30, 30)))).tolist())
        return [next(values) if is_known else None for is_known in known]
