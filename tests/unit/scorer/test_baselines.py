"""The simple predictors, against twins that follow their definitions."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from smashpass.scorer.evaluation import baselines, metrics

tagged_images = st.lists(
    st.tuples(st.sets(st.sampled_from("abcd")), st.integers(0, 5), st.integers(0, 5)),
    min_size=2,
    max_size=10,
).filter(lambda images: any(smashes + passes for _, smashes, passes in images))


def columns(images):
    tags, smashes, passes = zip(*images, strict=True)
    return [sorted(names) for names in tags], np.array(smashes), np.array(passes)


def slow_regression(tags, smashes, passes, penalty):
    """Newton's method on the dense matrix; the last column is the bias, which has no penalty."""
    names = sorted({tag for row in tags for tag in row})
    matrix = np.array([[*(tag in row for tag in names), 1.0] for row in tags], np.float64)
    ridge = np.diag([*[penalty] * len(names), 1e-6])
    weights = np.zeros(len(names) + 1)
    for _ in range(100):
        rates = 1 / (1 + np.exp(-matrix @ weights))
        gradient = matrix.T @ ((smashes + passes) * rates - smashes) + ridge @ weights
        curvature = ((smashes + passes) * rates * (1 - rates))[:, None]
        weights -= 0.5 * np.linalg.solve(matrix.T @ (curvature * matrix) + ridge, gradient)
    return 1 / (1 + np.exp(-matrix @ weights))


@settings(max_examples=25)
@given(tagged_images, st.sampled_from([1.0, 10.0]))
def test_the_regression_is_at_the_optimum(images, penalty):
    tags, smashes, passes = columns(images)
    if smashes.sum() == 0 or passes.sum() == 0:
        return  # the bias runs away to infinity
    fit = baselines.regress(tags, smashes, passes, penalty)
    assert fit.scores(tags) == pytest.approx(
        slow_regression(tags, smashes, passes, penalty), abs=2e-3
    )


def test_a_tag_that_decides_is_learnt_and_the_penalty_chosen_by_the_second_part():
    generator = np.random.default_rng(4)
    noise = [f"noise {number}" for number in range(80)]
    tags = [
        [*generator.choice(noise, 10, replace=False), *["good"] * (index % 2)]
        for index in range(300)
    ]
    rates = np.array([0.3 + 0.4 * (index % 2) for index in range(300)])
    smashes = generator.binomial(5, rates)
    train = (tags[:200], smashes[:200], 5 - smashes[:200])
    fit = baselines.tags_only(train, (tags[200:], smashes[200:], 5 - smashes[200:]))
    assert 1.0 < fit.weights["good"] < 2.2
    assert fit.penalty > min(baselines.PENALTIES)
    losses = {
        penalty: baselines.log_loss(
            baselines.regress(*train, penalty).scores(tags[200:]), smashes[200:], 5 - smashes[200:]
        )
        for penalty in baselines.PENALTIES
    }
    assert losses[fit.penalty] == min(losses.values())


def test_a_tag_that_is_new_adds_nothing():
    fit = baselines.TagRegression(0.0, {"hat": 1.0}, 1.0)
    assert fit.scores([[], ["new"], ["hat", "new"]]) == pytest.approx([0.5, 0.5, 0.7310586])


def test_popularity_is_judged_by_swipes_that_it_has_not_seen():
    """Of 20 swipes each, the first ten say of the image what the other ten are judged by."""
    generator = np.random.default_rng(4)
    smashes = generator.binomial(20, 0.5, 2_000)
    halved = baselines.popularity(smashes, 20 - smashes, 0.5, seed=1)
    assert ((halved.smashes + halved.passes) == 10).all()
    # All images are alike, so a half that leaked into the other would give more than a half.
    assert metrics.auc(halved.scores, halved.smashes, halved.passes) == pytest.approx(0.5, abs=0.02)
    assert halved.scores.min() >= 2 / 14
    assert halved.scores.max() <= 12 / 14


def test_an_image_with_one_swipe_is_as_popular_as_the_mean():
    halved = baselines.popularity(np.array([1]), np.array([0]), 0.3, seed=1)
    assert halved.scores == pytest.approx([0.3])
    assert halved.smashes.tolist() == [1]


def test_the_constant_is_the_like_rate_of_all_swipes():
    assert baselines.constant(np.array([3, 0]), np.array([1, 6])) == pytest.approx(0.3)
