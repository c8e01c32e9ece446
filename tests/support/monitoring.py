"""What ``/metrics`` has once everything happened that is counted."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

from prometheus_client.parser import text_string_to_metric_families

from smashpass.core.imageset import Ordinal
from smashpass.core.library.model_version import ModelVersion
from smashpass.services.operations.backups.parts import LastBackup
from smashpass.services.scoring.ports import PREPROCESSING
from smashpass.settings import load
from smashpass.web.app import create_app

SOURCE = ModelVersion("oip", "smashpass", "7", PREPROCESSING)
OF_PROMETHEUS = frozenset({"instance", "job", "le"})
"""Labels that Prometheus adds, and that of the buckets."""
_METRIC = re.compile(r"\bsmashpass_[a-z_]+")
_SELECTION = re.compile(r"\b(smashpass_[a-z_]+)\{([^}]*)\}")
_LABEL = re.compile(r"([a-z]+)\s*(?:=|!=|=~|!~)")
_GROUPED = re.compile(r"\b(?:by|on|ignoring)\s*\(([^)]*)\)")


def everything_measured(filled_home: Path, folder: Path) -> dict[str, set[str]]:
    """Return the samples of ``/metrics``: name → names of labels.

    Args:
        filled_home: An installation; it is copied.
        folder: Where to.
    """
    home = folder / "home"
    shutil.copytree(filled_home, home)
    settings = {"SMASHPASS_HOME": str(home), "SMASHPASS_SCORER_URL": "http://127.0.0.1:9"}
    app = create_app(load(settings | {"SMASHPASS_LOG_LEVEL": "error"}))
    services = app.extensions["smashpass"]
    parts = services.installation
    pictures = parts.scores.unscored(SOURCE, Ordinal(0), 10)
    parts.scores.put(SOURCE, {sha256: {"plugin.aesthetic": 0.5} for _, sha256 in pictures})
    parts.column_file.save()
    parts.library.refresh()
    services.backups.note(LastBackup(services.clock(), "/mnt/backups"))
    metrics = app.extensions["metrics"]
    metrics.count_decisions("dropped", 1)
    measures = metrics.scoring
    measures.call("oip", "ok", 0.1, 3)
    measures.score_used("store")
    measures.fallback("timeout")
    measures.unsaved(1)
    measures.breaker("oip", is_open=True)
    client = app.test_client()
    assert client.get("/readyz").status_code == 200
    text = client.get("/metrics").text
    services.close()
    samples: dict[str, set[str]] = {}
    for family in text_string_to_metric_families(text):
        for sample in family.samples:
            samples.setdefault(sample.name, set()).update(sample.labels)
    # Where there are several processes, each has its own value; tests/web/server/test_server.py.
    samples["smashpass_worker_library_version"].add("pid")
    return samples


def require_known(expression: str, samples: dict[str, set[str]]) -> set[str]:
    """Fail if an expression names a metric or label that is not there; return all its labels."""
    named = set(_METRIC.findall(expression))
    assert named <= set(samples), named - set(samples)
    assert named or 'up{job="smashpass"}' in expression, expression
    for name, selector in _SELECTION.findall(expression):
        selected = set(_LABEL.findall(selector))
        assert selected <= samples[name] | OF_PROMETHEUS, (name, selector)
    labels = set(OF_PROMETHEUS).union(*(samples[name] for name in named))
    for grouping in _GROUPED.findall(expression):
        grouped = {label.strip() for label in grouping.split(",")}
        assert grouped <= labels, (grouping, expression)
    assert expression.count("(") == expression.count(")")
    return labels
