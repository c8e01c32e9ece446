"""What the scorer ``oip`` learns of a server before it asks about pictures."""

from __future__ import annotations

import logging
import time

import pytest

from smashpass.exchange import Endpoint
from smashpass.scoring.oip import OipScorer
from smashpass.services.scoring.ports import ScorerFailed

DEADLINE_S = 0.3
PATIENT_S = 20.0
TOLERANCE_S = 5.0


def scorer(url: str, model: str, **options) -> OipScorer:
    return OipScorer(Endpoint.of(url), model, **options)


def failure(oip_scorer: OipScorer, batch, deadline_s=PATIENT_S) -> str:
    started = time.monotonic()
    with pytest.raises(ScorerFailed) as caught:
        oip_scorer.score(batch, deadline_s)
    assert time.monotonic() - started < deadline_s + TOLERANCE_S
    return str(caught.value)


def test_a_server_is_asked_once_what_it_is(model_server, items):
    oip_scorer = scorer(model_server.url, "declared")
    before = len(model_server.asked("gets-declared"))
    for _ in range(3):
        oip_scorer.score(items(b"x"), PATIENT_S)
    paths = [request["path"] for request in model_server.asked("gets-declared")][before:]
    assert paths == ["/v2/models/declared", "/v2/models/declared/ready"]


def test_what_the_server_says_is_told(model_server):
    oip_scorer = scorer(model_server.url + "/binary", "declared")
    facts = oip_scorer.probe(PATIENT_S)
    assert (facts.server, facts.server_version, facts.versions) == ("fault server", "1.5", ("7",))
    assert facts.outputs == {"aesthetic": True, "dist": False, "label": False}
    assert facts.binary
    assert not scorer(model_server.url, "declared").probe(PATIENT_S).binary


def test_outputs_that_are_not_declared_are_ignored(model_server, items):
    (score,) = scorer(model_server.url, "declared").score(items(b"x"), PATIENT_S)
    assert list(score) == ["plugin.aesthetic"]


@pytest.mark.parametrize("model", ["declared_doubles", "declared_wrong_shape"])
def test_an_output_that_breaks_its_declaration_has_no_values(model_server, items, model):
    scores = scorer(model_server.url, model).score(items(b"x", b"y"), PATIENT_S)
    assert scores == [{"plugin.aesthetic": None, "plugin.sharp": 0.5}] * 2


@pytest.mark.parametrize("model", ["gets_nothing", "declared_nothing", "metadata_odd"])
def test_a_server_that_says_nothing_of_itself_is_used_as_it_is(model_server, items, model):
    oip_scorer = scorer(model_server.url, model)
    (score,) = oip_scorer.score(items(b"x"), PATIENT_S)
    assert sorted(score) == ["plugin.aesthetic", "plugin.sharp"]
    assert oip_scorer.probe(PATIENT_S).outputs is None


@pytest.mark.parametrize(
    ("model", "stated"), [("takes_pixels", "pixels FP32"), ("other_datatype", "image UINT8")]
)
def test_a_model_for_something_else_is_refused(model_server, items, model, stated):
    message = failure(scorer(model_server.url, model), items(b"x"))
    assert message == (
        f"incompatible: the model must take the input image BYTES, and takes {stated}"
    )
    assert model_server.asked(model) == []


def test_a_model_that_takes_more_than_pictures_is_asked(model_server, items):
    assert scorer(model_server.url, "takes_text_too").score(items(b"x"), PATIENT_S)[0]


@pytest.mark.parametrize(
    "model", ["metadata_huge", "metadata_garbage", "metadata_list", "not_ready"]
)
def test_metadata_that_cannot_be_read_is_a_bad_answer(model_server, items, model):
    assert failure(scorer(model_server.url, model), items(b"x")).startswith("bad_answer: ")
    assert model_server.asked(model) == []


def test_a_server_without_metadata_need_not_say_that_it_is_ready(model_server, items):
    """Triton says of a model that it does not have that it is not ready."""
    assert scorer(model_server.url, "unready").score(items(b"x"), PATIENT_S)[0]
    assert failure(scorer(model_server.url, "unknown"), items(b"x")).startswith("incompatible: ")


def test_a_redirect_of_metadata_is_not_followed(model_server, items):
    assert scorer(model_server.url, "metadata_redirect").score(items(b"x"), PATIENT_S)[0]


@pytest.mark.parametrize("model", ["metadata_silent", "metadata_drip"])
def test_no_probe_holds_a_scorer_beyond_its_deadline(model_server, items, model):
    message = failure(scorer(model_server.url, model), items(b"x"), DEADLINE_S)
    assert message.startswith("timeout")


def test_a_server_that_failed_is_asked_again_what_it_is(model_server, items):
    oip_scorer = scorer(model_server.url, "flaky")
    oip_scorer.score(items(b"x"), PATIENT_S)
    before = len(model_server.asked("gets-flaky"))
    model_server.get("/flaky/down")
    for _ in range(2):
        assert failure(oip_scorer, items(b"x")).startswith("bad_answer: HTTP status 500")
    model_server.get("/flaky/up")
    oip_scorer.score(items(b"x"), PATIENT_S)
    oip_scorer.score(items(b"x"), PATIENT_S)
    # After the first failure nothing was learned: everything was 404. After the second, all again.
    assert len(model_server.asked("gets-flaky")) == before + 4


def test_a_server_that_is_late_is_not_asked_more(model_server, items):
    oip_scorer = scorer(model_server.url, "slow")
    oip_scorer.probe(PATIENT_S)
    before = len(model_server.asked("gets-slow"))
    for _ in range(2):
        assert failure(oip_scorer, items(b"x"), DEADLINE_S).startswith("timeout")
    assert len(model_server.asked("gets-slow")) == before


def test_health_is_for_a_person_to_read(model_server, closed_port):
    renamed = {"Aesthetic-Score": "aesthetic"}
    health = scorer(model_server.url, "declared_named", renamed=renamed).health()
    assert health.reachable
    assert health.fills == ("plugin.aesthetic", "plugin.sharp")
    assert (health.server, health.problem) == ("fault server", "")
    refused = scorer(model_server.url, "takes_pixels").health()
    assert refused.reachable
    assert "takes pixels FP32" in refused.problem
    dead = scorer(f"http://127.0.0.1:{closed_port}", "x").health()
    assert not dead.reachable
    assert dead.problem.startswith("unreachable")


def test_an_output_that_the_operator_names_and_the_model_lacks_is_told(model_server, items, caplog):
    oip_scorer = scorer(model_server.url, "declared", renamed={"Beauty": "beauty"})
    with caplog.at_level(logging.WARNING):
        oip_scorer.score(items(b"x"), PATIENT_S)
        oip_scorer.score(items(b"x"), PATIENT_S)
    (message,) = [record.getMessage() for record in caplog.records]
    assert message.endswith("the model has no output 'Beauty'")
    assert oip_scorer.health().problem == "the model has no output 'Beauty'"
