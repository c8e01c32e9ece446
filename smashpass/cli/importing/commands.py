"""``smashpass import``: a collection into the library."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from smashpass.cli.exit_codes import ExitCode
from smashpass.cli.importing.dictionaries import (
    adopt_tag_knowledge,
    import_dictionary,
    is_dictionary,
)
from smashpass.cli.importing.report import ImportReport
from smashpass.cli.importing.sources import open_library, read_options, read_tag_map_file
from smashpass.cli.output import json_option
from smashpass.core.errors import BadInput, NotPossible
from smashpass.core.library.stored import OnExisting
from smashpass.core.tags.lookalikes import look_alikes, warnings
from smashpass.core.tags.vocabulary import Vocabulary
from smashpass.importing.base.name_search import PicturesByName
from smashpass.importing.detect import FORMATS, detect, open_reader
from smashpass.importing.runs.lock import import_lock
from smashpass.importing.runs.runfiles import RunFolders
from smashpass.services.importing.credits import Statements
from smashpass.services.importing.gate import Gate
from smashpass.services.importing.ports import ExaminePictures, Reader
from smashpass.services.importing.preview import preview
from smashpass.services.importing.request import ImportOptions, MediaChoice, Summary, note_start
from smashpass.services.importing.run import Destination, check_retry, run_import
from smashpass.services.importing.sync import apply, compare
from smashpass.services.importing.tags import read_tag_map
from smashpass.services.screening import screening_of
from smashpass.settings import load

if TYPE_CHECKING:
    from smashpass.bootstrap.installation import Installation


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
    if (source is None) == (retry is None):
        raise click.UsageError("give either SOURCE or --retry RUN")
    if retry is not None and format_name is not None:
        raise click.UsageError("--retry uses the format of the run; omit --format")
    if retry is not None and (tag_map is not None or tags_in_names or tags_at or sync):
        raise click.UsageError(
            "--retry reuses the options of the run; omit --tag-map, --tags-*, --sync"
        )
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
            summary = _import(
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
            summary = _retry(retry, on_existing, statements, how)
    except KeyboardInterrupt:
        report.interrupted()
        return ExitCode.INTERRUPTED
    report.ended(summary)
    return ExitCode.PARTLY if summary.refused else ExitCode.DONE


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
) -> Summary:
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
        return _run(open_library(dry_run=context.dry_run), reader, options, context)


def _retry(
    number: int,
    on_existing: OnExisting | None,
    statements: Statements,
    context: _ImportContext,
) -> Summary:
    """Import the rows that a run refused; statements given now take precedence."""
    home = load(os.environ).home
    with nullcontext() if context.dry_run else import_lock(home, f"--retry {number}"):
        installation = open_library(dry_run=True)
        if installation is None:
            raise NotPossible(
                "there is no library yet", where=str(home), hint="import something first"
            )
        run = installation.runs.get(number)
        media = context.media or run.options.get("media", "none")
        reading = run.options.get("reading", {})
        reader = open_reader(
            Path(run.source), str(run.options["format"]), read_options(reading, media)
        )
        check_retry(run, reader)
        earlier = Statements(**run.options["statements"])
        options = ImportOptions(
            on_existing or run.options["on_existing"],
            Statements(
                statements.licence or earlier.licence,
                statements.source or earlier.source,
                statements.digital_source_type or earlier.digital_source_type,
                statements.no_real_person or earlier.no_real_person,
                statements.depicts or earlier.depicts,
            ),
            media,
            number,
            run.options.get("tag_map", ""),
            reading,
        )
        context.report.recognised = f"the rows that run {number} refused"
        return _run(installation, reader, options, context)


def _run(
    installation: Installation | None,
    reader: Reader,
    options: ImportOptions,
    context: _ImportContext,
) -> Summary:
    """Import, or preview the import; print the warnings."""
    report = context.report
    report.source = reader.place
    vocabulary = None if installation is None else installation.catalogue.vocabulary()
    values = load(os.environ).values
    screening = screening_of(values["under_age_terms"] or "", values["deny_tags"] or "")
    screen = screening.names(vocabulary)
    tag_map = read_tag_map(options.tag_map, "--tag-map")
    with_pictures = options.media != "none"
    gate = Gate(options.statements, tag_map, screen, pictures=with_pictures)
    with _pictures(installation, options.media, context) as pictures:
        if installation is None:
            summary = preview(reader, gate, None, options, report, pictures=pictures)
        elif context.dry_run:
            folders = RunFolders(installation.home)
            lines = None if options.retry is None else folders.refused_lines(options.retry)
            with installation.catalogue.view() as view:
                summary = preview(
                    reader, gate, view, options, report, lines=lines, pictures=pictures
                )
        else:
            if context.job is None:
                from smashpass.cli.installation import operator

                note_start(
                    installation.audit,
                    reader.place,
                    by=operator(),
                    origin="cli",
                    job=None,
                    retry=options.retry,
                )
            folders = RunFolders(installation.home)
            destination = Destination(
                installation.catalogue,
                installation.runs,
                folders,
                installation.build_snapshot,
                pictures,
            )
            summary = run_import(reader, gate, destination, options, report)
            installation.quarantine_withheld()
            assert summary.run is not None
            names = installation.changes.names_brought_by(summary.run)
            if names:
                folders.list_new_tags(summary.run, names)
            summary = replace(summary, new_tags=tuple(names))
    summary = replace(summary, passed_over=dict(reader.passed_over))
    summary = adopt_tag_knowledge(installation, reader.knowledge, summary)
    lookalikes = look_alikes(summary.new_tags, vocabulary or Vocabulary.of(()))
    report.warnings(
        [*gate.warnings.texts(summary.dropped_tags, summary.run), *warnings(lookalikes)]
    )
    if context.sync_percent is not None and installation is not None:
        gate = Gate(options.statements, screen=screen)
        return _synchronised(installation, reader, gate, summary, context)
    return summary


def _synchronised(
    installation: Installation,
    reader: Reader,
    gate: Gate,
    summary: Summary,
    context: _ImportContext,
) -> Summary:
    """Hide images that left the collection, or preview that; return the counts."""
    assert context.sync_percent is not None
    catalogue = installation.catalogue
    with catalogue.view() as view:
        difference = compare(reader, gate, view)
    try:
        difference.check(summary.read, context.sync_percent)
    except NotPossible:
        context.report.ended(summary)
        raise
    if summary.run is not None and apply(catalogue, difference, summary.run):
        installation.build_snapshot()
    return replace(summary, hidden=len(difference.gone), shown=len(difference.back))


@contextmanager
def _pictures(
    installation: Installation | None, media: MediaChoice, context: _ImportContext
) -> Iterator[ExaminePictures | None]:
    """Yield the picture decoder, or None if pictures are ignored."""
    if media == "none":
        yield None
        return
    from smashpass.bootstrap.installation import Installation

    library = installation or Installation(load(os.environ))
    with library.collection_pictures(
        "nothing" if context.dry_run else media, context.workers
    ) as pictures:
        yield PicturesByName(pictures.examine).examine
