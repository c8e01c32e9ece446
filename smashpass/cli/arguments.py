"""Arguments and options that several commands share."""

from __future__ import annotations

from pathlib import Path

import click

reason_option = click.option(
    "--reason", required=True, metavar="TEXT", help="Reason, recorded in the change log."
)


def file_name(text: str) -> Path:
    """Return the path that was typed, without opening it. For use as a click type.

    Raises:
        BadParameter: It is empty, which would silently mean the working directory.
    """
    if not text:
        raise click.BadParameter("the path is empty")
    return Path(text)


file_name.__name__ = "file name"


def rules_path(text: str) -> str:
    """Return a rules path exactly as typed, because messages quote it.

    Raises:
        BadParameter: It is empty.
    """
    file_name(text)
    return text


rules_path.__name__ = "path"
