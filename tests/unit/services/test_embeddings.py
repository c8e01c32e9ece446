"""Embeddings as scorers say them, and as they are kept."""

from __future__ import annotations

import struct
from math import sqrt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smashpass.core.library.embedding import packed_embedding
from smashpass.services.scoring.client import checked


def unpacked(packed: bytes) -> list[float]:
    return list(struct.unpack(f"<{len(packed) // 2}e", packed))


def test_only_the_direction_is_kept() -> None:
    assert unpacked(packed_embedding([3, 4.0])) == pytest.approx([0.6, 0.8], abs=1e-3)
    assert packed_embedding((3e200, 4e200)) == packed_embedding([3e-200, 4e-200])
    assert packed_embedding([3, 4]) == packed_embedding([0.3, 0.4])


@given(st.lists(st.floats(-1e6, 1e6), min_size=2, max_size=40))
def test_it_has_length_1_whatever_the_vector(numbers: list[float]) -> None:
    length = sqrt(sum(number * number for number in numbers))
    packed = packed_embedding(numbers)
    if length > 1e-100:
        assert unpacked(packed) == pytest.approx([n / length for n in numbers], abs=1e-3)
    elif not any(numbers):
        assert packed == b""


@pytest.mark.parametrize(
    "stated",
    [None, "ab", b"ab", 5, [], [1.0], [0.0, 0.0], [1.0, float("nan")], [float("inf"), 1], {1, 2},
     [True, 1.0], ["1", 2.0], [10**400, 1], [[1.0], [2.0]], [1.0] * 1_025],
)  # fmt: skip
def test_what_is_no_direction_is_none(stated: object) -> None:
    assert packed_embedding(stated) == b""


def test_one_that_cannot_be_used_costs_itself_alone() -> None:
    usable = checked(
        [
            {"plugin.x": 1.0, "embedding": [0.0, 0.0]},
            {"plugin.x": 2.0, "embedding": [1.0, 0.0]},
            None,
            {"plugin.x": 3.0},
            "nothing",
        ],
        5,
        ("plugin.x",),
    )
    assert usable.values == [
        {"plugin.x": 1.0}, {"plugin.x": 2.0}, None, {"plugin.x": 3.0}, {"plugin.x": None},
    ]  # fmt: skip
    assert usable.embeddings == [b"", packed_embedding([1.0, 0.0]), b"", b"", b""]
    assert usable.left_out == 2
