"""``smashpass quarantine``: quarantined images, their release and rejection."""

from __future__ import annotations

from typing import Any

import click

from smashpass.cli.installation import open_services, operator
from smashpass.cli.output import json_option, print_json, visible
from smashpass.services.moderation.quarantine import (
    ReleaseStatement,
    real_person_stated,
)


@click.group(epilog="Example: smashpass quarantine list --limit 20")
def command() -> None:
    """List, release or reject images imported without the required statements."""


@command.command("list", epilog="Example: smashpass quarantine list --limit 20")
@click.option("--limit", type=click.IntRange(1, 100_000), default=100, show_default=True)
@json_option
def list_(limit: int, as_json: bool) -> None:
    """Print quarantined images, each with its reason and its real_person statement."""
    services = open_services()
    id_of = services.images.id_of
    quarantined = services.moderation.quarantined(limit=limit)
    if as_json:
        rows = [
            {"image": id_of(image.ordinal), "source": image.credit.source, "key": image.key,
             "reason": image.reason, "run": image.run, "line": image.line,
             "real_person": real_person_stated(image.credit)}
            for image in quarantined
        ]  # fmt: skip
        print_json({"images": rows})
        return
    for image in quarantined:
        stated = real_person_stated(image.credit) or "not stated"
        line = f"{id_of(image.ordinal)}  {image.key}  {image.reason}  (real_person: {stated})"
        click.echo(visible(line))


@command.command("release", epilog="Example: smashpass quarantine release 5f0c3a --licence MIT")
@click.argument("image")
@click.option("--licence", default="", help="SPDX id or URL.")
@click.option("--digital-source-type", default="", help="IPTC digital source type.")
@click.option("--real-person", default="", help="true or false; two people must state it.")
@click.option(
    "--consent", default="", help="Reference to the recorded consent; two people must state it."
)
@click.option("--depicts", default="", help="adult, creature or object; two people must state it.")
@click.option("--author", default="", help="Author.")
@click.option("--generator", default="", help="Program that generated it.")
@click.option("--reason", required=True, metavar="TEXT", help="Reason, recorded in the change log.")
@json_option
def release_(image: str, reason: str, as_json: bool, **stated: Any) -> None:
    """State what is missing for IMAGE, and release it.

    Two people must agree on who is shown: the first call records a statement, the second, by
    another user of the system, releases the image.
    """
    outcome = open_services().moderation.release(
        image,
        ReleaseStatement(**stated),
        by=operator(),
        origin="cli",
        reason=reason,
    )
    change = None if outcome.change is None else outcome.change.seq
    if as_json:
        print_json({"released": change is not None, "change": change})
    elif change is None:
        click.echo("recorded; a second person must make the same statement")
    else:
        click.echo("released")


@command.command("reject", epilog="Example: smashpass quarantine reject 5f0c3a --reason 'a person'")
@click.argument("image")
@click.option("--reason", required=True, metavar="TEXT", help="Reason, recorded in the change log.")
@json_option
def reject_(image: str, reason: str, as_json: bool) -> None:
    """Permanently reject IMAGE: its picture is removed, and no import brings it back."""
    open_services().moderation.reject(image, by=operator(), origin="cli", reason=reason)
    if as_json:
        print_json({"image": image, "state": "taken_down"})
    else:
        click.echo("rejected")
