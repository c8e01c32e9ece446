"""The model as MLServer runs it: a batch of pictures in, three tensors out."""

from __future__ import annotations

import asyncio
import base64
import binascii
import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
from mlserver import MLModel
from mlserver.codecs import NumpyCodec
from mlserver.errors import MLServerError
from mlserver.types import InferenceRequest, InferenceResponse
from numpy.typing import NDArray

from smashpass.core.errors import BadInput
from smashpass.scorer.dataset import Pixels
from smashpass.scoring.pixels import MODEL_FORMAT, UnreadablePicture, rgb_pixels

INPUT = "image"
OUTPUTS = {"aesthetic": 1, "dist": 10, "emb": 64}
"""Numbers for each picture."""
MOST_PICTURES = 32
"""In one request; the server puts requests together by itself."""

_AT_ONCE = 128
"""Pictures that go through the network together; more need more memory and are not faster."""


class ModelFile:
    """``model.onnx``, ready to be asked."""

    def __init__(self, path: Path) -> None:
        """Load it.

        Raises:
            BadInput: It cannot be read, or ``smashpass scorer export`` did not write it.
        """
        try:
            self._session = onnxruntime.InferenceSession(
                path.read_bytes(), providers=["CPUExecutionProvider"]
            )
        except OSError as error:
            raise BadInput(
                f"no exported model: {error.strerror}",
                where=str(path),
                hint=f"run `smashpass scorer export {path.parent}`",
            ) from error
        except Exception as error:  # onnxruntime has many, which share no base but this
            raise BadInput(f"not an ONNX model: {error}", where=str(path)) from error
        properties = self._session.get_modelmeta().custom_metadata_map
        if properties.get("smashpass.format") != MODEL_FORMAT:
            raise BadInput(
                f"not a model of the format {MODEL_FORMAT}",
                where=str(path),
                hint="export it with `smashpass scorer export`",
            )
        self.size = int(properties["smashpass.size"])
        self.version = properties["smashpass.weights_sha256"][:12]
        self._decoders = ThreadPoolExecutor(os.cpu_count() or 1)

    def answer(self, texts: Sequence[object]) -> dict[str, NDArray[np.float32]]:
        """Return the outputs for pictures, ``[n, numbers]``; NaN for those that cannot be read.

        Args:
            texts: Base64 of JPEG, PNG or WebP files.
        """
        squares = list(self._decoders.map(self._pixels, texts))
        readable = {place: square for place, square in enumerate(squares) if square is not None}
        columns = {
            name: np.full((len(texts), numbers), np.nan, np.float32)
            for name, numbers in OUTPUTS.items()
        }
        for start in range(0, len(readable), _AT_ONCE):
            places = list(readable)[start : start + _AT_ONCE]
            batch = np.stack([readable[place] for place in places])
            answers = self._session.run(list(columns), {"pixels": batch})
            for column, numbers in zip(columns.values(), answers, strict=True):
                column[places] = numbers
        return columns

    def _pixels(self, text: object) -> Pixels | None:
        """Return the pixels of one picture, None if it cannot be read."""
        if not isinstance(text, str):
            return None
        try:
            square = rgb_pixels(base64.b64decode(text, validate=True), self.size)
        except (binascii.Error, ValueError, UnreadablePicture):
            return None
        return np.frombuffer(square, np.uint8).reshape(self.size, self.size, 3)


class ScorerRuntime(MLModel):  # type: ignore[misc]
    """One model file in MLServer; ``parameters.uri`` names it."""

    async def load(self) -> bool:
        """Load the file and run it once, so that the first request is not slower than others."""
        self._model = ModelFile(Path(self.settings.parameters.uri))
        await asyncio.to_thread(self._model.answer, [""])
        return True

    async def predict(self, payload: InferenceRequest) -> InferenceResponse:
        """Answer one request, or several that the server put together.

        Works in a thread, so that the server still answers whether it is alive.
        """
        columns = await asyncio.to_thread(self._model.answer, list(payload.inputs[0].data))
        return InferenceResponse(
            id=payload.id,
            model_name=self.name,
            model_version=self.version,
            outputs=[NumpyCodec.encode_output(name, column) for name, column in columns.items()],
        )


def check_request(payload: InferenceRequest) -> None:
    """Bring a request into the one form that requests can be put together in.

    MLServer trusts the shapes of requests when it divides the answers between them, so a request
    with a wrong shape would get, and lose, numbers of others.

    Raises:
        MLServerError: It does not have one input ``image`` with 1 to 32 elements.
    """
    if len(payload.inputs) != 1 or payload.inputs[0].name != INPUT:
        raise MLServerError(f"the input must be {INPUT} and no other")
    tensor: Any = payload.inputs[0]
    shape = list(tensor.shape)
    if tensor.datatype != "BYTES" or shape[1:] not in ([], [1]) or not shape:
        raise MLServerError(f"{INPUT} must be BYTES of the shape [n, 1]")
    elements = tensor.data.root
    if isinstance(elements, list):
        elements = [
            element[0] if isinstance(element, list) and len(element) == 1 else element
            for element in elements
        ]
    if not isinstance(elements, list) or len(elements) != shape[0]:
        raise MLServerError(f"{INPUT} does not have the {shape[0]} elements of its shape")
    if not 1 <= len(elements) <= MOST_PICTURES:
        raise MLServerError(f"{len(elements)} pictures; 1 to {MOST_PICTURES} can be asked about")
    names = {output.name for output in payload.outputs or []}
    if names - set(OUTPUTS):
        raise MLServerError(f"the outputs are {', '.join(OUTPUTS)}")
    tensor.shape = [len(elements), 1]
    tensor.data.root = elements
    tensor.parameters = payload.parameters = payload.outputs = None
