"""Arguments and options that several commands share."""

from __future__ import annotations

from pathlib import Path

import click

reason_option = click.option(
    "--reason", required=True, metavar="TEXT", help="Why; kept in the change log."
)


def file_name(text: str) -> Path:
    """Return the path that was typed; nothing is opened. To be used as a type of click.

    Raises:
        BadParameter: It is empty, which would silently mean the working folder.
    """
    if not text:
        raise click.BadParameter("the name is empty")
    return Path(text)


file_name.__name__ = "file name"


def rules_path(text: str) -> str:
    """Return a path of rules as it was typed, which messages repeat.

    Raises:
        BadParameter: It is empty.
    """
    file_name(text)
    return text


rules_path.__name__ = "path"
