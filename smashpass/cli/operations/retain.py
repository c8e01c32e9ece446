"""``smashpass retain``: the daily job that removes what was kept long enough."""

from __future__ import annotations

import click

from smashpass.cli.installation import open_installation
from smashpass.cli.output import json_option, print_json, print_table


@click.command(epilog="Example: smashpass retain --dry-run")
@click.option("--dry-run", is_flag=True, help="Only count what would be removed.")
@click.option("--force-clock", is_flag=True, help="The clock is right, although days were missed.")
@json_option
def command(dry_run: bool, force_clock: bool, as_json: bool) -> None:
    """Remove what was kept for as long as the settings SMASHPASS_KEEP_… say, class by class.

    Viewers who were erased, and came back with a restored backup, are erased again. Run it once a
    day, and after each restore before the server starts.
    """
    made = open_installation().retain(dry_run=dry_run, force_clock=force_clock)
    if as_json:
        kinds = [{"name": one.name, "days": one.days, "removed": one.removed} for one in made]
        print_json({"dry_run": dry_run, "kinds": kinds})
        return
    heading = ("", "days", "would be removed" if dry_run else "removed")
    print_table([(one.name, one.days or "-", one.removed) for one in made], heading=heading)
