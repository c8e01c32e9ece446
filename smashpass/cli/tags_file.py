"""``smashpass tags import`` and ``export``: the vocabulary as a file."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import click

from smashpass.cli.arguments import file_name
from smashpass.cli.installation import open_installation, operator
from smashpass.cli.output import json_option, print_json, visible
from smashpass.core.errors import BadInput, NotFound
from smashpass.services.dictionary import Word, as_csv, words_of
from smashpass.services.dictionary import as_json as word_as_json
from smashpass.services.reasons import read_reason
from smashpass.services.word_files import import_words, read_words
from smashpass.services.word_import import Refused

EXIT_PARTLY = 3
MAX_BYTES = 256 << 20
_SHOWN = 20


@click.command("import", epilog="Example: smashpass tags import words.csv --reason 'from the shop'")
@click.argument("file", type=file_name)
@click.option("--reason", metavar="TEXT", help="Why; kept in the change log.")
@json_option
def import_(file: Path, reason: str | None, as_json: bool) -> int:
    """Add the tags of FILE with their names, texts, aliases and implications, as one change.

    FILE is JSON if its name ends so, else CSV: with the heading
    name,category,label,labels,description,aliases,implications,deprecated (any, name at
    least), or without one as name,category,count,"aliases". Nothing is taken away by it. Exit 3
    if rows were refused.
    """
    if reason is not None:
        reason = read_reason(reason)
    words = _read(file)
    catalogue = open_installation(create=True).catalogue
    change, outcome = import_words(
        catalogue, words, file.name, by=operator(), origin="cli", reason=reason
    )
    counts = {
        "read": len(words),
        "tags": len(outcome.edit.names),
        "aliases": len(outcome.edit.aliased),
        "implications": len(outcome.edit.implied),
        "described": len(outcome.edit.described),
        "refused": len(outcome.refused),
    }
    if as_json:
        print_json(
            {"change": None if change is None else change.seq}
            | counts
            | {"problems": _listed(outcome.refused), "warnings": _listed(outcome.warnings)}
        )
    else:
        _complain(file, "refused", outcome.refused)
        _complain(file, "warning", outcome.warnings)
        click.echo(
            "{read:,} read, {tags:,} new tags, {aliases:,} new aliases, "
            "{implications:,} new implications, {described:,} described, "
            "{refused:,} refused".format(**counts)
        )
    return EXIT_PARTLY if outcome.refused else 0


@click.command(epilog="Example: smashpass tags export > words.csv")
@json_option
def export(as_json: bool) -> None:
    """Print the whole vocabulary as CSV, or with --json as JSON; `tags import` reads both."""
    with open_installation().catalogue.view() as view:
        words = words_of(view.vocabulary(), view.tags())
    if as_json:
        print_json({"tags": [word_as_json(word) for word in words]})
        return
    for line in as_csv(words):
        click.echo(line, nl=False)


def _read(file: Path) -> list[Word]:
    """Return the rows of a file.

    Raises:
        NotFound: It cannot be opened.
        BadInput: It is too large, or not what its name says.
    """
    place = visible(str(file))
    try:
        with file.open("rb") as opened:
            content = opened.read(MAX_BYTES + 1)
    except (OSError, ValueError) as error:
        # ValueError: the name holds a NUL, or what no file system can.
        reason = error.strerror if isinstance(error, OSError) else "no such name"
        raise NotFound(
            f"the file cannot be read: {reason}", where=place, hint="check the path"
        ) from error
    if len(content) > MAX_BYTES:
        raise BadInput(
            f"the file is larger than {MAX_BYTES >> 20} MiB", where=place, hint="split it"
        )
    return read_words(content, place, as_json=file.suffix.lower() == ".json")


def _complain(file: Path, what: str, problems: Sequence[Refused]) -> None:
    """Print the first problems of a kind, and how many more there are."""
    place = visible(str(file))
    for problem in problems[:_SHOWN]:
        click.echo(f"{place}:{problem.place}: {what}: {visible(problem.reason)}", err=True)
    if len(problems) > _SHOWN:
        click.echo(f"{place}: {len(problems) - _SHOWN:,} more are not shown ({what})", err=True)


def _listed(problems: Sequence[Refused]) -> list[dict[str, object]]:
    return [{"line": problem.place, "reason": problem.reason} for problem in problems]
