"""Collaborative filtering in decks: who gets scores, from which model, and who gets none."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from smashpass.core.imageset import ImageSet, Ordinal
from smashpass.rulefiles.load import load_texts
from smashpass.scoring.collab.folder import CollabFolder
from smashpass.services.decisions.replay import replay
from smashpass.services.training.collab.dealing import CollabScores, SwipeHistory
from smashpass.services.training.collab.factors import ImageFactors, LogisticWeights
from smashpass.services.training.collab.report import CollabReport
from tests.support import trees

IMAGES = 1_000
"""More than the library has."""
VERSION = "0123456789ab"
DECLARED = "attributes: {plugin.collab: {type: number, min: 0, max: 1}}"
READS = "{attr: plugin.collab, gte: 0.5, on_missing: false}"


def factors_of(images: int = IMAGES, version: str = VERSION) -> ImageFactors:
    """A model in which every third image is of one kind, and all others of another."""
    vectors = np.array([[-3.0 if n % 3 else 3.0] for n in range(1, images + 1)], np.float32)
    gram = vectors.T.astype(float) @ vectors.astype(float)
    popularity = np.full(images, 0.4, np.float32)
    weights = LogisticWeights(match=30.0)
    return ImageFactors(version, np.arange(1, images + 1), popularity, vectors, gram, weights)


def put_in_use(folder: CollabFolder, factors: ImageFactors | None) -> None:
    version = "" if factors is None else factors.version
    folder.save(CollabReport(1, 2, 3, 4, version=version, is_forced=True), factors)


@pytest.fixture
def judging(open_world: Callable[..., Any], monkeypatch: pytest.MonkeyPatch) -> Any:
    """A site whose tree reads ``plugin.collab``, with a model in use."""
    monkeypatch.setattr("smashpass.services.training.collab.dealing.LOOK_S", 0.0)
    world = open_world(SMASHPASS_DECISION_LOG_PERCENT="100")
    text = trees.tree("plain").partition("\ntests:")[0] + "\n"
    text = text.replace("if: beard", f"if: {READS}").replace("root:", f"{DECLARED}\nroot:", 1)
    world.parts.publishing.publish(
        load_texts({"rules/plain.yaml": text}), by="ann", origin="test", reason="for the test"
    )
    put_in_use(world.parts.collab_folder, factors_of())
    world.look()
    return world


def swipe(world: Any, viewer: Any, numbers: range) -> None:
    """Smash every third image, pass all others."""
    viewer.swipe(*((f"s{n}", world.image(n), "pass" if n % 3 else "smash") for n in numbers))


def test_each_viewer_gets_scores_of_their_own(judging: Any) -> None:
    viewer, other = judging.new_viewer(), judging.new_viewer()
    swipe(judging, viewer, range(1, 31))
    cards = viewer.deck(n=40, explain=1)["cards"]

    expected = factors_of()
    smashed = [n for n in range(1, 31) if not n % 3]
    vector = expected.viewer(ImageSet(smashed), ImageSet(range(1, 31)) - ImageSet(smashed))
    for number, card in zip(judging.numbers(cards), cards, strict=True):
        decision = card["decision"]
        (score,) = expected.scores(vector, [Ordinal(number)])
        assert decision["engine"] == "model"
        assert decision["model"]["name"] == "collab"
        assert decision["model"]["version"] == VERSION
        assert decision["model"]["source"] == "live"
        assert decision["model"]["score"] == pytest.approx(score)
        assert (decision["leaf"] == "one") == (score >= 0.5) == (number % 3 == 0)
        alone = viewer.post("/decisions", {"image": card["image"], "explain": True}).json
        del alone["model"]["ms"], decision["model"]["ms"]
        assert alone == decision
    for card in other.deck(n=40)["cards"]:
        assert (card["decision"]["engine"], card["decision"]["fallback"]) == (
            "rules-fallback",
            "no_history",
        )


@pytest.mark.parametrize("why", ["under 18", "switched off", "nine swipes"])
def test_for_whom_there_is_no_score(judging: Any, why: str) -> None:
    viewer = judging.new_viewer("13-17" if why == "under 18" else "18+")
    swipe(judging, viewer, range(1, 10) if why == "nine swipes" else range(1, 31))
    if why == "switched off":
        engines = {card["decision"]["engine"] for card in viewer.deck()["cards"]}
        assert engines == {"model"}
        number = judging.parts.viewers.delta(viewer.viewer, 0).viewer.id
        judging.parts.viewers.set_limits(number, {"taste": False})
    decisions = [card["decision"] for card in viewer.deck()["cards"]]
    assert {decision.get("fallback") for decision in decisions} == {"no_history"}


def test_the_log_is_replayed_to_the_same_bytes_without_the_model(judging: Any) -> None:
    viewer = judging.new_viewer()
    swipe(judging, viewer, range(1, 31))
    assert len({card["decision"]["leaf"] for card in viewer.deck(n=40)["cards"]}) > 1
    judging.new_viewer().deck(n=5)
    put_in_use(judging.parts.collab_folder, None)
    judging.parts.recorder.close()
    (path,) = (judging.home / "decisions").iterdir()
    lines = path.read_text().splitlines(keepends=True)
    assert len([line for line in lines if "plugin.collab" in json.loads(line)["attrs"]]) == 40
    book, vocabulary = judging.parts.rules.book, judging.parts.library.index.vocabulary
    records = list(replay(lines, lambda _sha256: book, lambda _version: vocabulary))
    assert [record.same for record in records] == [True] * 45


def test_without_a_model_it_is_an_attribute_that_no_scorer_gives(judging: Any) -> None:
    viewer = judging.new_viewer()
    swipe(judging, viewer, range(1, 31))
    assert viewer.deck(n=1)["cards"][0]["decision"]["engine"] == "model"
    put_in_use(judging.parts.collab_folder, None)
    decision = viewer.deck(n=1)["cards"][0]["decision"]
    assert (decision["engine"], decision["fallback"]) == ("rules-fallback", "no_scorer")


def test_another_model_is_followed_and_a_damaged_one_left_alone(
    tmp_path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("smashpass.services.training.collab.dealing.LOOK_S", 0.0)
    folder = CollabFolder(tmp_path)
    scores = CollabScores(folder.stamp, folder.load)
    history = SwipeHistory("v", 1, ImageSet([3, 6]), ImageSet([1, 2, 4, 5, 7, 8, 10, 11]))
    assert scores.factors is None
    versions = []
    for version in (VERSION, "ba9876543210"):
        put_in_use(folder, factors_of(version=version))
        factors = scores.factors
        assert factors is not None
        versions.append(factors.version)
        vector = scores.viewer(factors, history)
        assert vector is not None
        assert scores.viewer(factors, history) is vector
        assert scores.viewer(factors, history._replace(moment=2)) is not vector
        fresh = factors.viewer(history.smashed, history.passed)
        assert factors.scores(vector, [Ordinal(9)]) == factors.scores(fresh, [Ordinal(9)])
    assert versions == [VERSION, "ba9876543210"]

    put_in_use(folder, factors_of())
    (path,) = tmp_path.glob("*.factors")
    path.write_bytes(path.read_bytes()[:-1] + b"?")
    assert scores.factors is None
    assert "going on without collaborative filtering" in caplog.text


def test_everybody_is_told_of_it(judging: Any) -> None:
    assert judging.nobody.good("/transparency")["collab"] == VERSION
    page = judging.app.test_client().get("/about").text
    assert f"collaborative filtering, version {VERSION}" in page
    put_in_use(judging.parts.collab_folder, None)
    assert judging.nobody.good("/transparency")["collab"] is None
    assert "collaborative filtering" not in judging.app.test_client().get("/about").text
