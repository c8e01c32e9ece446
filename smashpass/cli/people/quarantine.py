"""``smashpass quarantine``: what the gate kept out of sight, and letting it out."""

from __future__ import annotations

from typing import Any

import click

from smashpass.bootstrap.installation import Installation
from smashpass.cli.installation import open_installation, operator
from smashpass.cli.output import json_option, print_json, visible
from smashpass.core.errors import NotFound
from smashpass.core.imageset import Ordinal
from smashpass.services.moderation.quarantine import ReleaseStatement, real_person_stated, release
from smashpass.services.moderation.rejection import reject


@click.group(epilog="Example: smashpass quarantine list --limit 20")
def command() -> None:
    """List and release images that were imported without what must be stated of them."""


@command.command("list", epilog="Example: smashpass quarantine list --limit 20")
@click.option("--limit", type=click.IntRange(1, 100_000), default=100, show_default=True)
@json_option
def list_(limit: int, as_json: bool) -> None:
    """Print images in quarantine, each with the reason and what it states of a real person."""
    installation = open_installation()
    encode = installation.image_ids.encode
    found = installation.catalogue.quarantined(limit=limit)
    if as_json:
        rows = [
            {"image": encode(one.ordinal), "source": one.credit.source, "key": one.key,
             "reason": one.reason, "run": one.run, "line": one.line,
             "real_person": real_person_stated(one.credit)}
            for one in found
        ]  # fmt: skip
        print_json({"images": rows})
        return
    for one in found:
        stated = real_person_stated(one.credit) or "not stated"
        line = f"{encode(one.ordinal)}  {one.key}  {one.reason}  (real_person: {stated})"
        click.echo(visible(line))


@command.command("release", epilog="Example: smashpass quarantine release 5f0c3a --licence MIT")
@click.argument("image")
@click.option("--licence", default="", help="SPDX id or URL.")
@click.option("--digital-source-type", default="", help="IPTC term.")
@click.option("--real-person", default="", help="true or false; stated by two people.")
@click.option("--consent", default="", help="Reference to the recorded consent; likewise.")
@click.option("--depicts", default="", help="adult, creature or object; likewise.")
@click.option("--author", default="", help="Who made it.")
@click.option("--generator", default="", help="The program that made it.")
@click.option("--reason", required=True, metavar="TEXT", help="Why; kept in the change log.")
@json_option
def release_(image: str, reason: str, as_json: bool, **stated: Any) -> None:
    """State what was missing of IMAGE, and show it.

    Who is shown has to be stated alike by two people: the first call notes it, the second, by
    another user of the system, releases the image.
    """
    installation = open_installation()
    done = release(
        installation.catalogue,
        installation.audit,
        _ordinal(installation, image),
        ReleaseStatement(**stated),
        screening=installation.screening,
        by=operator(),
        origin="cli",
        reason=reason,
    )
    change = None if done.change is None else done.change.seq
    if as_json:
        print_json({"released": change is not None, "change": change})
    elif change is None:
        click.echo("noted; somebody else has to state the same")
    else:
        click.echo("released")


@command.command("reject", epilog="Example: smashpass quarantine reject 5f0c3a --reason 'a person'")
@click.argument("image")
@click.option("--reason", required=True, metavar="TEXT", help="Why; kept in the change log.")
@json_option
def reject_(image: str, reason: str, as_json: bool) -> None:
    """Keep IMAGE out of sight for good: no import changes that, and its picture is removed."""
    installation = open_installation()
    reject(
        installation.catalogue,
        installation.media,
        installation.audit,
        _ordinal(installation, image),
        by=operator(),
        origin="cli",
        reason=reason,
    )
    if as_json:
        print_json({"image": image, "state": "taken_down"})
    else:
        click.echo("rejected")


def _ordinal(installation: Installation, image: str) -> Ordinal:
    """Return the image of a public id."""
    ordinal = installation.image_ids.decode(image)
    if ordinal is None:
        raise NotFound(f"there is no image {image[:60]!a}")
    return ordinal
