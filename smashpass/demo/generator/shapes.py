"""The two shapes of question and answer that image generators have.

``openai``: ``POST /v1/images/generations``, the picture as base64 text. ``oip``: the Open Inference
Protocol v2 with the tensors of ``smashpass-gen/1``. An answer is untrusted.
"""

from __future__ import annotations

import base64
import binascii
import json
import struct
from collections.abc import Mapping, Set
from typing import Any, Literal
from urllib.parse import quote

from smashpass.demo.generator.prompts import PictureOrder

Shape = Literal["openai", "oip"]

SIDE = 1_024
"""Width and height that are asked for."""

LENGTH_HEADER = "Inference-Header-Content-Length"
OPTIONAL = ("response_format", "seed")
"""Parameters of ``openai`` that some servers refuse; they are then left out."""

_LONGEST_VERSION = 100


class UnusableAnswer(Exception):
    """An answer without a picture that can be used.

    Attributes:
        hopeless: Whether all other answers of this server will be like it.
    """

    def __init__(self, detail: str, *, hopeless: bool = False) -> None:
        """Keep what is wrong with it."""
        super().__init__(detail)
        self.hopeless = hopeless


def path_of(shape: Shape, model: str) -> str:
    """Return where a model is asked."""
    if shape == "openai":
        return "/v1/images/generations"
    return f"/v2/models/{quote(model, safe='')}/infer"


def question(shape: Shape, model: str, order: PictureOrder, omitted: Set[str]) -> bytes:
    """Return the body of the question for one picture, JSON.

    Args:
        shape: Of the question.
        model: Its name.
        order: What is asked for.
        omitted: Parameters that the server does not take.
    """
    if shape == "openai":
        document: dict[str, Any] = {
            "model": model,
            "prompt": order.prompt,
            "n": 1,
            "size": f"{SIDE}x{SIDE}",
            "response_format": "b64_json",
            "seed": order.seed,
        }
        accepted = {name: value for name, value in document.items() if name not in omitted}
        return json.dumps(accepted).encode()
    tensors = (
        ("prompt", "BYTES", order.prompt),
        ("seed", "INT64", order.seed),
        ("width", "INT32", SIDE),
        ("height", "INT32", SIDE),
    )
    inputs = [
        {"name": name, "datatype": datatype, "shape": [1, 1], "data": [value]}
        for name, datatype, value in tensors
    ]
    document = {
        "id": order.name,
        "inputs": inputs,
        "outputs": [{"name": "image", "parameters": {"binary_data": True}}],
    }
    return json.dumps(document).encode()


def picture_of(shape: Shape, body: bytes, headers: Mapping[str, str]) -> tuple[bytes, str]:
    """Return the file of the picture in an answer, and the version of the model ("" if unsaid).

    Args:
        shape: Of the answer.
        body: The whole of it.
        headers: Of it; names in lower case.

    Raises:
        UnusableAnswer: There is none.
    """
    return _of_openai(body) if shape == "openai" else _of_oip(body, headers)


def refused_parameter(body: bytes) -> str:
    """Return which optional parameter an error of ``openai`` is about, "" if about none."""
    try:
        error = _document(body).get("error")
    except UnusableAnswer:
        return ""
    parameter = error.get("param") if isinstance(error, dict) else None
    message = error.get("message") if isinstance(error, dict) else None
    for name in OPTIONAL:
        if parameter == name:
            return name
        if not parameter and isinstance(message, str) and f"'{name}'" in message:
            return name
    return ""


def error_text(body: bytes) -> str:
    """Return what a server says of its error, "" if nothing that can be read."""
    try:
        error = _document(body).get("error")
    except UnusableAnswer:
        return ""
    if isinstance(error, dict):
        error = error.get("message")
    return error if isinstance(error, str) else ""


def _of_openai(body: bytes) -> tuple[bytes, str]:
    document = _document(body)
    entries = document.get("data")
    entry = entries[0] if isinstance(entries, list) and entries else None
    if not isinstance(entry, dict):
        raise UnusableAnswer("it has no data")
    text = entry.get("b64_json")
    if not isinstance(text, str):
        if "url" in entry:
            raise UnusableAnswer(
                "it answers with the address of a picture, which is never fetched; "
                "the picture has to come as b64_json",
                hopeless=True,
            )
        raise UnusableAnswer("it has no b64_json")
    return _bytes_of(text), _version(document.get("model"))


def _of_oip(body: bytes, headers: Mapping[str, str]) -> tuple[bytes, str]:
    length = headers.get(LENGTH_HEADER.lower())
    head = len(body)
    if length is not None:
        if not (length.isascii() and length.isdigit() and len(length) < 10) or int(length) > head:
            raise UnusableAnswer(f"{LENGTH_HEADER} is not a length within the body")
        head = int(length)
    document = _document(body[:head])
    outputs = document.get("outputs")
    if not isinstance(outputs, list) or len(outputs) != 1 or not isinstance(outputs[0], dict):
        raise UnusableAnswer("it does not have exactly one output")
    output = outputs[0]
    if output.get("name") != "image" or output.get("datatype") != "BYTES":
        raise UnusableAnswer("it has no output image of type BYTES")
    version = _version(document.get("model_version"))
    data = output.get("data")
    if isinstance(data, list) and len(data) == 1 and isinstance(data[0], str):
        return _bytes_of(data[0]), version
    tensor = body[head:]
    if len(tensor) < 4 or struct.unpack("<I", tensor[:4])[0] != len(tensor) - 4:
        raise UnusableAnswer("its output image is not one element")
    return tensor[4:], version


def _document(body: bytes) -> Mapping[str, Any]:
    try:
        document = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise UnusableAnswer("not JSON") from error
    if not isinstance(document, dict):
        raise UnusableAnswer("not a JSON object")
    return document


def _bytes_of(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as error:
        raise UnusableAnswer("its picture is not base64") from error


def _version(stated: object) -> str:
    text = str(stated) if isinstance(stated, str | int) and type(stated) is not bool else ""
    return text if len(text) <= _LONGEST_VERSION and text.isprintable() else ""
