"""The command ``smashpass``: finds the subcommand, runs it, turns failures into one line.

Only this module is imported for ``--version`` and ``--help``, so both answer at once.
"""

from __future__ import annotations

import difflib
import importlib
import json
import os
import sys
from collections.abc import Sequence

import click

from smashpass import __version__
from smashpass.cli.exit_codes import ExitCode
from smashpass.cli.file_modes import keep_files_private
from smashpass.core.errors import (
    BadInput,
    BadQuery,
    BadSetting,
    BadTag,
    Busy,
    RulesInvalid,
    SmashpassError,
    UnknownTree,
)

# Name -> (module, one line of help). The module has a click command called `command`.
COMMANDS = {
    "admin": ("smashpass.cli.people.admin", "Manage editor accounts and API tokens."),
    "audit": ("smashpass.cli.people.audit", "Verify or export the audit trail."),
    "backup": ("smashpass.cli.operations.backup", "Copy everything into a folder; run daily."),
    "collab": (
        "smashpass.cli.operations.collab",
        "Learn what viewers have in common, or show what came of it.",
    ),
    "decide": (
        "smashpass.cli.decide.commands",
        "Decide one image, or a list of tags, with a tree.",
    ),
    "demo": ("smashpass.cli.library.demo", "Draw demo pictures and import them."),
    "doctor": ("smashpass.cli.operations.doctor", "Check the installation, one line a check."),
    "export": ("smashpass.cli.export.commands", "Export swipes, the library or the audit trail."),
    "import": ("smashpass.cli.importing.commands", "Import a collection into the library."),
    "index": ("smashpass.cli.library.index", "Build, verify or describe the index snapshot."),
    "jobs": (
        "smashpass.cli.operations.jobs",
        "Run background jobs: bulk edits, imports, snapshots.",
    ),
    "media": ("smashpass.cli.library.media", "Find damaged picture files; hash old pictures."),
    "plugins": (
        "smashpass.cli.operations.plugins",
        "List the scorers, how they are, and plugins not enabled.",
    ),
    "quarantine": (
        "smashpass.cli.people.quarantine",
        "List, release or reject quarantined images.",
    ),
    "render": ("smashpass.cli.library.render", "Draw demo pictures into a folder."),
    "restore": (
        "smashpass.cli.operations.restore",
        "Put a backup back, or check whether it is whole.",
    ),
    "retain": (
        "smashpass.cli.operations.retain",
        "Remove data past its retention period; run daily.",
    ),
    "rules": ("smashpass.cli.rules.commands", "Check, test, publish and roll back decision trees."),
    "scorer": (
        "smashpass.cli.operations.scorer",
        "Train, evaluate, export and serve a model of your own.",
    ),
    "scores": (
        "smashpass.cli.operations.scores",
        "Ask the scorers about all pictures, or show how far they are.",
    ),
    "search": ("smashpass.cli.search", "Find images with a query."),
    "serve": ("smashpass.cli.operations.serve", "Serve the pages and the API."),
    "settings": ("smashpass.cli.settings", "Print every setting with its meaning."),
    "tags": ("smashpass.cli.tags.commands", "List, show and edit the vocabulary."),
    "takedown": (
        "smashpass.cli.people.takedown",
        "Permanently take down an image and its picture.",
    ),
}


class LazyGroup(click.Group):
    """A group whose commands are imported only when they are run."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002
        """Every command, by name."""
        return sorted(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import one command.

        Raises:
            UsageError: No command has that name; suggests the closest one.
        """
        if cmd_name not in COMMANDS:
            near = difflib.get_close_matches(cmd_name, COMMANDS, n=1)
            suggestion = f"; did you mean {near[0]}?" if near else ""
            raise click.UsageError(f"there is no command {cmd_name!r}{suggestion}", ctx)
        command = importlib.import_module(COMMANDS[cmd_name][0]).command
        assert isinstance(command, click.Command)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        """Write the list of commands without importing any."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, text) for name, (_, text) in sorted(COMMANDS.items())])


@click.group(
    cls=LazyGroup,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="Example: smashpass search 'blonde hair beard -hat:*' --limit 5",
)
@click.version_option(__version__, prog_name="smashpass", message="%(prog)s %(version)s")
def group() -> None:
    """An honest, explainable server for swipe apps over a library of tagged images.

    Exit codes: 0 success, 1 failure, 2 usage error, 3 partial success, 75 lock held by another run,
    130 interrupted. Settings are environment variables: see `smashpass settings`.
    """


def main() -> None:
    """Console entry point. Files of an installation are readable by their owner only."""
    keep_files_private()
    sys.exit(run(sys.argv[1:]))


def run(arguments: Sequence[str]) -> int:
    """Run the command line with ``arguments`` and return its exit code."""
    argument_list = list(arguments)
    as_json = "--json" in argument_list
    try:
        result = group.main(args=argument_list, prog_name="smashpass", standalone_mode=False)
        sys.stdout.flush()
        return result if isinstance(result, int) else ExitCode.DONE
    except click.exceptions.Exit as stop:
        return stop.exit_code
    except (click.Abort, KeyboardInterrupt):
        return _fail("interrupted", "interrupted", as_json=as_json, exit_code=ExitCode.INTERRUPTED)
    except click.exceptions.NoArgsIsHelpError as error:
        click.echo(error.format_message(), err=True)
        return ExitCode.USAGE
    except click.ClickException as error:
        context = error.ctx if isinstance(error, click.UsageError) else None
        usage = f"; see `{context.command_path} --help`" if context is not None else ""
        message = " ".join(error.format_message().split()).rstrip(".")
        text = message + _dash_hint(error, argument_list) + usage
        return _fail("usage", text, as_json=as_json, exit_code=ExitCode.USAGE)
    except SmashpassError as error:
        return _fail(error.code, str(error), as_json=as_json, exit_code=_exit_code(error))
    except SystemExit:
        # Click exits this way when the reader of our output (such as `head`) closes the pipe, and
        # after shell completion; everything else it raises.
        return ExitCode.DONE
    except BrokenPipeError:
        # The same, noticed only at the final flush.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return ExitCode.DONE


def _exit_code(error: SmashpassError) -> ExitCode:
    """Return the exit code: usage error if the arguments are invalid, otherwise failure.

    An unknown name (tag, image, revision) is a failure, and so is invalid content of an input
    file; those errors state the place in the file.
    """
    if isinstance(error, Busy):
        return ExitCode.LOCKED
    if isinstance(error, BadQuery | BadTag | BadSetting | UnknownTree):
        return ExitCode.USAGE
    is_usage_error = (
        isinstance(error, BadInput) and not isinstance(error, RulesInvalid) and not error.where
    )
    return ExitCode.USAGE if is_usage_error else ExitCode.FAILED


def _dash_hint(error: click.ClickException, arguments: Sequence[str]) -> str:
    """Return how to write a query that begins with a dash, if one was parsed as an option.

    For a misspelt long option, click's own message is enough.
    """
    if not isinstance(error, click.NoSuchOption) or error.option_name.startswith("--"):
        return ""
    if error.ctx is None or not any(
        isinstance(parameter, click.Argument) for parameter in error.ctx.command.params
    ):
        return ""
    # The preceding letters may be valid options, as -h is in -hat.
    letter = error.option_name[1:]
    short_options = (
        text for text in arguments if text.startswith("-") and not text.startswith("--")
    )
    typed = next((text for text in short_options if letter in text), "")
    return f"; to write an argument that begins with a dash: -- {typed}" if typed else ""


def _fail(code: str, detail: str, *, as_json: bool, exit_code: int) -> int:
    """Print the failure in one line: on standard error, or as JSON on standard output.

    The message may quote user input, so terminal control characters are replaced.
    """
    detail = "".join(character if character.isprintable() else "�" for character in detail)
    if as_json:
        click.echo(json.dumps({"code": code, "detail": detail}, ensure_ascii=False))
    else:
        click.echo(f"smashpass: {detail}", err=True)
    return exit_code
