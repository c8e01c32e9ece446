"""``smashpass retain``: the daily job that removes data past its retention period."""

from __future__ import annotations

import click

from smashpass.cli.installation import open_services
from smashpass.cli.output import json_option, print_json, print_table


@click.command(epilog="Example: smashpass retain --dry-run")
@click.option("--dry-run", is_flag=True, help="Only count what would be removed.")
@click.option(
    "--force-clock", is_flag=True, help="Confirm that the clock is right although days were missed."
)
@json_option
def command(dry_run: bool, force_clock: bool, as_json: bool) -> None:
    """Remove data past the retention periods of the settings SMASHPASS_KEEP_…, by kind.

    Erased viewers that a restored backup brought back are erased again. Run it daily, and after
    each restore before the server starts.
    """
    outcomes = open_services().privacy.retain(dry_run=dry_run, force_clock=force_clock)
    if as_json:
        kinds = [
            {"name": outcome.name, "days": outcome.days, "removed": outcome.removed}
            for outcome in outcomes
        ]
        print_json({"dry_run": dry_run, "kinds": kinds})
        return
    heading = ("", "days", "would be removed" if dry_run else "removed")
    print_table(
        [(outcome.name, outcome.days or "-", outcome.removed) for outcome in outcomes],
        heading=heading,
    )
