"""A viewer folded in, and the scores of images, against the same in plain Python."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from smashpass.core.imageset import ImageSet, Ordinal
from smashpass.services.training.collab.factors import (
    CONFIDENCE,
    PRIOR_SWIPES,
    REGULARISATION,
    SURE,
    ImageFactors,
    LogisticWeights,
)

CALIBRATION = LogisticWeights(0.1, 1.2, 0.7, 3.0)


def made(ordinals: list[int], popularity: list[float], vectors: list[list[float]]) -> ImageFactors:
    array = np.array(vectors, np.float32)
    gram = array.T.astype(float) @ array.astype(float)
    return ImageFactors("abc", ordinals, popularity, array, gram, CALIBRATION)


def solved(matrix: list[list[float]], right: list[float]) -> list[float]:
    """Gaussian elimination."""
    rows = [[*row, value] for row, value in zip(matrix, right, strict=True)]
    size = len(rows)
    for column in range(size):
        best = max(range(column, size), key=lambda row: abs(rows[row][column]))
        rows[column], rows[best] = rows[best], rows[column]
        for row in range(size):
            if row != column:
                ratio = rows[row][column] / rows[column][column]
                rows[row] = [a - ratio * b for a, b in zip(rows[row], rows[column], strict=True)]
    return [rows[row][size] / rows[row][row] for row in range(size)]


def slow_scores(factors: ImageFactors, smashed: set[int], passed: set[int]) -> dict[int, float]:
    """By ordinal: the normal equations written out."""
    ordinals = factors.ordinals.tolist()
    vectors = dict(zip(ordinals, factors.vectors.tolist(), strict=True))
    popularity = dict(zip(ordinals, factors.popularity.tolist(), strict=True))
    swiped = sorted((smashed | passed) & set(ordinals))
    width = factors.vectors.shape[1]
    sums = sum((image in smashed) - popularity[image] for image in swiped)
    offset = sums / (len(swiped) + PRIOR_SWIPES)
    left = [
        [
            sum(v[a] * v[b] for v in vectors.values()) + (REGULARISATION if a == b else 0.0)
            for b in range(width)
        ]
        for a in range(width)
    ]
    right = [0.0] * width
    for image in swiped:
        expected = min(max(popularity[image] + offset, SURE), 1 - SURE)
        surprise = CONFIDENCE * ((image in smashed) - expected)
        for a in range(width):
            right[a] += surprise * vectors[image][a]
            for b in range(width):
                left[a][b] += abs(surprise) * vectors[image][a] * vectors[image][b]
    viewer = solved(left, right)
    scores = {}
    for image in ordinals:
        odds = math.log(popularity[image] / (1 - popularity[image]))
        match = sum(a * b for a, b in zip(viewer, vectors[image], strict=True))
        logit = (
            CALIBRATION.intercept
            + CALIBRATION.popularity * odds
            + CALIBRATION.offset * offset
            + CALIBRATION.match * match
        )
        scores[image] = 1 / (1 + math.exp(-min(max(logit, -30), 30)))
    return scores


@given(st.data())
def test_scores_are_those_of_the_normal_equations_written_out(data: st.DataObject) -> None:
    ordinals = sorted(data.draw(st.sets(st.integers(1, 30), min_size=1, max_size=12)))
    width = data.draw(st.integers(1, 4))
    numbers = st.floats(-3, 3, width=32)
    factors = made(
        ordinals,
        data.draw(st.lists(st.floats(0.05, 0.95), min_size=len(ordinals), max_size=len(ordinals))),
        [data.draw(st.lists(numbers, min_size=width, max_size=width)) for _ in ordinals],
    )
    swiped = data.draw(st.sets(st.integers(1, 35)))
    smashed = {image for image in swiped if data.draw(st.booleans())}

    viewer = factors.viewer(ImageSet(smashed), ImageSet(swiped - smashed))
    scores = factors.scores(viewer, [Ordinal(image) for image in range(1, 36)])

    expected = slow_scores(factors, smashed, swiped - smashed)
    assert [image for image, score in enumerate(scores, 1) if score is not None] == ordinals
    for image in ordinals:
        assert scores[image - 1] == pytest.approx(expected[image], abs=1e-5)


def test_who_smashes_one_kind_is_foreseen_to_smash_it_again() -> None:
    kinds = [[4.0], [4.0], [4.0], [-4.0], [-4.0], [-4.0]]
    factors = made([1, 2, 3, 4, 5, 6], [0.5] * 6, kinds)
    viewer = factors.viewer(ImageSet([1, 2]), ImageSet([4, 5]))
    like, other = factors.scores(viewer, [Ordinal(3), Ordinal(6)])
    assert like is not None
    assert other is not None
    assert like > 0.8
    assert other < 0.2


def test_an_empty_model_knows_no_image() -> None:
    factors = ImageFactors("abc", [], [], np.empty((0, 2)), np.zeros((2, 2)), CALIBRATION)
    viewer = factors.viewer(ImageSet([1]), ImageSet([2]))
    assert factors.scores(viewer, [Ordinal(1), Ordinal(2)]) == [None, None]


def test_arrays_that_do_not_go_together_are_refused() -> None:
    with pytest.raises(ValueError, match="for 2 vectors of 1 numbers"):
        ImageFactors("abc", [1], [0.5], [[1.0], [2.0]], [[1.0]], CALIBRATION)
    with pytest.raises(ValueError, match="not in ascending order"):
        made([2, 1], [0.5, 0.5], [[1.0], [1.0]])
