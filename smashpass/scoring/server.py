"""What a model server says of itself and its model, before it is asked about pictures."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from smashpass.exchange import Reply
from smashpass.scoring.outputs import OutputPlan
from smashpass.scoring.tensors import FP32, decode_json
from smashpass.services.scoring.ports import BAD_ANSWER, INCOMPATIBLE, ScorerFailed

Get = Callable[[str], Reply]
"""Asks the server for a path; raises ScorerFailed if there is no complete answer."""

EXPECTED_INPUT = "image BYTES"
_BINARY = "binary_tensor_data"
_MOST_SHOWN = 8


@dataclass(frozen=True, slots=True)
class ServerFacts:
    """What is known of a server and one model of it; empty where the server does not say.

    Attributes:
        server: What the server calls itself.
        server_version: Of the server program.
        versions: The versions of the model that it serves.
        outputs: The declared outputs → whether each is one FP32 number an image, as far as its
            declaration says; None if no outputs are declared.
        binary: Whether tensors may be binary.
    """

    server: str = ""
    server_version: str = ""
    versions: tuple[str, ...] = ()
    outputs: Mapping[str, bool] | None = None
    binary: bool = False

    def plan(self, renamed: Mapping[str, str]) -> OutputPlan:
        """Return which outputs are read.

        Args:
            renamed: Output → attribute without ``plugin.``, as the operator says.
        """
        if self.outputs is None:
            return OutputPlan(renamed)
        promised = frozenset(name for name, is_score in self.outputs.items() if is_score)
        return OutputPlan(renamed, frozenset(self.outputs), promised)


def model_path(model: str) -> str:
    """Return the path of a model on its server."""
    return f"/v2/models/{quote(model, safe='')}"


def ask_server(get: Get, model: str) -> ServerFacts:
    """Ask a server about itself and a model.

    What it does not answer with a 200 is not known; a server may know nothing but ``infer``.

    Args:
        get: Asks the server for a path.
        model: The name of the model.

    Raises:
        ScorerFailed: It cannot be reached, its answers cannot be read, its model is not ready, or
            takes something other than pictures.
    """
    server = _document(get("/v2"))
    metadata = _document(get(model_path(model)))
    _check_input(metadata.get("inputs"))
    ready = get(f"{model_path(model)}/ready").status
    # Of a model that it does not know, a server may say the same; there the question itself tells.
    if metadata and (ready == 400 or ready >= 500):
        raise ScorerFailed(BAD_ANSWER, f"the model is not ready: HTTP status {ready}")
    extensions = server.get("extensions")
    return ServerFacts(
        _text(server.get("name")),
        _text(server.get("version")),
        tuple(_text(version) for version in _list(metadata.get("versions"))[:_MOST_SHOWN]),
        _outputs(metadata.get("outputs")),
        isinstance(extensions, list) and _BINARY in extensions,
    )


def _document(reply: Reply) -> Mapping[str, Any]:
    """Return what a server says, nothing if it does not."""
    return decode_json(reply.body) if reply.status == 200 else {}


def _check_input(inputs: object) -> None:
    """Refuse a model that takes something other than pictures, as far as it says what it takes.

    Raises:
        ScorerFailed: It does not take ``image``, BYTES.
    """
    tensors = [tensor for tensor in _list(inputs) if isinstance(tensor, dict)]
    stated = [f"{_text(tensor.get('name'))} {_text(tensor.get('datatype'))}" for tensor in tensors]
    if stated and EXPECTED_INPUT not in stated:
        raise ScorerFailed(
            INCOMPATIBLE,
            f"the model must take the input {EXPECTED_INPUT}, and takes "
            + ", ".join(stated[:_MOST_SHOWN]),
        )


def _outputs(outputs: object) -> Mapping[str, bool] | None:
    """Return the declared outputs, and whether each is one FP32 number an image."""
    declared = {
        tensor["name"]: _is_score(tensor.get("datatype"), tensor.get("shape"))
        for tensor in _list(outputs)
        if isinstance(tensor, dict) and isinstance(tensor.get("name"), str)
    }
    return declared or None


def _is_score(datatype: object, shape: object) -> bool:
    """Tell whether a declaration promises one FP32 number for each of any number of images."""
    if datatype != FP32 or not isinstance(shape, list):
        return False
    return shape[:1] == [-1] and all(side == 1 for side in shape[1:])


def _list(stated: object) -> Sequence[Any]:
    return stated if isinstance(stated, list) else ()


def _text(stated: object) -> str:
    """Return a server's text so that it can be shown: short, printable, on one line."""
    return ascii(stated)[1:-1][:100] if isinstance(stated, str) else ""
