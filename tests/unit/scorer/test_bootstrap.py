"""The intervals contain what they should, as often as they should."""

from __future__ import annotations

import math

import numpy as np
import pytest

from smashpass.scorer.evaluation.bootstrap import Estimate, intervals


def test_the_interval_of_a_mean_is_that_of_the_formula():
    values = np.random.default_rng(3).normal(5, 2, 400)
    estimate = intervals(lambda draw: {"mean": values[draw].mean()}, 400, seed=1)["mean"]
    error = 1.96 * values.std() / math.sqrt(400)
    assert estimate.value == values.mean()
    assert estimate.low == pytest.approx(values.mean() - error, abs=0.15 * error)
    assert estimate.high == pytest.approx(values.mean() + error, abs=0.15 * error)


def test_figures_of_one_draw_belong_together():
    """A difference of two figures that always move together is certain."""
    values = np.random.default_rng(3).normal(5, 2, 100)

    def figures(draw):
        mean = values[draw].mean()
        return {"mean": mean, "difference": (mean + 0.5) - mean}

    difference = intervals(figures, 100, seed=1)["difference"]
    assert difference.low == pytest.approx(0.5)
    assert difference.high == pytest.approx(0.5)


def test_the_same_seed_gives_the_same_interval():
    values = np.random.default_rng(3).normal(5, 2, 50)

    def figures(draw):
        return {"mean": values[draw].mean()}

    assert intervals(figures, 50, seed=1) == intervals(figures, 50, seed=1)
    assert intervals(figures, 50, seed=1) != intervals(figures, 50, seed=2)


def test_a_figure_that_is_rarely_defined_has_no_interval():
    def figures(draw):
        return {"never": math.nan, "rarely": 1.0 if len(set(draw)) == 10 else math.nan}

    estimates = intervals(figures, 10, seed=1)
    assert estimates == {"never": Estimate(None, None, None), "rarely": Estimate(1.0, None, None)}
