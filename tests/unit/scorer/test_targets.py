"""What the network learns to predict, and the calibration of what it says."""

import numpy as np
import torch
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from smashpass.scorer.calibration import Calibration, fit_calibration
from smashpass.scorer.network import expected_score, squared_emd
from smashpass.scorer.targets import PRIOR_SWIPES, image_weights, target_distributions

COUNTS = st.lists(st.tuples(st.integers(0, 300), st.integers(0, 300)), min_size=1, max_size=5)


@given(counts=COUNTS, rate=st.floats(0.3, 0.7))
def test_targets_are_the_beta_posterior(counts: list[tuple[int, int]], rate: float) -> None:
    smashes, passes = np.array(counts).T
    targets = target_distributions(smashes, passes, rate)
    for target, smash_count, pass_count in zip(targets, smashes, passes, strict=True):
        posterior = stats.beta(
            smash_count + PRIOR_SWIPES * rate, pass_count + PRIOR_SWIPES * (1 - rate)
        )
        expected = np.diff(posterior.cdf(np.linspace(0, 1, 11)))
        assert np.abs(target - expected).max() < 0.005


def test_more_swipes_make_narrower_targets_of_more_weight() -> None:
    smashes, passes = np.array([0, 3, 30]), np.array([0, 3, 30])
    targets = target_distributions(smashes, passes, 0.5)
    assert (np.diff(targets.max(axis=1)) > 0).all()
    assert list(image_weights(smashes, passes)) == [0, 6 / 14, 60 / 68]


def test_the_distance_is_zero_for_equal_and_largest_for_opposite_distributions() -> None:
    ends = torch.eye(10)[[0, 9]]
    logits = torch.log(ends + 1e-9)
    weights = torch.ones(2)
    assert float(squared_emd(logits, ends, weights)) < 1e-9
    # All mass has to go from the first to the last of ten bins: nine gaps of one.
    assert abs(float(squared_emd(logits, ends.flip(0), weights)) - 0.9) < 1e-6
    heavy = torch.tensor([3.0, 1.0])
    half_wrong = torch.stack([ends[0], ends[0]])
    assert abs(float(squared_emd(logits, half_wrong, heavy)) - 0.9 / 4) < 1e-6


def test_the_score_is_the_mean_of_the_middles() -> None:
    assert expected_score(torch.eye(10)[[0, 4, 9]]).tolist() == [
        float(np.float32(value)) for value in (0.05, 0.45, 0.95)
    ]


def test_a_calibration_finds_what_was_done_to_the_scores() -> None:
    random = np.random.default_rng(7)
    raw = random.uniform(0.1, 0.9, 4_000)
    truth = Calibration(1.7, -0.4).apply(raw)
    smashes = random.binomial(50, truth)
    fitted = fit_calibration(raw, smashes, 50 - smashes)
    assert abs(fitted.slope - 1.7) < 0.05
    assert abs(fitted.intercept + 0.4) < 0.03


@given(
    raw=st.lists(st.floats(0.01, 0.99), min_size=2, max_size=20),
    swipes=st.integers(1, 40),
    data=st.data(),
)
def test_a_calibration_is_never_less_likely_than_none(
    raw: list[float], swipes: int, data: st.DataObject
) -> None:
    scores = np.array(raw)
    smashes = np.array([data.draw(st.integers(0, swipes)) for _ in raw])
    passes = swipes - smashes

    def loss(calibration: Calibration) -> float:
        expected = np.clip(calibration.apply(scores), 1e-12, 1 - 1e-12)
        likelihood = (smashes * np.log(expected) + passes * np.log1p(-expected)).sum()
        return float(-likelihood)

    fitted = fit_calibration(scores, smashes, passes)
    assert fitted.slope >= 0
    assert loss(fitted) <= loss(Calibration() if fitted.slope else Calibration(0.0, 0.0)) + 0.01
