"""A model against the baselines, by predictions of known quality."""

from __future__ import annotations

import json

import numpy as np
import pytest

from smashpass.scorer.evaluation import metrics
from smashpass.scorer.evaluation.evaluate import SwipedImages, compare, slices_by_tag
from smashpass.scorer.targets import target_distributions

IMAGES = 1_500
SWIPES = 20


def library(seed: int, images: int = IMAGES):
    """Images whose like-rate follows one tag and something that no tag says."""
    generator = np.random.default_rng(seed)
    tagged = generator.random(images) < 0.5
    hidden = generator.normal(0, 0.8, images)
    rates = 1 / (1 + np.exp(-(0.6 * (tagged - 0.5) + hidden)))
    smashes = generator.binomial(SWIPES, rates)
    tags = [["hair:curly" if has_tag else "hair:straight", "any"] for has_tag in tagged]
    return SwipedImages(tags, smashes, SWIPES - smashes), rates


@pytest.fixture(scope="module")
def parts():
    return library(1, 400)[0], library(2, 200)[0]


def compared(parts, test: SwipedImages, scores) -> dict:
    distributions = target_distributions(
        np.round(scores * 10).astype(np.int64), np.round(10 - scores * 10).astype(np.int64), 0.5
    )
    return compare(*parts, test, scores, distributions)


@pytest.mark.slow
def test_who_knows_the_truth_passes_and_its_evaluation_is_json(parts):
    test, rates = library(3)
    evaluation = compared(parts, test, rates)
    assert evaluation["gate"]["passed"], evaluation["gate"]
    assert json.loads(json.dumps(evaluation, allow_nan=False)) == evaluation
    figures = {
        name: {measure: estimate["value"] for measure, estimate in predictor["figures"].items()}
        for name, predictor in evaluation["predictors"].items()
    }
    assert figures["model"]["auc"] == metrics.auc(rates, test.smashes, test.passes)
    assert figures["constant"]["auc"] == 0.5
    assert figures["constant"]["srcc"] is None
    assert 0.5 < figures["tags_only"]["auc"] < figures["popularity"]["auc"]
    assert figures["popularity"]["auc"] < figures["model"]["auc"]
    assert figures["model"]["emd"] < figures["constant"]["emd"]
    assert "emd" not in figures["tags_only"]
    difference = evaluation["difference"]["auc"]
    assert difference["value"] == figures["model"]["auc"] - figures["tags_only"]["auc"]
    assert difference["low"] < difference["value"] < difference["high"]
    assert figures["model"]["srcc"] == pytest.approx(evaluation["noise_ceiling"], abs=0.03)
    assert sum(point["swipes"] for point in evaluation["reliability"]) == IMAGES * SWIPES


@pytest.mark.slow
def test_who_knows_nothing_is_refused(parts):
    test, rates = library(3)
    scores = np.random.default_rng(5).permutation(rates)
    checks = {
        check["name"]: check["passed"] for check in compared(parts, test, scores)["gate"]["checks"]
    }
    assert checks == {"beats_tags": False, "calibrated": False, "slices": False}


@pytest.mark.slow
def test_who_is_too_sure_is_refused_for_that_alone(parts):
    test, rates = library(3)
    logits = np.log(rates / (1 - rates))
    checks = compared(parts, test, 1 / (1 + np.exp(-2 * logits)))["gate"]["checks"]
    assert [check["name"] for check in checks if not check["passed"]] == ["calibrated"]


def test_only_tags_on_enough_images_are_looked_at():
    test, rates = library(3, 100)
    rare = SwipedImages(
        [[*tags, *["rare"] * (place < 59)] for place, tags in enumerate(test.tags)],
        test.smashes,
        test.passes,
    )
    slices = slices_by_tag(rare, rates, np.full(100, 0.5))
    assert [(part.group, part.tag, part.images) for part in slices] == [("", "any", 100)]
    (everything,) = slices
    assert everything.swipes == 100 * SWIPES
    assert everything.tags_only == 0.5
    assert everything.model == metrics.auc(rates, test.smashes, test.passes)
