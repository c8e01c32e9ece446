"""Related tags and facet counts: those of a scan over every image."""

from __future__ import annotations

from dataclasses import replace
from math import sqrt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smashpass.core.explore.related import canonical_tags, counts, related
from smashpass.core.imageset import ImageSet
from smashpass.core.library.delta import IndexChanges
from tests.support.builders import Library, a_library, libraries


def scanned(library: Library, images: set[int]) -> dict[str, int]:
    """The definition: look at every image, count its tags."""
    found: dict[str, int] = {}
    for ordinal in images:
        for name in library.effective(ordinal):
            found[name] = found.get(name, 0) + 1
    return found


SETS = st.sets(st.integers(1, 40))


@given(libraries(), SETS, st.sampled_from(["", "hair:", "b", "beard", "zz"]))
def test_counts_are_those_of_a_scan(library: Library, some: set[int], prefix: str) -> None:
    index, images = library.index, some & library.live
    tags = canonical_tags(index, prefix)
    found = counts(ImageSet(images), tags, index)
    named = {index.vocabulary.names[tag]: count for tag, count in found.items()}
    expected = scanned(library, images)
    assert named == {name: n for name, n in expected.items() if name.startswith(prefix)}


@given(
    libraries(),
    SETS,
    st.sampled_from(["jaccard", "cosine", "lift"]),
    st.integers(1, 5),
)
def test_related_tags_are_those_of_a_scan(
    library: Library, some: set[int], measure: str, limit: int
) -> None:
    index, images = library.index, some & library.live
    rows = []
    for name, both in scanned(library, images).items():
        count = len(library.having(name))
        score = {
            "jaccard": both / len(images | library.having(name)),
            "cosine": both / sqrt(count * len(images)),
            "lift": both * len(library.live) / (count * len(images)),
        }[measure]
        rows.append((-score, name, both, count))
    expected = [(name, both, count, -score) for score, name, both, count in sorted(rows)]

    found = related(ImageSet(images), index, limit, measure=measure)  # type: ignore[arg-type]

    names = index.vocabulary.names
    assert [
        (names[row.tag], row.both, row.count, pytest.approx(getattr(row, measure))) for row in found
    ] == expected[:limit]


def test_deprecated_tags_are_not_related() -> None:
    library = a_library(beard=[1, 2], glasses=[1, 2, 3], old=[1])
    words = replace(library.vocabulary, deprecated=frozenset([library.id("old")]))
    index = library.index.with_changes(IndexChanges(vocabulary=words), 2)
    assert [row.both for row in related(index.live, index, 9)] == [3, 2]
    assert related(ImageSet(), index, 9) == []
