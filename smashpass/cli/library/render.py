"""``smashpass render``: demo pictures in a folder, drawn here or by an image generator."""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path
from typing import Any

import click

from smashpass.bootstrap.rules import shipped
from smashpass.cli.arguments import file_name
from smashpass.cli.exit_codes import ExitCode
from smashpass.cli.file_modes import user_umask
from smashpass.cli.library.generate import GeneratorOptions, amount, generate
from smashpass.cli.output import json_option, print_json
from smashpass.demo.folder import Rendered, render
from smashpass.demo.pool import Order
from smashpass.demo.raster import SIDE

SEED = 1
WORTH_A_WORKER = 100
"""Pictures that justify starting a worker, which takes about a second."""


@click.command(epilog="Example: smashpass render --count 48 --out pictures --seed 7")
@click.option(
    "--count", type=click.IntRange(1, 1_000_000), required=True, help="Number of pictures."
)
@click.option("--out", type=click.Path(path_type=Path), required=True, help="Output folder.")
@click.option(
    "--seed",
    type=click.IntRange(0),
    default=SEED,
    show_default=True,
    help="The same seed and side produce the same bytes.",
)
@click.option(
    "--side",
    type=click.IntRange(32, 1024),
    default=SIDE,
    show_default=True,
    help="Width and height in pixels of what is drawn.",
)
@click.option(
    "--workers",
    type=click.IntRange(1, 64),
    help="Processes that draw; by default up to one per core, depending on COUNT. With a "
    "generator: calls at the same time, by default one.",
)
@click.option("--generator", metavar="URL", help="Ask this image generator instead of drawing.")
@click.option(
    "--generator-format", type=click.Choice(["openai", "oip"]), help="How the generator is asked."
)
@click.option("--generator-model", default="", metavar="NAME", help="The model to ask.")
@click.option("--licence", default="", help="Licence of generated pictures: an SPDX id or a URL.")
@click.option("--price", type=amount, help="The most that one call costs.")
@click.option(
    "--budget",
    type=amount,
    help="The most that all calls for this folder cost; stops before that is passed.",
)
@click.option("--token-file", type=file_name, help="File with the bearer token of the generator.")
@click.option("--dry-run", is_flag=True, help="Show the first prompts and the cost; ask nothing.")
@json_option
def command(
    count: int, out: Path, seed: int, side: int, workers: int | None, as_json: bool, **typed: Any
) -> int:
    """Draw COUNT demo pictures with tags into a folder that `smashpass import` reads.

    With --generator, ask an image generator for them, by prompts made of the tags. The pictures
    wait in quarantine when they are imported. Run the same command to resume a stopped run.
    """
    options = GeneratorOptions(**typed)
    options.check()
    if options.generator is not None:
        with user_umask():
            return generate(options, count, out, seed, workers or 1, as_json=as_json)
    began = time.monotonic()
    with user_umask():
        rendered = _render_shown(out, count, seed, side, workers=workers, quiet=as_json)
    seconds = time.monotonic() - began
    if as_json:
        print_json(
            {
                "folder": str(out),
                "seed": seed,
                "side": side,
                "pictures": rendered.pictures,
                "styles": rendered.styles,
                "tags": rendered.tags,
                "bytes": rendered.bytes,
                "seconds": round(seconds, 3),
            }
        )
    else:
        click.echo(
            f"rendered {rendered.pictures:,} pictures of {rendered.styles} styles "
            f"with {rendered.tags:,} tags ({rendered.bytes / 1e6:.1f} MB) into {out} "
            f"in {seconds:.1f}s; import them with: smashpass import {out}"
        )
    return ExitCode.DONE


def useful_workers(count: int) -> int:
    """Return how many processes are worth starting for ``count`` pictures."""
    return max(1, min(len(os.sched_getaffinity(0)), count // WORTH_A_WORKER))


def _render_shown(
    out: Path, count: int, seed: int, side: int, *, workers: int | None, quiet: bool
) -> Rendered:
    """Render with a progress bar on standard error if it is a terminal, unless ``quiet``."""
    hidden = quiet or not sys.stderr.isatty()
    with click.progressbar(length=count, label="drawing", file=sys.stderr, hidden=hidden) as bar:
        return render(
            Order(shipped("image_library"), seed, side),
            out,
            count=count,
            workers=workers or useful_workers(count),
            progress=lambda count_drawn: bar.update(count_drawn - bar.pos),
        )
