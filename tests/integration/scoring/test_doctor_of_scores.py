"""``smashpass doctor``: what it says of model servers and of the scores that are kept."""

from __future__ import annotations

import pytest

from smashpass.services.operations.scorers import missing_for_embeddings


@pytest.fixture
def checks(collection, monkeypatch):
    """Imports pictures without a model; then returns the checks of scorers, with one."""
    assert collection.bring_in("--quiet").code == 0

    def found(url: str, model: str) -> dict[str, tuple[str, str]]:
        monkeypatch.setenv("SMASHPASS_SCORER_URL", url)
        monkeypatch.setenv("SMASHPASS_SCORER_MODEL", model)
        monkeypatch.setenv("SMASHPASS_SCORER_OUTPUTS", "aesthetic=aesthetic")
        results = collection.run("doctor", "--json").json["checks"]
        return {
            result["name"]: (result["state"], result["detail"])
            for result in results
            if result["name"] in ("scorer", "scores")
        }

    return found


def test_a_server_that_is_well_is_ok_and_scores_that_are_missing_are_told(
    checks, collection, model_server
):
    found = checks(model_server.url, "doctor")
    assert found["scorer"] == ("ok", "oip doctor: reachable, fault server 1.5, pictures as JSON")
    assert found["scores"] == ("warn", "oip doctor: no scores yet; run: smashpass scores fill")
    assert collection.run("scores", "fill").code == 0
    state, detail = checks(model_server.url, "doctor")["scores"]
    assert (state, detail[:10]) == ("ok", "oip doctor")
    assert detail.endswith(": 100.0 % of 3 pictures")


def test_a_server_that_is_away_is_a_warning_for_rules_decide_then(checks, closed_port):
    state, detail = checks(f"http://127.0.0.1:{closed_port}", "doctor")["scorer"]
    assert state == "warn"
    assert "not reachable: unreachable: Connection refused; until that is mended, rules" in detail


def test_a_newer_version_that_waits_is_a_warning(checks, collection, model_server):
    checks(model_server.url, "doctor_waits")
    model_server.get("/version/doctor_waits/8")
    assert collection.run("scores", "fill").code == 0
    model_server.get("/version/doctor_waits/9")
    assert collection.run("scores", "fill", "--limit", "1").code in (0, 3)
    state, detail = checks(model_server.url, "doctor_waits")["scores"]
    assert state == "warn"
    assert "oip doctor_waits 8: 100.0 % of 3 pictures, oip doctor_waits 9 waits at 33.3 %" in detail


def test_columns_that_fell_behind_are_a_warning(checks, collection, model_server):
    checks(model_server.url, "doctor")
    assert collection.run("scores", "fill").code == 0
    (file,) = (collection.home / "snapshots").glob("scores-*.snapshot")
    file.unlink()
    state, detail = checks(model_server.url, "doctor")["scores"]
    assert state == "warn"
    assert "the columns are of generation 0, the scores of" in detail


@pytest.mark.parametrize(
    ("count", "missing", "says"),
    [
        (0, {"numpy", "faiss"}, ""),
        (500_000, {"faiss"}, ""),
        (5, {"numpy"}, "5 embeddings are not used, as numpy is not installed"),
        (500_001, {"faiss"}, "all 500,001 embeddings are compared, as faiss is not installed"),
        (500_001, set(), ""),
    ],
)
def test_what_embeddings_lack_is_told(
    monkeypatch: pytest.MonkeyPatch, count: int, missing: set[str], says: str
) -> None:
    monkeypatch.setattr(
        "smashpass.services.operations.scorers.find_spec",
        lambda name: None if name in missing else name,
    )
    text = missing_for_embeddings(count)
    assert text.startswith(says)
    assert bool(text) == bool(says) == ("smashpass[similar]" in text)
