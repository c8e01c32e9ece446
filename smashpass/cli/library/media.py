"""``smashpass media``: maintenance of the library's pictures."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import click

from smashpass.cli.exit_codes import ExitCode
from smashpass.cli.installation import open_services
from smashpass.cli.library.formats import print_formats
from smashpass.cli.output import json_option, print_json
from smashpass.core.errors import NotPossible
from smashpass.services.pictures.hashes import HashedPictures
from smashpass.services.pictures.verify import VerifiedPictures

if TYPE_CHECKING:
    from smashpass.bootstrap.encodings import Sample

_SHOWN = 20


@click.group(epilog="Example: smashpass media hash")
def command() -> None:
    """Maintain the pictures of the library."""


@command.command("hash", epilog="Example: smashpass media hash --workers 2")
@click.option(
    "--workers",
    type=click.IntRange(1, 64),
    help="Processes that decode pictures; one per processor by default.",
)
@json_option
def hash_(workers: int | None, as_json: bool) -> int:
    """Compute the hashes of pictures imported before hashing existed.

    Takedowns use them to find the same picture in other files, and similar pictures. Originals
    exist only for linked pictures; for others the signature comes from the displayed files, and
    the pixel hash stays unknown. Run the same command to resume an interrupted run. Exit 3 if a
    picture cannot be read.
    """
    services = open_services()
    bar = sys.stderr.isatty() and not as_json

    def progressed(outcome: HashedPictures) -> None:
        if bar:
            click.echo(f"\r\x1b[2K{outcome.done:,} of {outcome.total:,}", nl=False, err=True)

    try:
        outcome = services.maintenance.hash_pictures(
            workers or len(os.sched_getaffinity(0)), progressed
        )
    except KeyboardInterrupt:
        click.echo("interrupted; run the same command to resume", err=True)
        return ExitCode.INTERRUPTED
    if bar and outcome.total:
        click.echo("", err=True)
    if as_json:
        failed = [{"sha256": sha256, "reason": reason} for sha256, reason in outcome.failed]
        print_json(
            {
                "pictures": outcome.total,
                "hashed": outcome.whole,
                "signature_only": outcome.signed,
                "failed": failed,
            }
        )
    else:
        for sha256, reason in outcome.failed[:_SHOWN]:
            click.echo(f"{sha256}: {reason}", err=True)
        if len(outcome.failed) > _SHOWN:
            click.echo(f"and {len(outcome.failed) - _SHOWN:,} more", err=True)
        click.echo(
            f"{outcome.total:,} pictures without hashes: {outcome.whole:,} hashed, "
            f"{outcome.signed:,} from displayed files only, {len(outcome.failed):,} failed"
        )
    return ExitCode.PARTLY if outcome.failed else ExitCode.DONE


@command.command(epilog="Example: smashpass media verify --workers 2")
@click.option(
    "--workers",
    type=click.IntRange(1, 64),
    help="Processes that decode pictures; one per processor by default.",
)
@json_option
def verify(workers: int | None, as_json: bool) -> int:
    """Find damaged picture files, and make them again from linked originals.

    Every stored file is decoded and compared with what its picture looked like at import. Damaged
    files are removed: of copied pictures, import the collection again with --on-existing append,
    which writes them anew. Exit 3 if a damaged file could not be made again.
    """
    services = open_services()
    bar = sys.stderr.isatty() and not as_json

    def progressed(outcome: VerifiedPictures) -> None:
        if bar:
            click.echo(f"\r\x1b[2K{outcome.files:,} files", nl=False, err=True)

    outcome = services.maintenance.verify_pictures(
        workers or len(os.sched_getaffinity(0)), progressed
    )
    if bar and outcome.files:
        click.echo("", err=True)
    lost = sum(not damaged.rebuilt for damaged in outcome.damaged)
    if as_json:
        print_json(
            {
                "files": outcome.files,
                "damaged": [
                    {
                        "sha256": damaged.sha256,
                        "size": damaged.size,
                        "reason": damaged.reason,
                        "rebuilt": damaged.rebuilt,
                    }
                    for damaged in outcome.damaged
                ],
            }
        )
    else:
        for damaged in outcome.damaged:
            result = "made again" if damaged.rebuilt else "removed"
            click.echo(f"{damaged.sha256} ({damaged.size}): {damaged.reason}; {result}", err=True)
        click.echo(
            f"{outcome.files:,} picture files: {len(outcome.damaged):,} damaged, "
            f"{len(outcome.damaged) - lost:,} of them made again"
        )
        if lost:
            click.echo(
                "import the collections of the others again, with --on-existing append", err=True
            )
    return ExitCode.PARTLY if lost else ExitCode.DONE


@command.command(epilog="Example: smashpass media formats /srv/collection --sample 50")
@click.argument("folder", required=False)
@click.option(
    "--sample",
    type=click.IntRange(1, 10_000),
    default=200,
    show_default=True,
    help="Pictures to encode, spread over all.",
)
@click.option(
    "--workers",
    type=click.IntRange(1, 64),
    help="Processes that encode; one per processor by default.",
)
@json_option
def formats(folder: str | None, sample: int, workers: int | None, as_json: bool) -> int:
    """Compare picture formats and efforts on pictures of the library, or of FOLDER.

    Prints bytes, processor time and PSNR of each encoding. AVIF has the quality that looks like
    our WebP files by PSNR. Originals are used where they can be read, else the stored files.
    Nothing is written. WebP effort is set by SMASHPASS_PICTURE_EFFORT. Exit 1 if there is no
    picture that can be decoded.
    """
    from smashpass.bootstrap import encodings

    with _sampled(folder, sample) as taken:
        bar = _Bar(sys.stderr.isatty() and not as_json)
        outcome = encodings.compared(taken, workers or len(os.sched_getaffinity(0)), bar.step)
        bar.end()
    if outcome is None:
        raise NotPossible(
            "there is no picture that can be decoded",
            where=folder or "",
            hint="name a folder with pictures",
        )
    print_formats(outcome, taken.originals, as_json)
    return ExitCode.DONE


@contextmanager
def _sampled(folder: str | None, count: int) -> Iterator[Sample]:
    """Lend pictures of a folder, or of the library."""
    from smashpass.bootstrap import encodings

    if folder is not None:
        yield encodings.of_folder(folder, count)
    else:
        with open_services().sampled_pictures(count) as sample:
            yield sample


class _Bar:
    """Counts encoded pictures on a terminal."""

    def __init__(self, shown: bool) -> None:
        self._shown = shown
        self._count = 0

    def step(self) -> None:
        """Count a picture."""
        self._count += 1
        if self._shown:
            click.echo(f"\r\x1b[2K{self._count:,} pictures encoded", nl=False, err=True)

    def end(self) -> None:
        """Leave the line."""
        if self._shown and self._count:
            click.echo("", err=True)
