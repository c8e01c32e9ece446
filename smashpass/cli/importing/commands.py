"""``smashpass import``: a collection into the library."""

from __future__ import annotations

import logging
import os
from contextlib import nullcontext
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from smashpass.cli.exit_codes import ExitCode
from smashpass.cli.importing.dictionaries import import_dictionary, is_dictionary
from smashpass.cli.importing.report import ImportReport
from smashpass.cli.importing.sources import open_library, read_options, read_tag_map_file
from smashpass.cli.operations.signals import stop_signals
from smashpass.cli.output import json_option
from smashpass.core.errors import BadInput, NotPossible
from smashpass.core.library.stored import OnExisting
from smashpass.importing.detect import FORMATS, detect, open_reader
from smashpass.importing.runs.lock import import_lock
from smashpass.services.importing.ports import Reader
from smashpass.services.importing.request import (
    ImportOptions,
    MediaChoice,
    Summary,
    options_of_retry,
)
from smashpass.services.importing.rows.credits import Statements
from smashpass.services.importing.run import check_retry
from smashpass.services.scoring import client
from smashpass.settings import load

if TYPE_CHECKING:
    from smashpass.bootstrap.container import Container


@click.command(
    epilog="Example: smashpass import portraits.csv --licence CC0-1.0 --no-real-person --dry-run"
)
@click.argument("source", required=False)
@click.option(
    "--format",
    "format_name",
    type=click.Choice(["auto", *FORMATS]),
    help="Format of SOURCE; detected by default.",
)
@click.option("--dry-run", is_flag=True, help="Count what the import would do, and write nothing.")
@click.option(
    "--on-existing",
    type=click.Choice(["skip", "overwrite", "append"]),
    help="What to do with images already in the library; skip by default.",
)
@click.option("--licence", default="", help="SPDX id or URL, for rows that state none.")
@click.option(
    "--source", "source_name", default="", help="Collection name for rows that give none."
)
@click.option(
    "--digital-source-type", default="", help="IPTC digital source type for rows that give none."
)
@click.option(
    "--no-real-person",
    is_flag=True,
    help="State that no real person is shown, for rows that state none.",
)
@click.option(
    "--depicts",
    default="",
    type=click.Choice(["", "adult", "creature", "object"]),
    show_choices=False,
    metavar="adult|creature|object",
    help="What the images show, for rows that state none.",
)
@click.option(
    "--workers",
    type=click.IntRange(1, 64),
    help="Processes that decode pictures; one per processor by default.",
)
@click.option(
    "--media",
    type=click.Choice(["none", "copy", "link"]),
    help="copy: store pictures in two sizes; link: store the small size, and make the large one "
    "from the original on request; none: ignore pictures. Default: copy if SOURCE names files, "
    "else none.",
)
@click.option(
    "--tag-map",
    "tag_map",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    metavar="FILE",
    help="Rename tags during import: lines of from,to; an empty target drops the tag.",
)
@click.option(
    "--tags-in-names",
    is_flag=True,
    help="Use words of folder and file names as tags (folder only).",
)
@click.option(
    "--tags-at",
    default="",
    metavar="PATH",
    help="Location of the tags in .json sidecars, such as metadata.tags (folder only).",
)
@click.option(
    "--sync", is_flag=True, help="Hide images that are no longer in SOURCE; none is deleted."
)
@click.option(
    "--sync-limit",
    type=click.FloatRange(0, 100),
    default=10,
    show_default=True,
    metavar="PERCENT",
    help="Hide nothing if more than this share of images disappeared.",
)
@click.option("--retry", type=int, metavar="RUN", help="Import only the rows that RUN refused.")
# The job process imports with this command; the audit trail already names the requester.
@click.option("--job", type=int, hidden=True)
@click.option("--quiet", is_flag=True, help="Print nothing if no row was refused.")
@json_option
@click.pass_context
def command(
    context: click.Context,
    source: str | None,
    format_name: str | None,
    dry_run: bool,
    on_existing: OnExisting | None,
    licence: str,
    source_name: str,
    digital_source_type: str,
    no_real_person: bool,
    depicts: str,
    workers: int | None,
    media: MediaChoice | None,
    tag_map: Path | None,
    tags_in_names: bool,
    tags_at: str,
    sync: bool,
    sync_limit: float,
    retry: int | None,
    job: int | None,
    quiet: bool,
    as_json: bool,
) -> int:
    """Import SOURCE, a file or a folder whose format is detected.

    Every image must state source, licence, digital_source_type, real_person and depicts, in its
    row or through options. Rows that do not are refused, with line and reason in
    runs/N/refused.jsonl; invalid tags are dropped, and listed in runs/N/dropped.jsonl. Run the
    same command to resume an import that was stopped.
    """
    changed = tag_map is not None or tags_in_names or bool(tags_at) or sync
    _check_usage(source, retry, format_name, changes_options=changed)
    statements = Statements(
        licence.strip(),
        source_name.strip(),
        digital_source_type.strip(),
        no_real_person,
        depicts,
    )
    try:
        statements.check()
    except BadInput as error:
        raise click.UsageError(str(error)) from error
    if source is not None and is_dictionary(source, format_name):
        return import_dictionary(context, source, dry_run=dry_run, as_json=as_json)
    report = ImportReport(as_json=as_json, quiet=quiet, dry_run=dry_run)
    how = _ImportContext(
        report,
        dry_run,
        media,
        workers or len(os.sched_getaffinity(0)),
        sync_limit if sync else None,
        job,
    )
    try:
        if retry is None:
            assert source is not None
            services, summary = _import(
                Path(source),
                format_name or "auto",
                ImportOptions(
                    on_existing or "skip",
                    statements,
                    tag_map=read_tag_map_file(tag_map),
                    reading={"tags_in_names": tags_in_names, "tags_at": tags_at},
                ),
                how,
            )
        else:
            services, summary = _retry(retry, on_existing, statements, how)
    except KeyboardInterrupt:
        report.interrupted()
        return ExitCode.INTERRUPTED
    if not dry_run:
        summary = score_new(services, summary, report)
    report.ended(summary)
    return ExitCode.PARTLY if summary.refused else ExitCode.DONE


def _check_usage(
    source: str | None, retry: int | None, format_name: str | None, *, changes_options: bool
) -> None:
    """Refuse arguments that do not go together."""
    if (source is None) == (retry is None):
        raise click.UsageError("give either SOURCE or --retry RUN")
    if retry is not None and format_name is not None:
        raise click.UsageError("--retry uses the format of the run; omit --format")
    if retry is not None and changes_options:
        raise click.UsageError(
            "--retry reuses the options of the run; omit --tag-map, --tags-*, --sync"
        )


@dataclass(frozen=True, slots=True)
class _ImportContext:
    """What all kinds of import share."""

    report: ImportReport
    dry_run: bool
    media: MediaChoice | None
    workers: int
    sync_percent: float | None = None
    job: int | None = None


def _import(
    path: Path, format_name: str, options: ImportOptions, context: _ImportContext
) -> tuple[Container, Summary]:
    """Import the collection at ``path``."""
    context.report.recognised = f"{format_name}, as given"
    if format_name == "auto":
        detection = detect(path)
        format_name = detection.format
        context.report.recognised = f"{detection.format}: {detection.reason}"
    reader = open_reader(path, format_name, read_options(options.reading, context.media))
    media = context.media or ("copy" if reader.names_files else "none")
    if media == "link" and reader.format in ("webdataset", "parquet"):
        raise click.UsageError(f"pictures inside {reader.format} files cannot be linked")
    options = replace(options, media=media)
    home = load(os.environ).home
    with nullcontext() if context.dry_run else import_lock(home, reader.place):
        services, exists = open_library(create=not context.dry_run)
        return services, _run(services, reader, options, context, exists=exists)


def _retry(
    number: int,
    on_existing: OnExisting | None,
    statements: Statements,
    context: _ImportContext,
) -> tuple[Container, Summary]:
    """Import the rows that a run refused; statements given now take precedence."""
    home = load(os.environ).home
    with nullcontext() if context.dry_run else import_lock(home, f"--retry {number}"):
        services, exists = open_library(create=False)
        if not exists:
            raise NotPossible(
                "there is no library yet", where=str(home), hint="import something first"
            )
        run = services.imports.get(number)
        media = context.media or run.options.get("media", "none")
        reading = run.options.get("reading", {})
        reader = open_reader(
            Path(run.source), str(run.options["format"]), read_options(reading, media)
        )
        check_retry(run, reader)
        options = options_of_retry(run, media, on_existing, statements)
        context.report.recognised = f"the rows that run {number} refused"
        return services, _run(services, reader, options, context, exists=True)


def _run(
    services: Container,
    reader: Reader,
    options: ImportOptions,
    context: _ImportContext,
    *,
    exists: bool,
) -> Summary:
    """Import, or preview the import, and hide what left the collection if that is asked for.

    A dry run may be one into a library that does not exist yet.
    """
    report, importer = context.report, services.importer
    report.source = reader.place
    if context.dry_run:
        summary = importer.preview(
            reader, options, report, workers=context.workers, into_library=exists
        )
    else:
        from smashpass.cli.installation import operator

        by = operator() if context.job is None else None
        summary = importer.run(
            reader, options, report, workers=context.workers, by=by, job=context.job
        )
    if context.sync_percent is None or not exists:
        return summary
    difference = importer.compare(reader, options)
    try:
        difference.check(summary.read, context.sync_percent)
    except NotPossible:
        report.ended(summary)
        raise
    return importer.synchronise(difference, summary)


def score_new(services: Container, summary: Summary, report: ImportReport) -> Summary:
    """Ask the scorers about what is new; the next import may begin meanwhile."""
    # One warning says what is logged of each call, by threads that may outlast this function.
    logging.getLogger(client.__name__).addHandler(logging.NullHandler())
    with stop_signals() as stopped:
        scores = services.scores.fill_new(stopping=lambda: bool(stopped), progressed=report.scoring)
    if scores is None:
        return summary
    stop_text = ["scoring was stopped; go on with `smashpass scores fill`"] if stopped else []
    report.warnings([*scores.warnings, *stop_text])
    return replace(summary, scored=scores.scored)
