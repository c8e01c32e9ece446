"""The output ``emb`` of a model server: the embedding of each picture."""

from __future__ import annotations

import pytest

from smashpass.scoring.outputs import OutputPlan, values_of_images
from smashpass.scoring.tensors import OutputTensor
from smashpass.services.scoring.ports import ScorerFailed

SCORES = OutputTensor("aesthetic", "FP32", (2, 1), [0.25, 0.5])
FLAT = OutputTensor("emb", "FP32", (2, 3), (1.0, 2.0, 3.0, 4.0, 5.0, 6.0))
NESTED = OutputTensor("emb", "FP32", (2, 3), [[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]])


def read(*outputs: OutputTensor, plan: OutputPlan | None = None) -> list[dict[str, object]]:
    return [dict(values) for values in values_of_images(outputs, 2, plan or OutputPlan())]


@pytest.mark.parametrize("output", [FLAT, NESTED])
def test_each_picture_gets_its_row(output: OutputTensor) -> None:
    first, second = read(SCORES, output)
    assert first == {"plugin.aesthetic": 0.25, "embedding": output.data[0] if
                     output is NESTED else (1.0, 2.0, 3.0)}  # fmt: skip
    assert list(second["embedding"]) == [4.0, 5.0, 6.0]
    assert [next(iter(values["embedding"])) for values in read(output)] == [1.0, 4.0]


@pytest.mark.parametrize(
    "output",
    [
        OutputTensor("emb", "FP32", (3, 2), (1.0,) * 6),
        OutputTensor("emb", "FP32", (2, 3), (1.0,) * 5),
        OutputTensor("emb", "FP32", (2, 3, 1), (1.0,) * 6),
        OutputTensor("emb", "FP64", (2, 3), [1.0] * 6),
        OutputTensor("emb", "FP32", (2, 1_025), (1.0,) * 2_050),
        OutputTensor("emb", "FP32", (2, 3), None),
        OutputTensor("embedding", "FP32", (2, 3), (1.0,) * 6),
    ],
)
def test_what_is_no_embedding_of_each_picture_is_left_alone(output: OutputTensor) -> None:
    assert [values["plugin.aesthetic"] for values in read(SCORES, output)] == [0.25, 0.5]
    assert all("embedding" not in values for values in read(SCORES, output))
    with pytest.raises(ScorerFailed):
        read(output)


def test_one_that_is_there_twice_or_not_declared_is_not_read() -> None:
    assert all("embedding" not in values for values in read(SCORES, FLAT, FLAT))
    declared = OutputPlan(declared=frozenset({"aesthetic"}))
    assert all("embedding" not in values for values in read(SCORES, FLAT, plan=declared))


def test_one_number_a_picture_is_a_score_whatever_its_name() -> None:
    assert [
        values["plugin.emb"] for values in read(OutputTensor("emb", "FP32", (2, 1), [1, 2]))
    ] == [
        1.0,
        2.0,
    ]
