"""Dictionary files: read, previewed, imported as one edit, and written."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from smashpass.core.errors import BadInput
from smashpass.core.library.index import Index
from smashpass.core.library.stored import Tag
from smashpass.core.operations.audit import AuditAction
from smashpass.core.operations.changelog import Change, VocabularyPlan
from smashpass.core.rules.tree import Tree
from smashpass.core.tags.vocabulary import Vocabulary
from smashpass.services.ports.library import LibraryStore
from smashpass.services.vocabulary.apply import apply_plan
from smashpass.services.vocabulary.dictionary import (
    DictionaryEntry,
    as_csv,
    as_json,
    as_json_lines,
    read_csv,
    read_json,
    read_json_lines,
)
from smashpass.services.vocabulary.import_plan import VocabularyImport, plan_import
from smashpass.services.vocabulary.preview import VocabularyImpact, impact_of

Form = Literal["csv", "json", "jsonl"]

MAX_FILE_NAME = 200
"""Characters of the name of a file that the audit trail keeps."""


def form_of(file: str) -> Form:
    """Return the form of a file by the end of its name; what says nothing is CSV."""
    end = file.lower().rpartition(".")[2]
    if end in ("jsonl", "ndjson"):
        return "jsonl"
    return "json" if end == "json" else "csv"


def read_dictionary(content: bytes, place: str, form: Form) -> list[DictionaryEntry]:
    """Return the rows of a file.

    Args:
        content: What is in it.
        place: What it is called in messages.
        form: How it is written.

    Raises:
        BadInput: It is not what it should be.
    """
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise BadInput(
            "the file is not UTF-8 text", where=f"{place}:{line}", hint="save it as UTF-8"
        ) from error
    match form:
        case "json":
            return read_json(text, place)
        case "jsonl":
            return read_json_lines(text, place)
        case "csv":
            return read_csv(text, place)


def write_dictionary(entries: Sequence[DictionaryEntry], index: Index, form: Form) -> Iterator[str]:
    """Yield the text of a file of ``entries``, with how many images of ``index`` have each tag."""
    find = index.vocabulary.find
    # A tag that is newer than the index has no images in it yet.
    counts = {
        entry.name: 0 if (tag := find(entry.name)) is None else index.count(tag)
        for entry in entries
    }
    match form:
        case "json":
            document = {"tags": [as_json(entry, counts) for entry in entries]}
            yield json.dumps(document, ensure_ascii=False, separators=(",", ":")) + "\n"
        case "jsonl":
            yield from as_json_lines(entries, counts)
        case "csv":
            yield from as_csv(entries, counts)


@dataclass(frozen=True, slots=True)
class ImportedWords:
    """How much a file brings."""

    read: int
    tags: int
    aliases: int
    implications: int
    described: int
    labelled: int
    refused: int
    warnings: int


@dataclass(frozen=True, slots=True)
class ImportTrial:
    """What a file would do: the plan, how much that is, and what it would change on images."""

    planned: VocabularyImport
    counts: ImportedWords
    impact: VocabularyImpact


def try_dictionary(
    index: Index, tags: Iterable[Tag], entries: Sequence[DictionaryEntry], trees: Sequence[Tree]
) -> ImportTrial:
    """Return what adding ``entries`` would do to the library, exactly, without doing it."""
    planned = plan_dictionary(index.vocabulary, tags, entries)
    return ImportTrial(
        planned, count_entries(entries, planned), impact_of(index, planned.edit, trees)
    )


def plan_dictionary(
    vocabulary: Vocabulary, tags: Iterable[Tag], entries: Sequence[DictionaryEntry]
) -> VocabularyImport:
    """Return the edit that adds ``entries``; nothing is taken away by it."""
    texts = {tag.name: (tag.category, tag.label, tag.description) for tag in tags}
    return plan_import(vocabulary, texts, entries)


def import_dictionary(
    catalogue: LibraryStore,
    entries: Sequence[DictionaryEntry],
    file: str,
    *,
    by: str,
    origin: str,
    reason: str | None,
) -> tuple[Change | None, VocabularyImport]:
    """Import the entries of a file as one change, with its entry in the audit trail.

    Args:
        catalogue: The database's library.
        entries: The rows of the file.
        file: Its name, for the audit trail.
        by: Who does it.
        origin: Through which door.
        reason: Why; None if nobody asked for a reason.

    Returns:
        The log entry, or None if nothing changed, and what became of the rows.

    Raises:
        BadInput: The reason is empty.
    """
    planned: list[VocabularyImport] = []

    def plan(vocabulary: Vocabulary) -> VocabularyPlan:
        planned[:] = [plan_dictionary(vocabulary, catalogue.tags(), entries)]
        return planned[0].edit

    change = apply_plan(
        catalogue,
        plan,
        by=by,
        origin=origin,
        reason=reason,
        action=AuditAction.TAG_IMPORT,
        target=file[:MAX_FILE_NAME],
    )
    return change, planned[0]


def count_entries(entries: Sequence[DictionaryEntry], planned: VocabularyImport) -> ImportedWords:
    """Return how much of each kind a file brings."""
    edit: VocabularyPlan = planned.edit
    return ImportedWords(
        read=len(entries),
        tags=len(edit.names),
        aliases=len(edit.aliased),
        implications=len(edit.implied),
        described=len(edit.described),
        labelled=len(edit.labelled),
        refused=len(planned.refused),
        warnings=len(planned.warnings),
    )
