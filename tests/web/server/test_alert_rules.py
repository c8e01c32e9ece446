"""The alert rules for Prometheus, and the tables of metrics: both name what ``/metrics`` has."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest
import yaml

from tests.support.monitoring import everything_measured, require_known
from tests.support.paths import ROOT

FOLDER = ROOT / "deploy" / "prometheus"
RULES = FOLDER / "smashpass.rules.yml"
PROMTOOL = shutil.which("promtool")
_LABEL = re.compile(r"\$labels\.([a-z]+)")


@pytest.fixture
def samples(filled_home: Path, tmp_path: Path) -> dict[str, set[str]]:
    """The samples of ``/metrics`` after everything happened once: name → names of labels."""
    return everything_measured(filled_home, tmp_path)


def rules() -> list[dict]:
    groups = yaml.safe_load(RULES.read_text())["groups"]
    assert [group["name"] for group in groups] == ["smashpass-models", "smashpass-server"]
    return [rule for group in groups for rule in group["rules"]]


def test_every_alert_says_what_it_means_and_names_metrics_that_exist(samples):
    alerts = [rule["alert"] for rule in rules()]
    assert len(set(alerts)) == len(alerts) == 18
    for rule in rules():
        assert set(rule["annotations"]) == {"summary", "description"}
        assert rule["labels"]["severity"] in ("critical", "warning", "info")
        known = require_known(rule["expr"], samples)
        labels = set(_LABEL.findall(" ".join(rule["annotations"].values())))
        assert labels <= known, rule["alert"]


def test_the_labels_that_alerts_select_by_have_these_values(filled_home, tmp_path):
    """A selector with a value that never occurs would be an alert that never fires."""
    text = RULES.read_text()
    assert 'route=~"/api/v1/(deck|swipes)"' in text
    routes = (ROOT / "smashpass/web/api/public/decks.py").read_text()
    assert '"/deck",' in routes
    assert '"/swipes",' in routes
    assert 'what="dropped"' in text
    assert 'count("dropped"' in (ROOT / "smashpass/services/decisions/recorder.py").read_text()


@pytest.mark.skipif(PROMTOOL is None, reason="promtool is not installed (package prometheus)")
@pytest.mark.parametrize(
    "arguments",
    [
        ("check", "config", "prometheus.yml"),
        ("check", "rules", "smashpass.rules.yml"),
        ("test", "rules", "smashpass.tests.yml"),
    ],
    ids=" ".join,
)
def test_prometheus_itself_takes_the_files_and_alerts_as_the_tests_say(arguments):
    assert PROMTOOL is not None
    run = subprocess.run(
        [PROMTOOL, *arguments], cwd=FOLDER, capture_output=True, text=True, timeout=120
    )
    assert run.returncode == 0, run.stdout + run.stderr
    assert "SUCCESS" in run.stdout + run.stderr


def test_every_alert_of_the_server_is_tested():
    tests = (FOLDER / "smashpass.tests.yml").read_text()
    groups = yaml.safe_load(RULES.read_text())["groups"]
    assert [rule["alert"] for rule in groups[1]["rules"] if rule["alert"] not in tests] == []


def test_the_example_watches_the_job_that_the_alerts_name():
    config = yaml.safe_load((FOLDER / "prometheus.yml").read_text())
    (job,) = config["scrape_configs"]
    assert config["rule_files"] == [RULES.name]
    assert (job["job_name"], job["metrics_path"]) == ("smashpass", "/metrics")


def test_the_table_of_scoring_metrics_is_complete(samples):
    text = (ROOT / "docs" / "scoring.md").read_text()
    section = text.partition("## What to watch")[2].partition("\n## ")[0]
    documented = set(re.findall(r"^\| `(smashpass_[a-z_]+)`", section, re.MULTILINE))
    assert documented == {name for name in families(samples) if "score" in name}
    assert "deploy/prometheus/smashpass.rules.yml" in section


def test_the_table_of_all_metrics_is_complete(samples):
    text = (ROOT / "docs" / "monitoring.md").read_text()
    rows = re.findall(r"^\| `(smashpass_[a-z_]+)` \| ([^|]*)\|", text, re.MULTILINE)
    documented = {name: set(re.findall("`([a-z]+)`", labels)) for name, labels in rows}
    assert len(documented) == len(rows)
    expected = families(samples)
    assert {name for name, _ in rows} == set(expected)
    for name, labels in documented.items():
        assert labels == expected[name], name


def test_the_table_of_alerts_is_complete():
    text = (ROOT / "docs" / "monitoring.md").read_text()
    rows = re.findall(r"^\| `(Smashpass\w+)` \| (\w+) \|", text, re.MULTILINE)
    assert rows == [(rule["alert"], rule["labels"]["severity"]) for rule in rules()]


def families(samples: dict[str, set[str]]) -> dict[str, set[str]]:
    """The metrics as people speak of them, a histogram being one: name → names of labels."""
    suffixes = re.compile("_(bucket|sum|count)$")
    named: dict[str, set[str]] = {}
    for name, labels in samples.items():
        if not name.endswith("_created"):
            named.setdefault(suffixes.sub("", name), set()).update(labels - {"le"})
    return named
