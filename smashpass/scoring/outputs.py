"""Which outputs of an answer fill which attributes, and what becomes of those that are wrong."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from math import prod
from typing import Any

from smashpass.core.library.embedding import KEY, MOST_NUMBERS
from smashpass.core.rules.attributes import is_number
from smashpass.scoring.options import ATTRIBUTE
from smashpass.scoring.tensors import FP32, OutputTensor
from smashpass.services.scoring.ports import BAD_ANSWER, ScorerAnswer, ScorerFailed

EMBEDDING = "emb"
"""The output that is read as the embedding of each picture, if it has several numbers for each."""


@dataclass(frozen=True, slots=True)
class OutputPlan:
    """Which outputs are read.

    Attributes:
        renamed: Output → attribute without ``plugin.``, as the operator says.
        declared: The outputs that the model's metadata names; None if it names none.
        promised: Those that the metadata says are one FP32 number an image. If one is anything
            else in an answer, that is a mistake; others are then simply not for us.
    """

    renamed: Mapping[str, str] = field(default_factory=dict)
    declared: frozenset[str] | None = None
    promised: frozenset[str] = frozenset()

    def attribute(self, output: str) -> str | None:
        """Return the full name of the attribute that an output fills, None if it fills none.

        An output that the operator did not mention fills the attribute of its own name, unless
        that is for another one.
        """
        if self.declared is not None and output not in self.declared:
            return None
        if output in self.renamed:
            return f"plugin.{self.renamed[output]}"
        if ATTRIBUTE.fullmatch(output) and output not in self.renamed.values():
            return f"plugin.{output}"
        return None


def values_of_images(
    outputs: Sequence[OutputTensor], count: int, plan: OutputPlan
) -> list[ScorerAnswer]:
    """Return the numbers of ``count`` images, and their embeddings if there are some.

    A value that is not a finite number is None, for its image alone. An output that has not one
    number for each image, or is there twice, has None for all images; the others are not affected.

    Raises:
        ScorerFailed: No output has one number an image, and none is an embedding.
    """
    values: list[dict[str, float | Sequence[float] | None]] = [{} for _ in range(count)]
    times = Counter(output.name for output in outputs)
    wrong: list[str] = []
    filled = False
    for output in outputs:
        attribute = plan.attribute(output.name)
        if attribute is None:
            continue
        if output.name == EMBEDDING and times[EMBEDDING] == 1 and (rows := _rows(output, count)):
            filled = True
            for image_values, row in zip(values, rows, strict=True):
                image_values[KEY] = row
            continue
        numbers: list[float | None] = [None] * count
        problem = "is there twice"
        if times[output.name] == 1:
            if _is_other(output, count) and output.name not in plan.promised:
                continue
            problem = _problem(output, count)
        if problem:
            wrong.append(f"{output.name[:60]!a} {problem}")
        else:
            filled = True
            numbers = [_number(element) for element in output.data or ()]
        for image_values, number in zip(values, numbers, strict=True):
            image_values[attribute] = number
    if not filled:
        detail = "; ".join(wrong[:3]) or "no output is one FP32 number an image"
        raise ScorerFailed(BAD_ANSWER, detail)
    return list[ScorerAnswer](values)


def _rows(output: OutputTensor, count: int) -> list[Sequence[float]]:
    """Return the embeddings of an output, one for each image; none if it does not hold any.

    What is not a number in it is left to whoever checks the answers of scorers: it costs its
    picture alone.
    """
    if output.datatype != FP32 or output.shape is None or len(output.shape) != 2:
        return []
    rows, width = output.shape
    data = output.data
    if rows != count or not 2 <= width <= MOST_NUMBERS or data is None:
        return []
    if len(data) == count * width:
        flat: Sequence[Any] = data
        return [flat[start : start + width] for start in range(0, len(flat), width)]
    nested: list[Sequence[float]] = [row for row in data if isinstance(row, list)]
    return nested if len(data) == len(nested) == count else []


def _is_other(output: OutputTensor, count: int) -> bool:
    """Tell whether an output is well-formed and of another kind: an embedding, names of labels."""
    if output.datatype not in ("", FP32):
        return True
    if output.shape is None:
        return False
    if prod(output.shape[1:]) != 1:
        return True
    has_all = output.data is not None and len(output.data) in (
        prod(output.shape),
        *output.shape[:1],
    )
    return output.shape[:1] != (count,) and has_all


def _problem(output: OutputTensor, count: int) -> str:
    """Return what keeps an output from being one FP32 number for each image; "" if nothing does."""
    if output.shape is None:
        return "has no shape"
    if output.datatype != FP32:
        return f"is {output.datatype[:20]!a}, not FP32"
    if output.shape[:1] != (count,) or prod(output.shape[1:]) != 1:
        return f"has the shape {list(output.shape)[:8]} for {count} images"
    if output.data is None or len(output.data) != count:
        return f"has not one number for each of {count} images"
    return ""


def _number(element: object) -> float | None:
    """Return an element as a number, None if it is none.

    A number in JSON is taken as it is written: 0.7 meets ``gte: 0.7``, as its reader expects. From
    servers that write all digits of an FP32 number it is the same as from a binary answer.
    """
    while isinstance(element, list) and len(element) == 1:
        element = element[0]
    return float(element) if isinstance(element, int | float) and is_number(element) else None
