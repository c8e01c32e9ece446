"""``smashpass plugins``: the scorers of this installation, and the plugins it could have."""

from __future__ import annotations

import os

import click

from smashpass.bootstrap.container import build
from smashpass.cli.output import json_option, print_json, visible
from smashpass.services.operations.scorers import (
    IN_MEMORY,
    ScorerReport,
    health_text,
    looks_at_tags,
)
from smashpass.settings import load


@click.command(epilog="Example: smashpass plugins --json")
@json_option
def command(as_json: bool) -> None:
    """List the scorers, how they are, and the plugins that are installed but not enabled.

    Scorers are asked how they are, for two seconds at most. No scorer ever gets data of viewers.
    """
    container = build(load(os.environ))
    services, collab = container.scorers, container.collab.status()
    reports, not_enabled = services.reports(), services.not_enabled()
    if as_json:
        print_json(
            {
                "scorers": [_report_json(report) for report in reports],
                "not_enabled": [
                    {"name": plugin.name, "package": plugin.package, "version": plugin.version}
                    for plugin in not_enabled
                ],
                "collab": None if collab is None else collab.as_json(),
            }
        )
        return
    for report in reports:
        click.echo(visible(report.name))
        for label, text in _facts(report):
            click.echo(f"  {label:12}{visible(text)}")
    if not reports:
        click.echo(
            "no scorer is configured; set SMASHPASS_SCORER_URL, SMASHPASS_SCORER_ONNX"
            " or SMASHPASS_PLUGINS"
        )
    if collab is not None:
        click.echo(f"collab: {visible(collab.as_text())}")
    for plugin in not_enabled:
        click.echo(
            visible(
                f"{plugin.name} ({plugin.package} {plugin.version}): "
                "installed, not enabled: add it to SMASHPASS_PLUGINS"
            )
        )


def _facts(report: ScorerReport) -> list[tuple[str, str]]:
    """Return what is shown of a scorer: a label and a text each."""
    plugin, attributes, needs = report.provided.plugin, report.attributes, report.needs
    return [
        ("package", f"{plugin.package} {plugin.version}" if plugin.package else "built in"),
        ("model", report.model or "not named"),
        ("version", report.version or "not known before its first answer"),
        (
            "attributes",
            "any that no other fills" if attributes is None else ", ".join(attributes) or "none",
        ),
        ("needs", "not declared" if needs is None else ", ".join(needs) or "nothing"),
        ("health", health_text(report.health)),
        ("scores", _scores_text(report)),
    ]


def _scores_text(report: ScorerReport) -> str:
    """Describe the scores in use."""
    scores = report.in_use
    if looks_at_tags(report.provided.scorer):
        return IN_MEMORY
    if scores is None:
        return "none kept yet"
    version = f"version {scores.source.version}: " if scores.source.version else ""
    return f"{version}{scores.percent:.1f} % of {scores.pictured:,} servable pictures"


def _report_json(report: ScorerReport) -> dict[str, object]:
    """Return what ``--json`` prints of a scorer."""
    plugin, health, scores = report.provided.plugin, report.health, report.in_use
    return {
        "name": report.name,
        "plugin": plugin.name,
        "package": plugin.package or None,
        "package_version": plugin.version or None,
        "model": report.model or None,
        "version": report.version or None,
        "attributes": report.attributes,
        "needs": report.needs,
        "health": None
        if health is None
        else {
            "reachable": health.reachable,
            "problem": health.problem or None,
            "server": health.server or None,
            "server_version": health.server_version or None,
            "versions": health.versions,
            "fills": health.fills,
            "binary": health.binary,
        },
        "scores": None
        if scores is None
        else {
            "model": scores.source.model or None,
            "version": scores.source.version or None,
            "images": scores.pictured,
            "left": scores.left,
            "coverage": round(scores.percent, 2),
        },
    }
