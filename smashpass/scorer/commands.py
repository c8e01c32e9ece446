"""The subcommands of ``smashpass scorer``. PyTorch is imported only by what needs it."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from smashpass.core.errors import BadInput, SmashpassError
from smashpass.scorer.model_commands import evaluate, export, serve

if TYPE_CHECKING:
    from smashpass.scorer.training import EpochProgress

_DONE, _FAILED, _USAGE, _INTERRUPTED = 0, 1, 2, 130
_FOLDER = click.Path(path_type=Path, file_okay=False)
json_option = click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")


def run(arguments: Sequence[str]) -> int:
    """Run a subcommand; return the exit code. Failures are one line, or JSON with ``--json``."""
    as_json = "--json" in arguments
    try:
        result = group.main(list(arguments), prog_name="smashpass scorer", standalone_mode=False)
        return result if isinstance(result, int) else _DONE
    except click.exceptions.Exit as stop:
        return stop.exit_code
    except click.exceptions.NoArgsIsHelpError as error:
        click.echo(error.format_message(), err=True)
        return _USAGE
    except click.ClickException as error:
        context = error.ctx if isinstance(error, click.UsageError) else None
        usage = f"; see `{context.command_path} --help`" if context is not None else ""
        message = " ".join(error.format_message().split()).rstrip(".")
        return _fail("usage", message + usage, _USAGE, as_json=as_json)
    except (click.Abort, KeyboardInterrupt):
        text = "interrupted; run the same command to resume"
        return _fail("interrupted", text, _INTERRUPTED, as_json=as_json)
    except SmashpassError as error:
        is_usage_error = isinstance(error, BadInput) and not error.where
        status = _USAGE if is_usage_error else _FAILED
        return _fail(error.code, str(error), status, as_json=as_json)
    except ModuleNotFoundError as error:
        if (error.name or "smashpass").startswith("smashpass"):
            raise
        text = (
            f"the scorer needs {error.name}, which is not installed; run "
            "`pip install 'smashpass[scorer]'`, or `scripts/setup models` in a checkout"
        )
        return _fail("not_installed", text, _FAILED, as_json=as_json)


def _fail(code: str, detail: str, status: int, *, as_json: bool) -> int:
    detail = "".join(character if character.isprintable() else "�" for character in detail)
    if as_json:
        click.echo(json.dumps({"code": code, "detail": detail}))
    else:
        click.echo(f"smashpass: {detail}", err=True)
    return status


@click.group(
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
def group() -> None:
    """Train, evaluate, export and serve a model of your own."""


for _command in (evaluate, export, serve):
    group.add_command(_command)


@group.command(epilog="Example: smashpass scorer train --out crowd --epochs 20")
@click.option(
    "--out", "folder", type=_FOLDER, required=True, help="Model folder; made if it is missing."
)
@click.option(
    "--epochs",
    type=click.IntRange(1, 1_000),
    default=15,
    show_default=True,
    help="Times that each image is looked at.",
)
@click.option(
    "--size",
    type=click.IntRange(32, 256),
    default=64,
    show_default=True,
    help="Side of the pictures in pixels.",
)
@click.option(
    "--width",
    type=click.Choice(["8", "16", "24", "32", "48", "64"]),
    default="16",
    show_default=True,
    help="Channels of the first stage of the network.",
)
@click.option("--seed", type=click.IntRange(0, 2**31), default=1, show_default=True)
@click.option(
    "--device",
    type=click.Choice(["auto", "cpu", "cuda"]),
    default="auto",
    show_default=True,
    help="auto: CUDA where there is one.",
)
@json_option
def train(
    folder: Path, epochs: int, size: int, width: str, seed: int, device: str, as_json: bool
) -> None:
    """Train a model on the swipes of this installation.

    The counts of swipes of each image are written to training.jsonl in the folder. A file that is
    there already is used as it is, so that an interrupted training can be resumed: run the same
    command again.
    """
    from smashpass.scorer.training import TrainingOptions
    from smashpass.scorer.training import train as train_model

    progress = _ProgressLine(shown=sys.stderr.isatty() and not as_json)
    options = TrainingOptions(epochs=epochs, size=size, width=int(width), seed=seed, device=device)
    run = train_model(folder, options, progressed=progress.epoch, decoded=progress.decoding)
    progress.clear()
    if as_json:
        click.echo(json.dumps(run))
        return
    splits = run["data"]["splits"]
    click.echo(
        f"trained {run['weights_sha256'][:12]} on {splits['train']['images']:,} images with "
        f"{splits['train']['swipes']:,} swipes in {run['seconds']:,.0f} s "
        f"({run['images_per_second']:,.0f} images a second on {run['device']}); "
        f"next: smashpass scorer evaluate {folder}"
    )


class _ProgressLine:
    """A line on standard error that says how far a training is, for people at a terminal."""

    def __init__(self, *, shown: bool) -> None:
        self._is_shown = shown
        self._shown_at = 0.0

    def decoding(self, count: int) -> None:
        """Show how many pictures are decoded, a few times a second."""
        if time.monotonic() - self._shown_at > 0.2:
            self._shown_at = time.monotonic()
            self._show(f"{count:,} pictures decoded")

    def epoch(self, progress: EpochProgress) -> None:
        """Show how an epoch went."""
        minutes, seconds = divmod(round(progress.seconds_left), 60)
        self._show(
            f"epoch {progress.epoch} of {progress.epochs}: loss {progress.train_loss:.4f}, "
            f"on other images {progress.valid_loss:.4f}; "
            f"{progress.images_per_second:,.0f} images a second, {minutes}:{seconds:02} to go"
        )

    def clear(self) -> None:
        """Remove the line."""
        self._show("")

    def _show(self, text: str) -> None:
        if self._is_shown:
            click.echo(f"\r\x1b[2K{text}", nl=False, err=True)
