"""Files of words as they come in: read, and planned as one edit."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol

from smashpass.core.audit import AuditAction
from smashpass.core.change import Change, WordEdit
from smashpass.core.errors import BadInput
from smashpass.core.library import Tag
from smashpass.core.vocabulary import Vocabulary
from smashpass.services.dictionary import Word, read_csv, read_json
from smashpass.services.shaping import Words, shape
from smashpass.services.word_import import WordImport, plan_import

MAX_FILE_NAME = 200
"""Characters of the name of a file that the audit trail keeps."""


def read_words(content: bytes, place: str, *, as_json: bool) -> list[Word]:
    """Return the rows of a file.

    Args:
        content: What is in it.
        place: What it is called in messages.
        as_json: Whether it is JSON, else it is CSV.

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
    return read_json(text, place) if as_json else read_csv(text, place)


def plan_words(vocabulary: Vocabulary, tags: Iterable[Tag], words: Sequence[Word]) -> WordImport:
    """Return the edit that adds ``words``; nothing is taken away by it."""
    texts = {tag.name: (tag.category, tag.label, tag.description) for tag in tags}
    return plan_import(vocabulary, texts, words)


class WordCatalogue(Words, Protocol):
    """The database's library, with the texts of its tags."""

    def tags(self) -> list[Tag]:
        """Return every tag name with its category and texts."""


def import_words(
    catalogue: WordCatalogue,
    words: Sequence[Word],
    file: str,
    *,
    by: str,
    origin: str,
    reason: str | None,
) -> tuple[Change | None, WordImport]:
    """Add the words of a file as one change, with its entry in the audit trail.

    Args:
        catalogue: The database's library.
        words: The rows of the file.
        file: Its name, for the audit trail.
        by: Who does it.
        origin: Through which door.
        reason: Why; None if nobody asked for a reason.

    Returns:
        The log entry, None if all was so already, and what became of the rows.

    Raises:
        BadInput: The reason is empty.
    """
    planned: list[WordImport] = []

    def plan(vocabulary: Vocabulary) -> WordEdit:
        planned[:] = [plan_words(vocabulary, catalogue.tags(), words)]
        return planned[0].edit

    change = shape(
        catalogue,
        plan,
        by=by,
        origin=origin,
        reason=reason,
        action=AuditAction.TAG_IMPORT,
        target=file[:MAX_FILE_NAME],
    )
    return change, planned[0]


@dataclass(frozen=True, slots=True)
class Brought:
    """How much a file brings."""

    read: int
    tags: int
    aliases: int
    implications: int
    described: int
    labelled: int
    refused: int
    warnings: int


def count_words(words: Sequence[Word], planned: WordImport) -> Brought:
    """Return how much of each kind a file brings."""
    edit: WordEdit = planned.edit
    return Brought(
        read=len(words),
        tags=len(edit.names),
        aliases=len(edit.aliased),
        implications=len(edit.implied),
        described=len(edit.described),
        labelled=len(edit.labelled),
        refused=len(planned.refused),
        warnings=len(planned.warnings),
    )
