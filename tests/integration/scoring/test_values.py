"""Values of scorers, from a plugin and from a model server to decisions over HTTP."""

from __future__ import annotations

import os

import pytest

from smashpass.cli.main import run
from smashpass.settings import load
from smashpass.web.app import create_app

PLUGIN = """
import pluggy

NAN = float("nan")
SAID = {
    "good": {"plugin.mood": "calm", "plugin.sharp": True, "plugin.level": 3, "plugin.score": 9.5},
    "grim": {"plugin.mood": "grim", "plugin.sharp": True, "plugin.level": 3, "plugin.score": 9.5},
    "huge": {"plugin.mood": "calm", "plugin.sharp": True, "plugin.level": 3, "plugin.score": 1e30},
    "nan": {"plugin.mood": "calm", "plugin.sharp": True, "plugin.level": 3, "plugin.score": NAN},
    "half": {"plugin.mood": "calm", "plugin.sharp": True, "plugin.level": 2.5, "plugin.score": 9},
    "number": {"plugin.mood": 7, "plugin.sharp": True, "plugin.level": 3, "plugin.score": 9.5},
    "one": {"plugin.mood": "calm", "plugin.sharp": 1, "plugin.level": 3, "plugin.score": 9.5},
    "true": {"plugin.mood": "calm", "plugin.sharp": True, "plugin.level": True, "plugin.score": 9},
    "text": {"plugin.mood": "calm", "plugin.sharp": True, "plugin.level": 3, "plugin.score": "9"},
    "long": {"plugin.mood": "c" * 201, "plugin.sharp": True, "plugin.level": 3, "plugin.score": 9},
    "list": ["plugin.mood"],
    "names": {5: 1, "mood": "calm"},
    "nothing": None,
}

class Moody:
    name, version = "moody", "1"
    attributes = ("plugin.mood", "plugin.sharp", "plugin.level", "plugin.score")
    def score(self, batch, deadline_s):
        return [next(said for tag, said in SAID.items() if tag in item.tags) for item in batch]

@pluggy.HookimplMarker("smashpass")
def smashpass_scorers(settings):
    return [Moody()]
"""
TREE = """
format: 1
id: moods
labels: [default]
attributes:
  plugin.mood: {type: text}
  plugin.sharp: {type: boolean}
  plugin.level: {type: integer, min: 1, max: 5}
  plugin.score: {type: number, min: 0, max: 10, source: plugin}
root:
  id: mood
  if: {attr: plugin.mood, in: [calm, merry], on_missing: false}
  then:
    id: sharp
    if: {attr: plugin.sharp, eq: true, on_missing: false}
    then:
      id: level
      if: {all: [{attr: plugin.level, gte: 2, on_missing: false},
                 {attr: plugin.score, gte: 9, on_missing: false}]}
      then: {id: all, verdict: smash, reason: "Calm, sharp and high"}
      else: {id: low, verdict: pass, reason: "Calm and sharp, but not high"}
    else: {id: blurred, verdict: pass, reason: "Calm, but not sharp"}
  else: {id: other, verdict: pass, reason: "Not calm"}
"""
EXPECTED = {
    "good": ("model", "all", None),
    "grim": ("model", "other", None),
    "huge": ("rules-fallback", "low", "out_of_range"),
    "nan": ("rules-fallback", "low", "bad_answer"),
    "half": ("rules-fallback", "low", "bad_answer"),
    "number": ("rules-fallback", "other", "bad_answer"),
    "one": ("rules-fallback", "blurred", "bad_answer"),
    "true": ("rules-fallback", "low", "bad_answer"),
    "text": ("rules-fallback", "low", "bad_answer"),
    "long": ("rules-fallback", "other", "bad_answer"),
    "list": ("rules-fallback", "other", "bad_answer"),
    "names": ("rules-fallback", "other", "no_value"),
    "nothing": ("rules-fallback", "other", "no_picture"),
}


@pytest.fixture
def deck(tmp_path, monkeypatch):
    """Imports one image a tag, publishes a tree, and returns the cards of a deck by tag."""

    def serve(tags, tree, **settings):
        rows = "".join(f"{tag},{tag}\n" for tag in tags)
        (tmp_path / "set.csv").write_text(f"id,tags\n{rows}")
        (tmp_path / "tree.yaml").write_text(tree)
        for name, value in {"SMASHPASS_HOME": str(tmp_path / "home"), **settings}.items():
            monkeypatch.setenv(name, value)
        credit = ["--licence", "MIT", "--source", "s", "--digital-source-type", "digitalCreation"]
        subject = ["--no-real-person", "--depicts", "object", "--quiet", "--media", "none"]
        assert run(["import", str(tmp_path / "set.csv"), *credit, *subject]) == 0
        assert run(["rules", "publish", str(tmp_path / "tree.yaml"), "--reason", "r"]) == 0
        client = create_app(load(os.environ)).test_client(use_cookies=False)
        token = client.post("/api/v1/viewers", json={"age_band": "18+"}).json["token"]
        answer = client.get("/api/v1/deck", headers={"Authorization": f"Bearer {token}"}).json
        return {card["tags"][0]: card["decision"] for card in answer["cards"]}

    return serve


def test_values_of_every_type_decide_and_what_does_not_fit_costs_its_image_alone(
    deck, tmp_path, monkeypatch
):
    installed = tmp_path / "installed"
    info = installed / "moody-1.0.dist-info"
    info.mkdir(parents=True)
    (installed / "moody_plugin.py").write_text(PLUGIN)
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: moody\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text("[smashpass.plugins]\nmoody = moody_plugin\n")
    monkeypatch.syspath_prepend(str(installed))

    decisions = deck(EXPECTED, TREE, SMASHPASS_PLUGINS="moody")
    assert {
        tag: (decision["engine"], decision["leaf"], decision.get("fallback"))
        for tag, decision in decisions.items()
    } == EXPECTED
    assert decisions["good"]["model"]["score"] == "calm"
