"""``scorer serve`` over real sockets, asked by smashpass's own client and by others."""

from __future__ import annotations

import base64
import signal
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

import pytest

from smashpass.exchange import Endpoint
from smashpass.scorer.commands import run
from smashpass.scorer.model import load_model
from smashpass.scorer.runtime import ModelFile
from smashpass.scoring.oip import OipScorer
from smashpass.services.scoring.breaker import Breaker
from smashpass.services.scoring.client import GuardedScorer
from smashpass.services.scoring.ports import ScorerFailed

pytestmark = pytest.mark.slow

PATIENT_S = 20.0


def base64_of(data: bytes) -> str:
    return base64.b64encode(data).decode()


def tensor(*texts: object, **changes: object) -> dict:
    shape = [len(texts), 1]
    return {"name": "image", "datatype": "BYTES", "shape": shape, "data": list(texts)} | changes


@pytest.fixture(scope="module")
def truth(exported, files) -> list[float]:
    """What the file itself says of each picture, asked one by one."""
    model = ModelFile(exported / "model.onnx")
    return [float(model.answer([base64_of(data)])["aesthetic"][0, 0]) for data in files]


def scorer(process) -> OipScorer:
    return OipScorer(Endpoint.of(process.url), "smashpass")


def test_every_score_is_that_of_the_model(scorer_process, exported, items, files, truth):
    oip_scorer = scorer(scorer_process)
    assert len(files) == 200
    answers = oip_scorer.score(items(*files), PATIENT_S)
    scores = [answer["plugin.aesthetic"] for answer in answers]
    assert scores == pytest.approx(truth, abs=1e-6)
    assert oip_scorer.version == load_model(exported).version


def test_a_probe_says_what_the_server_is(scorer_process):
    health = scorer(scorer_process).health()
    assert (health.server, health.binary, health.problem) == ("smashpass-scorer", False, "")
    assert health.fills == ("plugin.aesthetic",)


def test_a_picture_that_cannot_be_read_costs_itself_alone(scorer_process, items, files, truth):
    answers = scorer(scorer_process).score(items(files[0], b"no picture", files[1]), PATIENT_S)
    assert answers[0]["plugin.aesthetic"] == pytest.approx(truth[0], abs=1e-6)
    assert answers[1].get("plugin.aesthetic") is None
    assert answers[2]["plugin.aesthetic"] == pytest.approx(truth[1], abs=1e-6)


def test_requests_that_are_put_together_get_their_own_numbers(scorer_process, files, truth):
    """Thirty at a time, of different sizes, some with pictures that cannot be read."""

    def ask(number: int) -> None:
        places = [(number * 7 + step) % len(files) for step in range(1 + number % 5)]
        texts = [base64_of(files[place]) for place in places]
        status, answer = scorer_process.infer(id=f"{number}", inputs=[tensor(*texts, "broken")])
        assert (status, answer["id"]) == (200, f"{number}")
        scores = answer["outputs"][0]["data"]
        assert scores[:-1] == pytest.approx([truth[place] for place in places], abs=1e-6)
        assert scores[-1] is None

    with ThreadPoolExecutor(30) as pool:
        list(pool.map(ask, range(120)))


@pytest.mark.parametrize(
    ("inputs", "text"),
    [
        ([], "the input must be image"),
        ([tensor("a"), tensor("b")], "the input must be image"),
        ([tensor("a", name="picture")], "the input must be image"),
        ([tensor("a", datatype="FP32")], "must be BYTES"),
        ([tensor("a", shape=[1, 1, 1])], "must be BYTES"),
        ([tensor("a", shape=[])], "must be BYTES"),
        ([tensor("a", shape=[2, 1])], "does not have the 2 elements"),
        ([tensor("a", "b", shape=[1, 1])], "does not have the 1 elements"),
        ([tensor("a", data={"b64": "a"})], "does not have the 1 elements"),
        ([tensor()], "0 pictures; 1 to 32"),
        ([tensor(*["a"] * 33)], "33 pictures; 1 to 32"),
    ],
)
def test_a_request_of_another_form_is_refused_alone(scorer_process, files, truth, inputs, text):
    """It must not shift the numbers of those that it would have been put together with."""
    good = [tensor(base64_of(files[3]))]
    with ThreadPoolExecutor(9) as pool:
        answers = list(
            pool.map(
                lambda asked: scorer_process.infer(inputs=asked), [*[good] * 4, inputs, *[good] * 4]
            )
        )
    status, answer = answers.pop(4)
    assert status == 400
    assert text in answer["error"]
    for status, answer in answers:
        assert status == 200
        assert answer["outputs"][0]["data"] == pytest.approx([truth[3]], abs=1e-6)


def test_only_the_outputs_that_were_asked_for_are_sent(scorer_process, files):
    inputs = [tensor([base64_of(files[0])])]
    _, answer = scorer_process.infer(inputs=inputs, outputs=[{"name": "emb"}])
    assert [(output["name"], output["shape"]) for output in answer["outputs"]] == [("emb", [1, 64])]
    status, answer = scorer_process.infer(inputs=inputs, outputs=[{"name": "other"}])
    assert (status, answer) == (400, {"error": "the outputs are aesthetic, dist, emb"})


def test_the_metadata_declares_the_tensors(scorer_process, exported):
    _, metadata = scorer_process.ask("GET", "/v2/models/smashpass")
    assert metadata["versions"] == [load_model(exported).version]
    assert metadata["inputs"] == [{"name": "image", "datatype": "BYTES", "shape": [-1, 1]}]
    assert [(output["name"], output["shape"]) for output in metadata["outputs"]] == [
        ("aesthetic", [-1, 1]),
        ("dist", [-1, 10]),
        ("emb", [-1, 64]),
    ]


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/metrics"),
        ("GET", "/v2/docs"),
        ("POST", "/v2/repository/index"),
        ("POST", "/v2/repository/models/smashpass/unload"),
        ("POST", "/v2/models/smashpass/infer_stream"),
        ("POST", "/v2/models/smashpass"),
        ("PUT", "/v2/models/smashpass/infer"),
    ],
)
def test_there_is_no_other_door(scorer_process, method, path):
    assert scorer_process.ask(method, path, b"{}") == (404, {"error": "no such route"})


def test_what_is_too_large_or_compressed_is_refused_unread(scorer_process):
    path = "/v2/models/smashpass/infer"
    status, answer = scorer_process.ask("POST", path, None, Content_Length="32000001")
    assert (status, answer) == (413, {"error": "the request is larger than 32,000,000 bytes"})
    status, _ = scorer_process.ask("POST", path, b"{}", Content_Encoding="gzip")
    assert status == 415
    status, _ = scorer_process.ask("POST", path, None, Transfer_Encoding="chunked")
    assert status == 411


def test_it_listens_on_one_port_of_this_computer_alone(scorer_process):
    process = Path(f"/proc/{scorer_process.process.pid}")
    descriptors = set()
    for path in (process / "fd").iterdir():
        with suppress(FileNotFoundError):  # a connection that ended meanwhile
            descriptors.add(str(path.readlink()))
    # See proc(5): the second field is the address, the fourth the state, 0A is listening.
    rows = [
        line.split()
        for name in ("tcp", "tcp6")
        for line in (process / "net" / name).read_text().splitlines()[1:]
    ]
    listening = [row[1] for row in rows if row[3] == "0A" and f"socket:[{row[9]}]" in descriptors]
    assert listening == [f"0100007F:{scorer_process.port:04X}"]


def test_a_model_of_another_name_is_not_there(scorer_process, items, files):
    with pytest.raises(ScorerFailed) as caught:
        OipScorer(Endpoint.of(scorer_process.url), "absent").score(items(files[0]), PATIENT_S)
    assert caught.value.reason == "incompatible"


def test_a_port_in_use_is_one_clear_error(scorer_process, exported, capsys):
    assert run(["serve", str(exported), "--port", str(scorer_process.port)]) == 1
    assert f"cannot listen at 127.0.0.1:{scorer_process.port}" in capsys.readouterr().err


def test_a_server_that_was_killed_is_back_by_itself(scorer_process, items, files):
    guarded = GuardedScorer(scorer(scorer_process), breaker=Breaker(failures=2, pause_s=0.2))
    before = guarded.call(items(files[0]), PATIENT_S).values
    assert before is not None
    scorer_process.end(signal.SIGKILL)
    reasons = [guarded.call(items(files[0]), PATIENT_S).reason for _ in range(3)]
    assert reasons == ["unreachable", "unreachable", "breaker_open"]
    scorer_process.start()
    time.sleep(0.2)
    assert guarded.call(items(files[0]), PATIENT_S).values == before
    assert guarded.breaker == "closed"


def test_ctrl_c_ends_it_without_a_word(scorer_process):
    """The last test of this module, because it ends the server."""
    assert scorer_process.end() == 0
    assert "Traceback" not in scorer_process.log()
    assert "Ctrl-C ends it" in scorer_process.log()
