"""``smashpass restore``: a backup is put back, or checked."""

from __future__ import annotations

import os
from pathlib import Path

import click

from smashpass.bootstrap.container import build
from smashpass.cli.exit_codes import ExitCode
from smashpass.cli.installation import operator
from smashpass.cli.operations.counter import file_counter
from smashpass.cli.output import json_option, moment, print_json
from smashpass.services.operations.backups.parts import CheckedBackup, RestoredBackup
from smashpass.settings import load

_KEY_HINT = "set SMASHPASS_SECRET_KEY as it was; it is not in the backup"


@click.command(epilog="Example: smashpass restore /mnt/backups/smashpass --check")
@click.argument("folder", metavar="DIR", type=click.Path(file_okay=False, path_type=Path))
@click.option("--dry-run", is_flag=True, help="Only say whether and what would be restored.")
@click.option("--check", is_flag=True, help="Only read the backup, and name every damaged file.")
@json_option
def command(folder: Path, dry_run: bool, check: bool, as_json: bool) -> int:
    """Put the backup in DIR back into SMASHPASS_HOME and the database, which must be empty.

    The schema is brought up to date and the snapshot made. Put the file `erased` of the old home,
    or of another node, into the new home first: who was erased after the backup is erased again.

    Exit codes: 0 success, 1 failure, 3 restored without pictures that are damaged, 75 a backup into
    DIR is running.
    """
    if check and dry_run:
        raise click.UsageError("give either --check or --dry-run")
    backups = build(load(os.environ)).backups
    with file_counter(as_json=as_json) as progress:
        if check:
            checked = backups.check(folder, progress=progress)
        else:
            restored = backups.restore(folder, by=operator(), dry_run=dry_run, progress=progress)
    return _print_check(checked, as_json) if check else _print_restored(restored, as_json)


def _print_check(checked: CheckedBackup, as_json: bool) -> int:
    """Print which files are damaged."""
    if as_json:
        print_json({"ok": not checked.damaged, "damaged": checked.damaged})
    else:
        for name in checked.damaged:
            click.echo(f"damaged: {name}")
        if not checked.damaged:
            manifest = checked.manifest
            count = manifest.file_count + 1
            click.echo(f"the backup of {moment(manifest.taken_at)} is whole: {count:,} files")
    return ExitCode.FAILED if checked.damaged else ExitCode.DONE


def _print_restored(restored: RestoredBackup, as_json: bool) -> int:
    """Print what was restored."""
    manifest, files = restored.manifest, restored.files
    damaged = files.damaged if files is not None else ()
    if as_json:
        print_json(
            {
                "dry_run": files is None,
                "taken_at": moment(manifest.taken_at),
                "program": manifest.program,
                "counts": manifest.as_json()["counts"],
                "pictures": files.pictures if files is not None else 0,
                "damaged": damaged,
                "erased": restored.erased,
                "taken_down": restored.taken_down,
                "needs_secret_key": restored.needs_secret_key,
            }
        )
    else:
        verb = "restored" if files is not None else "would restore"
        counts = manifest.counts
        click.echo(
            f"{verb} the backup of {moment(manifest.taken_at)}: {counts.images:,} images, "
            f"{counts.viewers:,} viewers, {counts.swipes:,} swipes"
        )
        if restored.erased or restored.taken_down:
            click.echo(
                f"erased {restored.erased:,} viewers again, "
                f"took {restored.taken_down:,} images down again"
            )
        for name in damaged:
            click.echo(f"damaged, not restored: {name}", err=True)
        if restored.needs_secret_key:
            click.echo(_KEY_HINT, err=True)
    return ExitCode.PARTLY if damaged else ExitCode.DONE
