"""``smashpass backup``: everything that cannot be made again, copied into a folder."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from smashpass.cli.installation import open_services, operator
from smashpass.cli.operations.counter import file_counter
from smashpass.cli.output import json_option, moment, print_json


@click.command(epilog="Example: smashpass backup /mnt/backups/smashpass")
@click.argument("folder", metavar="DIR", type=click.Path(file_okay=False, path_type=Path))
@json_option
def command(folder: Path, as_json: bool) -> None:
    """Copy database, pictures, secret key, decision log and import reports into DIR.

    The server may go on. Use the same DIR again: files that it has are not copied twice, and what
    was taken down or erased since goes. Killed halfway, the backup before is still whole. Prints
    nothing without a terminal, unless it fails. PostgreSQL needs pg_dump.

    Exit codes: 0 success, 1 failure, 75 another backup into DIR is running.
    """
    with file_counter(as_json=as_json) as progress:
        backup = open_services().backups.back_up(folder, by=operator(), progress=progress)
    manifest = backup.manifest
    if as_json:
        print_json(
            manifest.as_json()
            | {
                "taken_at": moment(manifest.taken_at),
                "copied_files": backup.copied_files,
                "copied_bytes": backup.copied_bytes,
                "removed_files": backup.removed_files,
            }
        )
    elif sys.stdout.isatty():
        counts = manifest.counts
        click.echo(
            f"backed up {counts.images:,} images, {counts.viewers:,} viewers and "
            f"{counts.swipes:,} swipes; {backup.copied_files:,} files "
            f"({backup.copied_bytes:,} bytes) copied, {backup.removed_files:,} old ones removed"
        )
        if not manifest.has_key:
            click.echo("the secret key is a setting: keep SMASHPASS_SECRET_KEY somewhere else")
