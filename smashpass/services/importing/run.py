"""One import from its first record to its snapshot: resumable, idempotent, a batch at a time.

A batch and the position of the run are written in one transaction, and the refused rows of the
batch are on disk before it. So whenever the process is killed, the next one goes on at the last
position and comes to the same end.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import partial

from smashpass.core.errors import Conflict, SmashpassError
from smashpass.core.operations.run import Run, RunState
from smashpass.core.pictures.likeness import RemovedPictures
from smashpass.services.importing.batches import BATCH_ROWS, batches
from smashpass.services.importing.gate import Gate, Refusal
from smashpass.services.importing.pictures import PICTURE_BATCH_ROWS, PictureStep, let_in
from smashpass.services.importing.ports import (
    ExaminePictures,
    Listener,
    Progress,
    Reader,
    RunFiles,
    RunLog,
)
from smashpass.services.importing.request import ImportOptions, Summary
from smashpass.services.ports.library import LibraryStore
from smashpass.services.ports.operations import RunStore


@dataclass(frozen=True, slots=True)
class Destination:
    """Where an import goes.

    Attributes:
        library: Takes the rows.
        runs: Keeps the state of the run, in the same database.
        files: Keeps the refused rows.
        save_snapshot: Builds the index when all rows are written.
        pictures: Looks at pictures; None leaves them where they are.
    """

    library: LibraryStore
    runs: RunStore
    files: RunFiles
    save_snapshot: Callable[[], object]
    pictures: ExaminePictures | None = None


def run_import(
    reader: Reader,
    gate: Gate,
    destination: Destination,
    options: ImportOptions,
    listener: Listener,
    *,
    batch_rows: int = 0,
    job: int | None = None,
) -> Summary:
    """Import a collection; an import of it that did not come to its end is resumed.

    The caller holds the lock of the installation. Ctrl-C, a failure or a kill leaves all batches
    that were finished, and a run that can be resumed. A batch has ``batch_rows`` rows; 0 stands
    for what is best with and without pictures. ``job`` is kept with the run.

    Raises:
        BadInput: The collection cannot be read to its end.
        DatabaseUnavailable: The database does not take a batch.
    """
    runs = destination.runs
    run = _begin(reader, runs, options, job)
    listener.started(run.id, run.position)
    state: RunState = "failed"
    error = ""
    try:
        files = destination.files
        with files.open(run.id, refused=run.refused, position=run.position) as log:
            _write(reader, gate, destination, options, listener, run, log, batch_rows)
            dropped_tags = log.dropped
        listener.indexing()
        destination.save_snapshot()
        state = "done"
    except KeyboardInterrupt:
        state = "interrupted"
        raise
    except SmashpassError as failure:
        error = str(failure)
        raise
    finally:
        if state != "done":
            # If it is the database that failed, the run stays as it is and can be resumed.
            with suppress(SmashpassError):
                runs.finish(run.id, state, error=error)
    summary = Summary.of_run(runs.finish(run.id), run.position)
    return replace(summary, dropped_tags=dropped_tags)


def _begin(reader: Reader, runs: RunStore, options: ImportOptions, job: int | None) -> Run:
    """Resume the last run of this collection if it never ended and asks for the same."""
    requested = options.as_json() | {"format": reader.format, "fingerprint": reader.fingerprint}
    last = runs.unfinished(reader.place)
    jobs = [] if job is None else [job]
    if last is not None and {**last.options, "jobs": []} == {**requested, "jobs": []}:
        return runs.resume(last.id, jobs)
    if last is not None and last.state == "running":
        why = "not resumed: the collection or the options have changed"
        runs.finish(last.id, "interrupted", error=why)
    return runs.get(runs.start(reader.place, requested | {"jobs": jobs}))


def _write(
    reader: Reader,
    gate: Gate,
    destination: Destination,
    options: ImportOptions,
    listener: Listener,
    run: Run,
    log: RunLog,
    batch_rows: int,
) -> None:
    """Write every batch that the run has not written yet."""
    lines = None if options.retry is None else destination.files.refused_lines(options.retry)
    refused = run.refused

    def refuse(row: Refusal) -> None:
        nonlocal refused
        refused += 1
        log.refuse_row(row.line, row.key, row.code, row.reason)
        listener.refused(row.line, row.key, row.code, row.reason)

    total = reader.size
    pictures = destination.pictures
    size = batch_rows or (BATCH_ROWS if pictures is None else PICTURE_BATCH_ROWS)
    hold = pictures is not None
    parts = batches(
        reader,
        gate,
        refuse,
        after=run.position,
        lines=lines,
        size=size,
        hold_pictures=hold,
        dropped=lambda row, tag: log.drop_tag(row, *tag),
        pictures_settle=hold,
    )
    if pictures is not None:
        with destination.library.view() as view:
            removed = RemovedPictures(view.removed())
        picturing = PictureStep(
            pictures, reader.folder, options.on_existing, removed, gate.warnings
        )
        parts = picturing.filled(parts, partial(_existing_keys, destination.library), refuse)
    for batch in parts:
        log.sync()
        if batch.rows:
            destination.library.write_rows(
                run.id,
                batch.rows,
                on_existing=options.on_existing,
                position=batch.position,
                refused=batch.left_out,
            )
        else:
            destination.runs.progress(run.id, position=batch.position, refused=batch.left_out)
        progress = Progress(batch.position, refused, reader.position(), total)
        destination.files.note(run.id, progress)
        listener.progressed(progress)


def _existing_keys(library: LibraryStore, source: str, keys: Sequence[str]) -> set[str]:
    """Return those of ``keys`` that the library has of ``source``, past the gate."""
    with library.view() as view:
        return let_in(view, source, keys)


def check_retry(run: Run, reader: Reader) -> None:
    """Refuse to read the refused rows of a run again if they cannot be found by their lines.

    Raises:
        Conflict: The run is not done, or the collection was written since.
    """
    if run.state != "done":
        raise Conflict(f"run {run.id} is not done", hint=f"resume it first: import {run.source}")
    if run.options.get("fingerprint") != reader.fingerprint:
        raise Conflict(
            f"the collection has changed since run {run.id}",
            where=reader.place,
            hint="import all of it again: what the library has is skipped",
        )
