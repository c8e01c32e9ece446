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
    counted: dict[str, int] = {}
    for ordinal in images:
        for name in library.effective(ordinal):
            counted[name] = counted.get(name, 0) + 1
    return counted


SETS = st.sets(st.integers(1, 40))


@given(libraries(), SETS, st.sampled_from(["", "hair:", "b", "beard", "zz"]))
def test_counts_are_those_of_a_scan(library: Library, chosen: set[int], prefix: str) -> None:
    index, images = library.index, chosen & library.live
    tags = canonical_tags(index, prefix)
    counted = counts(ImageSet(images), tags, index)
    counted_names = {index.vocabulary.names[tag]: count for tag, count in counted.items()}
    expected = scanned(library, images)
    assert counted_names == {name: n for name, n in expected.items() if name.startswith(prefix)}


@given(
    libraries(),
    SETS,
    st.sampled_from(["jaccard", "cosine", "lift"]),
    st.integers(1, 5),
)
def test_related_tags_are_those_of_a_scan(
    library: Library, chosen: set[int], measure: str, limit: int
) -> None:
    index, images = library.index, chosen & library.live
    rows = []
    for name, together in scanned(library, images).items():
        count = len(library.having(name))
        score = {
            "jaccard": together / len(images | library.having(name)),
            "cosine": together / sqrt(count * len(images)),
            "lift": together * len(library.live) / (count * len(images)),
        }[measure]
        rows.append((-score, name, together, count))
    expected = [(name, together, count, -score) for score, name, together, count in sorted(rows)]

    rows_found = related(ImageSet(images), index, limit, measure=measure)  # type: ignore[arg-type]

    names = index.vocabulary.names
    assert [
        (names[row.tag], row.both, row.count, pytest.approx(getattr(row, measure)))
        for row in rows_found
    ] == expected[:limit]


def test_deprecated_tags_are_not_related() -> None:
    library = a_library(beard=[1, 2], glasses=[1, 2, 3], old=[1])
    words = replace(library.vocabulary, deprecated=frozenset([library.id("old")]))
    index = library.index.with_changes(IndexChanges(vocabulary=words), 2)
    assert [row.both for row in related(index.live, index, 9)] == [3, 2]
    assert related(ImageSet(), index, 9) == []
