"""The embeddings in use as one file beside the columns of scores: vectors, and clusters of them."""

from __future__ import annotations

from array import array
from collections.abc import Iterator
from dataclasses import asdict
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from smashpass.core.errors import NotFound
from smashpass.core.explore.vectors import EXACT_UP_TO, Embeddings
from smashpass.core.library.model_version import ModelVersion
from smashpass.services.ports.scoring import ServingEmbeddings
from smashpass.snapshots.folder import make_folder, newest, path_for, prune, version_of
from smashpass.snapshots.format import EMBEDDINGS, damaged
from smashpass.snapshots.sections import (
    PendingSection,
    open_file,
    packed_array,
    packed_json,
    write_file,
)

_MOST_CLUSTERS = 1_024
_LEAST_IN_A_CLUSTER = 39
"""Vectors a cluster, below which faiss warns."""
_LOOKED_INTO = 16
"""Clusters that a search looks into."""
_SAMPLE = 100_000
"""Vectors that the clusters are found by."""


class EmbeddingFolder:
    """The files of embeddings of one installation, by the generation of the scores beside them."""

    def __init__(self, folder: Path, keep: int = 2, exact_up_to: int = EXACT_UP_TO) -> None:
        """Set the folder, how many files are kept, and from how many images on there are clusters.

        Args:
            folder: Of the snapshots.
            keep: Files that are kept when another is saved.
            exact_up_to: Images up to which all vectors are compared.
        """
        self.folder = folder
        self.keep = keep
        self.exact_up_to = exact_up_to

    def newest_stamp(self) -> tuple[int, int, int] | None:
        """Return what differs for every file that is the newest one, None if there is none."""
        while path := newest(self.folder, EMBEDDINGS):
            try:
                status = path.lstat()
            except FileNotFoundError:
                continue  # another process removed it: look again
            return version_of(path) or 0, status.st_ino, status.st_mtime_ns
        return None

    def load_newest(self) -> Embeddings | None:
        """Return the embeddings of the newest file; None without one, and without numpy.

        The vectors stay in the file. Cost: checking it, about 0.5 s for 2,000,000 × 64 numbers.

        Raises:
            SnapshotDamaged: It was altered.
            SnapshotIncompatible: It was written in another format.
            NotPossible: The file system does not let it be read.
        """
        if find_spec("numpy") is None:
            return None
        while path := newest(self.folder, EMBEDDINGS):
            try:
                return self._loaded(path)
            except NotFound:
                continue  # as above
        return None

    def save(self, generation: int, embeddings: ServingEmbeddings | None) -> None:
        """Write embeddings as a file, and prune old ones; without embeddings, remove all files.

        Where numpy is not installed, nobody could read a file, so none is written. Files of later
        generations are removed: a database may have been restored from a backup. Memory: all
        vectors, 4 bytes a number.

        Raises:
            NotPossible: The file system refused; existing files are kept.
        """
        if find_spec("numpy") is None:
            return
        if embeddings is None:
            while path := newest(self.folder, EMBEDDINGS):
                path.unlink(missing_ok=True)
            return
        make_folder(self.folder)
        path = path_for(self.folder, generation, EMBEDDINGS)
        write_file(path, generation, list(self._contents(embeddings)))
        while (later := newest(self.folder, EMBEDDINGS)) and later.name > path.name:
            later.unlink(missing_ok=True)
        prune(self.folder, self.keep, EMBEDDINGS)

    def _contents(self, embeddings: ServingEmbeddings) -> Iterator[PendingSection]:
        """Return all sections: whose they are, which images have one, the vectors, clusters."""
        import numpy as np

        ordinals, halves = array("I"), bytearray()
        for ordinal, vector in embeddings.vectors:
            ordinals.append(ordinal)
            halves += vector
        count = len(ordinals)
        vectors = np.frombuffer(halves, "<f2").astype(np.float32).reshape(count, -1)
        del halves
        vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
        yield packed_json("source", asdict(embeddings.source))
        yield packed_array("ordinals", memoryview(ordinals))
        yield packed_array("vectors", vectors.reshape(-1).data)
        if count > self.exact_up_to and find_spec("faiss") is not None:
            yield PendingSection("clusters", "", memoryview(_clustered(vectors)))

    def _loaded(self, path: Path) -> Embeddings:
        sections = open_file(path)
        clusters = None
        try:
            if find_spec("faiss") is not None and "clusters" in sections:
                clusters = _read_clusters(sections.array("clusters"))
            source = ModelVersion(**sections.json("source"))
            ordinals, vectors = sections.array("ordinals"), sections.array("vectors")
            return Embeddings(source, ordinals, vectors, clusters, self.exact_up_to)
        except (KeyError, TypeError, ValueError) as error:
            raise damaged(path, str(error)) from error


def _clustered(vectors: Any) -> bytes:
    """Return an index of vectors in clusters (IVF), one byte a number; 3 s for 1,000,000 × 64."""
    import faiss

    count, width = vectors.shape
    clusters = max(1, min(_MOST_CLUSTERS, count // _LEAST_IN_A_CLUSTER))
    index = faiss.index_factory(width, f"IVF{clusters},SQ8", faiss.METRIC_INNER_PRODUCT)
    step = max(1, count // _SAMPLE)
    index.train(vectors[::step])
    index.add(vectors)
    written: bytes = faiss.serialize_index(index).tobytes()
    return written


def _read_clusters(content: memoryview[Any]) -> Any:
    """Return the index that was written; searches use one thread, as there are many at once."""
    import faiss
    import numpy as np

    faiss.omp_set_num_threads(1)
    index: Any = faiss.deserialize_index(np.frombuffer(content, np.uint8))
    index.nprobe = _LOOKED_INTO
    return index
