"""One import as a command does it: the rows, the words, the quarantine, and what left."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace

from smashpass.core.protection.screening import Screening
from smashpass.core.tags.lookalikes import look_alikes, warnings
from smashpass.core.tags.vocabulary import Vocabulary
from smashpass.services.importing.gate import Gate
from smashpass.services.importing.ports import ExaminePictures, Listener, Reader, RunFiles
from smashpass.services.importing.preview import preview
from smashpass.services.importing.request import (
    ImportOptions,
    MediaChoice,
    Summary,
    note_start,
)
from smashpass.services.importing.rows.tags import read_tag_map
from smashpass.services.importing.run import Destination, run_import
from smashpass.services.importing.sync import SyncDifference, apply, compare
from smashpass.services.importing.tag_knowledge import TagKnowledge, adopt_categories
from smashpass.services.ports.library import ChangeLog, LibraryStore
from smashpass.services.ports.operations import AuditTrail, RunStore


class Importer:
    """Brings collections into the library; whoever calls it holds the lock."""

    def __init__(
        self,
        *,
        store: LibraryStore,
        changes: ChangeLog,
        runs: RunStore,
        files: RunFiles,
        trail: AuditTrail,
        screening: Screening,
        pictures: Callable[[MediaChoice, int], AbstractContextManager[ExaminePictures]],
        save_snapshot: Callable[[], object],
        quarantine_withheld: Callable[[], object],
    ) -> None:
        """Create the importer.

        Args:
            store: The library.
            changes: The log of all edits.
            runs: The imports.
            files: The files of imports.
            trail: The audit trail.
            screening: What may not be shown for its tags.
            pictures: Opens what looks at pictures, in some processes; "none" keeps no file.
            save_snapshot: Builds the index and saves it.
            quarantine_withheld: Quarantines images that may not be shown for their tags.
        """
        self._store, self._changes = store, changes
        self._runs, self._files, self._trail = runs, files, trail
        self._screening, self._pictures = screening, pictures
        self._save_snapshot, self._quarantine_withheld = save_snapshot, quarantine_withheld

    def run(
        self,
        reader: Reader,
        options: ImportOptions,
        listener: Listener,
        *,
        workers: int,
        by: str | None,
        job: int | None = None,
        batch_rows: int = 0,
    ) -> Summary:
        """Import a collection, or resume its import.

        Args:
            reader: The collection.
            options: What holds for the whole run.
            listener: Hears of refused rows, progress and warnings.
            workers: Processes that look at pictures.
            by: Who starts it; None for a job, whose start is in the audit trail already.
            job: The job that does it, None if it was started manually; kept with the run.
            batch_rows: Rows in one transaction; 0 stands for what is best for files.

        Raises:
            BadInput: The collection cannot be read to its end, or the tag map is not valid.
            DatabaseUnavailable: The database does not take a batch.
        """
        vocabulary = self._store.vocabulary()
        gate = self._gate(options, vocabulary)
        with self._opened(options.media, options.media, workers) as pictures:
            if by is not None:
                note_start(
                    self._trail, reader.place, by=by, origin="cli", job=None, retry=options.retry
                )
            destination = Destination(
                self._store, self._runs, self._files, self._save_snapshot, pictures
            )
            summary = run_import(
                reader, gate, destination, options, listener, batch_rows=batch_rows, job=job
            )
            self._quarantine_withheld()
            assert summary.run is not None
            names = self._changes.names_brought_by(summary.run)
            if names:
                self._files.list_new_tags(summary.run, names)
        summary = replace(summary, new_tags=tuple(names), passed_over=dict(reader.passed_over))
        summary = self._adopt(reader.knowledge, summary)
        _warn(listener, gate, summary, vocabulary)
        return summary

    def preview(
        self,
        reader: Reader,
        options: ImportOptions,
        listener: Listener,
        *,
        workers: int,
        into_library: bool,
    ) -> Summary:
        """Return what :meth:`run` would report, without writing.

        Args:
            reader: The collection.
            options: As for the import.
            listener: Hears of refused rows, progress and warnings.
            workers: Processes that look at pictures.
            into_library: Whether there is a library; it is not touched if not.

        Raises:
            BadInput: The collection cannot be read to its end, or the tag map is not valid.
        """
        vocabulary = self._store.vocabulary() if into_library else None
        gate = self._gate(options, vocabulary)
        with self._opened(options.media, "none", workers) as pictures:
            lines = None
            if into_library and options.retry is not None:
                lines = self._files.refused_lines(options.retry)
            with self._store.view() if into_library else nullcontext() as view:
                summary = preview(
                    reader, gate, view, options, listener, lines=lines, pictures=pictures
                )
        counts = reader.knowledge.counts()
        summary = replace(summary, passed_over=dict(reader.passed_over), tag_knowledge=counts)
        _warn(listener, gate, summary, vocabulary)
        return summary

    def compare(self, reader: Reader, options: ImportOptions) -> SyncDifference:
        """Return which images left a collection, and which are in it again."""
        gate = Gate(options.statements, screen=self._screening.names(self._store.vocabulary()))
        with self._store.view() as view:
            return compare(reader, gate, view)

    def synchronise(self, difference: SyncDifference, summary: Summary) -> Summary:
        """Hide what left and show what came back, unless it is a preview; return the counts."""
        if summary.run is not None and apply(self._store, difference, summary.run):
            self._save_snapshot()
        return replace(summary, hidden=len(difference.gone), shown=len(difference.back))

    def _gate(self, options: ImportOptions, vocabulary: Vocabulary | None) -> Gate:
        """Return what judges the rows."""
        tag_map = read_tag_map(options.tag_map, "--tag-map")
        screen = self._screening.names(vocabulary)
        return Gate(options.statements, tag_map, screen, pictures=options.media != "none")

    def _opened(
        self, media: MediaChoice, keep: MediaChoice, workers: int
    ) -> AbstractContextManager[ExaminePictures | None]:
        """Open what looks at pictures; None if they are left alone."""
        return nullcontext() if media == "none" else self._pictures(keep, workers)

    def _adopt(self, knowledge: TagKnowledge, summary: Summary) -> Summary:
        """Adopt the categories that a collection knows, and offer the rest; return the counts."""
        counts = knowledge.counts()
        summary = replace(summary, tag_knowledge=counts)
        if not counts or summary.run is None:
            return summary
        adopt_categories(self._store, self._store.tags(), knowledge, summary.run)
        offered = knowledge.offered()
        if not offered:
            return summary
        file = self._files.write_dictionary(summary.run, offered)
        return replace(summary, offered=str(file))


def _warn(listener: Listener, gate: Gate, summary: Summary, vocabulary: Vocabulary | None) -> None:
    """Tell what was left out without refusing a row, and which new tags look like others."""
    lookalikes = look_alikes(summary.new_tags, vocabulary or Vocabulary.of(()))
    texts = gate.warnings.texts(summary.dropped_tags, summary.run)
    listener.warnings([*texts, *warnings(lookalikes)])
