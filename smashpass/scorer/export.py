"""From a model folder to one file that others run: ``model.onnx``, with a card that describes it.

The file takes ``pixels`` (UINT8 ``[n, S, S, 3]``) and gives ``aesthetic`` (FP32 ``[n, 1]``, the
calibrated like-rate), ``dist`` (``[n, 10]``) and ``emb`` (``[n, 64]``, of length 1).
"""

from __future__ import annotations

import json
import logging
import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from smashpass.clock import Clock, system_clock
from smashpass.core.errors import BadInput, NotPossible
from smashpass.core.timestamps import moment_text
from smashpass.scorer.dataset import Pixels, load_pixels, read_training_set
from smashpass.scorer.evaluation.evaluate import EVALUATION
from smashpass.scorer.model import TrainedModel, load_model, sha256_of, write_json
from smashpass.scoring.pixels import MODEL_FORMAT
from smashpass.services.training.training_set import TRAINING_FILE

MODEL = "model.onnx"
CARD = "card.json"
CARD_FORMAT = "smashpass-model-card/1"
OPSET = 18
OUTPUTS = ("aesthetic", "dist", "emb")
TOLERANCE = 1e-4
"""How far ONNX Runtime's numbers may be from PyTorch's."""

_COMPARED = 64
"""Pictures that both are asked about."""


def export(folder: Path, *, force: bool = False, clock: Clock = system_clock) -> dict[str, Any]:
    """Write ``model.onnx`` and ``card.json`` of an evaluated model.

    Args:
        folder: The model folder.
        force: Export a model that does not pass the gate too; its card says so.
        clock: Says when.

    Returns:
        What ``card.json`` holds.

    Raises:
        BadInput: There is no model, or no evaluation of it.
        NotPossible: It does not pass the gate, or the file does not compute what the model does.

    Cost: about 5 s.
    """
    model = load_model(folder)
    evaluation = read_evaluation(folder, model)
    failed = [check["text"] for check in evaluation["gate"]["checks"] if not check["passed"]]
    if failed and not force:
        raise NotPossible(
            f"model {model.version} does not pass the gate: {' '.join(failed).rstrip('.')}",
            where=str(folder),
            hint="train with more swipes, or export it all the same with --force",
        )
    data = read_training_set(folder / TRAINING_FILE)
    pixels = load_pixels(data.images, model.size, folder / "pixels")
    path = folder / MODEL
    partial = path.with_suffix(".partial")
    write_onnx(model, partial)
    difference = largest_difference(model, partial, pixels[:_COMPARED])
    if difference > TOLERANCE:
        partial.unlink()
        raise NotPossible(
            f"ONNX Runtime and PyTorch differ by {difference:.2g}, more than {TOLERANCE}",
            where=str(path),
            hint="report this with the versions of onnx, onnxruntime and torch",
        )
    partial.replace(path)
    card = {
        **_card(model, evaluation),
        "exported_at": moment_text(clock()),
        "forced": bool(failed),
        "onnx": {
            "file": MODEL,
            "sha256": sha256_of(path),
            "opset": OPSET,
            "size": model.size,
            "largest_difference_to_torch": difference,
        },
    }
    write_json(folder / CARD, card)
    return card


def read_evaluation(folder: Path, model: TrainedModel) -> dict[str, Any]:
    """Return the evaluation in a model folder.

    Raises:
        BadInput: There is none, or it is of other weights.
    """
    path = folder / EVALUATION
    hint = f"run `smashpass scorer evaluate {folder}`"
    try:
        evaluation: dict[str, Any] = json.loads(path.read_bytes())
        weights = evaluation["weights_sha256"]
    except OSError as error:
        raise BadInput(
            f"the model is not evaluated: {error.strerror}", where=str(path), hint=hint
        ) from error
    except (ValueError, KeyError, TypeError) as error:
        raise BadInput(f"not an evaluation: {error}", where=str(path), hint=hint) from error
    if weights != model.weights_sha256:
        raise BadInput(f"it is of other weights than {model.version}", where=str(path), hint=hint)
    return evaluation


def write_onnx(model: TrainedModel, path: Path) -> None:
    """Write a model as ONNX, with what a reader must know about it in its metadata."""
    import onnx
    import onnxscript  # noqa: F401 - PyTorch's exporter needs it, and says so less clearly
    import torch

    # The exporter tells of each operator of torchvision that it goes without.
    logging.getLogger("torch.onnx._internal.exporter._registration").setLevel(logging.ERROR)
    # Two pictures, because an example of one would make the batch size a constant.
    example = torch.zeros((2, model.size, model.size, 3), dtype=torch.uint8)
    with warnings.catch_warnings():
        # PyTorch's exporter tells of its own deprecations; nobody can do anything about them.
        warnings.filterwarnings("ignore", category=DeprecationWarning, module=r"torch|onnx|copyreg")
        warnings.filterwarnings("ignore", category=FutureWarning, module=r"torch|copyreg")
        program = torch.onnx.export(
            model.exported(),
            (example,),
            input_names=["pixels"],
            output_names=list(OUTPUTS),
            dynamic_shapes=({0: torch.export.Dim("n")},),
            opset_version=OPSET,
            dynamo=True,
            verbose=False,
        )
    proto = program.model_proto
    onnx.helper.set_model_props(
        proto,
        {
            "smashpass.format": MODEL_FORMAT,
            "smashpass.size": str(model.size),
            "smashpass.weights_sha256": model.weights_sha256,
        },
    )
    onnx.checker.check_model(proto)
    path.write_bytes(proto.SerializeToString())


def largest_difference(model: TrainedModel, path: Path, pixels: Pixels) -> float:
    """Return how far the file's numbers are from the model's, for pictures one by one and together.

    Args:
        model: What the file was made from.
        path: The ONNX file.
        pixels: Real pictures, ``[n, S, S, 3]``, at least one.
    """
    import onnxruntime
    import torch

    session = onnxruntime.InferenceSession(path.read_bytes(), providers=["CPUExecutionProvider"])
    exported = model.exported()
    difference = 0.0
    for batch in (np.array(pixels[:1]), np.array(pixels)):
        answers = session.run(list(OUTPUTS), {"pixels": batch})
        with torch.inference_mode():
            expected = exported(torch.from_numpy(batch))
        for answer, tensor in zip(answers, expected, strict=True):
            difference = max(difference, float(np.abs(answer - tensor.numpy()).max()))
    return difference


def _card(model: TrainedModel, evaluation: Mapping[str, Any]) -> dict[str, Any]:
    """Return what the card says of the run and its evaluation."""
    run = model.run
    return {
        "format": CARD_FORMAT,
        "name": "smashpass",
        "version": model.version,
        "weights_sha256": model.weights_sha256,
        "contract": MODEL_FORMAT,
        "intended_use": "To predict how the viewers of this installation will swipe on pictures of "
        "this library.",
        "not_for": "Measuring the beauty of people, judging anybody, pictures of real people, or "
        "other libraries and audiences.",
        "training_data": {
            "licence": "The installation's own swipes on its own pictures; no other data and no "
            "weights of others.",
            "sha256": run["data"]["sha256"],
            "about": run["data"]["about"],
            "splits": run["data"]["splits"],
        },
        "training": {
            key: run[key]
            for key in ("options", "seconds", "images_per_second", "device", "torch", "python")
        },
        "gate": evaluation["gate"],
        "test": evaluation["test"],
        "figures": evaluation["predictors"]["model"]["figures"],
        "difference_to_tags_only": evaluation["difference"],
        "noise_ceiling": evaluation["noise_ceiling"],
    }
