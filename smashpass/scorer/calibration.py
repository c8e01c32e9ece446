"""Calibration: scores that mean what they say, so that of pictures with 0.7 people like 70 %."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

_STEPS = 50
_CLOSE = 1e-9
_RIDGE = 1e-3
"""Pulls towards no change where there is little to learn from."""


@dataclass(frozen=True, slots=True)
class Calibration:
    """A line through the logits (Platt scaling): sigmoid(slope × logit(raw) + intercept)."""

    slope: float = 1.0
    intercept: float = 0.0

    def apply(self, raw: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return calibrated scores of raw ones, all between 0 and 1, exclusive."""
        return _sigmoid(self.slope * _logit(raw) + self.intercept)


def fit_calibration(
    raw: NDArray[np.float64], smashes: NDArray[np.int64], passes: NDArray[np.int64]
) -> Calibration:
    """Return the calibration under which the swipes are likeliest; by Newton's method.

    Args:
        raw: Scores of images, [n], between 0 and 1, exclusive.
        smashes: [n].
        passes: [n].
    """
    design = np.stack([_logit(raw), np.ones_like(raw)], axis=1)
    slope, intercept = _fitted(design, smashes, passes)
    if slope < 0:  # it would turn the order around, which only noise can ask for
        slope, (intercept,) = 0.0, _fitted(design[:, 1:], smashes, passes)
    return Calibration(float(slope), float(intercept))


def _fitted(
    design: NDArray[np.float64], smashes: NDArray[np.int64], passes: NDArray[np.int64]
) -> NDArray[np.float64]:
    """Return the parameters of a logistic regression, pulled a little towards no change."""
    swipes = (smashes + passes).astype(np.float64)
    unchanged = np.array([1.0, 0.0][-design.shape[1] :])

    def loss(parameters: NDArray[np.float64]) -> float:
        logits = design @ parameters
        pull = _RIDGE * np.square(parameters - unchanged).sum() / 2
        return float((swipes * np.logaddexp(0, logits) - smashes * logits).sum() + pull)

    parameters, lowest = unchanged, loss(unchanged)
    for _ in range(_STEPS):
        expected = _sigmoid(design @ parameters)
        gradient = design.T @ (smashes - swipes * expected) - _RIDGE * (parameters - unchanged)
        curvature = (design * (swipes * expected * (1 - expected))[:, None]).T @ design
        step = np.linalg.solve(curvature + _RIDGE * np.eye(len(parameters)), gradient)
        while (nearer := loss(parameters + step)) > lowest and np.abs(step).max() > _CLOSE:
            step = step / 2
        if nearer > lowest or np.abs(step).max() <= _CLOSE:
            break
        parameters, lowest = parameters + step, nearer
    return parameters


def _logit(shares: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.log(shares) - np.log1p(-shares)


def _sigmoid(logits: NDArray[np.float64]) -> NDArray[np.float64]:
    return 1.0 / (1.0 + np.exp(-logits))
