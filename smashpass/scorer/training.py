"""Training: a file of training images → a model folder. Interrupted runs are resumed."""

from __future__ import annotations

import json
import os
import platform
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from smashpass.core.errors import BadInput, NotPossible
from smashpass.scorer.calibration import fit_calibration
from smashpass.scorer.dataset import Pixels, TrainingSet, load_pixels, read_training_set
from smashpass.scorer.model import (
    CALIBRATION,
    RUN,
    WEIGHTS,
    predict,
    sha256_of,
    write_json,
)
from smashpass.scorer.network import ScorerNetwork, squared_emd
from smashpass.scorer.targets import image_weights, target_distributions
from smashpass.services.training.training_set import TRAINING_FILE

CHECKPOINT = "checkpoint.pt"
LEAST_IMAGES = 50
"""Images with swipes that a training needs on each side of the split."""
_LEARNING_RATE = 4e-3
_DECAY = 0.05
_MOST_SHIFT = 4
"""Pixels that pictures are moved by at most, so that the network does not learn places by heart."""


@dataclass(frozen=True, slots=True)
class TrainingOptions:
    """How to train.

    Attributes:
        epochs: Times that each image is looked at.
        size: Side of the pictures in pixels.
        width: Channels of the first stage of the network; a multiple of 8, or PyTorch 2.13.0 on
            CPUs computes gradients very slowly or ends the process.
        batch: Images in a step.
        seed: The same seed, data, device and threads give the same weights on a CPU.
        device: ``cpu``, ``cuda``, or ``auto`` for CUDA where there is one.
    """

    epochs: int = 15
    size: int = 64
    width: int = 16
    batch: int = 64
    seed: int = 1
    device: str = "auto"


@dataclass(frozen=True, slots=True)
class EpochProgress:
    """How far a training is, after an epoch."""

    epoch: int
    epochs: int
    train_loss: float
    valid_loss: float
    images_per_second: float
    seconds_left: float


@dataclass(slots=True)
class _TrainingState:
    """What a checkpoint holds."""

    network: ScorerNetwork
    optimiser: torch.optim.AdamW
    schedule: torch.optim.lr_scheduler.OneCycleLR
    epoch: int = 0
    seconds: float = 0.0
    history: list[dict[str, float]] = field(default_factory=list)

    def save(self, path: Path, key: Mapping[str, Any]) -> None:
        """Write it beside, then rename."""
        partial = path.with_suffix(".partial")
        content = {
            "key": json.dumps(key, sort_keys=True),
            "network": self.network.state_dict(),
            "optimiser": self.optimiser.state_dict(),
            "schedule": self.schedule.state_dict(),
            "epoch": self.epoch,
            "seconds": self.seconds,
            "history": self.history,
        }
        torch.save(content, partial)
        partial.replace(path)

    def load(self, path: Path, key: Mapping[str, Any]) -> bool:
        """Take over what was saved; False if there is nothing, or it is of another training."""
        if not path.exists():
            return False
        content = torch.load(path, map_location="cpu", weights_only=True)
        if content["key"] != json.dumps(key, sort_keys=True):
            return False
        self.network.load_state_dict(content["network"])
        self.optimiser.load_state_dict(content["optimiser"])
        self.schedule.load_state_dict(content["schedule"])
        self.epoch, self.seconds = content["epoch"], content["seconds"]
        self.history = content["history"]
        return True


def train(
    folder: Path,
    options: TrainingOptions,
    *,
    progressed: Callable[[EpochProgress], None] = lambda _progress: None,
    decoded: Callable[[int], None] = lambda _count: None,
) -> dict[str, Any]:
    """Train a model on ``training.jsonl`` of a folder, and write the model into it.

    A checkpoint is written after each epoch; a run that was interrupted goes on after it if data
    and options are the same. Memory: the pictures are memory-mapped.

    Args:
        folder: The model folder.
        options: How.
        progressed: Is told after each epoch.
        decoded: Is told how many pictures are decoded.

    Returns:
        What ``run.json`` holds.

    Raises:
        BadInput: The file cannot be read, or has too few images with swipes.
        NotPossible: There is a model already, or no CUDA.
    """
    if (folder / WEIGHTS).exists():
        raise NotPossible(
            "there is a trained model already", where=str(folder), hint="choose another folder"
        )
    if options.width % 8:
        raise BadInput(f"the width {options.width} is not a multiple of 8")
    device = _device(options.device)
    images = read_training_set(folder / TRAINING_FILE)
    train_places, valid_places = _swiped(images, "train"), _swiped(images, "valid")
    # A validation split is a seventh of the one that is trained on.
    if len(train_places) < LEAST_IMAGES or len(valid_places) < LEAST_IMAGES // 7:
        raise BadInput(
            f"{len(train_places)} images with swipes to train on, and {len(valid_places)} to "
            "calibrate with, are too few",
            where=str(folder / TRAINING_FILE),
            hint=f"at least {LEAST_IMAGES} are needed, and 2,000 with 10 swipes each are useful",
        )
    pixels = load_pixels(images.images, options.size, folder / "pixels", decoded)
    torch.manual_seed(options.seed)
    torch.set_num_threads(os.cpu_count() or 1)
    state = _begin(options, len(train_places), device)
    key = asdict(options) | {"device": device.type, "data": images.sha256}
    resumed = state.load(folder / CHECKPOINT, key)
    targets, weights = _targets(images, train_places)
    while state.epoch < options.epochs:
        began = time.monotonic()
        train_loss = _epoch(state, pixels, train_places, targets, weights, options, device)
        valid_loss = _loss(state.network, pixels, valid_places, images, train_places, device)
        seconds = time.monotonic() - began
        state.epoch += 1
        state.seconds += seconds
        state.history.append({"train_loss": train_loss, "valid_loss": valid_loss})
        state.save(folder / CHECKPOINT, key)
        rate = len(train_places) / seconds
        left = (options.epochs - state.epoch) * seconds
        progressed(EpochProgress(state.epoch, options.epochs, train_loss, valid_loss, rate, left))
    run = _written(folder, state, images, pixels, valid_places, device, resumed=resumed)
    run |= {"options": asdict(options), "images_per_second": round(
        len(train_places) * options.epochs / state.seconds, 1)}  # fmt: skip
    write_json(folder / RUN, run)
    (folder / CHECKPOINT).unlink()
    return run


def _device(name: str) -> torch.device:
    """Return a device by its name; ``auto`` is CUDA where there is one."""
    if name == "cuda" and not torch.cuda.is_available():
        raise NotPossible("PyTorch finds no CUDA device", where="--device", hint="use --device cpu")
    if name == "auto":
        name = "cuda" if torch.cuda.is_available() else "cpu"
    return torch.device(name)


def _swiped(images: TrainingSet, split: Any) -> np.ndarray[Any, np.dtype[np.int64]]:
    """Return the places of the images of a split that have swipes."""
    places = images.places(split)
    return places[(images.smashes + images.passes)[places] > 0]


def _begin(options: TrainingOptions, images: int, device: torch.device) -> _TrainingState:
    network = ScorerNetwork(options.width).to(device)
    optimiser = torch.optim.AdamW(network.parameters(), lr=_LEARNING_RATE, weight_decay=_DECAY)
    steps = options.epochs * max(1, images // options.batch)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, _LEARNING_RATE, total_steps=steps + 1)
    return _TrainingState(network, optimiser, schedule)


def _targets(
    images: TrainingSet, places: np.ndarray[Any, np.dtype[np.int64]]
) -> tuple[Tensor, Tensor]:
    """Return targets [n, 10] and weights [n] of the images at ``places``."""
    smashes, passes = images.smashes[places], images.passes[places]
    rate = smashes.sum() / (smashes.sum() + passes.sum())
    distributions = target_distributions(smashes, passes, float(rate))
    weights = image_weights(smashes, passes)
    return torch.from_numpy(distributions).float(), torch.from_numpy(weights).float()


def _epoch(
    state: _TrainingState,
    pixels: Pixels,
    places: np.ndarray[Any, np.dtype[np.int64]],
    targets: Tensor,
    weights: Tensor,
    options: TrainingOptions,
    device: torch.device,
) -> float:
    """Look at each image once, in an order of the seed and the epoch; return the mean loss."""
    random = torch.Generator().manual_seed(options.seed * 1_000_003 + state.epoch)
    order = torch.randperm(len(places), generator=random)
    half_precision = device.type == "cuda"
    state.network.train()
    losses: list[float] = []
    for start in range(0, max(1, len(places) // options.batch) * options.batch, options.batch):
        chosen = order[start : start + options.batch]
        batch = torch.from_numpy(np.asarray(pixels[places[chosen.numpy()]])).to(device)
        batch = _varied(batch, random)
        with torch.autocast(device.type, dtype=torch.bfloat16, enabled=half_precision):
            logits, _ = state.network(batch)
        loss = squared_emd(logits.float(), targets[chosen].to(device), weights[chosen].to(device))
        state.optimiser.zero_grad(set_to_none=True)
        loss.backward()
        state.optimiser.step()
        state.schedule.step()
        losses.append(float(loss.detach()))
    return sum(losses) / len(losses)


def _varied(batch: Tensor, random: torch.Generator) -> Tensor:
    """Return pictures [n, S, S, 3], some of them mirrored, all moved by the same few pixels."""
    mirrored = torch.rand(len(batch), generator=random).to(batch.device) < 0.5
    batch = torch.where(mirrored[:, None, None, None], batch.flip(2), batch)
    down, right = torch.randint(-_MOST_SHIFT, _MOST_SHIFT + 1, (2,), generator=random).tolist()
    size = batch.shape[1]
    rows = (torch.arange(size, device=batch.device) - down).clamp(0, size - 1)
    columns = (torch.arange(size, device=batch.device) - right).clamp(0, size - 1)
    return batch[:, rows][:, :, columns]


def _loss(
    network: ScorerNetwork,
    pixels: Pixels,
    places: np.ndarray[Any, np.dtype[np.int64]],
    images: TrainingSet,
    train_places: np.ndarray[Any, np.dtype[np.int64]],
    device: torch.device,
) -> float:
    """Return the mean loss on images that are not trained on, with the prior of those that are."""
    smashes, passes = images.smashes, images.passes
    trained = smashes[train_places].sum(), passes[train_places].sum()
    distributions = target_distributions(
        smashes[places], passes[places], float(trained[0] / sum(trained))
    )
    weights = image_weights(smashes[places], passes[places])
    predicted = predict(network, pixels[places], device).distributions
    gaps = np.cumsum(predicted - distributions, axis=1)
    return float(np.average(np.square(gaps).mean(axis=1), weights=weights))


def _written(
    folder: Path,
    state: _TrainingState,
    images: TrainingSet,
    pixels: Pixels,
    valid_places: np.ndarray[Any, np.dtype[np.int64]],
    device: torch.device,
    *,
    resumed: bool,
) -> dict[str, Any]:
    """Calibrate the network, write calibration and weights, and return what is known of the run."""
    raw = predict(state.network, pixels[valid_places], device).scores
    calibration = fit_calibration(raw, images.smashes[valid_places], images.passes[valid_places])
    write_json(folder / CALIBRATION, asdict(calibration))
    partial = folder / f"{WEIGHTS}.partial"
    torch.save({name: value.cpu() for name, value in state.network.state_dict().items()}, partial)
    partial.replace(folder / WEIGHTS)
    counts = {
        split: {
            "images": len(images.places(split)),
            "swipes": int((images.smashes + images.passes)[images.places(split)].sum()),
        }
        for split in ("train", "valid", "test")
    }
    return {
        "weights_sha256": sha256_of(folder / WEIGHTS),
        "data": {"sha256": images.sha256, "about": dict(images.about), "splits": counts},
        "history": state.history,
        "seconds": round(state.seconds, 1),
        "resumed": resumed,
        "device": torch.cuda.get_device_name() if device.type == "cuda" else "cpu",
        "threads": torch.get_num_threads(),
        "torch": torch.__version__,
        "python": platform.python_version(),
    }
