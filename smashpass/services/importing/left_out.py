"""What an import leaves out without refusing a row, and the warnings that say so."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from math import isfinite

from smashpass.services.importing.cells import escaped, is_missing, number_of
from smashpass.services.importing.columns import MAX_COLUMNS


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
        illegal_tags: How many tags were dropped; ``first_tag_line`` is the line of the first.
        ignored_columns: Column as written → why it is ignored.
        not_numbers: Column as written → its values that were left out.
        with_numbers: The columns that had a number in some row.
    """

    illegal_tags: int = 0
    first_tag_line: int = 0
    first_tag_problem: str = ""
    ignored_columns: dict[str, str] = field(default_factory=dict)
    not_numbers: dict[str, NotNumbers] = field(default_factory=dict)
    with_numbers: set[str] = field(default_factory=set)

    def ignore(self, column: str, why: str) -> None:
        """Note once that a column is left out."""
        if len(self.ignored_columns) < MAX_COLUMNS:
            self.ignored_columns.setdefault(column, why)

    def texts(self) -> list[str]:
        """Return one line a warning."""
        lines = [f"column {name!a} is ignored: {why}" for name, why in self.ignored_columns.items()]
        lines += [self._of_column(column, left) for column, left in self.not_numbers.items()]
        if self.illegal_tags:
            many = "tag was" if self.illegal_tags == 1 else "tags were"
            lines.append(
                f"{self.illegal_tags:,} illegal {many} dropped, the first in line "
                f"{self.first_tag_line}: {self.first_tag_problem}"
            )
        return lines

    def _of_column(self, column: str, left: NotNumbers) -> str:
        """Say which values of a column were left out."""
        many = "value that is not a number" if left.count == 1 else "values that are not numbers"
        what = f"{left.count:,} {many}, the first in line {left.first_line}: {left.first_value!a}"
        if column in self.with_numbers:
            return f"column {column!a}: left out {what}"
        return f"column {column!a} is ignored, as it holds no number: {what}"

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
        found = []
        for column, name in columns:
            given = fields[column]
            if given == "" or given is None:
                continue
            value = number_of(given)
            if value is not None and isfinite(value):
                found.append((name, value))
                self.with_numbers.add(column)
            elif not is_missing(given):
                self._note(column, line, given)
        return tuple(found)

    def _note(self, column: str, line: int, given: object) -> None:
        """Count a value that is not a number."""
        left = self.not_numbers.get(column)
        if left is not None:
            left.count += 1
        elif len(self.not_numbers) < MAX_COLUMNS:
            self.not_numbers[column] = NotNumbers(1, line, escaped(str(given)[:40]))
