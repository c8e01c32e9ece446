"""Where scores are kept for good."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Protocol

from smashpass.core.imageset import Ordinal
from smashpass.core.library.model_version import ModelVersion
from smashpass.core.values import Value

Values = Mapping[str, Value | None]
"""What a scorer says of one image: full names (``plugin.aesthetic``) → a finite number, a truth
value or a text; None for something else, which no tree can read."""


NO_EMBEDDINGS: Mapping[str, bytes] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class StoredVersion:
    """One model version with scores.

    Attributes:
        source: Which one.
        pictures: How many pictures have been scored by it, those without a value included.
        serving: Whether its scores are the ones in use; at most one version of a scorer is.
        first_at: When its first score was kept, in microseconds since 1970.
        embeddings: How many of the pictures have an embedding of it.
    """

    source: ModelVersion
    pictures: int
    serving: bool
    first_at: int
    embeddings: int = 0


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


@dataclass(frozen=True, slots=True)
class ServingEmbeddings:
    """The embeddings of one model version in use, as of one moment.

    Attributes:
        source: Which model version.
        vectors: By ordinal, ascending: for each image whose picture has one, its embedding as
            little-endian float16 numbers; all are of the same length.
    """

    source: ModelVersion
    vectors: Iterator[tuple[Ordinal, bytes]]


class ScoreStore(Protocol):
    """Scores by picture and model version. They are kept until the picture is taken down."""

    def put(
        self,
        source: ModelVersion,
        scores: Mapping[str, Values],
        embeddings: Mapping[str, bytes] = NO_EMBEDDINGS,
    ) -> None:
        """Keep what a model version said of pictures, by their sha256 (hex), in one transaction.

        What was kept of the pictures before is replaced. The first version of a scorer that is
        kept serves at once; later ones wait for ``serve``. Nothing is kept of pictures that were
        taken down.

        Args:
            source: The model version.
            scores: By picture.
            embeddings: Little-endian float16 numbers, for some of these pictures. One that has
                not as many as the others of its version is left out.
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

    def embeddings(self) -> Iterator[ServingEmbeddings]:
        """Yield the embeddings in use of each scorer that gives some; the last to serve first.

        Each is read while it is consumed, and ends when the next one is asked for.
        """
