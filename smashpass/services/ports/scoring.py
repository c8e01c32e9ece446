"""Where scores are kept for good."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from smashpass.core.imageset import Ordinal
from smashpass.core.library.model_version import ModelVersion
from smashpass.core.values import Value

Values = Mapping[str, Value | None]
"""What a scorer says of one image: full names (``plugin.aesthetic``) → a finite number, a truth
value or a text; None for something else, which no tree can read."""


@dataclass(frozen=True, slots=True)
class StoredVersion:
    """One model version with scores.

    Attributes:
        source: Which one.
        pictures: How many pictures have been scored by it, those without a value included.
        serving: Whether its scores are the ones in use; at most one version of a scorer is.
        first_at: When its first score was kept, in microseconds since 1970.
    """

    source: ModelVersion
    pictures: int
    serving: bool
    first_at: int


@dataclass(frozen=True, slots=True)
class ServingScores:
    """The scores in use of one scorer, as of one moment.

    Attributes:
        source: Which model version.
        scores: By ordinal, ascending: for each image that may be known, what the scorer said of
            its picture. An empty mapping stands for an image without a picture, or one of which
            the scorer said nothing. Images that it has not been asked about are left out.
    """

    source: ModelVersion
    scores: Iterator[tuple[Ordinal, Values]]


class ScoreStore(Protocol):
    """Scores by picture and model version. They are kept until the picture is taken down."""

    def put(self, source: ModelVersion, scores: Mapping[str, Values]) -> None:
        """Keep what a model version said of pictures, by their sha256 (hex), in one transaction.

        The first version of a scorer that is kept serves at once; later ones wait for ``serve``.
        Nothing is kept of pictures that were taken down.
        """

    def get(
        self, scorer: str, pictures: Collection[str]
    ) -> Mapping[str, tuple[ModelVersion, Values]]:
        """Return what is known of pictures: of the serving version, else of the newest one."""

    def unscored(
        self, source: ModelVersion, after: Ordinal, limit: int
    ) -> Sequence[tuple[Ordinal, str]]:
        """Return servable images above ``after`` whose picture that version has not scored.

        Returns:
            Ordinal and sha256 (hex) of each image, ascending; images without a picture left out.
            Of images that share a picture, the first. Empty only if there are no more.
        """

    def count_unscored(self, source: ModelVersion) -> int:
        """Return how many servable images with a picture that version has not scored."""

    def count_pictured(self) -> int:
        """Return how many servable images have a picture."""

    def versions(self) -> Sequence[StoredVersion]:
        """Return all model versions with scores, the oldest first."""

    def serve(self, source: ModelVersion) -> None:
        """Put a version's scores in use instead of those of its scorer's other versions.

        Raises:
            NotFound: There are no scores of that version.
        """

    def generation(self) -> int:
        """Return a number that grows with every change of scores; 0 before the first."""

    def serving(self) -> Iterator[ServingScores]:
        """Yield the scores in use of each scorer, as of one moment; the last to serve comes last.

        Each is read while it is consumed, and ends when the next one is asked for.
        """
