"""How well are later swipes foreseen? AUC within viewers, and by how much one predictor leads."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from smashpass.services.training.collab.report import Lead

Floats = NDArray[np.float64]
Numbers = NDArray[np.intp]

RESAMPLES = 1_000
_STEPS = 25


def auc_within(viewers: Numbers, liked: Floats, scores: Floats) -> Floats:
    """Return the AUC of each viewer who has smashes and passes, by the viewer's number.

    The share of their pairs of a smash and a pass in which the smash has the higher score; equal
    scores count one half.

    Args:
        viewers: Whose swipe it is.
        liked: 1 for a smash, 0 for a pass.
        scores: What was foreseen.
    """
    if not len(viewers):
        return np.empty(0)
    order = np.lexsort((scores, viewers))
    viewers, liked, scores = viewers[order], liked[order], scores[order]
    # Equal scores of a viewer share the mean of their ranks.
    starts = np.r_[True, (viewers[1:] != viewers[:-1]) | (scores[1:] != scores[:-1])]
    group = np.cumsum(starts) - 1
    sizes = np.bincount(group)
    mean_ranks = np.cumsum(sizes) - (sizes - 1) / 2
    ranks = mean_ranks[group]
    _, first, owner = np.unique(viewers, return_index=True, return_inverse=True)
    ranks -= first[owner]
    smashes = np.bincount(owner, liked)
    passes = np.bincount(owner) - smashes
    sums = np.bincount(owner, ranks * liked)
    both = (smashes > 0) & (passes > 0)
    smashes, passes, sums = smashes[both], passes[both], sums[both]
    result: Floats = (sums - smashes * (smashes + 1) / 2) / (smashes * passes)
    return result


def lead(ahead: Floats, behind: Floats, seed: int) -> Lead:
    """Return by how much one predictor's AUC is higher, with the interval over viewers.

    Args:
        ahead: AUC of each viewer by the one.
        behind: By the other, in the same order.
        seed: Of the draws.
    """
    differences = ahead - behind
    generator = np.random.default_rng(seed)
    count = len(differences)
    means = [differences[generator.integers(count, size=count)].mean() for _ in range(RESAMPLES)]
    low, high = np.quantile(means, [0.025, 0.975])
    return Lead(float(differences.mean()), float(low), float(high))


def logistic(features: Floats, liked: Floats) -> Floats:
    """Return the weights of a logistic regression, the constant term first.

    By Newton's method, with a little regularisation so that there is always a solution.

    Args:
        features: n × m numbers.
        liked: n times 1 or 0.
    """
    columns = np.column_stack([np.ones(len(features)), features])
    weights = np.zeros(columns.shape[1])
    for _ in range(_STEPS):
        foreseen = 1 / (1 + np.exp(-np.clip(columns @ weights, -30, 30)))
        slope = columns.T @ (liked - foreseen) - weights
        curve = (columns.T * (foreseen * (1 - foreseen))) @ columns + np.eye(len(weights))
        step = np.linalg.solve(curve, slope)
        weights = weights + step
        if np.abs(step).max() < 1e-9:
            break
    return weights
