"""``smashpass scores``: ask the scorers about all pictures, and show how far they are."""

from __future__ import annotations

import sys
import time
from collections.abc import Sequence

import click

from smashpass.cli.exit_codes import ExitCode
from smashpass.cli.installation import open_services
from smashpass.cli.operations.signals import stop_signals
from smashpass.cli.output import json_option, moment, print_json, print_table, visible
from smashpass.core.library.model_version import ModelVersion
from smashpass.services.scoring.fill_report import FillOptions, ScorerFill

_SHOWN_EVERY_S = 0.2


@click.group(epilog="Example: smashpass scores status")
def command() -> None:
    """Ask the scorers about all pictures, or show how far they are.

    Scores are kept in the database by model version. A new version fills beside the one in use
    and replaces it when it has scored everything.
    """


@command.command(epilog="Example: smashpass scores fill --rate 20")
@click.option("--model", default="", metavar="NAME", help="Ask only the scorers of this model.")
@click.option(
    "--limit", type=click.IntRange(min=1), metavar="N", help="Ask about at most N pictures."
)
@click.option(
    "--rate",
    type=click.FloatRange(min=0, min_open=True),
    metavar="N",
    help="Ask about at most N pictures a second.",
)
@json_option
def fill(model: str, limit: int | None, rate: float | None, as_json: bool) -> int:
    """Ask the scorers about every picture that they have not scored yet.

    Each batch is kept at once; run the same command to resume. To learn the version of a model,
    one picture is asked about in any case. Exit 3 if pictures are left or failed, 1 if nothing
    could be scored.
    """
    services = open_services()
    services.require_writable()
    status_line = _StatusLine(shown=sys.stderr.isatty() and not as_json)
    with stop_signals() as stopped:
        fills = services.scores.fill(
            FillOptions(model, limit, rate),
            stopping=lambda: bool(stopped),
            progressed=status_line.update,
        )
    status_line.clear()
    if as_json:
        print_json({"interrupted": bool(stopped), "scorers": [_fill_json(each) for each in fills]})
    else:
        _print_fills(fills)
        if stopped:
            click.echo("smashpass: interrupted; run the same command to resume", err=True)
    return ExitCode.INTERRUPTED if stopped else _exit_code(fills)


@command.command(epilog="Example: smashpass scores status --json")
@json_option
def status(as_json: bool) -> None:
    """Print how many pictures each model version has scored, and which one is in use."""
    known = open_services().scores.status()
    if as_json:
        versions = [
            _source_json(version.stored.source)
            | {
                "pictures": version.stored.pictures,
                "embeddings": version.stored.embeddings,
                "left": version.left,
                "coverage": round(known.coverage(version), 2),
                "serving": version.stored.serving,
                "first_at": moment(version.stored.first_at),
            }
            for version in known.versions
        ]
        print_json(
            {
                "versions": versions,
                "images": known.pictured,
                "generation": known.generation,
                "file_generation": known.file_generation,
            }
        )
        return
    rows = [
        (
            *_source_cells(version.stored.source),
            version.stored.pictures,
            version.stored.embeddings,
            version.left,
            f"{known.coverage(version):.1f} %",
            "in use" if version.stored.serving else "",
        )
        for version in known.versions
    ]
    heading = (
        "scorer",
        "model",
        "version",
        "pictures",
        "embeddings",
        "left",
        "coverage",
        "",
    )
    print_table(rows, heading=heading if rows else ())
    click.echo(
        f"{known.pictured:,} servable images with a picture; generation {known.generation:,}, "
        f"columns of {known.file_generation or 0:,}"
    )


class _StatusLine:
    """A line on standard error that says how far it came, for people at a terminal."""

    def __init__(self, *, shown: bool) -> None:
        self._is_shown = shown
        self._shown_at = 0.0

    def update(self, progress: ScorerFill) -> None:
        """Show the numbers, a few times a second."""
        now = time.monotonic()
        if self._is_shown and now - self._shown_at >= _SHOWN_EVERY_S:
            self._shown_at = now
            failures = f", {progress.failed:,} failed" if progress.failed else ""
            text = f"{progress.asked:,} asked, {progress.left:,} to go{failures}"
            click.echo(f"\r\x1b[2K{_name(progress.source)}: {text}", nl=False, err=True)

    def clear(self) -> None:
        """Remove the line."""
        if self._is_shown:
            click.echo("\r\x1b[2K", nl=False, err=True)


def _exit_code(fills: Sequence[ScorerFill]) -> ExitCode:
    """Return how a fill ended that nobody interrupted."""
    if not any(fill.error or fill.left or fill.failed for fill in fills):
        return ExitCode.DONE
    return ExitCode.PARTLY if any(fill.scored for fill in fills) else ExitCode.FAILED


def _print_fills(fills: Sequence[ScorerFill]) -> None:
    """Print a row for each scorer that was asked, and one line for each that could not be."""
    heading = ("scorer", "model", "version", "asked", "scored", "no value", "failed", "left", "")
    rows = [
        (
            *_source_cells(fill.source),
            fill.asked,
            fill.scored,
            fill.without_value,
            fill.failed,
            fill.left,
            "in use" if fill.serving else "",
        )
        for fill in fills
        if fill.scored or not fill.error
    ]
    print_table(rows, heading=heading if rows else ())
    for fill in fills:
        if fill.error:
            click.echo(f"smashpass: {_name(fill.source)}: {visible(fill.error)}", err=True)


def _fill_json(fill: ScorerFill) -> dict[str, object]:
    return _source_json(fill.source) | {
        "asked": fill.asked,
        "scored": fill.scored,
        "without_value": fill.without_value,
        "failed": fill.failed,
        "left": fill.left,
        "serving": fill.serving,
        "error": fill.error,
    }


def _source_json(source: ModelVersion) -> dict[str, object]:
    return {
        "scorer": source.scorer,
        "model": source.model,
        "version": source.version,
        "preprocessing": source.preprocessing,
    }


def _source_cells(source: ModelVersion) -> tuple[str, str, str]:
    return visible(source.scorer), visible(source.model), visible(source.version)


def _name(source: ModelVersion) -> str:
    """Return a scorer with its model, for messages."""
    return " ".join(part for part in map(visible, (source.scorer, source.model)) if part)
