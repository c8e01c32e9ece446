"""The other side of the wire, written slowly and plainly: what model servers do with tensors."""

from __future__ import annotations

import base64
import json
import struct

LENGTH = "Inference-Header-Content-Length"


def read_question(headers, body: bytes) -> tuple[dict, list[bytes]]:
    """Return the document of a request, and the pictures in it."""
    if headers.get(LENGTH) is None:
        question = json.loads(body)
        return question, [base64.b64decode(text) for text in question["inputs"][0]["data"]]
    length = int(headers[LENGTH])
    question = json.loads(body[:length])
    rest = body[length:]
    assert question["inputs"][0]["parameters"]["binary_data_size"] == len(rest)
    pictures = []
    while rest:
        size = rest[0] + 256 * rest[1] + 256**2 * rest[2] + 256**3 * rest[3]
        assert len(rest) >= 4 + size
        pictures.append(rest[4 : 4 + size])
        rest = rest[4 + size :]
    return question, pictures


def write_binary(answer: dict) -> tuple[bytes, int]:
    """Return the body of an answer with all its outputs as bytes, and the size of its document."""
    outputs = []
    tensors = b""
    for output in answer["outputs"]:
        entry = dict(output)
        tensor = b""
        for element in entry.pop("data"):
            if output["datatype"] == "BYTES":
                tensor += struct.pack("<I", len(element)) + element.encode()
            else:
                tensor += struct.pack("<d" if output["datatype"] == "FP64" else "<f", element)
        entry["parameters"] = {"binary_data_size": len(tensor)}
        outputs.append(entry)
        tensors += tensor
    document = json.dumps(answer | {"outputs": outputs}).encode()
    return document + tensors, len(document)
