"""The popularity of an image: a lower bound of the share of people who like it."""

from __future__ import annotations

from math import sqrt

CONFIDENCE = 1.96
"""Of 95 %: so sure is the bound that it returns."""


def smash_rate_interval(smashes: int, swipes: int) -> tuple[float, float]:
    """Return the lower and the upper bound of the smash rate, 0 to 1.

    Source: Wilson, "Probable inference, the law of succession, and statistical inference", 1927.

    Raises:
        ValueError: There are no swipes, or more smashes than swipes.
    """
    if not 0 <= smashes <= swipes or not swipes:
        raise ValueError(f"{smashes} smashes of {swipes} swipes")
    rate, square = smashes / swipes, CONFIDENCE**2
    spread = CONFIDENCE * sqrt((rate * (1 - rate) + square / (4 * swipes)) / swipes)
    middle, scale = rate + square / (2 * swipes), 1 + square / swipes
    return max(0.0, (middle - spread) / scale), min(1.0, (middle + spread) / scale)


def popularity(smashes: int, swipes: int) -> float:
    """Return the lower bound of the smash rate, 0 to 1: one smash out of one proves little.

    Raises:
        ValueError: There are no swipes, or more smashes than swipes.
    """
    return smash_rate_interval(smashes, swipes)[0]
