"""The benchmark of taste, at a tenth: viewers like cards by taste better than random ones."""

from __future__ import annotations

from random import Random

from bench.taste import IMAGES, VIEWERS, LikeRates, like_rates, simulated


def test_viewers_like_cards_by_taste_better_than_random_ones() -> None:
    rng = Random(3)
    crowd = simulated(rng, IMAGES // 10, VIEWERS // 10)
    rates = like_rates(crowd, 50, rng)
    ratio, low, high = rates.interval(rng)
    assert 1 < low < ratio < high


def test_the_interval_of_equal_rates_holds_one() -> None:
    rng = Random(3)
    taste, at_random = ([rng.random() for _ in range(50)] for _ in range(2))
    _, low, high = LikeRates(taste, at_random, at_random).interval(rng)
    assert low < 1 < high
