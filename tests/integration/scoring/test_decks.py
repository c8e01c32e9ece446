"""Decks over HTTP with a model server: what a viewer meets, and what the metrics say of it."""

from __future__ import annotations

import os
import shutil
import time
from collections import Counter

import pytest
from PIL import Image

from smashpass.cli.main import run
from smashpass.settings import load
from smashpass.web.app import create_app

IMAGES = 120
TREE = """
format: 1
id: judged
labels: [default]
attributes:
  plugin.aesthetic: {type: number, min: 0, max: 1}
  plugin.sharp: {type: number, min: 0, max: 1}
root:
  id: score
  if: {attr: plugin.aesthetic, gte: 0.5, on_missing: false}
  then:
    id: sharp
    if: {attr: plugin.sharp, gte: 0.2, on_missing: false}
    then:
      id: wide
      if: {attr: image.width, gte: 1}
      then: {id: high, verdict: smash, reason: "A high score"}
      else: {id: narrow, verdict: pass, reason: "Too narrow"}
    else: {id: blurred, verdict: pass, reason: "Not sharp"}
  else: {id: low, verdict: pass, reason: "A low score, or none"}
"""


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    """A library of some pictures, all different, with rules that ask a model."""
    folder = tmp_path_factory.mktemp("decks")
    collection = folder / "set"
    collection.mkdir()
    rows = ["file_name,tags,source,licence,digital_source_type,real_person,depicts"]
    for number in range(IMAGES):
        name = f"{number}.png"
        colour = (number, 255 - number, number * 7 % 256)
        Image.new("RGB", (96 + number % 7, 64), colour).save(collection / name)
        rows.append(f"{name},hat,tests,CC0-1.0,digitalCreation,false,object")
    (collection / "metadata.csv").write_text("\n".join(rows) + "\n")
    (folder / "tree.yaml").write_text(TREE)
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("SMASHPASS_HOME", str(folder / "home"))
        assert run(["import", str(collection), "--quiet", "--workers", "1"]) == 0
        assert run(["rules", "publish", str(folder / "tree.yaml"), "--reason", "r"]) == 0
    return folder / "home"


class Site:
    """An application with a model, and a viewer of it."""

    def __init__(self, app) -> None:
        self.app = app
        self.client = app.test_client(use_cookies=False)
        self.token = self.new_viewer()

    def new_viewer(self) -> str:
        return self.client.post("/api/v1/viewers", json={"age_band": "18+"}).json["token"]

    def get(self, path: str, token: str = "", **query):
        headers = {"Authorization": f"Bearer {token or self.token}"}
        answer = self.client.get(f"/api/v1{path}", headers=headers, query_string=query)
        assert answer.status_code == 200, answer.text
        return answer.json

    def decisions(self, token: str = "", **query) -> list:
        return [card["decision"] for card in self.get("/deck", token, **query)["cards"]]

    def swipe_all(self, cards: list, run_name: str) -> None:
        swipes = [
            {"id": f"{run_name}-{place}", "image": card["image"], "verdict": "pass",
             "at": "2026-01-01T00:00:00Z"}
            for place, card in enumerate(cards)
        ]  # fmt: skip
        answer = self.client.post(
            "/api/v1/swipes",
            json={"swipes": swipes},
            headers={"Authorization": f"Bearer {self.token}"},
        )
        assert answer.json["accepted"] == len(cards), answer.text

    def metrics(self) -> dict[str, float]:
        text = self.client.get("/metrics").text
        lines = [line for line in text.splitlines() if not line.startswith("#")]
        return {name: float(value) for name, value in (line.rsplit(" ", 1) for line in lines)}


@pytest.fixture
def site(home, monkeypatch, model_server, tmp_path):
    """Makes the site with one of the models of the server."""

    def start(model: str, **settings: str) -> Site:
        shutil.copytree(home, tmp_path / "home")  # scores are kept: every test has its own
        environment = {
            "SMASHPASS_HOME": str(tmp_path / "home"),
            "SMASHPASS_SCORER_URL": model_server.url,
            "SMASHPASS_SCORER_MODEL": model,
            "SMASHPASS_SCORER_DEADLINE_MS": "1500",
            **settings,
        }
        for name, value in environment.items():
            monkeypatch.setenv(name, value)
        return Site(create_app(load(os.environ)))

    return start


def until(condition, seconds: float = 20.0) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.02)


def test_the_cards_of_the_next_deck_are_scored_before_it_is_asked_for(site, model_server):
    viewer = site("ahead")
    first = viewer.get("/deck")["cards"]
    assert {card["decision"]["engine"] for card in first} == {"model"}
    assert {card["decision"]["model"]["source"] for card in first} == {"live"}
    asked = model_server.asked
    until(lambda: sum(len(one["question"]["inputs"][0]["data"]) for one in asked("ahead")) == 40)
    time.sleep(0.2)  # the server notes a question before it answers it
    viewer.swipe_all(first, "first")
    second = viewer.get("/deck")["cards"]
    assert not {card["image"] for card in first} & {card["image"] for card in second}
    assert {card["decision"]["model"]["source"] for card in second} == {"store"}
    assert {card["decision"]["model"]["ms"] for card in second} == {0}


def test_a_decision_says_which_model_gave_the_score_and_whether_it_was_kept(site):
    viewer = site("told")
    live, kept = viewer.decisions()[0], viewer.decisions()[0]
    assert live["model"].pop("ms") > 0
    assert kept["model"].pop("ms") == 0
    expected = {"name": "oip", "model": "told", "version": "7", "score": live["model"]["score"]}
    assert live["model"] == {**expected, "source": "live"}
    assert kept["model"] == {**expected, "source": "store"}


def test_a_deck_that_may_not_wait_is_answered_with_what_is_known(site):
    viewer = site("late", SMASHPASS_SCORER_WAIT="never")
    assert {decision["fallback"] for decision in viewer.decisions()} == {"pending"}
    until(lambda: {decision["engine"] for decision in viewer.decisions()} == {"model"})


def test_every_decision_of_a_deck_is_counted_by_how_it_came_about(site, model_server):
    viewer = site("flaky", SMASHPASS_SCORER_DEADLINE_MS="50")
    model_server.get("/flaky/up")
    asked_before = len(model_server.asked("flaky"))
    came_about: Counter[str] = Counter()
    for number in range(300):
        if number in (20, 100, 180):
            model_server.get("/flaky/down")
        if number in (60, 140, 220):
            model_server.get("/flaky/up")
        for decision in viewer.decisions(viewer.new_viewer(), n=3):
            engine = decision["engine"]
            assert engine in ("model", "rules-fallback")
            came_about[decision.get("fallback") or decision["model"]["source"]] += 1
    sources = {name: came_about.pop(name, 0) for name in ("store", "live")}
    metrics = viewer.metrics()
    for source, count in sources.items():
        assert metrics.get(f'smashpass_scores_total{{source="{source}"}}', 0) == count
    counted = {
        name.split('"')[1]: value
        for name, value in metrics.items()
        if name.startswith("smashpass_score_fallbacks_total{")
    }
    assert counted == came_about

    def calls(metrics):
        prefix = "smashpass_scorer_calls_total{"
        return sum(value for name, value in metrics.items() if name.startswith(prefix))

    # What was asked for ahead of the next deck may still be on its way.
    until(lambda: calls(viewer.metrics()) == len(model_server.asked("flaky")) - asked_before)
    metrics = viewer.metrics()
    assert metrics['smashpass_scorer_call_seconds_count{scorer="oip"}'] == calls(metrics)
    assert metrics['smashpass_scorer_batch_images_count{scorer="oip"}'] == calls(metrics)


def test_the_metrics_show_a_scorer_that_is_left_alone(site):
    viewer = site("error")
    for number in range(8):
        viewer.decisions(viewer.new_viewer(), n=2, seed=number)
    until(lambda: viewer.metrics().get('smashpass_scorer_breaker_open{scorer="oip"}') == 1)


@pytest.mark.parametrize("model", ["early", "takes_pixels"])
def test_a_worker_looks_at_the_model_server_before_anybody_asks(site, model_server, model, caplog):
    viewer = site(model)
    before = len(model_server.asked(f"gets-{model}"))
    questions = len(model_server.asked(model))
    viewer.app.extensions["smashpass"].decisions.probe_scorers()
    until(lambda: len(model_server.asked(f"gets-{model}")) > before)
    if model == "takes_pixels":
        until(lambda: "incompatible" in caplog.text)
    assert len(model_server.asked(model)) == questions
