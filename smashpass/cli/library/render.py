"""``smashpass render``: demo pictures in a folder."""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path

import click

from smashpass.bootstrap.installation import shipped
from smashpass.cli.file_modes import as_the_user_wants
from smashpass.cli.output import json_option, print_json
from smashpass.demo.folder import Rendered, render

SEED = 1
WORTH_A_WORKER = 250
"""Pictures for which it pays to start a process: each reads all styles first, for seconds."""


@click.command(epilog="Example: smashpass render --count 48 --out pictures --seed 7")
@click.option("--count", type=click.IntRange(1, 1_000_000), required=True, help="How many.")
@click.option(
    "--out", type=click.Path(path_type=Path), required=True, help="The folder to write into."
)
@click.option(
    "--seed",
    type=click.IntRange(0),
    default=SEED,
    show_default=True,
    help="Same seed, same bytes.",
)
@click.option(
    "--workers",
    type=click.IntRange(1, 64),
    help="Processes that draw; by default one a core, if the pictures are many.",
)
@json_option
def command(count: int, out: Path, seed: int, workers: int | None, as_json: bool) -> None:
    """Draw COUNT demo pictures with tags, a folder that `smashpass import` reads."""
    began = time.monotonic()
    with as_the_user_wants():
        done = render_shown(out, count, seed, workers=workers, quiet=as_json)
    seconds = time.monotonic() - began
    if as_json:
        print_json(
            {
                "folder": str(out),
                "seed": seed,
                "pictures": done.pictures,
                "styles": done.styles,
                "tags": done.tags,
                "bytes": done.bytes,
                "seconds": round(seconds, 3),
            }
        )
    else:
        click.echo(
            f"rendered {done.pictures:,} pictures of {done.styles} styles with {done.tags:,} tags "
            f"({done.bytes / 1e6:.1f} MB) into {out} in {seconds:.1f}s; "
            f"import them: smashpass import {out}"
        )


def render_shown(
    out: Path, count: int, seed: int, *, workers: int | None = None, quiet: bool
) -> Rendered:
    """Render with a bar on standard error, if that is a terminal and ``quiet`` is not asked."""
    cores = len(os.sched_getaffinity(0))
    useful = max(1, min(cores, count // WORTH_A_WORKER))
    hidden = quiet or not sys.stderr.isatty()
    with click.progressbar(length=count, label="drawing", file=sys.stderr, hidden=hidden) as bar:
        return render(
            shipped("image_library"),
            out,
            count=count,
            seed=seed,
            workers=workers or useful,
            progress=lambda done: bar.update(done - bar.pos),
        )
