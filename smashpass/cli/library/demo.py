"""``smashpass demo``: draw the demo library and import it."""

from __future__ import annotations

import os
import sys
from contextlib import closing
from dataclasses import replace

import click

from smashpass.bootstrap.container import Container
from smashpass.bootstrap.rules import shipped
from smashpass.cli.exit_codes import ExitCode
from smashpass.cli.importing.commands import score_new
from smashpass.cli.importing.report import ImportReport
from smashpass.cli.installation import open_services, operator
from smashpass.cli.library.render import SEED, useful_workers
from smashpass.cli.output import json_option
from smashpass.demo.drawing import require_extra
from smashpass.demo.library import BATCH_ROWS, side_for
from smashpass.demo.recipefile import load_recipe
from smashpass.importing.runs.lock import import_lock
from smashpass.services.importing.request import ImportOptions, Summary
from smashpass.services.vocabulary.dictionary import DictionaryEntry
from smashpass.settings import load


@click.command(epilog="Example: smashpass demo --count 200")
@click.option(
    "--count",
    type=click.IntRange(1, 1_000_000),
    default=2_000,
    show_default=True,
    help="Number of pictures.",
)
@json_option
def command(count: int, as_json: bool) -> int:
    """Draw COUNT demo pictures straight into the library; a repeated run adds what is missing.

    They are drawn with 512 pixels a side, from 20,000 pictures on with 256. Run the same command to
    go on after a stop: what is in the library is not drawn again. If no rules are active, the
    bundled rules are published.
    """
    require_extra()
    report = ImportReport(as_json=as_json, quiet=False, dry_run=False)
    report.recognised = f"{count:,} pictures, drawn"
    with import_lock(load(os.environ).home, f"smashpass demo --count {count}"):
        services = open_services(create=True)
        try:
            summary = _draw(services, count, report)
        except KeyboardInterrupt:
            report.interrupted()
            return ExitCode.INTERRUPTED
    summary = score_new(services, summary, report)
    report.ended(summary)
    _categorise(services)
    published = services.rules.ensure_active()
    if published is not None and not as_json:
        click.echo("published the bundled rules")
    return ExitCode.PARTLY if summary.refused else ExitCode.DONE


def _draw(services: Container, count: int, report: ImportReport) -> Summary:
    """Draw and import what the library lacks; the rest counts as unchanged."""
    library, importer = services.demo_importer(count, SEED, side_for(count), useful_workers(count))
    report.source = library.place
    with closing(library):
        summary = importer.run(
            library,
            ImportOptions(media="copy"),
            report,
            workers=1,
            by=operator(),
            batch_rows=BATCH_ROWS,
        )
    return replace(summary, unchanged=summary.unchanged + library.present)


def _categorise(services: Container) -> None:
    """Give the categories of the recipe to those of its tags that have none, as one change."""
    recipe = load_recipe(shipped("image_library"))
    without = [tag.name for tag in services.vocabulary.list("", sys.maxsize) if not tag.category]
    entries = [
        DictionaryEntry(place, name, category=recipe.category_of(name))
        for place, name in enumerate(without, 1)
        if recipe.category_of(name)
    ]
    if entries:
        services.vocabulary.import_entries(
            entries, "demo", by=operator(), origin="cli", reason="categories of the demo library"
        )
