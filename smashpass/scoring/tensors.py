"""Requests and answers of the Open Inference Protocol v2 as bytes: JSON, or with binary tensors.

The binary form is that of the protocol's binary tensor data extension: a JSON document whose length
the header ``Inference-Header-Content-Length`` gives, and behind it the tensors in their order,
little-endian, ``binary_data_size`` bytes each. An element of type BYTES has its length in front, in
4 bytes. An answer is untrusted: a length that is not that of the content refuses all of it.
"""

from __future__ import annotations

import base64
import json
import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import prod
from typing import Any

from smashpass.services.scoring.ports import BAD_ANSWER, ScorerFailed

LENGTH_HEADER = "Inference-Header-Content-Length"
FP32 = "FP32"
_FP32_BYTES = 4
MOST_OUTPUTS = 256
"""Outputs of an answer; what all of them say is kept for each picture."""

_MOST_SIDES = 8
_LONGEST_SIDE = 1_000_000


@dataclass(frozen=True, slots=True)
class OutputTensor:
    """One output of an answer.

    Attributes:
        name: What the model calls it.
        datatype: Such as ``FP32``; "" if the answer has none.
        shape: Its sides; None if the answer has none that can be read.
        data: Its elements as the server wrote them, the first side outermost; None if there are
            none that can be read, or they are binary and not FP32.
    """

    name: str
    datatype: str
    shape: tuple[int, ...] | None
    data: Sequence[object] | None


def encode_request(
    contents: Sequence[bytes], *, request_id: str, timeout_us: int, binary: bool
) -> tuple[bytes, Mapping[str, str]]:
    """Return body and headers of the question about some pictures.

    Args:
        contents: The picture files; they become ``image``, BYTES [n, 1].
        request_id: What the answer must repeat.
        timeout_us: Microseconds left. Servers that know it stop when nobody waits any more.
        binary: Whether to send the files as they are, else as base64 texts.
    """
    image: dict[str, Any] = {"name": "image", "datatype": "BYTES", "shape": [len(contents), 1]}
    parameters: dict[str, Any] = {"timeout": timeout_us}
    document = {"id": request_id, "parameters": parameters, "inputs": [image]}
    if not binary:
        image["data"] = [base64.b64encode(content).decode() for content in contents]
        return json.dumps(document).encode(), {"Content-Type": "application/json"}
    elements = b"".join(struct.pack("<I", len(content)) + content for content in contents)
    image["parameters"] = {"binary_data_size": len(elements)}
    parameters["binary_data_output"] = True
    head = json.dumps(document).encode()
    return head + elements, {
        "Content-Type": "application/octet-stream",
        LENGTH_HEADER: str(len(head)),
    }


def decode_answer(
    body: bytes, length: str | None
) -> tuple[Mapping[str, Any], Sequence[OutputTensor]]:
    """Return the document of an answer, and its outputs.

    Args:
        body: Of the answer.
        length: The value of ``Inference-Header-Content-Length``; None where it is absent.

    Raises:
        ScorerFailed: It violates the protocol so that nothing of it can be relied on.
    """
    head_size = len(body) if length is None else _size_of_head(length, len(body))
    document = decode_json(body[:head_size])
    entries = document.get("outputs")
    if not isinstance(entries, list):
        raise ScorerFailed(BAD_ANSWER, "it has no outputs")
    if len(entries) > MOST_OUTPUTS:
        raise ScorerFailed(BAD_ANSWER, f"it has more than {MOST_OUTPUTS} outputs")
    outputs = []
    place = head_size
    for entry in entries:
        if not isinstance(entry, dict) or not isinstance(entry.get("name"), str):
            raise ScorerFailed(BAD_ANSWER, "an output is not an object with a name")
        size = _binary_size(entry)
        if size is None:
            outputs.append(_tensor(entry, entry.get("data")))
            continue
        if size > len(body) - place:
            raise ScorerFailed(BAD_ANSWER, f"{_shown(entry)} has more bytes than there are")
        outputs.append(_tensor(entry, _elements(entry, body[place : place + size])))
        place += size
    if place != len(body):
        raise ScorerFailed(BAD_ANSWER, f"{len(body) - place:,} bytes belong to no output")
    return document, outputs


def decode_json(body: bytes) -> Mapping[str, Any]:
    """Return the JSON object that a body is.

    Raises:
        ScorerFailed: It is none.
    """
    try:
        # NaN and the infinities are not JSON, but servers send them: no number of that image.
        document = json.loads(body, parse_constant=lambda _name: None)
    except (ValueError, RecursionError) as error:
        raise ScorerFailed(BAD_ANSWER, "not JSON") from error
    if not isinstance(document, dict):
        raise ScorerFailed(BAD_ANSWER, "not a JSON object")
    return document


def _size_of_head(length: str, most: int) -> int:
    """Return the size of the document in front of the tensors."""
    if not (length.isascii() and length.isdigit() and len(length) < 10) or int(length) > most:
        raise ScorerFailed(BAD_ANSWER, f"{LENGTH_HEADER} is not a length within the body")
    return int(length)


def _binary_size(entry: Mapping[str, Any]) -> int | None:
    """Return how many bytes an output has behind the document; None if it is JSON."""
    parameters = entry.get("parameters")
    if not isinstance(parameters, dict) or "binary_data_size" not in parameters:
        return None
    size = parameters["binary_data_size"]
    if type(size) is not int or size < 0:
        raise ScorerFailed(BAD_ANSWER, f"{_shown(entry)} has an invalid binary_data_size")
    if "data" in entry:
        raise ScorerFailed(BAD_ANSWER, f"{_shown(entry)} has both JSON and binary data")
    return size


def _tensor(entry: Mapping[str, Any], data: object) -> OutputTensor:
    """Return an output, as far as it can be read."""
    datatype = entry.get("datatype")
    return OutputTensor(
        entry["name"],
        datatype if isinstance(datatype, str) else "",
        _shape(entry),
        data if isinstance(data, list | tuple) else None,
    )


def _shape(entry: Mapping[str, Any]) -> tuple[int, ...] | None:
    """Return the shape of an output, None if it has none."""
    shape = entry.get("shape")
    if not isinstance(shape, list) or len(shape) > _MOST_SIDES:
        return None
    if not all(type(side) is int and 0 <= side <= _LONGEST_SIDE for side in shape):
        return None
    return tuple(shape)


def _elements(entry: Mapping[str, Any], content: bytes) -> Sequence[float] | None:
    """Return the numbers of a binary FP32 output, None for all other types."""
    if entry.get("datatype") != FP32:
        return None
    shape = _shape(entry)
    if shape is None or len(content) != prod(shape) * _FP32_BYTES:
        raise ScorerFailed(BAD_ANSWER, f"{_shown(entry)} has bytes that do not match its shape")
    return struct.unpack(f"<{prod(shape)}f", content)


def _shown(entry: Mapping[str, Any]) -> str:
    """Return the name of an output for the log: a server may call it anything."""
    return f"the output {entry['name'][:60]!a}"
