"""What the scorer ``oip`` sends and accepts: ids, names of outputs, the token, binary tensors."""

from __future__ import annotations

import json
import struct

import pytest

from smashpass.exchange import Endpoint
from smashpass.scoring.oip import OipScorer
from smashpass.services.scoring.ports import ScorerFailed

PATIENT_S = 20.0
PICTURES = (b"one picture", b"", b"another", b"\x00\xff" * 300)
TOKEN = "a-token-of-its-own"


def score_of(data: bytes) -> float:
    """What the server says in JSON."""
    return sum(data) % 1_000 / 1_000


def single_of(data: bytes) -> float:
    """What is left of it in a binary tensor."""
    return struct.unpack("<f", struct.pack("<f", sum(data) % 1_000 / 1_000))[0]


def scorer(url: str, model: str, **options) -> OipScorer:
    return OipScorer(Endpoint.of(url), model, **options)


def failure(oip_scorer: OipScorer, batch) -> str:
    with pytest.raises(ScorerFailed) as caught:
        oip_scorer.score(batch, PATIENT_S)
    return str(caught.value)


def test_every_request_has_an_id_of_its_own(model_server, items):
    oip_scorer = scorer(model_server.url, "with_ids")
    for _ in range(3):
        oip_scorer.score(items(b"x"), PATIENT_S)
    ids = [request["question"]["id"] for request in model_server.asked("with_ids")]
    assert len(set(ids)) == 3
    assert all(isinstance(request_id, str) and len(request_id) == 32 for request_id in ids)


@pytest.mark.parametrize(
    ("model", "detail"),
    [
        ("other_id", "it answers id 'somebody-elses'"),
        ("number_id", "it answers id '5'"),
        ("other_model", "it answers model_name 'another model', not 'other_model'"),
        ("long_version", "model_version"),
    ],
)
def test_an_answer_to_another_question_is_none(model_server, items, model, detail):
    message = failure(scorer(model_server.url, model), items(b"x"))
    assert message.startswith("bad_answer: ")
    assert detail in message


@pytest.mark.parametrize(("model", "version"), [("no_id", ""), ("whole_version", "12")])
def test_an_answer_need_not_repeat_what_it_was_asked(model_server, items, model, version):
    oip_scorer = scorer(model_server.url, model)
    (score,) = oip_scorer.score(items(b"x"), PATIENT_S)
    assert score["plugin.aesthetic"] == score_of(b"x")
    assert oip_scorer.version == version


def test_outputs_fill_the_attributes_that_the_operator_says(model_server, items):
    renamed = {"Aesthetic-Score": "aesthetic", "NSFW": "nsfw", "absent": "absent"}
    (score,) = scorer(model_server.url, "names", renamed=renamed).score(items(b"x"), PATIENT_S)
    assert score == {
        "plugin.aesthetic": score_of(b"x"),
        "plugin.nsfw": 0.25,
        "plugin.sharp": score_of(b"x"),
    }
    (plain,) = scorer(model_server.url, "names").score(items(b"x"), PATIENT_S)
    assert plain == {"plugin.sharp": score_of(b"x")}


def test_an_output_that_the_operator_names_goes_before_one_of_that_name(model_server, items):
    renamed = {"NSFW": "sharp"}
    (score,) = scorer(model_server.url, "names", renamed=renamed).score(items(b"x"), PATIENT_S)
    assert score == {"plugin.sharp": 0.25}


def test_a_name_that_no_tree_can_have_is_ignored(model_server, items):
    (score,) = scorer(model_server.url, "long_names").score(items(b"x"), PATIENT_S)
    assert score == {f"plugin.{'a' * 100}": score_of(b"x")}


def test_the_token_is_sent_with_every_request_and_nothing_without_one(model_server, items):
    scorer(model_server.url, "with_token", token=TOKEN).score(items(b"x"), PATIENT_S)
    requests = model_server.asked("with_token") + model_server.asked("gets-with_token")
    assert len(requests) == 3
    assert {request["headers"]["Authorization"] for request in requests} == {f"Bearer {TOKEN}"}
    scorer(model_server.url, "no_token").score(items(b"x"), PATIENT_S)
    (request,) = model_server.asked("no_token")
    assert "Authorization" not in request["headers"]


def test_a_server_that_repeats_the_token_does_not_get_it_into_the_log(model_server, items):
    message = failure(scorer(model_server.url, "repeats_token", token=TOKEN), items(b"x"))
    assert "HTTP status 401" in message
    assert "who is Bearer ********?" in message
    assert TOKEN not in message


def test_what_a_server_says_of_its_failure_is_told(model_server, items):
    assert failure(scorer(model_server.url, "error"), items(b"x")) == (
        "bad_answer: HTTP status 500: 'model is not ready'"
    )
    assert failure(scorer(model_server.url, "unknown"), items(b"x")) == (
        "incompatible: it has no model 'unknown': HTTP status 404: 'no such model'"
    )


def test_pictures_go_as_they_are_to_a_server_that_takes_binary_tensors(model_server, items):
    pictures = [picture for picture in PICTURES if picture]
    scores = scorer(model_server.url + "/binary", "in_bytes").score(items(*pictures), PATIENT_S)
    assert scores == [
        {"plugin.aesthetic": single_of(data), "plugin.sharp": 0.5} for data in pictures
    ]
    (request,) = model_server.asked("in_bytes")
    assert request["headers"]["Content-Type"] == "application/octet-stream"
    tensor = request["question"]["inputs"][0]
    assert "data" not in tensor
    assert tensor["shape"] == [3, 1]
    size = sum(4 + len(picture) for picture in pictures)
    assert tensor["parameters"]["binary_data_size"] == size
    sent = int(request["headers"]["Content-Length"])
    assert sent - int(request["headers"]["Inference-Header-Content-Length"]) == size


def test_a_binary_server_may_answer_in_json(model_server, items):
    (score,) = scorer(model_server.url + "/binary", "json_only").score(items(b"x"), PATIENT_S)
    assert score == {"plugin.aesthetic": score_of(b"x"), "plugin.sharp": 0.5}


@pytest.mark.parametrize("model", ["nan", "infinite"])
def test_what_is_no_finite_number_costs_its_image_alone_in_bytes_too(model_server, items, model):
    wrong, right = scorer(model_server.url + "/binary", model).score(items(b"x", b"y"), PATIENT_S)
    assert (wrong["plugin.aesthetic"], wrong["plugin.sharp"]) == (None, 0.5)
    assert right["plugin.aesthetic"] == single_of(b"y")


@pytest.mark.parametrize(
    "model",
    [
        "bytes_too_few",
        "bytes_too_many",
        "bytes_cut",
        "bytes_left_over",
        "length_beyond",
        "length_short",
        "length_negative",
        "length_text",
        "length_long",
        "length_none",
    ],
)
def test_a_length_that_is_a_lie_refuses_the_whole_answer(model_server, items, model):
    message = failure(scorer(model_server.url + "/binary", model), items(b"x", b"y"))
    assert message.startswith("bad_answer: ")


def test_the_limit_of_an_answer_holds_for_bytes_too(model_server, items):
    message = failure(scorer(model_server.url + "/binary", "huge_bytes"), items(b"x"))
    assert message == "bad_answer: more than 1,000,000 bytes"


def test_what_is_sent_is_json_that_everybody_reads(model_server, items):
    scorer(model_server.url, "json").score(items(b"x"), PATIENT_S)
    (request,) = model_server.asked("json")
    assert request["question"] == json.loads(json.dumps(request["question"], allow_nan=False))
    assert list(request["question"]["inputs"][0]) == ["name", "datatype", "shape", "data"]
