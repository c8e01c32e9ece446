"""The measures of predictions, against slow twins that follow their definitions word by word."""

from __future__ import annotations

import math
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from smashpass.scorer.evaluation import metrics

few = st.integers(0, 4)
levels = st.sampled_from([0.1, 0.25, 0.25000001, 0.5, 0.75, 0.9])
judged_images = st.lists(st.tuples(levels, few, few), min_size=2, max_size=12).filter(
    lambda images: (
        any(smashes for _, smashes, _ in images) and any(passes for _, _, passes in images)
    )
)


def columns(images):
    scores, smashes, passes = zip(*images, strict=True)
    return np.array(scores), np.array(smashes), np.array(passes)


def swipes_of(images) -> list[tuple[float, int]]:
    return [
        (score, verdict)
        for score, smashes, passes in images
        for verdict in [1] * smashes + [0] * passes
    ]


def slow_auc(images) -> float:
    swipes = swipes_of(images)
    pairs = [
        1.0 if liked > disliked else 0.5 if liked == disliked else 0.0
        for liked, verdict in swipes
        if verdict
        for disliked, other in swipes
        if not other
    ]
    return sum(pairs) / len(pairs)


def slow_rank(values, value) -> float:
    below = sum(other < value for other in values)
    equal = sum(other == value for other in values)
    return below + (equal + 1) / 2


@given(judged_images)
def test_auc_is_the_share_of_pairs_in_the_right_order(images):
    assert metrics.auc(*columns(images)) == pytest.approx(slow_auc(images), abs=1e-12)


@given(judged_images)
def test_the_brier_score_is_the_mean_squared_error_of_swipes(images):
    errors = [(score - verdict) ** 2 for score, verdict in swipes_of(images)]
    assert metrics.brier(*columns(images)) == pytest.approx(sum(errors) / len(errors))


@given(st.lists(levels, min_size=1, max_size=12))
def test_ranks_are_those_of_counting(values):
    ranks = metrics.average_ranks(np.array(values))
    assert ranks.tolist() == [slow_rank(values, value) for value in values]


@given(judged_images)
def test_the_bins_of_the_reliability_diagram_hold_every_swipe_once(images):
    bins = metrics.reliability(*columns(images))
    swipes = swipes_of(images)
    assert sum(point.swipes for point in bins) == len(swipes)
    liked = sum(point.like_rate * point.swipes for point in bins)
    assert liked == pytest.approx(sum(verdict for _, verdict in swipes))
    assert sum(point.score * point.swipes for point in bins) == pytest.approx(
        sum(score for score, _ in swipes)
    )
    assert all(left.score < right.score for left, right in pairwise(bins))


def test_bins_are_of_equal_mass_where_scores_allow_it():
    scores = np.linspace(0.1, 0.9, 1_000)
    ones = np.ones(1_000, np.int64)
    bins = metrics.reliability(scores, ones, 3 * ones)
    assert [point.swipes for point in bins] == [400] * 10
    assert {point.like_rate for point in bins} == {0.25}


@given(judged_images)
def test_the_calibration_error_is_the_weighted_distance_of_the_bins(images):
    """The twin sorts swipes and gives each group of equal scores to the tenth of its middle."""
    swipes = sorted(swipes_of(images))
    tenths: dict[int, list[tuple[float, int]]] = {}
    for level in {score for score, _ in swipes}:
        same = [swipe for swipe in swipes if swipe[0] == level]
        middle = sum(score < level for score, _ in swipes) + len(same) / 2
        tenths.setdefault(min(int(middle * 10 / len(swipes)), 9), []).extend(same)
    distance = 0.0
    for members in tenths.values():
        mean = sum(score for score, _ in members) / len(members)
        rate = sum(verdict for _, verdict in members) / len(members)
        distance += abs(mean - rate) * len(members) / len(swipes)
    assert metrics.ece(*columns(images)) == pytest.approx(distance, abs=1e-12)


def test_correlations_know_order_and_proportion():
    line = np.array([0.1, 0.2, 0.3, 0.4])
    assert metrics.lcc(line, 2 * line + 1) == pytest.approx(1)
    assert metrics.srcc(line, line**7) == pytest.approx(1)
    assert metrics.lcc(line, line**7) < 0.95
    assert metrics.srcc(line, -line) == pytest.approx(-1)
    assert math.isnan(metrics.srcc(line, np.full(4, 0.3)))
    assert math.isnan(metrics.lcc(np.full(4, 1 / 3), line))


def test_the_squared_emd_compares_cumulated_masses():
    sure_low, sure_high = np.eye(10)[[0]], np.eye(10)[[9]]
    assert metrics.squared_emd(sure_low, sure_low) == 0
    assert metrics.squared_emd(sure_low, sure_high) == pytest.approx(0.9)
    assert metrics.squared_emd(sure_low, np.eye(10)[[1]]) == pytest.approx(0.1)


def test_without_smashes_or_passes_there_is_no_auc():
    nobody = np.zeros(3, np.int64)
    assert math.isnan(metrics.auc(np.array([0.1, 0.2, 0.3]), nobody, nobody + 1))
    assert math.isnan(metrics.auc(np.array([0.1, 0.2, 0.3]), nobody + 1, nobody))


def test_the_noise_ceiling_is_what_the_true_rates_reach():
    generator = np.random.default_rng(1)
    truth = generator.beta(2, 2, 3_000)
    smashes = generator.binomial(20, truth)
    ceiling = metrics.noise_ceiling(smashes, 20 - smashes, seed=2)
    assert ceiling == pytest.approx(metrics.srcc(truth, smashes / 20), abs=0.02)
    assert ceiling < 0.95


def test_images_that_are_all_alike_leave_nothing_to_predict():
    generator = np.random.default_rng(1)
    smashes = generator.binomial(20, 0.5, 3_000)
    assert metrics.noise_ceiling(smashes, 20 - smashes, seed=2) < 0.25
    single = np.ones(5, np.int64)
    assert math.isnan(metrics.noise_ceiling(single, 0 * single, seed=2))


@given(st.lists(st.tuples(few, few), min_size=1, max_size=8), st.integers(0, 99))
def test_a_half_has_half_of_the_swipes_of_each_image(counts, seed):
    smashes, passes = (np.array(column) for column in zip(*counts, strict=True))
    left_smashes, left_passes = metrics.halves(smashes, passes, np.random.default_rng(seed))
    assert (left_smashes + left_passes).tolist() == ((smashes + passes) // 2).tolist()
    assert (left_smashes <= smashes).all()
    assert (left_passes <= passes).all()
    assert (left_smashes >= 0).all()
    assert (left_passes >= 0).all()
