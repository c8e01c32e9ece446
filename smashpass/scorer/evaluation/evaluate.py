"""How good is a model on pictures that it has not learnt from, and what would do without it?

Everything is measured on the test split of the training images: the model, three baselines, the
differences between model and tags only, and both by tag. Each figure has a 95 % interval from
``RESAMPLES`` draws of whole images.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from smashpass.core.errors import BadInput
from smashpass.core.tags.names import namespace_of
from smashpass.scorer.dataset import Split, TrainingSet, load_pixels, read_training_set
from smashpass.scorer.evaluation import metrics
from smashpass.scorer.evaluation.baselines import TagRegression, constant, popularity, tags_only
from smashpass.scorer.evaluation.bootstrap import LEVEL, RESAMPLES, Draw, Estimate, intervals
from smashpass.scorer.evaluation.gate import Slice, judge
from smashpass.scorer.evaluation.metrics import Counts, Floats
from smashpass.scorer.model import load_model, write_json
from smashpass.scorer.targets import target_distributions
from smashpass.services.training.training_set import TRAINING_FILE

FORMAT = "smashpass-evaluation/1"
EVALUATION = "evaluation.json"
PREDICTIONS = "predictions.jsonl"
SEED = 1
LEAST_IMAGES = 20
SLICE_IMAGES = 60
"""Test images that a tag must have to be looked at by itself."""

_POPULARITY_NOTE = (
    "from half of each image's own swipes, judged by the other half; not available for new images"
)


@dataclass(frozen=True)
class SwipedImages:
    """Images of one split with at least one swipe; all in the same order.

    Attributes:
        tags: Of each image.
        smashes: ``[n]``.
        passes: ``[n]``.
    """

    tags: Sequence[Sequence[str]]
    smashes: Counts
    passes: Counts

    @property
    def like_rates(self) -> Floats:
        """The share of smashes among the swipes of each image, ``[n]``."""
        rates: Floats = self.smashes / (self.smashes + self.passes)
        return rates


def evaluate(folder: Path) -> dict[str, Any]:
    """Evaluate the model of a folder and write ``evaluation.json`` and ``predictions.jsonl``.

    Returns:
        What ``evaluation.json`` holds.

    Raises:
        BadInput: The folder holds no model, or there are too few test images with swipes.

    Cost: on two cores about a minute for 20,000 images, most of it for the intervals.
    """
    model = load_model(folder)
    data = read_training_set(folder / TRAINING_FILE)
    if data.sha256 != model.run["data"]["sha256"]:
        raise BadInput(
            f"{TRAINING_FILE} is not the file that the model was trained on",
            where=str(folder),
            hint="put it back, or train again in another folder",
        )
    places = swiped_places(data, "test")
    test = swiped_images(data, places)
    if len(places) < LEAST_IMAGES or not test.smashes.any() or not test.passes.any():
        raise BadInput(
            f"{len(places)} test images with {test.smashes.sum():,} smashes and "
            f"{test.passes.sum():,} passes are too few to judge a model by",
            where=str(folder / TRAINING_FILE),
            hint=f"at least {LEAST_IMAGES} images with both are needed",
        )
    pixels = load_pixels(data.images, model.size, folder / "pixels")
    predictions = model.predict(pixels[places])
    evaluation = {
        "format": FORMAT,
        "version": model.version,
        "weights_sha256": model.weights_sha256,
        "data_sha256": data.sha256,
        **compare(
            swiped_images(data, swiped_places(data, "train")),
            swiped_images(data, swiped_places(data, "valid")),
            test,
            predictions.scores,
            predictions.distributions,
        ),
    }
    _write_predictions(folder / PREDICTIONS, data, places, predictions.scores)
    write_json(folder / EVALUATION, evaluation)
    return evaluation


def swiped_places(data: TrainingSet, split: Split) -> NDArray[np.int64]:
    """Return the places of the images of a split that somebody has swiped."""
    places = data.places(split)
    return places[(data.smashes + data.passes)[places] > 0]


def swiped_images(data: TrainingSet, places: NDArray[np.int64]) -> SwipedImages:
    """Return the images at these places."""
    tags = [data.images[place].tags for place in places]
    return SwipedImages(tags, data.smashes[places], data.passes[places])


def compare(
    train: SwipedImages,
    valid: SwipedImages,
    test: SwipedImages,
    scores: Floats,
    distributions: Floats,
) -> dict[str, Any]:
    """Return all figures of a model and its baselines, and whether it passes the gate.

    Args:
        train: What the baselines learn from.
        valid: What chooses the penalty of tags only.
        test: What everything is judged by.
        scores: The model's calibrated scores of the test images, ``[n]``.
        distributions: The model's distributions of them, ``[n, 10]``.
    """
    regression = tags_only(
        (train.tags, train.smashes, train.passes), (valid.tags, valid.smashes, valid.passes)
    )
    tag_scores = regression.scores(test.tags)
    figures = _Figures(train, test, scores, distributions, tag_scores)
    estimates = intervals(figures, len(scores), SEED)
    slices = slices_by_tag(test, scores, tag_scores)
    error = metrics.ece(scores, test.smashes, test.passes)
    checks = judge(estimates["difference.auc"], error, slices)
    ceiling = metrics.noise_ceiling(test.smashes, test.passes, SEED)
    return {
        "seed": SEED,
        "resamples": RESAMPLES,
        "level": LEVEL,
        "test": _size(test),
        "gate": {
            "passed": all(check.passed for check in checks),
            "checks": [asdict(check) for check in checks],
        },
        "predictors": {
            "model": {"note": "", "figures": _of(estimates, "model")},
            "tags_only": {
                "note": _regression_note(regression),
                "figures": _of(estimates, "tags_only"),
            },
            "popularity": {"note": _POPULARITY_NOTE, "figures": _of(estimates, "popularity")},
            "constant": {
                "note": "the like-rate of the training images",
                "figures": _of(estimates, "constant"),
            },
        },
        "difference": _of(estimates, "difference"),
        "noise_ceiling": None if math.isnan(ceiling) else ceiling,
        "reliability": [
            asdict(point) for point in metrics.reliability(scores, test.smashes, test.passes)
        ],
        "slices": [
            asdict(part) | {"judged": part.is_judged, "worse": part.is_worse} for part in slices
        ],
    }


class _Figures:
    """All figures of a draw of test images, by the name of predictor and measure."""

    def __init__(
        self,
        train: SwipedImages,
        test: SwipedImages,
        scores: Floats,
        distributions: Floats,
        tag_scores: Floats,
    ) -> None:
        rate = constant(train.smashes, train.passes)
        learnt = target_distributions(train.smashes, train.passes, rate).mean(axis=0)
        self._targets = target_distributions(test.smashes, test.passes, rate)
        self._distributions = {
            "model": distributions,
            "constant": np.tile(learnt, (len(scores), 1)),
        }
        halved = popularity(test.smashes, test.passes, rate, SEED)
        self._predictors = {
            "model": (scores, test.smashes, test.passes),
            "tags_only": (tag_scores, test.smashes, test.passes),
            "popularity": (halved.scores, halved.smashes, halved.passes),
            "constant": (np.full(len(scores), rate), test.smashes, test.passes),
        }

    def __call__(self, draw: Draw) -> dict[str, float]:
        figures: dict[str, float] = {}
        for predictor, (scores, smashes, passes) in self._predictors.items():
            for name, value in _measured(scores[draw], smashes[draw], passes[draw]).items():
                figures[f"{predictor}.{name}"] = value
        for predictor, distributions in self._distributions.items():
            figures[f"{predictor}.emd"] = metrics.squared_emd(
                distributions[draw], self._targets[draw]
            )
        for name in ("auc", "srcc", "lcc", "brier", "ece"):
            figures[f"difference.{name}"] = figures[f"model.{name}"] - figures[f"tags_only.{name}"]
        return figures


def _measured(scores: Floats, smashes: Counts, passes: Counts) -> dict[str, float]:
    rates = smashes / (smashes + passes)
    return {
        "auc": metrics.auc(scores, smashes, passes),
        "srcc": metrics.srcc(scores, rates),
        "lcc": metrics.lcc(scores, rates),
        "brier": metrics.brier(scores, smashes, passes),
        "ece": metrics.ece(scores, smashes, passes),
    }


def slices_by_tag(test: SwipedImages, scores: Floats, tag_scores: Floats) -> list[Slice]:
    """Compare model and tags only on the images of each tag that ``SLICE_IMAGES`` of them have."""
    places: dict[str, list[int]] = {}
    for place, tags in enumerate(test.tags):
        for tag in tags:
            places.setdefault(tag, []).append(place)
    slices = []
    for tag, members in sorted(places.items(), key=lambda item: (namespace_of(item[0]), item[0])):
        if len(members) < SLICE_IMAGES:
            continue
        chosen = np.array(members)
        estimates = intervals(
            _AucPair(scores[chosen], tag_scores[chosen], test.smashes[chosen], test.passes[chosen]),
            len(chosen),
            SEED,
        )
        slices.append(
            Slice(
                tag,
                namespace_of(tag),
                len(chosen),
                int((test.smashes + test.passes)[chosen].sum()),
                estimates["model"].value,
                estimates["tags_only"].value,
                estimates["difference"],
            )
        )
    return slices


@dataclass(frozen=True)
class _AucPair:
    scores: Floats
    tag_scores: Floats
    smashes: Counts
    passes: Counts

    def __call__(self, draw: Draw) -> dict[str, float]:
        smashes, passes = self.smashes[draw], self.passes[draw]
        model = metrics.auc(self.scores[draw], smashes, passes)
        baseline = metrics.auc(self.tag_scores[draw], smashes, passes)
        return {"model": model, "tags_only": baseline, "difference": model - baseline}


def _of(estimates: Mapping[str, Estimate], predictor: str) -> dict[str, Any]:
    start = f"{predictor}."
    return {
        name.removeprefix(start): asdict(estimate)
        for name, estimate in estimates.items()
        if name.startswith(start)
    }


def _regression_note(regression: TagRegression) -> str:
    return (
        f"logistic regression over {len(regression.weights):,} tags, penalty "
        f"{regression.penalty:g} chosen on the validation images"
    )


def _size(test: SwipedImages) -> dict[str, Any]:
    return {
        "images": len(test.smashes),
        "swipes": int(test.smashes.sum() + test.passes.sum()),
        "like_rate": constant(test.smashes, test.passes),
    }


def _write_predictions(
    path: Path, data: TrainingSet, places: NDArray[np.int64], scores: Floats
) -> None:
    """Write one line for each test image: what was predicted, and what its viewers said."""
    rows = [
        {
            "image": data.images[place].image,
            "score": float(score),
            "smashes": data.images[place].smashes,
            "passes": data.images[place].passes,
        }
        for place, score in zip(places, scores, strict=True)
    ]
    partial = path.with_suffix(".partial")
    lines = [json.dumps(row, ensure_ascii=False) + "\n" for row in rows]
    partial.write_text("".join(lines), "utf-8")
    partial.replace(path)
