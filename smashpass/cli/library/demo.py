"""``smashpass demo``: draw the demo library and import it."""

from __future__ import annotations

import os
import shutil
import sys

import click

from smashpass.bootstrap.container import Container
from smashpass.bootstrap.rules import shipped
from smashpass.cli.exit_codes import ExitCode
from smashpass.cli.importing.commands import command as import_command
from smashpass.cli.installation import open_services, operator
from smashpass.cli.library.render import SEED, render_shown
from smashpass.cli.output import json_option
from smashpass.demo.drawing import require_extra
from smashpass.demo.recipefile import load_recipe
from smashpass.importing.runs.lock import import_lock
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
@click.pass_context
def command(context: click.Context, count: int, as_json: bool) -> int:
    """Draw COUNT demo pictures and import them; a repeated run adds only what is missing.

    If no rules are active, the bundled rules are published.
    """
    require_extra()
    folder = load(os.environ).home / "demo"
    with import_lock(folder, f"smashpass demo --count {count}"):
        pictures = folder / "pictures"
        render_shown(pictures, count, SEED, quiet=as_json)
        code = context.invoke(import_command, source=str(pictures), as_json=as_json)
        assert isinstance(code, int)
        if code == ExitCode.INTERRUPTED:
            return code
        shutil.rmtree(pictures)
    services = open_services()
    _categorise(services)
    published = services.rules.ensure_active()
    if published is not None and not as_json:
        click.echo("published the bundled rules")
    return code


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
