"""Scores in memory."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field

from smashpass.clock import Clock
from smashpass.core.errors import NotFound
from smashpass.core.imageset import Ordinal
from smashpass.core.library.model_version import ModelVersion
from smashpass.services.ports.scoring import (
    NO_EMBEDDINGS,
    ServingEmbeddings,
    ServingScores,
    StoredVersion,
    Values,
)


@dataclass
class PicturesInMemory:
    """The images that scores are of: their pictures ("" for none), which are live, what is gone."""

    pictures: dict[int, str] = field(default_factory=dict)
    live: set[int] = field(default_factory=set)
    taken_down: set[str] = field(default_factory=set)

    def pictured(self) -> list[tuple[Ordinal, str]]:
        return [
            (Ordinal(image), self.pictures[image])
            for image in sorted(self.live)
            if self.pictures[image]
        ]


class ScoresInMemory:
    """Scores by version, then by picture."""

    def __init__(self, images: PicturesInMemory, clock: Clock) -> None:
        self._images = images
        self._clock = clock
        self._scores: dict[ModelVersion, dict[str, Values]] = {}
        self._embeddings: dict[ModelVersion, dict[str, bytes]] = {}
        self._first_at: dict[ModelVersion, int] = {}
        self._serving: dict[str, ModelVersion] = {}
        self._generation = 0

    def put(
        self,
        source: ModelVersion,
        scores: Mapping[str, Values],
        embeddings: Mapping[str, bytes] = NO_EMBEDDINGS,
    ) -> None:
        kept = {
            sha256: dict(values)
            for sha256, values in scores.items()
            if sha256 not in self._images.taken_down
        }
        if kept:
            self._generation += 1
            self._scores.setdefault(source, {}).update(kept)
            self._first_at.setdefault(source, self._clock())
            self._serving.setdefault(source.scorer, source)
            self._replace_embeddings(source, kept, embeddings)

    def _replace_embeddings(
        self, source: ModelVersion, pictures: Collection[str], embeddings: Mapping[str, bytes]
    ) -> None:
        before = self._embeddings.setdefault(source, {})
        lengths = [len(vector) for vector in before.values()]
        for sha256 in pictures:
            before.pop(sha256, None)
        offered = {sha256: embeddings[sha256] for sha256 in pictures if sha256 in embeddings}
        if not lengths:
            lengths = [len(vector) for vector in offered.values()]
        usual = max(lengths, key=lambda length: (lengths.count(length), length), default=0)
        before |= {sha256: vector for sha256, vector in offered.items() if len(vector) == usual}

    def get(
        self, scorer: str, pictures: Collection[str]
    ) -> Mapping[str, tuple[ModelVersion, Values]]:
        versions = [version for version in self._scores if version.scorer == scorer]
        versions.sort(key=lambda version: version == self._serving[scorer])
        return {
            sha256: (version, values)
            for version in versions
            for sha256, values in self._scores[version].items()
            if sha256 in pictures
        }

    def unscored(
        self, source: ModelVersion, after: Ordinal, limit: int
    ) -> list[tuple[Ordinal, str]]:
        scored = self._scores.get(source, {})
        first: dict[str, Ordinal] = {}
        for image, sha256 in self._images.pictured():
            if image > after and sha256 not in scored:
                first.setdefault(sha256, image)
        return [(image, sha256) for sha256, image in first.items()][:limit]

    def count_unscored(self, source: ModelVersion) -> int:
        scored = self._scores.get(source, {})
        return sum(sha256 not in scored for _image, sha256 in self._images.pictured())

    def count_pictured(self) -> int:
        return len(self._images.pictured())

    def versions(self) -> list[StoredVersion]:
        return [
            StoredVersion(
                version,
                len(scores),
                self._serving[version.scorer] == version,
                self._first_at[version],
                len(self._embeddings[version]),
            )
            for version, scores in self._scores.items()
            if scores
        ]

    def serve(self, source: ModelVersion) -> None:
        if source not in self._scores:
            raise NotFound(f"there are no scores of {source}")
        self._generation += 1
        self._serving.pop(source.scorer)
        self._serving[source.scorer] = source  # the last to serve comes last

    def generation(self) -> int:
        return self._generation

    def serving(self) -> Iterator[ServingScores]:
        for version in self._serving.values():
            yield ServingScores(version, self._known(self._scores[version]))

    def _known(self, scores: Mapping[str, Values]) -> Iterator[tuple[Ordinal, Values]]:
        for image, sha256 in sorted(self._images.pictures.items()):
            if not sha256 or sha256 in scores:
                yield Ordinal(image), scores.get(sha256, {})

    def embeddings(self) -> Iterator[ServingEmbeddings]:
        for version in reversed(list(self._serving.values())):
            vectors = self._embeddings[version]
            if vectors:
                yield ServingEmbeddings(version, self._placed(vectors))

    def _placed(self, vectors: Mapping[str, bytes]) -> Iterator[tuple[Ordinal, bytes]]:
        for image, sha256 in sorted(self._images.pictures.items()):
            if sha256 in vectors:
                yield Ordinal(image), vectors[sha256]
