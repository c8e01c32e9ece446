"""The network: a small residual CNN with ten bins of a like-rate and an embedding.

After NIMA (Talebi and Milanfar, 2018, arXiv 1709.05424): it predicts how like-rates are
distributed, not one number, and learns by the squared earth mover's distance between the two.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

BINS = 10
EMBEDDING = 64
_STAGES = (1, 2, 4, 8)
"""Channels of each stage, in widths."""


class ResidualBlock(nn.Module):  # type: ignore[misc]
    """Two 3 × 3 convolutions around a shortcut."""

    def __init__(self, channels_in: int, channels: int, stride: int) -> None:
        super().__init__()
        self.first = nn.Conv2d(channels_in, channels, 3, stride, 1, bias=False)
        self.first_norm = nn.BatchNorm2d(channels)
        self.second = nn.Conv2d(channels, channels, 3, 1, 1, bias=False)
        self.second_norm = nn.BatchNorm2d(channels)
        self.shortcut: nn.Module = nn.Identity()
        if stride != 1 or channels_in != channels:
            self.shortcut = nn.Sequential(
                nn.Conv2d(channels_in, channels, 1, stride, bias=False), nn.BatchNorm2d(channels)
            )

    def forward(self, features: Tensor) -> Tensor:
        """Return features of half the side where the stride is 2."""
        inner = torch.relu(self.first_norm(self.first(features)))
        return torch.relu(self.second_norm(self.second(inner)) + self.shortcut(features))


class ScorerNetwork(nn.Module):  # type: ignore[misc]
    """Pixels → the share of each bin of like-rates, and an embedding of length 1."""

    def __init__(self, width: int) -> None:
        """Create it with random weights.

        Args:
            width: Channels of the first stage; 16 makes 0.3 million weights.
        """
        super().__init__()
        self.stem = nn.Sequential(
            nn.Conv2d(3, width, 5, 2, 2, bias=False), nn.BatchNorm2d(width), nn.ReLU()
        )
        channels = [width * stage for stage in _STAGES]
        self.stages = nn.Sequential(
            *(
                ResidualBlock(before, after, 1 if place == 0 else 2)
                for place, (before, after) in enumerate(
                    zip([width, *channels], channels, strict=False)
                )
            )
        )
        self.embedding = nn.Linear(channels[-1], EMBEDDING)
        self.head = nn.Linear(EMBEDDING, BINS)

    def forward(self, pixels: Tensor) -> tuple[Tensor, Tensor]:
        """Return logits [n, 10] and embeddings [n, 64], of any length.

        Args:
            pixels: uint8 [n, S, S, 3], RGB.
        """
        images = pixels.permute(0, 3, 1, 2).float() / 127.5 - 1.0
        features = self.stages(self.stem(images)).mean(dim=(2, 3))
        embeddings = self.embedding(features)
        return self.head(torch.relu(embeddings)), embeddings


class CalibratedScorer(nn.Module):  # type: ignore[misc]
    """What is exported: pixels → calibrated like-rate, distribution, embedding of length 1."""

    def __init__(self, network: ScorerNetwork, slope: float, intercept: float) -> None:
        """Wrap a trained network.

        Args:
            network: It.
            slope: What the logit of its score is multiplied by.
            intercept: What is added then.
        """
        super().__init__()
        self.network = network
        self.slope = slope
        self.intercept = intercept

    def forward(self, pixels: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Return aesthetic [n, 1], dist [n, 10] and emb [n, 64]."""
        logits, embeddings = self.network(pixels)
        distribution = torch.softmax(logits, dim=1)
        score = expected_score(distribution)
        calibrated = torch.sigmoid(self.slope * torch.logit(score) + self.intercept)
        length = embeddings.norm(dim=1, keepdim=True).clamp_min(1e-6)
        return calibrated.unsqueeze(1), distribution, embeddings / length


def expected_score(distribution: Tensor) -> Tensor:
    """Return the mean of a distribution [n, 10] over the middles of the bins: from 0.05 to 0.95."""
    middles = (torch.arange(BINS, device=distribution.device) + 0.5) / BINS
    return distribution @ middles


def squared_emd(logits: Tensor, targets: Tensor, weights: Tensor) -> Tensor:
    """Return the weighted mean of squared earth mover's distances.

    Args:
        logits: [n, 10].
        targets: Shares of the bins, [n, 10].
        weights: Of the images, [n].
    """
    gaps = torch.cumsum(torch.softmax(logits, dim=1) - targets, dim=1)
    return (gaps.square().mean(dim=1) * weights).sum() / weights.sum()
