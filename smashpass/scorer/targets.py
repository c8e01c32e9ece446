"""What the network is to predict of an image: how likely each like-rate is after its swipes."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from smashpass.scorer.network import BINS

Counts = NDArray[np.int64]
Floats = NDArray[np.float64]

PRIOR_SWIPES = 4.0
"""Swipes at the overall rate that every image is taken to have had."""
HALF_WEIGHT = 8.0
"""Swipes at which an image weighs half of what it could weigh at most."""
_POINTS = 50
"""Points in each bin at which the density is taken."""


def target_distributions(smashes: Counts, passes: Counts, overall_rate: float) -> Floats:
    """Return the Beta posterior of each image's like-rate as the mass in ten equal bins.

    Few swipes make a wide target, many a narrow one. Cost: about 5 µs an image.

    Args:
        smashes: [n].
        passes: [n].
        overall_rate: Of all swipes, from 0 to 1; the prior's mean.

    Returns:
        [n, 10], each row of sum 1.
    """
    rate = min(max(overall_rate, 0.02), 0.98)
    alpha = smashes + PRIOR_SWIPES * rate
    beta = passes + PRIOR_SWIPES * (1 - rate)
    points = (np.arange(BINS * _POINTS) + 0.5) / (BINS * _POINTS)
    distributions = np.empty((len(smashes), BINS))
    for start in range(0, len(smashes), 4_096):
        part = slice(start, start + 4_096)
        log_density = (alpha[part, None] - 1) * np.log(points) + (beta[part, None] - 1) * np.log1p(
            -points
        )
        density = np.exp(log_density - log_density.max(axis=1, keepdims=True))
        mass = density.reshape(-1, BINS, _POINTS).sum(axis=2)
        distributions[part] = mass / mass.sum(axis=1, keepdims=True)
    return distributions


def image_weights(smashes: Counts, passes: Counts) -> Floats:
    """Return how much each image counts, from 0 to 1: n / (n + 8) for n swipes."""
    swipes = (smashes + passes).astype(np.float64)
    return swipes / (swipes + HALF_WEIGHT)
