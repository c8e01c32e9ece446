"""Triton, as PyTriton brings it, with a model of a few lines. Runs in PyTriton's environment."""

from __future__ import annotations

import base64
import sys

import numpy as np
from pytriton.decorators import batch
from pytriton.model_config import DynamicBatcher, ModelConfig, Tensor
from pytriton.triton import Triton, TritonConfig


def content(element: bytes) -> np.ndarray:
    """Return the bytes of a picture: WebP files begin with RIFF, base64 texts of them with UklG."""
    data = base64.b64decode(element) if element.startswith(b"UklG") else element
    return np.frombuffer(data, np.uint8)


@batch
def infer(image: np.ndarray) -> dict[str, np.ndarray]:
    pictures = [content(element) for element in image.reshape(-1)]
    sums = np.array([[picture.sum(dtype=np.uint64) % 9_973] for picture in pictures])
    return {
        "brightness": sums.astype(np.float32) / np.float32(9_973),
        "First-Byte": np.array([[picture[0]] for picture in pictures], np.float32)
        / np.float32(255),
        "embedding": np.array([picture[:4] for picture in pictures], np.float32),
    }


if __name__ == "__main__":
    config = TritonConfig(
        http_address="127.0.0.1",
        http_port=int(sys.argv[1]),
        allow_grpc=False,
        allow_metrics=False,
    )
    with Triton(config=config) as triton:
        triton.bind(
            model_name="pictures",
            infer_func=infer,
            inputs=[Tensor(name="image", dtype=bytes, shape=(1,))],
            outputs=[
                Tensor(name="brightness", dtype=np.float32, shape=(1,)),
                Tensor(name="First-Byte", dtype=np.float32, shape=(1,)),
                Tensor(name="embedding", dtype=np.float32, shape=(4,)),
            ],
            config=ModelConfig(
                max_batch_size=64, batcher=DynamicBatcher(max_queue_delay_microseconds=2_000)
            ),
        )
        triton.serve()
