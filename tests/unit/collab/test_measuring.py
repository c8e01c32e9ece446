"""The figures by which collaborative filtering is judged."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from smashpass.scoring.collab.evaluation import auc_within, lead, logistic


def slow_aucs(swipes: Sequence[tuple[int, bool, int]]) -> list[float]:
    """All pairs of each viewer."""
    aucs = []
    for viewer in sorted({viewer for viewer, _, _ in swipes}):
        smashes = [score for one, liked, score in swipes if one == viewer and liked]
        passes = [score for one, liked, score in swipes if one == viewer and not liked]
        pairs = [(a > b) + 0.5 * (a == b) for a in smashes for b in passes]
        if pairs:
            aucs.append(sum(pairs) / len(pairs))
    return aucs


@given(st.lists(st.tuples(st.integers(0, 3), st.booleans(), st.integers(0, 4)), min_size=1))
def test_the_auc_is_that_of_all_pairs(swipes: list[tuple[int, bool, int]]) -> None:
    viewers, liked, scores = (np.array(column) for column in zip(*swipes, strict=True))
    aucs = auc_within(viewers, liked.astype(float), scores.astype(float))
    assert aucs.tolist() == pytest.approx(slow_aucs(swipes))


def test_a_lead_is_certain_only_where_viewers_agree_on_it() -> None:
    draw = np.random.default_rng(5)
    base = draw.random(200)
    clear = lead(base + 0.1 + draw.normal(size=200) * 0.05, base, seed=1)
    assert clear.is_certain
    assert clear.low < clear.value < clear.high
    assert clear.value == pytest.approx(0.1, abs=0.02)
    assert not lead(base + draw.normal(size=200) * 0.5, base, seed=1).low > 0.05


def test_a_logistic_curve_is_found_again() -> None:
    draw = np.random.default_rng(5)
    features = draw.normal(size=(20_000, 2))
    truth = 1 / (1 + np.exp(-(0.5 + features @ [1.0, -2.0])))
    weights = logistic(features, (draw.random(20_000) < truth).astype(float))
    assert weights.tolist() == pytest.approx([0.5, 1.0, -2.0], abs=0.1)
