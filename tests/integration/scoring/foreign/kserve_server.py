"""KServe's own server, with a model of a few lines. Runs in the environment of KServe."""

from __future__ import annotations

import base64

import numpy as np
from kserve import InferOutput, InferRequest, InferResponse, Model, ModelServer

OUTPUTS = (
    ("brightness", "FP32", [-1, 1]),
    ("First-Byte", "FP32", [-1, 1]),
    ("embedding", "FP32", [-1, 4]),
)


class Pictures(Model):
    """Gives each picture numbers that are made of its bytes."""

    def __init__(self) -> None:
        super().__init__("pictures")
        self.ready = True

    def get_input_types(self) -> list[dict]:
        return [{"name": "image", "datatype": "BYTES", "shape": [-1, 1]}]

    def get_output_types(self) -> list[dict]:
        return [
            {"name": name, "datatype": datatype, "shape": shape}
            for name, datatype, shape in OUTPUTS
        ]

    async def predict(self, payload: InferRequest, *_headers, **_more_headers) -> InferResponse:
        pictures = [
            np.frombuffer(base64.b64decode(text), np.uint8)
            for text in np.asarray(payload.inputs[0].data).reshape(-1)
        ]
        sums = np.array([[picture.sum(dtype=np.uint64) % 9_973] for picture in pictures])
        columns = (
            sums.astype(np.float32) / np.float32(9_973),
            np.array([[picture[0]] for picture in pictures], np.float32) / np.float32(255),
            np.array([picture[:4] for picture in pictures], np.float32),
        )
        outputs = []
        for (name, datatype, _), column in zip(OUTPUTS, columns, strict=True):
            output = InferOutput(name=name, shape=list(column.shape), datatype=datatype)
            output.set_data_from_numpy(column, binary_data=False)
            outputs.append(output)
        return InferResponse(payload.id, self.name, outputs, model_version="v2")


if __name__ == "__main__":
    ModelServer().start([Pictures()])
