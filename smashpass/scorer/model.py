"""A model folder: what is in it, and a trained model read from it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from smashpass.core.errors import BadInput
from smashpass.scorer.calibration import Calibration
from smashpass.scorer.dataset import Pixels
from smashpass.scorer.network import CalibratedScorer, ScorerNetwork, expected_score

RUN = "run.json"
WEIGHTS = "weights.pt"
CALIBRATION = "calibration.json"
VERSION_DIGITS = 12
"""Hex digits of the weights' SHA-256 that are the version of a model."""
_BATCH = 256


@dataclass(frozen=True, slots=True)
class Predictions:
    """What a network says of images, in their order.

    Attributes:
        scores: Expected like-rates, [n], between 0 and 1, exclusive.
        distributions: Shares of the ten bins, [n, 10].
        embeddings: Of length 1, [n, 64].
    """

    scores: NDArray[np.float64]
    distributions: NDArray[np.float64]
    embeddings: NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class TrainedModel:
    """A trained model.

    Attributes:
        folder: Where it is from.
        network: With the weights, on the CPU, not training.
        size: Side of the pictures in pixels.
        calibration: What makes its scores mean what they say.
        run: ``run.json``.
    """

    folder: Path
    network: ScorerNetwork
    size: int
    calibration: Calibration
    run: Mapping[str, Any]

    @property
    def weights_sha256(self) -> str:
        """Of the file of weights, hex; its beginning is the version."""
        return str(self.run["weights_sha256"])

    @property
    def version(self) -> str:
        """What decisions call this model."""
        return self.weights_sha256[:VERSION_DIGITS]

    def predict(self, pixels: Pixels) -> Predictions:
        """Return what the model says of pictures [n, S, S, 3]; the scores are calibrated."""
        predictions = predict(self.network, pixels, torch.device("cpu"))
        return Predictions(
            self.calibration.apply(predictions.scores),
            predictions.distributions,
            predictions.embeddings,
        )

    def exported(self) -> CalibratedScorer:
        """Return what is exported: pixels → aesthetic, dist, emb."""
        scorer = CalibratedScorer(self.network, self.calibration.slope, self.calibration.intercept)
        scorer.eval()
        return scorer


def load_model(folder: Path) -> TrainedModel:
    """Read a model folder.

    Raises:
        BadInput: It holds no trained model, or its files do not belong together.
    """
    try:
        run = json.loads((folder / RUN).read_bytes())
        calibration = Calibration(**json.loads((folder / CALIBRATION).read_bytes()))
        digest = sha256_of(folder / WEIGHTS)
        if digest != run["weights_sha256"]:
            raise BadInput(
                f"{WEIGHTS} has the SHA-256 {digest[:VERSION_DIGITS]}…, and {RUN} says "
                f"{run['weights_sha256'][:VERSION_DIGITS]}…",
                where=str(folder),
                hint="train again",
            )
        network = ScorerNetwork(run["options"]["width"])
        # Only tensors are read: a pickle could hold anything.
        weights = torch.load(folder / WEIGHTS, map_location="cpu", weights_only=True)
        network.load_state_dict(weights)
    except OSError as error:
        raise BadInput(
            f"no trained model: {error.strerror}: {error.filename}",
            where=str(folder),
            hint="train one with `smashpass scorer train --out FOLDER`",
        ) from error
    except (ValueError, KeyError, TypeError, RuntimeError) as error:
        raise BadInput(
            f"not a model: {type(error).__name__}: {error}", where=str(folder), hint="train again"
        ) from error
    return TrainedModel(folder, network.eval(), run["options"]["size"], calibration, run)


def predict(network: ScorerNetwork, pixels: Pixels, device: torch.device) -> Predictions:
    """Return what a network says of pictures [n, S, S, 3]; the scores are not calibrated."""
    network.eval()
    scores, distributions, embeddings = [], [], []
    with torch.inference_mode():
        for start in range(0, len(pixels), _BATCH):
            batch = torch.from_numpy(np.array(pixels[start : start + _BATCH])).to(device)
            logits, vectors = network(batch)
            shares = torch.softmax(logits.float(), dim=1)
            scores.append(expected_score(shares).double().cpu().numpy())
            distributions.append(shares.double().cpu().numpy())
            unit = vectors.float() / vectors.float().norm(dim=1, keepdim=True).clamp_min(1e-6)
            embeddings.append(unit.double().cpu().numpy())
    return Predictions(
        np.concatenate(scores), np.concatenate(distributions), np.concatenate(embeddings)
    )


def sha256_of(path: Path) -> str:
    """Return the SHA-256 of a file, hex."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def write_json(path: Path, content: object) -> None:
    """Write a JSON file for people to read, beside and then renamed."""
    partial = path.with_suffix(".partial")
    partial.write_text(json.dumps(content, indent=2, ensure_ascii=False) + "\n", "utf-8")
    partial.replace(path)
