"""The built-in scorer ``onnx``: runs one model file in this process, without any server.

The file is what ``smashpass scorer export`` writes: pixels in, ``aesthetic`` and ``emb`` out. At
the start only its header is read; onnxruntime is loaded with the first picture, so processes that
score nothing never load it, and nothing of it exists before a fork.
"""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Callable, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from smashpass.core.errors import BadSetting
from smashpass.core.library.embedding import KEY
from smashpass.scoring.hooks import PluginSettings, hookimpl
from smashpass.scoring.onnx_header import OnnxHeader, read_header
from smashpass.scoring.pixels import MODEL_FORMAT, UnreadablePicture, rgb_pixels
from smashpass.services.scoring.ports import (
    BATCH,
    INCOMPATIBLE,
    TIMEOUT,
    Item,
    Scorer,
    ScorerAnswer,
    ScorerFailed,
    ScorerHealth,
)

VARIABLE = "SMASHPASS_SCORER_ONNX"
LARGEST_SIDE = 1_024
INPUTS = {"pixels": "UINT8"}
OUTPUTS = {"aesthetic": "FP32", "emb": "FP32"}
"""What the file must have; other outputs are not read."""

_SHA256 = re.compile(r"[0-9a-f]{64}")

Pictures = Sequence[bytes]
Answers = tuple[Sequence[float], Sequence[Sequence[float]]]
"""For each picture its score, and its embedding."""


@hookimpl
def smashpass_scorers(settings: PluginSettings) -> list[Scorer]:
    """Return the scorer, if a file is set."""
    path = settings.values.get("scorer_onnx")
    return [OnnxScorer(Path(path))] if path else []


class OnnxScorer:
    """One model file. A file that is replaced is used from the next start of the process on."""

    name = "onnx"
    attributes = ("plugin.aesthetic",)
    needs = ("picture",)

    def __init__(self, path: Path) -> None:
        """Read the header of the file.

        Raises:
            BadSetting: It cannot be read or is not such a file, or onnxruntime is not installed.
        """
        self._path = path
        header = _checked_header(path)
        self.model = _name_of(path)
        self.version = header.metadata["smashpass.weights_sha256"][:12]
        self._size = int(header.metadata["smashpass.size"])
        self._lock = threading.Lock()
        self._run: Callable[[Pictures], Answers] | None = None

    def score(self, batch: Sequence[Item], deadline_s: float) -> list[ScorerAnswer | None]:
        """Return the scores of the pictures that can be read.

        Cost: about 1 ms a picture for reading it, and what the model takes, on one core.

        Raises:
            ScorerFailed: The time is over, or the model cannot be run.
        """
        until = time.monotonic() + deadline_s
        results: list[ScorerAnswer | None] = [None] * len(batch)
        for start in range(0, len(batch), BATCH):
            if time.monotonic() >= until:
                raise ScorerFailed(TIMEOUT, "the time is over", results[:start])
            readable: dict[int, bytes] = {}
            for place, item in enumerate(batch[start : start + BATCH], start):
                pixels = self._pixels(item.data())
                if pixels:
                    readable[place] = pixels
            if not readable:
                continue
            try:
                scores, embeddings = self._model()(list(readable.values()))
            except ScorerFailed as failure:
                failure.so_far = tuple(results[:start])
                raise
            for place, score, embedding in zip(readable, scores, embeddings, strict=True):
                results[place] = {"plugin.aesthetic": score, KEY: embedding}
        return results

    def health(self, _deadline_s: float = 2.0) -> ScorerHealth:
        """Load the model if that was not done before, and tell what came of it. Never raises.

        The deadline is not needed: loading takes well below a second.
        """
        try:
            self._model()
        except ScorerFailed as failure:
            return ScorerHealth(False, problem=str(failure))
        return ScorerHealth(True, versions=(self.version,), fills=self.attributes)

    def _pixels(self, data: bytes) -> bytes:
        """Return the pixels of a picture; b"" if there is none that can be read."""
        if not data:
            return b""
        try:
            return rgb_pixels(data, self._size)
        except UnreadablePicture:
            return b""

    def _model(self) -> Callable[[Pictures], Answers]:
        """Return the function that runs the model, loaded when it is first asked for."""
        with self._lock:
            if self._run is None:
                self._run = _loaded(self._path, self._size, self.version)
            return self._run


def _loaded(path: Path, size: int, version: str) -> Callable[[Pictures], Answers]:
    """Load the model.

    One thread: several processes share the cores, and each has several threads that ask.

    Raises:
        ScorerFailed: It cannot be loaded, or the file was replaced since the start.
    """
    import numpy as np
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    try:
        session: Any = onnxruntime.InferenceSession(
            path.read_bytes(), options, providers=["CPUExecutionProvider"]
        )
    except Exception as error:  # the runtime has many, which share no base but this
        raise ScorerFailed(INCOMPATIBLE, f"{path} cannot be loaded: {_line(error)}") from error
    properties = session.get_modelmeta().custom_metadata_map
    if not properties.get("smashpass.weights_sha256", "").startswith(version):
        raise ScorerFailed(INCOMPATIBLE, f"{path} was replaced: restart this process")

    def run(pictures: Pictures) -> Answers:
        pixels = np.frombuffer(b"".join(pictures), np.uint8)
        count = len(pictures)
        try:
            scores, vectors = session.run(
                list(OUTPUTS), {"pixels": pixels.reshape(count, size, size, 3)}
            )
        except Exception as error:  # as above
            raise ScorerFailed(INCOMPATIBLE, f"{path} cannot be run: {_line(error)}") from error
        if scores.shape != (count, 1) or vectors.ndim != 2 or len(vectors) != count:
            shapes = f"{list(scores.shape)} and {list(vectors.shape)}"
            raise ScorerFailed(INCOMPATIBLE, f"{path} answers {shapes} for {count} pictures")
        return scores[:, 0].tolist(), vectors.tolist()

    return run


def _name_of(path: Path) -> str:
    """Return what decisions call a model: its file, or the folder of one that is just "model"."""
    return path.stem if path.stem != "model" else path.absolute().parent.name or path.stem


def _checked_header(path: Path) -> OnnxHeader:
    """Return the header of a file that can be used.

    Raises:
        BadSetting: The file cannot be used, or onnxruntime is not installed.
    """
    try:
        header = read_header(path)
    except OSError as error:
        why = error.strerror or type(error).__name__
        raise _unusable(path, f"cannot be read: {why}", "correct the path, or unset it") from error
    except ValueError as error:
        raise _unusable(path, f"cannot be used: {error}") from error
    metadata = header.metadata
    if metadata.get("smashpass.format") != MODEL_FORMAT:
        stated = metadata.get("smashpass.format", "")
        raise _unusable(path, f"has the format {stated[:40]!r}, not {MODEL_FORMAT!r}")
    size, digest = metadata.get("smashpass.size", ""), metadata.get("smashpass.weights_sha256", "")
    if not (size.isascii() and size.isdigit() and 1 <= int(size[:9]) <= LARGEST_SIDE):
        raise _unusable(path, f"has the size {size[:40]!r}, not 1 to {LARGEST_SIDE} pixels")
    if not _SHA256.fullmatch(digest):
        raise _unusable(path, "does not name the SHA-256 of its weights")
    for role, stated_tensors, expected in (
        ("input", header.inputs, INPUTS),
        ("output", header.outputs, OUTPUTS),
    ):
        for name, kind in expected.items():
            if stated_tensors.get(name) != kind:
                raise _unusable(path, f"has no {role} {name} of type {kind}")
    if find_spec("onnxruntime") is None or find_spec("numpy") is None:
        raise BadSetting(
            "onnxruntime is not installed",
            where=VARIABLE,
            hint="pip install 'smashpass[onnx]', or unset it",
        )
    return header


def _unusable(
    path: Path, why: str, hint: str = "write it with `smashpass scorer export`"
) -> BadSetting:
    return BadSetting(f"the model file {path} {why}", where=VARIABLE, hint=hint)


def _line(error: Exception) -> str:
    """Return an exception as one short line."""
    return " ".join(str(error).split())[:200]
