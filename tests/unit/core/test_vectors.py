"""Images alike by embeddings: matrices against pure Python, clusters against all vectors."""

from __future__ import annotations

import random
from array import array
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smashpass.core.explore.vectors import Embeddings
from smashpass.core.imageset import ImageSet, Ordinal
from smashpass.core.library.embedding import packed_embedding
from smashpass.core.library.model_version import ModelVersion
from smashpass.services.ports.scoring import ServingEmbeddings
from smashpass.snapshots.embeddings import EmbeddingFolder

SOURCE = ModelVersion("onnx", "taste", "1", "webp")
AXES = ((1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.0, 0.0, 1.0), (-1.0, 0.0, 0.0), (0.6, 0.8, 0.0))
"""Of these all products are exact enough to compare, and many images are equally alike."""


def an_embeddings(vectors: dict[int, tuple[float, ...]]) -> Embeddings:
    ordinals = array("I", sorted(vectors))
    numbers = array("f", [number for ordinal in ordinals for number in vectors[ordinal]])
    return Embeddings(SOURCE, memoryview(ordinals), memoryview(numbers))


def cosine(first: tuple[float, ...], second: tuple[float, ...]) -> float:
    return round(sum(a * b for a, b in zip(first, second, strict=True)), 5)


@given(
    st.dictionaries(st.integers(1, 30), st.sampled_from(AXES), min_size=1),
    st.sets(st.integers(1, 35)),
    st.data(),
    st.booleans(),
)
def test_orders_are_those_of_a_scan(
    vectors: dict[int, tuple[float, ...]], images: set[int], data: st.DataObject, descending: bool
) -> None:
    image = data.draw(st.sampled_from(sorted(vectors)))
    likeness = an_embeddings(vectors).likeness(Ordinal(image))
    sign = -1 if descending else 1

    def place(ordinal: int) -> tuple[bool, float, int]:
        vector = vectors.get(ordinal)
        alike = 0.0 if vector is None else cosine(vectors[image], vector)
        return vector is None, sign * alike, sign * ordinal

    expected = sorted(images, key=place)
    for n in (0, 1, 4, 40):
        first = likeness.first(ImageSet(images), n, descending=descending)
        assert first == expected[:n]
    for last in range(1, 36):
        after = likeness.after(ImageSet(images), Ordinal(last), descending=descending)
        assert set(after) == {each for each in images if place(each) > place(last)}


@given(
    st.dictionaries(st.integers(1, 30), st.sampled_from(AXES), min_size=1),
    st.sets(st.integers(1, 35)),
    st.data(),
)
def test_the_nearest_have_their_similarity_and_lack_none(
    vectors: dict[int, tuple[float, ...]], among: set[int], data: st.DataObject
) -> None:
    image = data.draw(st.sampled_from(sorted(vectors)))
    nearest = an_embeddings(vectors).nearest(Ordinal(image), 5, ImageSet(among))
    scan = sorted(
        ((cosine(vectors[image], vectors[each]), each) for each in among & set(vectors)),
        reverse=True,
    )
    assert [(round(value, 5), ordinal) for ordinal, value in nearest] == scan[:5]


def in_clusters(count: int, width: int, centres: int) -> dict[int, list[float]]:
    chance = random.Random(5)
    middles = [[chance.gauss(0, 1) for _ in range(width)] for _ in range(centres)]
    return {
        ordinal: [number + chance.gauss(0, 0.3) for number in chance.choice(middles)]
        for ordinal in range(1, count + 1)
    }


def test_clusters_find_nearly_all_that_a_comparison_of_all_finds(tmp_path: Path) -> None:
    pytest.importorskip("faiss")
    vectors = {n: packed_embedding(v) for n, v in in_clusters(6_000, 16, 40).items()}
    found_images: dict[bool, list[set[int]]] = {}
    for with_clusters in (True, False):
        folder = EmbeddingFolder(
            tmp_path / str(with_clusters), exact_up_to=1_000 if with_clusters else 10_000
        )
        folder.save(1, ServingEmbeddings(SOURCE, iter(sorted(vectors.items()))))
        embeddings = folder.load_newest()
        assert embeddings is not None
        assert embeddings.has_clusters == with_clusters
        shown = ImageSet(n for n in vectors if n % 3)
        found_images[with_clusters] = [
            {ordinal for ordinal, _ in embeddings.nearest(Ordinal(image), 20, shown)}
            for image in range(1, 6_000, 120)
        ]
    pairs = list(zip(found_images[True], found_images[False], strict=True))
    assert (
        sum(len(some & all_of) for some, all_of in pairs) / sum(len(all_of) for _, all_of in pairs)
        >= 0.9
    )
    assert all(len(some) == 20 and all(n % 3 for n in some) for some, _ in pairs)


def test_where_clusters_hold_too_few_that_may_be_shown_all_are_compared(tmp_path: Path) -> None:
    pytest.importorskip("faiss")
    vectors = {n: packed_embedding(v) for n, v in in_clusters(8_000, 8, 20).items()}
    folder = EmbeddingFolder(tmp_path, exact_up_to=1_000)
    folder.save(1, ServingEmbeddings(SOURCE, iter(sorted(vectors.items()))))
    embeddings = folder.load_newest()
    assert embeddings is not None
    few = ImageSet([5, 900, 7_000])
    nearest = embeddings.nearest(Ordinal(1), 10, few)
    assert {ordinal for ordinal, _ in nearest} == set(few)
