"""Binary tensors: what is written can be read by a plain twin, and nothing else is read."""

from __future__ import annotations

import json
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from smashpass.scoring.outputs import OutputPlan, values_of_images
from smashpass.scoring.tensors import LENGTH_HEADER, decode_answer, encode_request
from smashpass.services.scoring.ports import ScorerFailed
from tests.integration.scoring.tensor_twin import read_question, write_binary

OUR_NAMES = OutputPlan()
NUMBERS = st.floats(width=32)
PICTURES = st.lists(st.binary(max_size=300), min_size=1, max_size=5)


@given(PICTURES, st.booleans())
def test_what_is_asked_is_what_a_server_reads(pictures, binary):
    body, headers = encode_request(pictures, request_id="r1", timeout_us=5, binary=binary)
    assert (LENGTH_HEADER in headers) == binary
    question, read = read_question(headers, body)
    assert read == pictures
    assert question["id"] == "r1"
    assert question["parameters"]["timeout"] == 5
    assert question["inputs"][0]["shape"] == [len(pictures), 1]


@st.composite
def answers(draw):
    """An answer of one to three outputs, for some images."""
    count = draw(st.integers(1, 4))
    outputs = []
    for name in draw(st.lists(st.sampled_from("abc"), min_size=1, unique=True)):
        sides = draw(st.lists(st.integers(0, 3), max_size=2))
        datatype = draw(st.sampled_from(["FP32", "FP32", "FP64", "BYTES"]))
        shape = [count, *sides]
        element = st.text(max_size=5) if datatype == "BYTES" else NUMBERS
        size = math.prod(shape)
        data = draw(st.lists(element, min_size=size, max_size=size))
        outputs.append({"name": name, "datatype": datatype, "shape": shape, "data": data})
    return count, {"model_name": "m", "outputs": outputs}


def values(body, length, count, plan=OUR_NAMES):
    """Return what an answer says of the images, or why nothing."""
    try:
        return values_of_images(decode_answer(body, length)[1], count, plan)
    except ScorerFailed as failure:
        return failure.reason


@given(answers())
def test_json_and_bytes_say_the_same(answer):
    count, document = answer
    body, length = write_binary(document)
    as_bytes = values(body, str(length), count)
    assert as_bytes == values(json.dumps(document).encode(), None, count)
    expected = [{} for _ in range(count)]
    for output in document["outputs"]:
        if output["datatype"] == "FP32" and math.prod(output["shape"][1:]) == 1:
            for image_values, number in zip(expected, output["data"], strict=True):
                number_or_none = number if math.isfinite(number) else None
                image_values[f"plugin.{output['name']}"] = number_or_none
    assert as_bytes == (expected if any(expected) else "bad_answer")


@given(answers(), st.data())
def test_nothing_but_a_whole_answer_is_read(answer, data):
    """Cut or lengthened anywhere, or with another length of the document, it is refused."""
    _, document = answer
    body, length = write_binary(document)
    cut = data.draw(st.integers(0, len(body) - 1))
    for wrong_body, wrong_length in (
        (body[:cut], length),
        (body + b"\0", length),
        (body, data.draw(st.integers(0, len(body) + 5).filter(lambda other: other != length))),
    ):
        with pytest.raises(ScorerFailed) as caught:
            decode_answer(wrong_body, str(wrong_length))
        assert caught.value.reason == "bad_answer"


@given(st.binary(max_size=200), st.none() | st.text(max_size=6) | st.integers().map(str))
def test_any_bytes_are_refused_or_read_without_another_error(body, length):
    said = values(body, length, 1)
    assert said == "bad_answer" or len(said) == 1


JSONS = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=4),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["name", "shape", "data"]), inner, max_size=3)
    ),
    max_leaves=6,
)


@given(
    st.lists(
        st.fixed_dictionaries(
            {"name": st.sampled_from(["a", "b", "B"])},
            optional={
                "datatype": st.sampled_from(["FP32", "FP32", "INT8"]) | JSONS,
                "shape": st.sampled_from([[2], [2, 1], [3], [0]]) | JSONS,
                "data": st.lists(JSONS, max_size=3) | JSONS,
                "parameters": st.dictionaries(st.just("binary_data_size"), JSONS),
            },
        ),
        max_size=4,
    ),
    st.sampled_from(
        [OUR_NAMES, OutputPlan({"B": "a"}), OutputPlan({}, frozenset("a"), frozenset("a"))]
    ),
)
def test_whatever_an_output_is_each_image_gets_numbers_or_none(outputs, plan):
    images = values(json.dumps({"outputs": outputs}).encode(), None, 2, plan)
    if images != "bad_answer":
        assert len(images) == 2
        assert images[0].keys() == images[1].keys() <= {"plugin.a", "plugin.b"}
        numbers = [number for image in images for number in image.values() if number is not None]
        assert all(type(number) is float and math.isfinite(number) for number in numbers)
