"""``smashpass scorer``: the reference scorer, in a process of its own."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from pathlib import Path

import click

from smashpass.cli.installation import open_services
from smashpass.cli.output import json_option
from smashpass.core.errors import NotPossible
from smashpass.services.training.training_set import TRAINING_FILE


@click.group(epilog="Example: smashpass scorer train --out crowd")
def command() -> None:
    """Train, evaluate, export and serve a model of your own.

    It learns from the swipes of this installation what its viewers like to look at. Needs the extra
    `scorer`. Pictures of real people are never learnt from.
    """


def _handed_over(name: str, summary: str) -> click.Command:
    """Return a subcommand of which this process knows nothing but the name."""

    @click.command(
        name,
        short_help=summary,
        add_help_option=False,
        context_settings={"ignore_unknown_options": True},
    )
    @click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
    def handed_over(arguments: tuple[str, ...]) -> None:
        if name == "train":
            folder = _folder_of(arguments)
            if folder is not None and not (folder / TRAINING_FILE).exists():
                _write_training_set(folder, quiet="--json" in arguments)
        sys.stdout.flush()
        # Nothing of this process is needed any more; signals reach the scorer itself.
        program = [sys.executable, "-P", "-m", "smashpass.scorer", name, *arguments]
        os.execv(program[0], program)  # noqa: S606 - no shell; the arguments are the user's own

    return handed_over


for _name, _summary in (
    ("train", "Train a model on the swipes of this installation."),
    ("evaluate", "Measure a trained model on images that it was not trained on."),
    ("export", "Write a model that passes the gate as one file."),
    ("serve", "Serve an exported model over the Open Inference Protocol."),
):
    command.add_command(_handed_over(_name, _summary))


def _folder_of(arguments: Sequence[str]) -> Path | None:
    """Return the model folder of ``scorer train``; None where it is for the scorer to object."""

    @click.command(
        add_help_option=False,
        context_settings={"ignore_unknown_options": True, "allow_extra_args": True},
    )
    @click.option("--out", type=click.Path(path_type=Path))
    @click.option("-h", "--help", "wants_help", is_flag=True)
    @json_option
    @click.pass_context
    def parser(_context: click.Context, out: Path | None, wants_help: bool, as_json: bool) -> None:
        """Only its parsing is used."""

    try:
        values = parser.make_context("train", list(arguments)).params
    except click.ClickException:
        return None
    out = values["out"]
    return out if isinstance(out, Path) and not values["wants_help"] else None


def _write_training_set(folder: Path, *, quiet: bool) -> None:
    """Write what the model learns from into the folder, and say on standard error what it is."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise NotPossible(
            f"cannot make the folder: {error.strerror}", where=str(folder), hint="choose another"
        ) from error
    report = open_services().training.write(folder / TRAINING_FILE)
    if quiet or not sys.stderr.isatty():
        return
    left_out = "".join(f"; {count:,} left out: {why}" for why, count in report.left_out.items())
    click.echo(
        f"{report.images:,} images with {report.swipes:,} swipes, {report.smashes:,} of them "
        f"smashes{left_out}",
        err=True,
    )
