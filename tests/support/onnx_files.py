"""Small model files as ``smashpass scorer export`` writes them; scores are brightness."""

from __future__ import annotations

from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path

SIZE = 8
WEIGHTS_SHA256 = sha256(b"weights").hexdigest()


def write_model(
    path: Path,
    *,
    metadata: Mapping[str, str] | None = None,
    score: str = "aesthetic",
    pixels: str = "UINT8",
) -> Path:
    """Write a model: the score is the mean of all channels, the embedding that of each channel.

    Args:
        path: The file.
        metadata: Properties that replace those of a file that can be used.
        score: Name of the output of the score.
        pixels: The type of the input.
    """
    import numpy as np
    from onnx import TensorProto, checker, helper, numpy_helper, save

    means = np.zeros((3, 64), np.float32)
    means[:, :3] = np.eye(3)
    constants = [
        numpy_helper.from_array(np.array([1, 2], np.int64), "sides"),
        numpy_helper.from_array(np.array([1], np.int64), "channels"),
        numpy_helper.from_array(np.array(255, np.float32), "white"),
        numpy_helper.from_array(means, "spread"),
        numpy_helper.from_array(np.full((3, 10), 1 / 30, np.float32), "bins"),
    ]
    nodes = [
        helper.make_node("Cast", ["pixels"], ["numbers"], to=TensorProto.FLOAT),
        helper.make_node("ReduceMean", ["numbers", "sides"], ["levels"], keepdims=0),
        helper.make_node("Div", ["levels", "white"], ["shares"]),
        helper.make_node("ReduceMean", ["shares", "channels"], [score], keepdims=1),
        helper.make_node("MatMul", ["shares", "spread"], ["emb"]),
        helper.make_node("MatMul", ["shares", "bins"], ["dist"]),
    ]
    kind = {"UINT8": TensorProto.UINT8, "FP32": TensorProto.FLOAT}[pixels]
    graph = helper.make_graph(
        nodes,
        "brightness",
        [helper.make_tensor_value_info("pixels", kind, ["n", SIZE, SIZE, 3])],
        [
            helper.make_tensor_value_info(name, TensorProto.FLOAT, ["n", width])
            for name, width in ((score, 1), ("dist", 10), ("emb", 64))
        ],
        constants,
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=10)
    checker.check_model(model)
    properties = {
        "smashpass.format": "smashpass-score/1",
        "smashpass.size": str(SIZE),
        "smashpass.weights_sha256": WEIGHTS_SHA256,
    }
    helper.set_model_props(model, properties | dict(metadata or {}))
    save(model, str(path))
    return path
