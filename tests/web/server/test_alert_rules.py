"""The alert rules for Prometheus, and the table of metrics: both name what ``/metrics`` has."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml
from prometheus_client.parser import text_string_to_metric_families

from smashpass.core.imageset import Ordinal
from smashpass.core.library.model_version import ModelVersion
from smashpass.services.scoring.ports import PREPROCESSING
from smashpass.settings import load
from smashpass.web.app import create_app

ROOT = Path(__file__).parents[3]
RULES = ROOT / "deploy" / "prometheus" / "smashpass.rules.yml"
SOURCE = ModelVersion("oip", "smashpass", "7", PREPROCESSING)
_METRIC = re.compile(r"\bsmashpass_[a-z_]+")
_LABEL = re.compile(r"\$labels\.([a-z]+)")


@pytest.fixture
def samples(filled_home: Path, tmp_path: Path) -> Iterator[dict[str, set[str]]]:
    """The samples of ``/metrics`` after everything happened once: name → names of labels."""
    home = tmp_path / "home"
    shutil.copytree(filled_home, home)
    settings = {"SMASHPASS_HOME": str(home), "SMASHPASS_SCORER_URL": "http://127.0.0.1:9"}
    app = create_app(load(settings | {"SMASHPASS_LOG_LEVEL": "error"}))
    services = app.extensions["smashpass"]
    parts = services.installation
    pictures = parts.scores.unscored(SOURCE, Ordinal(0), 10)
    parts.scores.put(SOURCE, {sha256: {"plugin.aesthetic": 0.5} for _, sha256 in pictures})
    parts.column_file.save()
    parts.library.refresh()
    measures = app.extensions["metrics"].scoring
    measures.call("oip", "ok", 0.1, 3)
    measures.score_used("store")
    measures.fallback("timeout")
    measures.unsaved(1)
    measures.breaker("oip", is_open=True)
    client = app.test_client()
    assert client.get("/readyz").status_code == 200
    text = client.get("/metrics").text
    names: dict[str, set[str]] = {}
    for family in text_string_to_metric_families(text):
        for sample in family.samples:
            names.setdefault(sample.name, set()).update(sample.labels)
    yield names
    services.close()


def rules() -> list[dict]:
    (group,) = yaml.safe_load(RULES.read_text())["groups"]
    return group["rules"]


def test_every_alert_says_what_it_means_and_names_metrics_that_exist(samples):
    alerts = [rule["alert"] for rule in rules()]
    assert len(set(alerts)) == len(alerts) == 4
    for rule in rules():
        assert set(rule["annotations"]) == {"summary", "description"}
        named = _METRIC.findall(rule["expr"])
        assert named
        assert set(named) <= set(samples), rule["alert"]
        assert rule["expr"].count("(") == rule["expr"].count(")")
        labels = set(_LABEL.findall(" ".join(rule["annotations"].values())))
        assert labels <= set.union(*(samples[name] for name in named)), rule["alert"]


def test_every_label_that_is_selected_by_exists(samples):
    for rule in rules():
        for name, selector in re.findall(r"(smashpass_[a-z_]+)\{([^}]*)\}", rule["expr"]):
            selected = set(re.findall(r"([a-z]+)\s*(?:=|!=|=~|!~)", selector))
            assert selected
            assert selected <= samples[name]


def test_the_table_of_metrics_is_complete(samples):
    text = (ROOT / "docs" / "scoring.md").read_text()
    section = text.partition("## What to watch")[2].partition("\n## ")[0]
    documented = set(re.findall(r"^\| `(smashpass_[a-z_]+)`", section, re.MULTILINE))
    suffixes = re.compile("_(bucket|sum|count)$")
    scoring = {
        suffixes.sub("", name)
        for name in samples
        if "score" in name and not name.endswith("_created")
    }
    assert documented == scoring
    assert "deploy/prometheus/smashpass.rules.yml" in section
