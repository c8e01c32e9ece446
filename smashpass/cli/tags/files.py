"""``smashpass tags import`` and ``export``: the vocabulary as a file."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

import click

from smashpass.cli.arguments import file_name
from smashpass.cli.exit_codes import ExitCode
from smashpass.cli.installation import open_services, operator
from smashpass.cli.output import json_option, print_json, visible
from smashpass.cli.tags.edit import impact_text
from smashpass.core.errors import BadInput, NotFound, NotPossible
from smashpass.core.library.builder import IndexBuilder
from smashpass.core.operations.changelog import Change
from smashpass.core.tags.vocabulary import Vocabulary
from smashpass.core.text.reasons import read_reason
from smashpass.services.vocabulary.dictionary import DictionaryEntry
from smashpass.services.vocabulary.files import (
    Form,
    ImportedWords,
    ImportTrial,
    count_entries,
    form_of,
    read_dictionary,
    try_dictionary,
)
from smashpass.services.vocabulary.import_plan import RefusedRow, VocabularyImport
from smashpass.services.vocabulary.preview import VocabularyImpact

MAX_BYTES = 256 << 20
_SHOWN = 20


@click.command(
    "import", epilog="Example: smashpass tags import words.csv --reason 'from the catalogue'"
)
@click.argument("file", type=file_name)
@click.option("--dry-run", is_flag=True, help="Print the effect, and change nothing.")
@click.option("--reason", metavar="TEXT", help="Reason, recorded in the change log.")
@json_option
def import_(file: Path, dry_run: bool, reason: str | None, as_json: bool) -> int:
    """Import the tags of FILE with texts, aliases and implications, as one change.

    FILE is JSON if its name ends in .json, JSON Lines if .jsonl or .ndjson, else CSV: with the
    heading name,category,label,labels,description,aliases,implications,deprecated,count (only
    name is required), or without one as name,category,count,"aliases". Counts are ignored.
    Nothing is removed. Exit 3 if rows were refused.
    """
    if reason is not None:
        reason = read_reason(reason)
    entries = _read(file)
    if dry_run:
        trial = _try(entries)
        return _report(file, trial.planned, trial.counts, trial.impact, as_json=as_json)
    change, outcome = open_services(create=True).vocabulary.import_entries(
        entries, file.name, by=operator(), origin="cli", reason=reason
    )
    return _report(file, outcome, count_entries(entries, outcome), change, as_json=as_json)


@click.command(epilog="Example: smashpass tags export > words.csv")
@click.option(
    "--format",
    "form",
    type=click.Choice(["csv", "json", "jsonl"]),
    help="Output format; csv by default.",
)
@click.option("--json", "as_json", is_flag=True, help="The same as --format json.")
def export(form: Form | None, as_json: bool) -> None:
    """Print the whole vocabulary with the number of images of each tag; `tags import` reads it."""
    if as_json and form not in (None, "json"):
        raise click.UsageError("give either --json or --format")
    vocabulary = open_services().vocabulary
    for text in vocabulary.export("json" if as_json else form or "csv"):
        click.echo(text, nl=False)


def _try(entries: Sequence[DictionaryEntry]) -> ImportTrial:
    """Preview the import of a file; without a library, into an empty one."""
    try:
        services = open_services()
    except NotPossible:
        return try_dictionary(IndexBuilder().build(0, Vocabulary.of([])), (), entries, ())
    return services.vocabulary.try_import(entries)


def _report(
    file: Path,
    outcome: VocabularyImport,
    counted: ImportedWords,
    effect: VocabularyImpact | Change | None,
    *,
    as_json: bool,
) -> int:
    """Print the outcome of an import, or its impact; return the exit code."""
    counts = asdict(counted)
    del counts["warnings"]
    if as_json:
        impact = effect.as_json() if isinstance(effect, VocabularyImpact) else None
        change = {"change": effect.seq if isinstance(effect, Change) else None}
        print_json(
            (change if impact is None else impact)
            | counts
            | {"problems": _listed(outcome.refused), "warnings": _listed(outcome.warnings)}
        )
    else:
        _complain(file, "refused", outcome.refused)
        _complain(file, "warning", outcome.warnings)
        click.echo(
            "{read:,} read, {tags:,} new tags, {aliases:,} new aliases, "
            "{implications:,} new implications, {described:,} described, "
            "{labelled:,} labelled, {refused:,} refused".format(**counts)
        )
        if isinstance(effect, VocabularyImpact):
            click.echo(impact_text(effect))
    return ExitCode.PARTLY if outcome.refused else ExitCode.DONE


def _read(file: Path) -> list[DictionaryEntry]:
    """Return the rows of a file.

    Raises:
        NotFound: It cannot be opened.
        BadInput: It is too large, or not in the format its name implies.
    """
    place = visible(str(file))
    try:
        with file.open("rb") as stream:
            content = stream.read(MAX_BYTES + 1)
    except (OSError, ValueError) as error:
        # ValueError: the name contains a NUL or another illegal character.
        reason = error.strerror if isinstance(error, OSError) else "invalid name"
        raise NotFound(
            f"the file cannot be read: {reason}", where=place, hint="check the path"
        ) from error
    if len(content) > MAX_BYTES:
        raise BadInput(
            f"the file is larger than {MAX_BYTES >> 20} MiB", where=place, hint="split it"
        )
    return read_dictionary(content, place, form_of(file.name))


def _complain(file: Path, label: str, problems: Sequence[RefusedRow]) -> None:
    """Print the first problems, and the number of further ones."""
    place = visible(str(file))
    for problem in problems[:_SHOWN]:
        click.echo(f"{place}:{problem.place}: {label}: {visible(problem.reason)}", err=True)
    if len(problems) > _SHOWN:
        click.echo(f"{place}: {len(problems) - _SHOWN:,} more are not shown ({label})", err=True)


def _listed(problems: Sequence[RefusedRow]) -> list[dict[str, object]]:
    return [{"line": problem.place, "reason": problem.reason} for problem in problems]
