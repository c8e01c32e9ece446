"""The plugin in docs/scoring.md does what the document says."""

from __future__ import annotations

import os
import re
import tomllib

import pytest
from PIL import Image

from smashpass.cli.main import run
from smashpass.settings import load
from smashpass.web.app import create_app
from tests.support.paths import ROOT

TEXT = (ROOT / "docs" / "scoring.md").read_text()
TREE = """
format: 1
id: light
labels: [default]
attributes:
  plugin.brightness: {type: number, min: 0, max: 1}
root:
  id: bright
  if: {attr: plugin.brightness, gte: 0.5, on_missing: false}
  then:
    id: very
    if: {attr: plugin.brightness, gte: 0.9, on_missing: false}
    then:
      id: wide
      if: {attr: image.width, gte: 1}
      then: {id: white, verdict: smash, reason: White}
      else: {id: narrow, verdict: pass, reason: Narrow}
    else: {id: light, verdict: smash, reason: Light}
  else: {id: dark, verdict: pass, reason: Dark}
"""
COLOURS = {"white.png": 255, "grey.png": 180, "black.png": 0}


def block(name: str) -> str:
    """Return the text of the file that the document shows under a name."""
    fenced = re.search(rf"^`?[^\n]*`{re.escape(name)}`:\n```\w+\n(.*?)^```$", TEXT, re.M | re.S)
    assert fenced is not None, name
    return fenced[1]


@pytest.fixture
def installed(tmp_path, monkeypatch):
    """The plugin of the document, installed as pip would do it."""
    project = tomllib.loads(block("pyproject.toml"))["project"]
    site = tmp_path / "installed"
    name = project["name"].replace("-", "_")
    info = site / f"{name}-{project['version']}.dist-info"
    info.mkdir(parents=True)
    (site / "smashpass_brightness.py").write_text(block("smashpass_brightness.py"))
    (info / "METADATA").write_text(
        f"Metadata-Version: 2.1\nName: {project['name']}\nVersion: {project['version']}\n"
    )
    ((group, entries),) = project["entry-points"].items()
    lines = [f"[{group}]", *(f"{key} = {value}" for key, value in entries.items())]
    (info / "entry_points.txt").write_text("\n".join(lines) + "\n")
    monkeypatch.syspath_prepend(str(site))
    monkeypatch.setenv("SMASHPASS_PLUGINS", "brightness")
    monkeypatch.setenv("SMASHPASS_SCORER_DEADLINE_MS", "1500")
    monkeypatch.setenv("SMASHPASS_HOME", str(tmp_path / "home"))


def test_the_plugin_of_the_document_decides(installed, tmp_path):
    pictures = tmp_path / "set"
    pictures.mkdir()
    rows = ["file_name,tags,source,licence,digital_source_type,real_person,depicts"]
    for name, grey in COLOURS.items():
        Image.new("L", (64, 64), grey).save(pictures / name)
        rows.append(f"{name},{name.split('.')[0]},tests,CC0-1.0,digitalCreation,false,object")
    (pictures / "metadata.csv").write_text("\n".join(rows) + "\n")
    (tmp_path / "tree.yaml").write_text(TREE)
    assert run(["import", str(pictures), "--quiet", "--workers", "1"]) == 0
    assert run(["rules", "publish", str(tmp_path / "tree.yaml"), "--reason", "r"]) == 0

    client = create_app(load(os.environ)).test_client(use_cookies=False)
    token = client.post("/api/v1/viewers", json={"age_band": "18+"}).json["token"]
    deck = client.get("/api/v1/deck", headers={"Authorization": f"Bearer {token}"}).json
    decisions = {card["tags"][0]: card["decision"] for card in deck["cards"]}
    assert {tag: decision["leaf"] for tag, decision in decisions.items()} == {
        "white": "white",
        "grey": "light",
        "black": "dark",
    }
    for decision in decisions.values():
        assert decision["engine"] == "model"
        assert decision["model"]["name"] == "brightness"
        assert decision["model"]["version"] == "1"
