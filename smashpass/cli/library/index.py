"""``smashpass index``: build, verify and describe the snapshot."""

from __future__ import annotations

import time

import click

from smashpass.cli.installation import open_services
from smashpass.cli.output import json_option, print_json, print_table


@click.group(epilog="Example: smashpass index verify")
def command() -> None:
    """Build, verify or describe the index snapshot, which the database can always rebuild."""


@command.command("build", epilog="Example: smashpass index build")
@json_option
def build_(as_json: bool) -> None:
    """Build the index from the database and write it as a new snapshot."""
    services = open_services()
    started = time.monotonic()
    index = services.maintenance.build_snapshot()
    seconds = time.monotonic() - started
    if as_json:
        print_json({"images": len(index.live), "version": index.version, "seconds": seconds})
    else:
        click.echo(
            f"snapshot of {len(index.live):,} images, version {index.version}, {seconds:.1f} s"
        )


@command.command(epilog="Example: smashpass index verify --json")
@json_option
@click.pass_context
def verify(context: click.Context, as_json: bool) -> None:
    """Compare the newest snapshot and its tail with the database; exit 1 if they differ."""
    compared = open_services().maintenance.compare_with_database()
    differences = compared.differences
    if as_json:
        print_json(
            {
                "ok": not differences,
                "images": compared.images,
                "version": compared.version,
                "differences": list(differences),
            }
        )
    else:
        for difference in differences:
            click.echo(difference)
        verdict = "differs from the database; run `smashpass index build`" if differences else "ok"
        click.echo(f"version {compared.version}, {compared.images:,} images: {verdict}")
    if differences:
        context.exit(1)


@command.command("count-swipes", epilog="Example: smashpass index count-swipes")
@json_option
def count_swipes(as_json: bool) -> None:
    """Update each image's swipe counts and popularity score; run daily, for example by cron.

    Trees read image.swipes and image.smash_rate; the order popular uses image.popularity, the
    lower confidence bound of the share of people who like an image.
    """
    changed = open_services().maintenance.count_swipes("command line")
    if as_json:
        print_json({"changed": changed})
    else:
        click.echo(f"{changed:,} images updated")


@command.command(epilog="Example: smashpass index stats")
@json_option
def stats(as_json: bool) -> None:
    """Print the size of the index."""
    services = open_services()
    index = services.library.index
    numbers = {
        "version": index.version,
        "snapshot": services.maintenance.snapshot_version(),
        "images": len(index.live),
        "hidden": len(index.parts.hidden),
        "tags": len(index.vocabulary.names) - 1,
        "aliases": len(index.vocabulary.aliases),
        "implications": sum(map(len, index.vocabulary.implications.values())),
        "assignments": sum(map(len, index.parts.postings.values())),
    }
    if as_json:
        print_json(numbers | {"attributes": list(index.columns())})
        return
    print_table([(name, "none" if value is None else value) for name, value in numbers.items()])
    click.echo(f"attributes  {', '.join(index.columns()) or 'none'}")
