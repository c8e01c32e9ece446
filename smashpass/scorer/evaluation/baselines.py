"""What would simpler predictors say? A model is only worth having if it beats them.

- constant: the like-rate of the training images, for every image;
- popularity: the smoothed like-rate of half of an image's own swipes. It is judged by the other
  half, and does not exist for an image that nobody has swiped yet;
- tags only: a logistic regression over the tags of an image.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from smashpass.scorer.evaluation.metrics import Counts, Floats, halves

PENALTIES = (0.3, 1.0, 3.0, 10.0, 30.0, 100.0, 300.0, 1_000.0, 3_000.0)
PRIOR_SWIPES = 4.0
"""As many swipes of the mean like-rate are added to an image's own."""

Tags = Sequence[Sequence[str]]


@dataclass(frozen=True)
class HalvedSwipes:
    """What popularity says from one half of the swipes, and the other half to judge it by.

    Attributes:
        scores: The smoothed like-rates of the first halves, ``[n]``.
        smashes: Smashes of the second halves, ``[n]``.
        passes: Passes of the second halves, ``[n]``.
    """

    scores: Floats
    smashes: Counts
    passes: Counts


@dataclass(frozen=True)
class TagRegression:
    """A logistic regression over tags.

    Attributes:
        bias: The logit of an image without tags.
        weights: What each tag adds to it.
        penalty: The strength of the L2 penalty that was chosen on the validation images.
    """

    bias: float
    weights: dict[str, float]
    penalty: float

    def scores(self, tags: Tags) -> Floats:
        """Return the predicted like-rates, ``[n]``; tags that it was not trained on add nothing."""
        logits = [self.bias + sum(self.weights.get(tag, 0.0) for tag in names) for names in tags]
        return np.asarray(1 / (1 + np.exp(-np.array(logits, np.float64))))


def constant(smashes: Counts, passes: Counts) -> float:
    """Return the like-rate of all swipes together."""
    return float(smashes.sum()) / float(smashes.sum() + passes.sum())


def popularity(smashes: Counts, passes: Counts, mean: float, seed: int) -> HalvedSwipes:
    """Return what one half of the swipes says of each image, and the other half.

    Args:
        smashes: Of the images to judge, ``[n]``.
        passes: Of the same images, ``[n]``.
        mean: The like-rate that the few swipes of an image are drawn towards.
        seed: Of the halving.
    """
    left_smashes, left_passes = halves(smashes, passes, np.random.default_rng(seed))
    rates = (left_smashes + PRIOR_SWIPES * mean) / (left_smashes + left_passes + PRIOR_SWIPES)
    return HalvedSwipes(rates, smashes - left_smashes, passes - left_passes)


def log_loss(scores: Floats, smashes: Counts, passes: Counts) -> float:
    """Return the mean negative log-likelihood of the swipes."""
    likelihood = np.clip(scores, 1e-12, 1 - 1e-12)
    loss = smashes * np.log(likelihood) + passes * np.log1p(-likelihood)
    return -float(loss.sum()) / float(smashes.sum() + passes.sum())


def regress(tags: Tags, smashes: Counts, passes: Counts, penalty: float) -> TagRegression:
    """Fit a regression with a fixed penalty: the one optimum, the same in every run.

    Minimises the loss summed over swipes plus half the penalty times the squared weights; the
    bias is free. Cost: about 50 passes over all tags of all images.
    """
    import torch

    names = sorted({tag for row in tags for tag in row})
    numbers = {tag: number for number, tag in enumerate(names)}
    columns = torch.tensor([numbers[tag] for row in tags for tag in row], dtype=torch.int64)
    rows = torch.tensor([row for row, items in enumerate(tags) for _ in items], dtype=torch.int64)
    positives, negatives = torch.tensor(smashes).double(), torch.tensor(passes).double()
    swipes = positives.sum() + negatives.sum()
    weights = torch.zeros(len(names), dtype=torch.float64, requires_grad=True)
    bias = torch.zeros((), dtype=torch.float64, requires_grad=True)
    optimizer = torch.optim.LBFGS(
        [weights, bias],
        max_iter=500,
        tolerance_grad=1e-9,
        tolerance_change=1e-14,
        line_search_fn="strong_wolfe",
    )

    def loss() -> torch.Tensor:
        optimizer.zero_grad()
        logits = bias + torch.zeros(len(tags), dtype=torch.float64).index_add(
            0, rows, weights[columns]
        )
        misfit = positives * torch.nn.functional.softplus(-logits)
        misfit = misfit + negatives * torch.nn.functional.softplus(logits)
        objective = (misfit.sum() + penalty / 2 * (weights**2).sum()) / swipes
        objective.backward()
        return objective

    optimizer.step(loss)
    values = weights.detach().tolist()
    return TagRegression(bias.item(), dict(zip(names, values, strict=True)), penalty)


def tags_only(
    train: tuple[Tags, Counts, Counts], valid: tuple[Tags, Counts, Counts]
) -> TagRegression:
    """Fit a regression for each penalty and return the one that is best on the second part.

    Args:
        train: Tags, smashes and passes of the images to learn from.
        valid: The same of the images that choose the penalty.
    """
    candidates = [regress(*train, penalty) for penalty in PENALTIES]
    tags, smashes, passes = valid
    return min(candidates, key=lambda fit: log_loss(fit.scores(tags), smashes, passes))
