"""A model of a few lines for MLServer. Runs in the environment of MLServer."""

from __future__ import annotations

import base64

import numpy as np
from mlserver import MLModel
from mlserver.codecs import NumpyCodec
from mlserver.types import InferenceRequest, InferenceResponse


class PictureRuntime(MLModel):
    """Gives each picture numbers that are made of its bytes."""

    async def predict(self, payload: InferenceRequest) -> InferenceResponse:
        pictures = [
            np.frombuffer(base64.b64decode(text), np.uint8) for text in payload.inputs[0].data
        ]
        sums = np.array([[picture.sum(dtype=np.uint64) % 9_973] for picture in pictures])
        columns = {
            "brightness": sums.astype(np.float32) / np.float32(9_973),
            "First-Byte": np.array([[picture[0]] for picture in pictures], np.float32)
            / np.float32(255),
            "embedding": np.array([picture[:4] for picture in pictures], np.float32),
        }
        return InferenceResponse(
            id=payload.id,
            model_name=self.name,
            model_version=self.version,
            outputs=[NumpyCodec.encode_output(name, column) for name, column in columns.items()],
        )
