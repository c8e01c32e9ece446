"""The dashboard for Grafana: it can be imported anywhere, and asks for what ``/metrics`` has."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from itertools import combinations
from pathlib import Path

import pytest
import yaml

from tests.support.monitoring import everything_measured, require_known
from tests.support.paths import ROOT

BOARD = json.loads((ROOT / "deploy/grafana/smashpass.json").read_text())
PANELS = [panel for panel in BOARD["panels"] if panel["type"] != "row"]
ROWS = [panel["title"] for panel in BOARD["panels"] if panel["type"] == "row"]
SOURCE = {"type": "prometheus", "uid": "${datasource}"}
PROMTOOL = shutil.which("promtool")
_WIDTH = 24
_LEGEND = re.compile(r"\{\{(\w+)\}\}")


def expressions() -> list[tuple[str, str, str]]:
    """Of each query of each panel: title, expression without variables, and legend."""
    return [
        (
            panel["title"],
            target["expr"].replace("$__rate_interval", "5m").replace("$instance", ".*"),
            target["legendFormat"],
        )
        for panel in PANELS
        for target in panel["targets"]
    ]


def test_it_can_be_imported_into_any_grafana_from_10_on():
    assert BOARD["id"] is None
    assert BOARD["schemaVersion"] >= 38
    datasource, instance = BOARD["templating"]["list"]
    assert (datasource["name"], datasource["type"]) == ("datasource", "datasource")
    assert datasource["query"] == "prometheus"
    assert (instance["name"], instance["datasource"]) == ("instance", SOURCE)
    for panel in PANELS:
        assert panel["datasource"] == SOURCE
        assert all(target["datasource"] == SOURCE for target in panel["targets"])


def test_every_panel_says_what_it_shows_in_which_unit():
    assert ROWS == ["Traffic", "Latency", "Capacity", "People", "Models", "Operation"]
    assert len({panel["title"] for panel in BOARD["panels"]}) == len(BOARD["panels"])
    for panel in PANELS:
        assert panel["title"]
        assert panel["description"].endswith(".")
        assert panel["fieldConfig"]["defaults"]["unit"]
        steps = panel["fieldConfig"]["defaults"]["thresholds"]["steps"]
        assert steps[0]["value"] is None
        assert panel["targets"]


def test_no_panel_overlaps_another_or_leaves_the_page():
    places = [(panel["title"], panel["gridPos"]) for panel in BOARD["panels"]]
    for title, place in places:
        assert 0 <= place["x"] < place["x"] + place["w"] <= _WIDTH, title
    for (title, a), (other, b) in combinations(places, 2):
        apart = (
            a["x"] + a["w"] <= b["x"]
            or b["x"] + b["w"] <= a["x"]
            or a["y"] + a["h"] <= b["y"]
            or b["y"] + b["h"] <= a["y"]
        )
        assert apart, (title, other)
    ids = [panel["id"] for panel in BOARD["panels"]]
    assert len(set(ids)) == len(ids)


def test_every_query_asks_for_metrics_and_labels_that_exist(filled_home: Path, tmp_path: Path):
    samples = everything_measured(filled_home, tmp_path)
    for title, expression, legend in expressions():
        known = require_known(expression, samples)
        assert set(_LEGEND.findall(legend)) <= known, title
        assert 'instance=~".*"' in expression, title


def test_every_metric_is_on_the_dashboard(filled_home: Path, tmp_path: Path):
    samples = everything_measured(filled_home, tmp_path)
    shown = " ".join(expression for _, expression, _ in expressions())
    suffixes = re.compile("_(bucket|sum|count|created)$")
    assert [name for name in samples if suffixes.sub("", name) not in shown] == []


@pytest.mark.skipif(PROMTOOL is None, reason="promtool is not installed (package prometheus)")
def test_prometheus_can_read_every_query(tmp_path: Path):
    rules = [
        {"record": f"panel:{number}", "expr": expression}
        for number, (_, expression, _) in enumerate(expressions())
    ]
    file = tmp_path / "panels.yml"
    file.write_text(yaml.safe_dump({"groups": [{"name": "panels", "rules": rules}]}))
    assert PROMTOOL is not None
    run = subprocess.run(
        [PROMTOOL, "check", "rules", file], capture_output=True, text=True, timeout=120
    )
    assert run.returncode == 0, run.stdout + run.stderr
    assert f"{len(rules)} rules found" in run.stdout + run.stderr
