"""The scorer ``oip`` with model servers that others wrote, exactly as their packages bring them."""

from __future__ import annotations

import hashlib
import struct
import time

import pytest

from smashpass.exchange import Endpoint
from smashpass.scoring.oip import OipScorer
from smashpass.services.scoring.breaker import Breaker
from smashpass.services.scoring.client import GuardedScorer
from smashpass.services.scoring.ports import ScorerFailed

pytestmark = [pytest.mark.foreign, pytest.mark.slow]

PATIENT_S = 20.0
PICTURES = 200
VERSIONS = {"kserve": "v2", "mlserver": "v3", "pytriton": "1"}
SERVERS = {
    "kserve": ("kserve", "0.21.0", False),
    "mlserver": ("mlserver", "1.7.1", False),
    "pytriton": ("triton", "2.51.0", True),
}
RENAMED = {"First-Byte": "first_byte"}


def single(number: float) -> float:
    """Return the FP32 number nearest to one."""
    return struct.unpack("<f", struct.pack("<f", number))[0]


def pictures() -> list[bytes]:
    """Return pictures of 4 bytes to 64 kB."""
    blocks = [hashlib.sha256(f"picture {number}".encode()).digest() for number in range(PICTURES)]
    return [block * (1 + 2_000 * (block[0] % 8 == 0)) for block in blocks]


def expected(picture: bytes) -> dict[str, float]:
    """Return what the models of these tests say of a picture.

    The quotient of two FP32 numbers, rounded from the one of two doubles, is the exact one.
    """
    return {
        "plugin.brightness": single(sum(picture) % 9_973 / 9_973),
        "plugin.first_byte": single(picture[0] / 255),
    }


def scorer(server, model: str = "pictures") -> OipScorer:
    return OipScorer(Endpoint.of(server.url), model, renamed=RENAMED)


def test_every_score_is_exactly_that_of_the_model(foreign_server, items):
    oip_scorer = scorer(foreign_server)
    files = pictures()
    assert oip_scorer.score(items(*files), PATIENT_S) == [expected(file) for file in files]
    assert oip_scorer.version == VERSIONS[foreign_server.kind]


def test_a_probe_says_what_the_server_is(foreign_server):
    health = scorer(foreign_server).health()
    assert (health.server, health.server_version, health.binary) == SERVERS[foreign_server.kind]
    assert (health.reachable, health.problem) == (True, "")
    assert health.fills == ("plugin.brightness", "plugin.first_byte")


def test_a_model_that_the_server_does_not_have_is_one_clear_reason(foreign_server, items):
    with pytest.raises(ScorerFailed) as caught:
        scorer(foreign_server, "absent").score(items(b"some"), PATIENT_S)
    assert caught.value.reason == "incompatible"
    assert str(caught.value).startswith("incompatible: it has no model 'absent': HTTP status 404: ")


def test_a_picture_that_the_model_cannot_read_is_a_bad_answer(foreign_server, items):
    """These models need a first byte of each picture; any error of a model looks the same."""
    with pytest.raises(ScorerFailed) as caught:
        scorer(foreign_server).score(items(b"abc", b"x"), PATIENT_S)
    assert str(caught.value).startswith("bad_answer: HTTP status ")


def test_a_server_that_was_killed_is_back_by_itself(foreign_server, items):
    guarded = GuardedScorer(scorer(foreign_server), breaker=Breaker(failures=2, pause_s=0.2))
    file = pictures()[0]
    assert guarded.call(items(file), PATIENT_S).values == [expected(file)]
    foreign_server.kill()
    reasons = [guarded.call(items(file), PATIENT_S).reason for _ in range(3)]
    assert reasons == ["unreachable", "unreachable", "breaker_open"]
    foreign_server.start()
    time.sleep(0.2)
    assert guarded.call(items(file), PATIENT_S).values == [expected(file)]
    assert guarded.breaker == "closed"
