"""How much of a figure is chance? Intervals by drawing the test images anew, with replacement."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Draw = NDArray[np.int64]
"""Positions of images; one that was drawn twice is there twice."""

RESAMPLES = 500
LEVEL = 0.95


@dataclass(frozen=True, slots=True)
class Estimate:
    """A figure with the interval that contains 95 % of its resampled values.

    Attributes:
        value: The figure on all images; None where it is not defined.
        low: The lower end; None where fewer than half of the resamples define the figure.
        high: The upper end.
    """

    value: float | None
    low: float | None
    high: float | None


def intervals(
    figures: Callable[[Draw], Mapping[str, float]], images: int, seed: int
) -> dict[str, Estimate]:
    """Return each figure with its interval, all from the same draws.

    Whole images are drawn, with all their swipes, because swipes of one image are alike. Figures
    of one draw belong together, so a difference between two predictors has an interval of its own.

    Args:
        figures: Returns figures for the images at these positions; NaN where one is not defined.
        images: How many there are.
        seed: Of the draws; the same seed draws the same images.

    Cost: ``RESAMPLES`` calls of ``figures``.
    """
    generator = np.random.default_rng(seed)
    values = figures(np.arange(images))
    draws = [figures(generator.integers(images, size=images)) for _ in range(RESAMPLES)]
    return {
        name: _estimate(value, np.array([draw[name] for draw in draws], np.float64))
        for name, value in values.items()
    }


def _estimate(value: float, resampled: NDArray[np.float64]) -> Estimate:
    defined = resampled[np.isfinite(resampled)]
    point = None if math.isnan(value) else value
    if point is None or 2 * len(defined) < len(resampled):
        return Estimate(point, None, None)
    low, high = np.quantile(defined, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    return Estimate(point, float(low), float(high))
