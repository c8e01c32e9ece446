"""``smashpass settings``: every setting with value, default, unit and meaning."""

from __future__ import annotations

import os

import click

from smashpass.cli.output import json_option, print_json
from smashpass.settings import load


@click.command(epilog="Example: SMASHPASS_HOME=/srv/smashpass smashpass settings")
@json_option
def command(as_json: bool) -> None:
    """Print every setting with its value, default, unit and meaning; secrets are masked."""
    rows = load(os.environ).rows()
    if as_json:
        print_json({"settings": rows})
        return
    for row in rows:
        value = "(unset)" if row["value"] is None else row["value"]
        default = "(unset)" if row["default"] is None else row["default"]
        click.echo(f"{row['name']} = {value}")
        click.echo(f"    {row['meaning']}.")
        click.echo(f"    {row['unit']}; default {default}; from {row['origin']}")
