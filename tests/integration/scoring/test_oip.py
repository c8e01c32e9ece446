"""The scorer ``oip`` against a real server in another process, well-behaved and not."""

from __future__ import annotations

import base64
import time
from concurrent.futures import ThreadPoolExecutor
from urllib.request import urlopen

import pytest

from smashpass.core.errors import BadSetting
from smashpass.exchange import Endpoint
from smashpass.scoring.oip import OipScorer, smashpass_scorers
from smashpass.services.scoring.ports import ScorerFailed

DEADLINE_S = 0.3
PATIENT_S = 20.0  # where an answer comes, also on a busy machine
TOLERANCE_S = 5.0  # for a busy machine; without the deadline it would take 7 s or more
PICTURES = (b"one picture", b"another", b"a third one")


def score_of(data: bytes) -> float:
    """Return what the server says."""
    return sum(data) % 1_000 / 1_000


def scorer(url: str, model: str) -> OipScorer:
    return OipScorer(Endpoint.of(url), model)


def failure(oip_scorer: OipScorer, batch, deadline_s=DEADLINE_S) -> str:
    """Return why a scorer fails; it must do so in time."""
    started = time.monotonic()
    with pytest.raises(ScorerFailed) as caught:
        oip_scorer.score(batch, deadline_s)
    assert time.monotonic() - started < deadline_s + TOLERANCE_S
    return caught.value.reason


def test_each_output_of_one_number_an_image_fills_an_attribute(model_server, items):
    oip_scorer = scorer(model_server.url, "fast")
    scores = oip_scorer.score(items(*PICTURES), PATIENT_S)
    assert scores == [
        {"plugin.aesthetic": score_of(data), "plugin.sharp": 0.5} for data in PICTURES
    ]
    assert (oip_scorer.name, oip_scorer.version) == ("oip", "7")


def test_a_version_belongs_to_the_answer_of_its_thread(model_server, items):
    """While a server is updated, several calls at once are answered by different versions."""
    oip_scorer = scorer(model_server.url, "updated")

    def version_of_answer(version: str) -> None:
        urlopen(f"{model_server.url}/version/updated/{version}").close()
        oip_scorer.score(items(b"one picture"), PATIENT_S)

    with ThreadPoolExecutor(1) as first, ThreadPoolExecutor(1) as second:
        first.submit(version_of_answer, "old").result()
        second.submit(version_of_answer, "new").result()
        assert first.submit(lambda: oip_scorer.version).result() == "old"
        assert second.submit(lambda: oip_scorer.version).result() == "new"
    assert oip_scorer.version == "new"  # to those who have not asked


def test_outputs_that_are_not_of_the_images_are_left_out(model_server, items):
    scores = scorer(model_server.url, "more_outputs").score(items(*PICTURES), PATIENT_S)
    assert scores == [
        {"plugin.aesthetic": score_of(data), "plugin.sharp": 0.5} for data in PICTURES
    ]


def test_the_question_is_the_one_of_the_protocol(model_server, items):
    scorer(model_server.url, "protocol").score(items(*PICTURES), PATIENT_S)
    (request,) = model_server.asked("protocol")
    assert request["path"] == "/v2/models/protocol/infer"
    assert request["headers"]["Content-Type"] == "application/json"
    (tensor,) = request["question"]["inputs"]
    assert (tensor["name"], tensor["datatype"], tensor["shape"]) == ("image", "BYTES", [3, 1])
    assert tuple(map(base64.b64decode, tensor["data"])) == PICTURES
    assert 0 < request["question"]["parameters"]["timeout"] <= PATIENT_S * 1_000_000


def test_the_server_may_have_a_path_and_the_model_any_name(model_server, items):
    scorer(model_server.url + "/some/where/", "a b/ä").score(items(b"x"), PATIENT_S)
    (request,) = model_server.asked("a%20b%2F%C3%A4")
    assert request["path"] == "/some/where/v2/models/a%20b%2F%C3%A4/infer"


@pytest.mark.parametrize("model", ["nested", "nested_deeply"])
def test_numbers_may_be_nested_in_lists_of_one(model_server, items, model):
    scores = scorer(model_server.url, model).score(items(b"x", b"yz"), PATIENT_S)
    assert [score["plugin.aesthetic"] for score in scores] == [score_of(b"x"), score_of(b"yz")]


def test_images_without_a_picture_are_left_out(model_server, items):
    scores = scorer(model_server.url, "some").score(items(None, b"x", None, b"y", None), PATIENT_S)
    assert [score and score["plugin.aesthetic"] for score in scores] == [
        None,
        score_of(b"x"),
        None,
        score_of(b"y"),
        None,
    ]
    assert scorer(model_server.url, "none").score(items(None, None), PATIENT_S) == [None, None]
    assert model_server.asked("none") == []


def test_many_images_are_asked_about_in_parts(model_server, items):
    pictures = [bytes([number]) * 3 for number in range(70)]
    scores = scorer(model_server.url, "many").score(items(*pictures), PATIENT_S)
    assert [score["plugin.aesthetic"] for score in scores] == list(map(score_of, pictures))
    shapes = [request["question"]["inputs"][0]["shape"] for request in model_server.asked("many")]
    assert shapes == [[32, 1], [32, 1], [6, 1]]


@pytest.mark.parametrize("model", ["slow", "silent", "drip_headers", "drip_body"])
def test_no_server_holds_a_scorer_beyond_its_deadline(model_server, items, model):
    assert failure(scorer(model_server.url, model), items(*PICTURES)) == "timeout"


def test_a_server_that_takes_no_connection_costs_the_deadline_at_most(full_port, items):
    oip_scorer = scorer(f"http://127.0.0.1:{full_port}", "x")
    assert failure(oip_scorer, items(*PICTURES)) == "timeout"


def test_a_server_that_reads_nothing_costs_the_deadline_at_most(full_port, items):
    """The first connections are taken by the system, which reads until its buffers are full."""
    oip_scorer = scorer(f"http://127.0.0.1:{full_port}", "x")
    assert failure(oip_scorer, items(*[b"x" * 1_000_000] * 10)) == "timeout"


def test_a_dead_server_is_told_at_once(closed_port, items):
    oip_scorer = scorer(f"http://127.0.0.1:{closed_port}", "x")
    started = time.monotonic()
    assert failure(oip_scorer, items(b"x"), PATIENT_S) == "unreachable"
    assert time.monotonic() - started < TOLERANCE_S


def test_a_name_without_an_address_is_unreachable(items):
    assert (
        failure(scorer("http://no.such.host.invalid", "x"), items(b"x"), PATIENT_S) == "unreachable"
    )


@pytest.mark.parametrize(
    "model",
    [
        "error",
        "empty_204",
        "redirect",
        "not_json",
        "deep",
        "garbage",
        "many_headers",
        "huge",
        "half",
        "no_outputs",
        "empty_outputs",
        "list",
        "strings",
        "many_outputs",
        "doubles",
    ],
)
def test_an_answer_that_is_not_the_protocols_is_no_answer(model_server, items, model):
    assert failure(scorer(model_server.url, model), items(*PICTURES), PATIENT_S) == "bad_answer"


@pytest.mark.parametrize(
    "model",
    [
        "wrong_count",
        "wrong_shape",
        "no_shape",
        "odd_shape",
        "endless_shape",
        "text_data",
        "null_data",
        "twice",
    ],
)
def test_an_output_that_is_wrong_costs_its_own_values_alone(model_server, items, model):
    scores = scorer(model_server.url, model).score(items(*PICTURES), PATIENT_S)
    assert scores == [{"plugin.aesthetic": None, "plugin.sharp": 0.5}] * len(PICTURES)


@pytest.mark.parametrize(
    "model",
    ["nan", "infinite", "gigantic", "truth", "text", "lists_of_two"],
)
def test_what_is_no_finite_number_costs_its_image_and_output_alone(model_server, items, model):
    wrong, right = scorer(model_server.url, model).score(items(*PICTURES[:2]), PATIENT_S)
    assert wrong["plugin.aesthetic"] is None
    assert right["plugin.aesthetic"] is not None


def test_an_answer_without_any_finite_number_is_an_answer(model_server, items):
    """Else one picture that a model cannot read would look like a broken server."""
    scores = scorer(model_server.url, "only_nan").score(items(b"x"), PATIENT_S)
    assert scores == [{"plugin.aesthetic": None}]


def test_a_redirect_is_not_followed(model_server, items):
    before = len(model_server.asked("fast"))
    assert failure(scorer(model_server.url, "redirect"), items(b"x"), PATIENT_S) == "bad_answer"
    assert len(model_server.asked("fast")) == before


def test_a_body_without_end_is_given_up(model_server, items):
    reason = failure(scorer(model_server.url, "endless"), items(b"x"), 2)
    assert reason in ("bad_answer", "timeout")


def test_a_server_that_hangs_up_is_no_answer(model_server, items):
    assert failure(scorer(model_server.url, "hang_up"), items(b"x"), PATIENT_S) in (
        "bad_answer",
        "unreachable",
    )


def test_proxies_of_the_environment_are_not_used(model_server, items, closed_port, monkeypatch):
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy"):
        monkeypatch.setenv(name, f"http://127.0.0.1:{closed_port}")
    assert scorer(model_server.url, "fast").score(items(b"x"), PATIENT_S)[0] is not None


class Given:
    def __init__(self, **values):
        self.values = values


def test_without_an_address_there_is_no_scorer():
    assert smashpass_scorers(Given()) == []
    assert smashpass_scorers(Given(scorer_url=None)) == []
    (configured,) = smashpass_scorers(Given(scorer_url="https://models.example:8443/base"))
    assert configured.name == "oip"


@pytest.mark.parametrize(
    "url",
    [
        "models.example",
        "ftp://models.example",
        "file:///etc/passwd",
        "http://",
        "http://user:secret@models.example",
        "http://models.example/?a=b",
        "http://models.example/#a",
        "http://models.example:http",
        "http://models.example:99999",
        "http://models.example/a b",
        "http://[::1",
        "http://models.example/\r\nX: y",
    ],
)
def test_an_address_that_is_none_is_refused_at_the_start(url):
    with pytest.raises(BadSetting) as caught:
        smashpass_scorers(Given(scorer_url=url))
    assert "SMASHPASS_SCORER_URL" in str(caught.value)
    assert "secret" not in str(caught.value)
