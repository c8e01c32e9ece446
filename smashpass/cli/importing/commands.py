"""``smashpass import``: a collection into the library."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from smashpass.cli.importing.dictionaries import import_words, is_dictionary, take_knowledge
from smashpass.cli.importing.report import ImportReport
from smashpass.cli.output import json_option
from smashpass.core.errors import BadInput, NotPossible
from smashpass.core.library.stored import OnExisting
from smashpass.core.tags.lookalikes import look_alikes, warnings
from smashpass.core.tags.vocabulary import Vocabulary
from smashpass.importing.base.name_search import PicturesByName
from smashpass.importing.detect import FORMATS, ReadOptions, detect, open_reader
from smashpass.importing.runs.lock import import_lock
from smashpass.importing.runs.runfiles import RunFolders
from smashpass.services.importing.credits import Statements
from smashpass.services.importing.gate import Gate
from smashpass.services.importing.ports import Pictures, Reader
from smashpass.services.importing.preview import preview
from smashpass.services.importing.request import ImportOptions, MediaChoice, Summary, note_start
from smashpass.services.importing.run import Destination, check_retry, run_import
from smashpass.services.importing.sync import apply, compare
from smashpass.services.importing.tags import read_tag_map
from smashpass.services.screening import screening_of
from smashpass.settings import load

if TYPE_CHECKING:
    from smashpass.bootstrap.installation import Installation

EXIT_PARTLY = 3
EXIT_INTERRUPTED = 130


@click.command(
    epilog="Example: smashpass import portraits.csv --licence CC0-1.0 --no-real-person --dry-run"
)
@click.argument("source", required=False)
@click.option(
    "--format",
    "format_name",
    type=click.Choice(["auto", *FORMATS]),
    help="What SOURCE is; by default found by looking.",
)
@click.option("--dry-run", is_flag=True, help="Count as the import would, and write nothing.")
@click.option(
    "--on-existing",
    type=click.Choice(["skip", "overwrite", "append"]),
    help="What to do with images that the library knows; skip by default.",
)
@click.option("--licence", default="", help="SPDX id or URL, for rows that state none.")
@click.option("--source", "source_name", default="", help="Name of the collection, likewise.")
@click.option("--digital-source-type", default="", help="IPTC term, likewise.")
@click.option(
    "--no-real-person", is_flag=True, help="State that no real person is shown, likewise."
)
@click.option(
    "--depicts",
    default="",
    type=click.Choice(["", "adult", "creature", "object"]),
    show_choices=False,
    metavar="adult|creature|object",
    help="What the images show, likewise.",
)
@click.option(
    "--workers",
    type=click.IntRange(1, 64),
    help="Processes that decode pictures; as many as there are processors by default.",
)
@click.option(
    "--media",
    type=click.Choice(["none", "copy", "link"]),
    help="Keep pictures in two sizes; or the small one, and make the large one of the original in "
    "its place when it is asked for; or leave pictures alone. By default copy where SOURCE names "
    "files, else none.",
)
@click.option(
    "--tag-map",
    "tag_map",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    metavar="FILE",
    help="Rename tags on the way in: lines of from,to; nothing behind the comma drops the tag.",
)
@click.option(
    "--tags-in-names", is_flag=True, help="Words of folder and file names are tags (folder only)."
)
@click.option(
    "--tags-at",
    default="",
    metavar="PATH",
    help="Where the tags are in .json sidecars, as metadata.tags (folder only).",
)
@click.option(
    "--sync", is_flag=True, help="Hide images of SOURCE that are no longer in it; none is deleted."
)
@click.option(
    "--sync-limit",
    type=click.FloatRange(0, 100),
    default=10,
    show_default=True,
    metavar="PERCENT",
    help="Hide none if more than this share left.",
)
@click.option("--retry", type=int, metavar="RUN", help="Read only the rows that RUN refused.")
# The job process imports with this very command; whoever asked for it is in the trail already.
@click.option("--job", type=int, hidden=True)
@click.option("--quiet", is_flag=True, help="Print nothing if every row was taken.")
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
    """Import SOURCE, a file or a folder in one of many formats, found by looking.

    Every image must state source, licence, digital_source_type, real_person and depicts, in its
    row or by the options. Rows that do not are refused, with line and reason in
    runs/N/refused.jsonl; illegal tags are dropped, and listed in runs/N/dropped.jsonl. An import
    that was stopped is resumed by the same command.
    """
    if (source is None) == (retry is None):
        raise click.UsageError("give either SOURCE or --retry RUN")
    if retry is not None and format_name is not None:
        raise click.UsageError("--retry reads what the run read; leave --format out")
    if retry is not None and (tag_map is not None or tags_in_names or tags_at or sync):
        raise click.UsageError("--retry reads rows as the run did, and only those it refused")
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
        return import_words(context, source, dry_run=dry_run, as_json=as_json)
    report = ImportReport(as_json=as_json, quiet=quiet, dry_run=dry_run)
    how = _How(
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
                    tag_map=_text(tag_map),
                    reading={"tags_in_names": tags_in_names, "tags_at": tags_at},
                ),
                how,
            )
        else:
            summary = _retry(retry, on_existing, statements, how)
    except KeyboardInterrupt:
        report.interrupted()
        return EXIT_INTERRUPTED
    report.ended(summary)
    return EXIT_PARTLY if summary.refused else 0


@dataclass(frozen=True, slots=True)
class _How:
    """What holds for every way to import."""

    report: ImportReport
    dry_run: bool
    media: MediaChoice | None
    workers: int
    sync_percent: float | None = None
    job: int | None = None


def _import(path: Path, format_name: str, options: ImportOptions, how: _How) -> Summary:
    """Import what is at ``path``."""
    how.report.recognised = f"{format_name}, as told"
    if format_name == "auto":
        found = detect(path)
        format_name = found.format
        how.report.recognised = f"{found.format}: {found.reason}"
    reader = open_reader(path, format_name, _wish(options.reading, how.media))
    media = how.media or ("copy" if reader.names_files else "none")
    if media == "link" and reader.format in ("webdataset", "parquet"):
        raise click.UsageError(f"pictures inside {reader.format} files cannot be linked")
    options = replace(options, media=media)
    home = load(os.environ).home
    with nullcontext() if how.dry_run else import_lock(home, reader.place):
        return _run(_opened(dry_run=how.dry_run), reader, options, how)


def _retry(
    number: int,
    on_existing: OnExisting | None,
    statements: Statements,
    how: _How,
) -> Summary:
    """Import the rows that a run refused, with what is stated now besides what was then."""
    home = load(os.environ).home
    with nullcontext() if how.dry_run else import_lock(home, f"--retry {number}"):
        installation = _opened(dry_run=True)
        if installation is None:
            raise NotPossible(
                "there is no library yet", where=str(home), hint="import something first"
            )
        run = installation.runs.get(number)
        media = how.media or run.options.get("media", "none")
        told = run.options.get("reading", {})
        reader = open_reader(Path(run.source), str(run.options["format"]), _wish(told, media))
        check_retry(run, reader)
        then = Statements(**run.options["statements"])
        options = ImportOptions(
            on_existing or run.options["on_existing"],
            Statements(
                statements.licence or then.licence,
                statements.source or then.source,
                statements.digital_source_type or then.digital_source_type,
                statements.no_real_person or then.no_real_person,
                statements.depicts or then.depicts,
            ),
            media,
            number,
            run.options.get("tag_map", ""),
            told,
        )
        how.report.recognised = f"the rows that run {number} refused"
        return _run(installation, reader, options, how)


def _opened(*, dry_run: bool) -> Installation | None:
    """Return the installation; a dry run makes none, and gets None where there is none."""
    # Imported here, not above: the lock is to be taken before half a second of imports.
    from smashpass.bootstrap.installation import Installation

    installation = Installation(load(os.environ))
    if not dry_run:
        installation.prepare()
        return installation
    try:
        installation.require_library()
    except NotPossible:
        return None
    return installation


def _run(
    installation: Installation | None, reader: Reader, options: ImportOptions, how: _How
) -> Summary:
    """Import, or look what an import would do; print the warnings."""
    report = how.report
    report.source = reader.place
    words = None if installation is None else installation.catalogue.vocabulary()
    values = load(os.environ).values
    screening = screening_of(values["under_age_terms"] or "", values["deny_tags"] or "")
    screen = screening.names(words)
    renamed = read_tag_map(options.tag_map, "--tag-map")
    wanted = options.media != "none"
    gate = Gate(options.statements, renamed, screen, pictures=wanted)
    with _pictures(installation, options.media, how) as pictures:
        if installation is None:
            summary = preview(reader, gate, None, options, report, pictures=pictures)
        elif how.dry_run:
            folders = RunFolders(installation.home)
            lines = None if options.retry is None else folders.refused_lines(options.retry)
            with installation.catalogue.view() as view:
                summary = preview(
                    reader, gate, view, options, report, lines=lines, pictures=pictures
                )
        else:
            if how.job is None:
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
    summary = take_knowledge(installation, reader.knowledge, summary)
    alike = look_alikes(summary.new_tags, words or Vocabulary.of(()))
    report.warnings([*gate.warnings.texts(summary.dropped_tags, summary.run), *warnings(alike)])
    if how.sync_percent is not None and installation is not None:
        gate = Gate(options.statements, screen=screen)
        return _synchronised(installation, reader, gate, summary, how)
    return summary


def _synchronised(
    installation: Installation, reader: Reader, gate: Gate, summary: Summary, how: _How
) -> Summary:
    """Hide what left the collection, or look what would be; count it."""
    assert how.sync_percent is not None
    catalogue = installation.catalogue
    with catalogue.view() as view:
        difference = compare(reader, gate, view)
    try:
        difference.check(summary.read, how.sync_percent)
    except NotPossible:
        how.report.ended(summary)
        raise
    if summary.run is not None and apply(catalogue, difference, summary.run):
        installation.build_snapshot()
    return replace(summary, hidden=len(difference.gone), shown=len(difference.back))


def _wish(told: Mapping[str, Any], media: MediaChoice | None) -> ReadOptions:
    """Return how a collection is to be read."""
    return ReadOptions(
        pictures=media != "none",
        tags_in_names=bool(told.get("tags_in_names", False)),
        tags_at=str(told.get("tags_at", "")),
    )


def _text(file: Path | None) -> str:
    """Return what a file of renamed tags says; it is checked before anything is imported."""
    if file is None:
        return ""
    try:
        text = file.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise BadInput(f"cannot be read: {error}", where=str(file)) from error
    read_tag_map(text, str(file))
    return text


@contextmanager
def _pictures(
    installation: Installation | None, media: MediaChoice, how: _How
) -> Iterator[Pictures | None]:
    """Yield who looks at pictures, None if they are left alone."""
    if media == "none":
        yield None
        return
    from smashpass.bootstrap.installation import Installation

    opened = installation or Installation(load(os.environ))
    with opened.collection_pictures("nothing" if how.dry_run else media, how.workers) as pictures:
        yield PicturesByName(pictures)
