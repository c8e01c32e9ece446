"""What the model server of ``model_server.py`` says of its models, by their names."""

from __future__ import annotations

import json

SERVER = {"name": "fault server", "version": "1.5", "extensions": ["statistics"]}
IMAGE = {"name": "image", "datatype": "BYTES", "shape": [-1, 1]}
AESTHETIC = {"name": "aesthetic", "datatype": "FP32", "shape": [-1, 1]}
SHARP = {"name": "sharp", "datatype": "FP32", "shape": [-1]}
DIST = {"name": "dist", "datatype": "FP32", "shape": [-1, 2]}
LABEL = {"name": "label", "datatype": "BYTES", "shape": [-1, 1]}
PIXELS = {"name": "pixels", "datatype": "FP32", "shape": [-1, 3, 64, 64]}


def metadata(*outputs: dict, inputs=(IMAGE,)) -> dict:
    return {"name": "m", "versions": ["7"], "inputs": list(inputs), "outputs": list(outputs)}


METADATA = {
    "declared": metadata(AESTHETIC, DIST, LABEL),
    "declared_all": metadata(AESTHETIC, SHARP),
    "declared_doubles": metadata(AESTHETIC, SHARP),
    "declared_wrong_shape": metadata(AESTHETIC, SHARP),
    "declared_named": metadata(AESTHETIC | {"name": "Aesthetic-Score"}, SHARP),
    "declared_nothing": metadata(inputs=()),
    "not_ready": metadata(AESTHETIC),
    "takes_pixels": metadata(AESTHETIC, inputs=(PIXELS,)),
    "takes_text_too": metadata(AESTHETIC, inputs=(IMAGE | {"name": "text"}, IMAGE)),
    "other_datatype": metadata(AESTHETIC, inputs=(IMAGE | {"datatype": "UINT8"},)),
    "metadata_odd": {"versions": 7, "inputs": ["image"], "outputs": {"a": 1}},
    "metadata_list": [],
    "metadata_huge": metadata(AESTHETIC) | {"platform": " " * 2_000_000},
}


def server_document(base: str) -> bytes:
    """Return what the server says of itself; below ``/binary`` it knows binary tensors."""
    extensions = ["binary_tensor_data"] if base.endswith("/binary") else []
    return json.dumps(SERVER | {"extensions": [*SERVER["extensions"], *extensions]}).encode()
