"""``smashpass collab``: learn what viewers have in common, and show whether it is used."""

from __future__ import annotations

import click

from smashpass.cli.exit_codes import ExitCode
from smashpass.cli.installation import open_services
from smashpass.cli.output import json_option, moment, print_json
from smashpass.services.training.collab.service import NEVER_TRAINED


@click.group(epilog="Example: smashpass collab status")
def command() -> None:
    """Learn from all swipes what viewers have in common, or show what came of it.

    Trees read it as plugin.collab: how likely a viewer is to smash an image. It is used only if it
    foresees later swipes better than popularity and tags do.
    """


@command.command(epilog="Example: smashpass collab train")
@click.option("--force", is_flag=True, help="Use the model even if it is not good enough.")
@json_option
def train(force: bool, as_json: bool) -> int:
    """Train on all swipes, test on the last ones, and use the model if it is good enough.

    For a cron job. Learns from adults who have suggestions on, and keeps nothing of them. Exit 3
    if the model is not good enough; then it stays off, and an older one is switched off.
    """
    services = open_services()
    services.require_writable()
    report = services.collab.train(force=force)
    if as_json:
        print_json(report.as_json() | {"at": moment(report.at)})
    else:
        click.echo(report.as_text())
    return ExitCode.DONE if report.version else ExitCode.PARTLY


@command.command(epilog="Example: smashpass collab status --json")
@json_option
def status(as_json: bool) -> None:
    """Print what the last training found, and whether its model is in use."""
    report = open_services().collab.status()
    if as_json:
        print_json(
            {"trained": False, "in_use": False}
            if report is None
            else report.as_json() | {"trained": True, "at": moment(report.at)}
        )
    elif report is None:
        click.echo(f"{NEVER_TRAINED}; run: smashpass collab train")
    else:
        click.echo(
            f"{report.as_text()}; trained {moment(report.at)} on {report.swipes:,} swipes of "
            f"{report.viewers:,} viewers in {report.seconds:.1f} s"
        )
