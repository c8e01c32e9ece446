"""What an import leaves out without refusing a row, and the warnings that say so."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from math import isfinite
from typing import NamedTuple

from smashpass.services.importing.rows.cells import escaped, is_missing, number_of
from smashpass.services.importing.rows.columns import MAX_COLUMNS


class DroppedTag(NamedTuple):
    """An illegal tag: where it was read, as it was written (escaped), and what is wrong with it."""

    line: int
    key: str
    tag: str
    reason: str


@dataclass(slots=True)
class NotNumbers:
    """The values of one column that are not numbers: how many, and the first of them."""

    count: int
    first_line: int
    first_value: str


@dataclass(slots=True)
class Warnings:
    """What was left out without refusing a row.

    Attributes:
        illegal_tags: How many tags were dropped.
        first_dropped: The first of them.
        ignored_columns: Column as written → why it is ignored.
        not_numbers: Column as written → its values that were left out.
        with_numbers: The columns that had a number in some row.
        by_ai: Digital source type → how many pictures say so against what was stated, first line.
        c2pa: How many pictures hold a C2PA manifest, first line.
    """

    illegal_tags: int = 0
    first_dropped: DroppedTag | None = None
    ignored_columns: dict[str, str] = field(default_factory=dict)
    not_numbers: dict[str, NotNumbers] = field(default_factory=dict)
    with_numbers: set[str] = field(default_factory=set)
    by_ai: dict[str, tuple[int, int]] = field(default_factory=dict)
    c2pa: tuple[int, int] = (0, 0)

    def ignore(self, column: str, why: str) -> None:
        """Note once that a column is left out."""
        if len(self.ignored_columns) < MAX_COLUMNS:
            self.ignored_columns.setdefault(column, why)

    def note_dropped(self, tags: Sequence[DroppedTag]) -> None:
        """Count the illegal tags of one record, of which there is at least one."""
        self.first_dropped = self.first_dropped or tags[0]
        self.illegal_tags += len(tags)

    def texts(self, dropped_tags: int, run: int | None) -> list[str]:
        """Return one line a warning.

        Args:
            dropped_tags: How many tags were dropped, those before the run was resumed included.
            run: The run that lists them; None for a dry run.
        """
        lines = [f"column {name!a} is ignored: {why}" for name, why in self.ignored_columns.items()]
        lines += [self._of_column(column, left) for column, left in self.not_numbers.items()]
        if dropped_tags:
            many = "tag was" if dropped_tags == 1 else "tags were"
            text = f"{dropped_tags:,} illegal {many} dropped"
            if self.first_dropped is not None:
                text += f", such as in line {self.first_dropped.line}: {self.first_dropped.reason}"
            lines.append(text if run is None else f"{text}; see runs/{run}/dropped.jsonl")
        return lines + self._of_pictures()

    def _of_pictures(self) -> list[str]:
        """Say what pictures state of their origin."""
        lines = []
        for term, (count, line) in self.by_ai.items():
            subject, whom = ("picture says", "it") if count == 1 else ("pictures say", "them")
            whose = "its" if count == 1 else "their"
            part = "" if term == "trainedAlgorithmicMedia" else " in part"
            lines.append(
                f"{count:,} {subject} that AI made {whom}{part}; {whose} digital source type is "
                f"{term}, first in line {line}"
            )
        count, line = self.c2pa
        if count:
            many = "picture holds" if count == 1 else "pictures hold"
            lines.append(
                f"{count:,} {many} a C2PA manifest, which is not verified, first in line {line}"
            )
        return lines

    def _of_column(self, column: str, left: NotNumbers) -> str:
        """Say which values of a column were left out."""
        many = "value that is not a number" if left.count == 1 else "values that are not numbers"
        summary = (
            f"{left.count:,} {many}, the first in line {left.first_line}: {left.first_value!a}"
        )
        if column in self.with_numbers:
            return f"column {column!a}: left out {summary}"
        return f"column {column!a} is ignored, as it holds no number: {summary}"

    def numbers(
        self, line: int, columns: Sequence[tuple[str, str]], fields: Mapping[str, object]
    ) -> tuple[tuple[str, float], ...]:
        """Return the numbers of a record by attribute name.

        Missing values are passed over in silence; what else is not a number is noted.

        Args:
            line: Where the record was read.
            columns: (name as written, attribute name).
            fields: The record.
        """
        numbers = []
        for column, name in columns:
            cell = fields[column]
            if cell == "" or cell is None:
                continue
            value = number_of(cell)
            if value is not None and isfinite(value):
                numbers.append((name, value))
                self.with_numbers.add(column)
            elif not is_missing(cell):
                self._note(column, line, cell)
        return tuple(numbers)

    def _note(self, column: str, line: int, cell: object) -> None:
        """Count a value that is not a number."""
        left = self.not_numbers.get(column)
        if left is not None:
            left.count += 1
        elif len(self.not_numbers) < MAX_COLUMNS:
            self.not_numbers[column] = NotNumbers(1, line, escaped(str(cell)[:40]))
