"""What an ONNX file says of itself, read without a runtime: metadata, inputs and outputs.

An ONNX file is one Protocol Buffers message, ``ModelProto``. Only the fields below are read; the
weights are skipped, so the cost does not grow with the model.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

_GRAPH, _METADATA = 7, 14
"""Fields of ``ModelProto``."""
_INPUT, _OUTPUT = 11, 12
"""Fields of ``GraphProto``."""
_KEY, _VALUE, _TYPE, _TENSOR, _ELEMENTS = 1, 2, 2, 1, 1
"""Fields of entries of the metadata, and of the types of inputs and outputs."""
_NUMBER, _EIGHT_BYTES, _BYTES, _FOUR_BYTES = 0, 1, 2, 5
"""How fields are encoded."""
_MOST_BYTES = 1 << 20
"""Bytes of a field that is read."""
_ELEMENT_TYPES = {1: "FP32", 2: "UINT8"}


@dataclass(frozen=True, slots=True)
class OnnxHeader:
    """What an ONNX file says of itself.

    Attributes:
        metadata: The properties of the file.
        inputs: Name → ``FP32``, ``UINT8``, or "" for another type.
        outputs: As ``inputs``.
    """

    metadata: Mapping[str, str]
    inputs: Mapping[str, str]
    outputs: Mapping[str, str]


def read_header(path: Path) -> OnnxHeader:
    """Return what the file at ``path`` says of itself.

    Raises:
        OSError: It cannot be read.
        ValueError: It is not an ONNX file.
    """
    metadata: dict[str, str] = {}
    inputs: dict[str, str] = {}
    outputs: dict[str, str] = {}
    with path.open("rb") as file:
        size = file.seek(0, 2)
        file.seek(0)
        for field, length in _fields(file, size):
            end = file.tell() + length
            if field == _METADATA:
                entry = _message(_read(file, length))
                metadata[_text(entry, _KEY)] = _text(entry, _VALUE)
            elif field == _GRAPH:
                for graph_field, graph_length in _fields(file, end):
                    if graph_field in (_INPUT, _OUTPUT):
                        tensor = _message(_read(file, graph_length))
                        tensors = inputs if graph_field == _INPUT else outputs
                        tensors[_text(tensor, _KEY)] = _element_type(tensor)
                    else:
                        file.seek(graph_length, 1)
            else:
                file.seek(length, 1)
    return OnnxHeader(metadata, inputs, outputs)


def _fields(file: BinaryIO, end: int) -> Iterator[tuple[int, int]]:
    """Yield field and length of each part up to ``end``; whoever iterates reads or skips it.

    Numbers are consumed here and not yielded.
    """
    while file.tell() < end:
        tag = _number(file)
        field, encoding = tag >> 3, tag & 7
        if encoding == _NUMBER:
            _number(file)
            continue
        if encoding == _BYTES:
            length = _number(file)
        elif encoding in (_EIGHT_BYTES, _FOUR_BYTES):
            file.seek(8 if encoding == _EIGHT_BYTES else 4, 1)
            continue
        else:
            raise ValueError("it is not an ONNX file")
        if length > end - file.tell():
            raise ValueError("it is not an ONNX file, or cut off")
        yield field, length


def _message(content: bytes) -> Mapping[int, bytes | int]:
    """Return a small message as field → its last value."""
    fields: dict[int, bytes | int] = {}
    place = 0
    while place < len(content):
        tag, place = _number_at(content, place)
        field, encoding = tag >> 3, tag & 7
        if encoding == _NUMBER:
            fields[field], place = _number_at(content, place)
        elif encoding == _BYTES:
            length, place = _number_at(content, place)
            fields[field] = content[place : place + length]
            place += length
        else:
            raise ValueError("it is not an ONNX file")
    return fields


def _text(message: Mapping[int, bytes | int], field: int) -> str:
    content = message.get(field, b"")
    return content.decode() if isinstance(content, bytes) else ""


def _element_type(tensor: Mapping[int, bytes | int]) -> str:
    """Return the type of the elements of an input or output."""
    message = tensor
    for field in (_TYPE, _TENSOR):
        content = message.get(field)
        if not isinstance(content, bytes):
            return ""
        message = _message(content)
    elements = message.get(_ELEMENTS)
    return _ELEMENT_TYPES.get(elements, "") if isinstance(elements, int) else ""


def _read(file: BinaryIO, length: int) -> bytes:
    if length > _MOST_BYTES:
        raise ValueError("its metadata are larger than 1 MB")
    return file.read(length)


def _number(file: BinaryIO) -> int:
    """Read a number of variable length: seven bits a byte, the lowest first."""
    content = bytearray()
    while len(content) < 10:
        byte = file.read(1)
        content += byte
        if not byte or byte[0] < 0x80:
            break
    return _number_at(bytes(content), 0)[0]


def _number_at(content: bytes, place: int) -> tuple[int, int]:
    """Return a number of variable length, and where it ends."""
    number = shift = 0
    for end in range(place, min(place + 10, len(content))):
        number |= (content[end] & 0x7F) << shift
        if content[end] < 0x80:
            return number, end + 1
        shift += 7
    raise ValueError("it is not an ONNX file, or cut off")
