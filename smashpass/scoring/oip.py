"""The built-in scorer ``oip``: queries a model server over the Open Inference Protocol v2, REST.

Works with what speaks that protocol (Triton, KServe, MLServer …). The model takes ``image``, BYTES
[n, 1]: the base64 text of WebP files; each FP32 output X of one number an image fills ``plugin.X``.
"""

from __future__ import annotations

import base64
import json
import re
import time
from collections.abc import Mapping, Sequence
from math import prod
from typing import Any
from urllib.parse import quote

from smashpass.core.errors import BadSetting
from smashpass.core.rules.attributes import is_number
from smashpass.scoring.hooks import PluginSettings, hookimpl
from smashpass.scoring.http import Endpoint, post
from smashpass.services.scoring.ports import (
    BAD_ANSWER,
    Item,
    Scorer,
    ScorerFailed,
    Values,
)

MOST_IMAGES = 32
"""Images in one request: what servers commonly take as a batch."""

MOST_BYTES = 1_000_000
"""Bytes of an answer; 32 images with an embedding of 64 numbers each are 50,000."""

_NAME = re.compile(r"[a-z][a-z0-9_]*")


@hookimpl
def smashpass_scorers(settings: PluginSettings) -> list[Scorer]:
    """Return the scorer, if an address is set."""
    url = settings.values.get("scorer_url")
    if not url:
        return []
    try:
        endpoint = Endpoint.of(url)
    except ValueError as error:
        raise BadSetting(
            f"the address of the scorer cannot be used: {error}",
            where="SMASHPASS_SCORER_URL",
            hint="write the base of the server, such as http://127.0.0.1:8080",
        ) from error
    return [OipScorer(endpoint, settings.values.get("scorer_model") or "smashpass")]


class OipScorer:
    """One model of one server. Keeps no connection: nothing to go stale between decks."""

    name = "oip"
    attributes = None

    def __init__(self, endpoint: Endpoint, model: str) -> None:
        """Keep the server and the name of the model."""
        self.version = ""
        self.model = model
        self.address = endpoint.address
        self._endpoint = endpoint
        self._path = f"/v2/models/{quote(model, safe='')}/infer"

    def score(self, batch: Sequence[Item], deadline_s: float) -> list[Values | None]:
        """Return the model's numbers of each image that has a picture."""
        until = time.monotonic() + deadline_s
        results: list[Values | None] = [None] * len(batch)
        finished = 0
        for start in range(0, len(batch), MOST_IMAGES):
            part = batch[start : start + MOST_IMAGES]
            contents = [(place, data) for place, item in enumerate(part) if (data := item.data())]
            try:
                answers = self._infer([data for _, data in contents], until) if contents else []
            except ScorerFailed as failure:
                raise ScorerFailed(failure.reason, str(failure), results[:finished]) from failure
            for (place, _), values in zip(contents, answers, strict=True):
                results[start + place] = values
            finished = start + len(part)
        return results

    def _infer(self, contents: Sequence[bytes], until: float) -> list[Values]:
        """Query the server for a batch of pictures."""
        data = [base64.b64encode(content).decode() for content in contents]
        left_us = max(1, int((until - time.monotonic()) * 1_000_000))
        shape = [len(data), 1]
        question = {
            # Servers that know it stop when nobody waits any more; the others ignore it.
            "parameters": {"timeout": left_us},
            "inputs": [{"name": "image", "datatype": "BYTES", "shape": shape, "data": data}],
        }
        body = json.dumps(question).encode()
        answer = post(self._endpoint, self._path, body, until=until, most=MOST_BYTES)
        version, values = parsed(answer, len(contents))
        self.version = version
        return values


def parsed(body: bytes, count: int) -> tuple[str, list[Values]]:
    """Return the version of the model and its numbers for ``count`` images.

    Raises:
        ScorerFailed: The body violates the protocol, or has no such numbers.
    """
    try:
        # NaN and the infinities are not JSON, but servers send them: no number of that image.
        answer = json.loads(body, parse_constant=lambda _name: None)
    except (ValueError, RecursionError) as error:
        raise ScorerFailed(BAD_ANSWER, "not JSON") from error
    outputs = answer.get("outputs") if isinstance(answer, dict) else None
    if not isinstance(outputs, list):
        raise ScorerFailed(BAD_ANSWER, "it has no outputs")
    values: list[dict[str, float | None]] = [{} for _ in range(count)]
    for output in outputs:
        if not isinstance(output, dict):
            raise ScorerFailed(BAD_ANSWER, "an output is not an object")
        name, numbers = _numbers(output, count)
        for place, number in enumerate(numbers):
            values[place][name] = number
    if all(number is None for numbers_of_image in values for number in numbers_of_image.values()):
        raise ScorerFailed(BAD_ANSWER, "no output is one FP32 number an image")
    version = answer.get("model_version")
    return (version if isinstance(version, str) else ""), list[Values](values)


def _numbers(output: Mapping[str, Any], count: int) -> tuple[str, list[float | None]]:
    """Return the attribute that an output fills, and its values; none if it is of another kind.

    None stands for a value that is not a finite number: only that image is affected.
    """
    name, shape, data = output.get("name"), output.get("shape"), output.get("data")
    if (
        not isinstance(name, str)
        or not isinstance(shape, list)
        or not all(type(side) is int for side in shape)
    ):
        raise ScorerFailed(BAD_ANSWER, "an output has no name or no shape")
    if shape[:1] != [count]:
        if isinstance(data, list) and len(data) not in (prod(shape), *shape[:1]):
            raise ScorerFailed(BAD_ANSWER, f"{name[:60]!a} has data that does not match its shape")
        # For example the names of labels: not a value per image.
        return name, []
    if output.get("datatype") != "FP32" or prod(shape[1:]) != 1 or not _NAME.fullmatch(name):
        return name, []
    if not isinstance(data, list) or len(data) != count:
        raise ScorerFailed(BAD_ANSWER, f"{name} lacks one number for each of {count} images")
    flat = [entry[0] if isinstance(entry, list) and len(entry) == 1 else entry for entry in data]
    return f"plugin.{name}", [float(number) if is_number(number) else None for number in flat]
