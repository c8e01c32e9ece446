"""How good are predictions of a like-rate? Every measure that the report names.

An image has a score (the predicted like-rate), a number of smashes and a number of passes. Measures
of swipes count each image as often as it was swiped, measures of images count it once. All arrays
have one entry an image, ``[n]``, unless said otherwise; all costs are one sort of them at most.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Counts = NDArray[np.int64]

BINS = 10
HALVINGS = 20


@dataclass(frozen=True, slots=True)
class ReliabilityBin:
    """A point of the reliability diagram.

    Attributes:
        score: The mean predicted like-rate of the swipes in this bin.
        like_rate: The share of them that were smashes.
        swipes: How many they are.
    """

    score: float
    like_rate: float
    swipes: int


def auc(scores: Floats, smashes: Counts, passes: Counts) -> float:
    """Return how often a smash has a higher score than a pass; ties count half.

    Exact over all pairs of swipes. NaN where there are no smashes or no passes.
    """
    pairs = float(smashes.sum()) * float(passes.sum())
    if pairs == 0:
        return math.nan
    _, group = np.unique(scores, return_inverse=True)
    positives = np.bincount(group, weights=smashes)
    negatives = np.bincount(group, weights=passes)
    below = np.cumsum(negatives) - negatives
    return float(positives @ (below + negatives / 2)) / pairs


def average_ranks(values: Floats) -> Floats:
    """Return the rank of each value from 1 to n; equal values share the mean of their ranks."""
    _, group, sizes = np.unique(values, return_inverse=True, return_counts=True)
    last = np.cumsum(sizes)
    return (last - (sizes - 1) / 2)[group]


def lcc(scores: Floats, like_rates: Floats) -> float:
    """Return Pearson's correlation of images; NaN where either side does not vary."""
    left, right = scores - scores.mean(), like_rates - like_rates.mean()
    spread = math.sqrt(float(left @ left)) * math.sqrt(float(right @ right))
    # Subtracting equal numbers leaves traces of rounding, which do not count as variation.
    smallest = 1e-12 * len(scores) * max(1.0, abs(scores).max()) * max(1.0, abs(like_rates).max())
    return float(left @ right) / spread if spread > smallest else math.nan


def srcc(scores: Floats, like_rates: Floats) -> float:
    """Return Spearman's correlation of images; NaN where either side does not vary."""
    return lcc(average_ranks(scores), average_ranks(like_rates))


def squared_emd(predicted: Floats, targets: Floats) -> float:
    """Return the mean squared distance of the cumulated distributions.

    Args:
        predicted: Masses of the bins of the like-rate, ``[n, bins]``; each row sums to 1.
        targets: What was measured, in the same shape.
    """
    distance = np.cumsum(predicted, axis=1) - np.cumsum(targets, axis=1)
    return float(np.mean(distance**2))


def brier(scores: Floats, smashes: Counts, passes: Counts) -> float:
    """Return the mean squared error of the score as a forecast of each swipe."""
    error = smashes * (1 - scores) ** 2 + passes * scores**2
    return float(error.sum()) / float(smashes.sum() + passes.sum())


def reliability(scores: Floats, smashes: Counts, passes: Counts) -> list[ReliabilityBin]:
    """Return at most ten bins with nearly equal numbers of swipes, by increasing score.

    Images of one score stay in one bin, so there may be fewer bins, of different sizes.
    """
    levels, group = np.unique(scores, return_inverse=True)
    positives = np.bincount(group, weights=smashes)
    swipes = positives + np.bincount(group, weights=passes)
    middle = np.cumsum(swipes) - swipes / 2
    place = np.minimum((middle * BINS / swipes.sum()).astype(np.int64), BINS - 1)
    count = np.bincount(place, weights=swipes, minlength=BINS)
    liked = np.bincount(place, weights=positives, minlength=BINS)
    total = np.bincount(place, weights=swipes * levels, minlength=BINS)
    return [
        ReliabilityBin(
            float(total[index] / count[index]),
            float(liked[index] / count[index]),
            int(count[index]),
        )
        for index in np.flatnonzero(count)
    ]


def ece(scores: Floats, smashes: Counts, passes: Counts) -> float:
    """Return the expected calibration error: how far like-rates are from scores, by bin.

    The mean, over swipes, of the distance between a bin's score and its like-rate. Chance alone
    gives about 0.25/√(swipes of a bin), so small test sets look worse than they are.
    """
    bins = reliability(scores, smashes, passes)
    distance = sum(point.swipes * abs(point.score - point.like_rate) for point in bins)
    return distance / sum(point.swipes for point in bins)


def noise_ceiling(smashes: Counts, passes: Counts, seed: int) -> float:
    """Return the Spearman correlation that the true like-rates would reach on these swipes.

    The swipes of each image are split at random into halves, whose like-rates are correlated;
    Spearman and Brown's formula gives the reliability of all swipes together, and its root is
    what a perfect predictor could have. The mean of ``HALVINGS`` splits; 0 if the halves do not
    agree at all. Images with a single swipe are left out; NaN where fewer than two are left.
    """
    several = smashes + passes >= 2
    smashes, passes = smashes[several], passes[several]
    if len(smashes) < 2:
        return math.nan
    generator = np.random.default_rng(seed)
    agreements = []
    for _ in range(HALVINGS):
        left_smashes, left_passes = halves(smashes, passes, generator)
        left = left_smashes / (left_smashes + left_passes)
        right_smashes, right_passes = smashes - left_smashes, passes - left_passes
        agreements.append(srcc(left, right_smashes / (right_smashes + right_passes)))
    agreement = float(np.mean(agreements))
    if math.isnan(agreement):
        return math.nan
    return math.sqrt(2 * agreement / (1 + agreement)) if agreement > 0 else 0.0


def halves(
    smashes: Counts, passes: Counts, generator: np.random.Generator
) -> tuple[Counts, Counts]:
    """Draw half of the swipes of each image, rounded down, and return its smashes and passes."""
    size = (smashes + passes) // 2
    drawn = generator.hypergeometric(smashes, passes, size).astype(np.int64)
    return drawn, size - drawn
