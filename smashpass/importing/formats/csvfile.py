"""Reads one CSV or TSV file with a header, as a stream."""

from __future__ import annotations

import csv
import re
from collections.abc import Generator, Iterator, Mapping
from io import BufferedReader, FileIO, TextIOWrapper
from pathlib import Path

from smashpass.core.errors import BadInput
from smashpass.importing.base.files import (
    MAX_LINE,
    delimiter_of,
    fingerprint,
    first_line,
    open_regular,
    reading,
)
from smashpass.importing.base.picture_names import NOTHING_PASSED_OVER
from smashpass.services.importing.ports import RawRecord, Unreadable
from smashpass.services.importing.rows.columns import FILE_COLUMNS, KEY_COLUMNS, KNOWN, sort_columns
from smashpass.services.importing.tag_knowledge import NO_KNOWLEDGE, TagKnowledge

MAX_FIELD = 131_072
_BUFFER = 1 << 18
_UNDECODED = re.compile("[\udc80-\udcff]")


class CSVFile:
    """A file with columns separated by commas, tabs or semicolons; the first line is the header."""

    format = "csv"
    passed_over: Mapping[str, int] = NOTHING_PASSED_OVER
    knowledge: TagKnowledge = NO_KNOWLEDGE

    def __init__(
        self, path: Path, *, keys: tuple[str, ...] = KEY_COLUMNS, follow: bool = True
    ) -> None:
        """Check the header.

        Args:
            path: The file.
            keys: Columns of which the file must have at least one.
            follow: Whether ``path`` may be a symbolic link.

        Raises:
            NotFound: There is no such file.
            BadInput: It cannot be read, or its header is not usable; says where.
        """
        self._path = path
        self._follow = follow
        self._file: FileIO | None = None
        self.place = str(path.absolute())
        self.delimiter = delimiter_of(path, first_line(path, follow=follow))
        self.header = self._header()
        _check_header(self.header, path, keys)

    @property
    def folder(self) -> str:
        """The folder that the file lies in."""
        return str(self._path.absolute().parent)

    @property
    def names_files(self) -> bool:
        """Whether a column names the pictures, be it by an address that is not fetched."""
        return not sort_columns(self.header).column_of.keys().isdisjoint((*FILE_COLUMNS, "url"))

    @property
    def fingerprint(self) -> str:
        """What changes when the file is written."""
        with open_regular(self._path, follow=self._follow) as file:
            return fingerprint(file)

    @property
    def size(self) -> int:
        """The size of the file in bytes."""
        with reading(self._path):
            return self._path.stat().st_size

    def position(self) -> int:
        """Return how many bytes were read, in steps of the buffer."""
        file = self._file
        return file.tell() if file is not None and not file.closed else 0

    def records(self) -> Generator[RawRecord | Unreadable, None, None]:
        """Yield every line after the header; blank lines are skipped.

        A line that cannot be parsed is yielded as such, and reading continues with the next one.
        """
        with self._open() as file, reading(self._path):
            lines = _Lines(file)
            rows = csv.reader(lines, delimiter=self.delimiter, strict=True)
            header, width = self.header, len(self.header)
            _next_row(rows)
            while True:
                line = rows.line_num + 1
                try:
                    row = next(rows)
                except StopIteration:
                    return
                except csv.Error as error:
                    lines.damage = ""
                    yield Unreadable(line, "malformed", _explained(error))
                    continue
                if lines.damage:
                    yield Unreadable(line, "unreadable", lines.damage)
                    lines.damage = ""
                elif len(row) == width:
                    yield RawRecord(line, dict(zip(header, row, strict=True)))
                elif row:
                    reason = f"{len(row)} fields, where the header names {width}"
                    yield Unreadable(line, "malformed", reason)

    def _header(self) -> tuple[str, ...]:
        """Return the names of the columns."""
        with self._open() as file, reading(self._path):
            lines = _Lines(file)
            try:
                names = _next_row(csv.reader(lines, delimiter=self.delimiter, strict=True))
            except csv.Error as error:
                raise BadInput(_explained(error), where=f"{self._path}:1") from error
        return tuple(name.strip() for name in names)

    def _open(self) -> TextIOWrapper:
        """Open the file as text; bytes that are not UTF-8 become lone surrogates."""
        csv.field_size_limit(MAX_FIELD)  # the only limit there is holds for the process
        self._file = open_regular(self._path, follow=self._follow)
        buffered = BufferedReader(self._file, _BUFFER)
        return TextIOWrapper(buffered, "utf-8-sig", errors="surrogateescape", newline="")


class _Lines:
    """The lines of a file; ``damage`` describes errors in the lines read since it was reset."""

    def __init__(self, file: TextIOWrapper) -> None:
        self._file = file
        self.damage = ""

    def __iter__(self) -> Iterator[str]:
        """Yield each line with its end; a very long one is cut."""
        readline = self._file.readline
        while line := readline(MAX_LINE):
            if len(line) == MAX_LINE and line[-1] not in "\r\n":
                self.damage = f"the line is longer than {MAX_LINE:,} characters"
                while (rest := readline(MAX_LINE)) and rest[-1] not in "\r\n":
                    pass
            if not line.isascii() and _UNDECODED.search(line):
                self.damage = "the line is not UTF-8"
            yield line


def _next_row(rows: Iterator[list[str]]) -> list[str]:
    """Return the first row that is not blank; an empty one at the end."""
    return next((row for row in rows if row), [])


def _check_header(header: tuple[str, ...], path: Path, keys: tuple[str, ...]) -> None:
    """Refuse a header under which no row could be imported."""
    where = f"{path}:1"
    columns = sort_columns(header)
    if columns.clash:
        first, second = columns.clash
        raise BadInput(
            f"the columns {first!a} and {second!a} mean the same",
            where=f"{where}:{len(header) - header[::-1].index(second)}",
            hint="rename or remove one",
        )
    if columns.column_of.keys().isdisjoint(keys):
        if columns.column_of.keys() & KNOWN:
            hint = "add the column that says which image a line is about"
        else:
            hint = "the first line must name the columns"
        raise BadInput(f"no column is named {' or '.join(keys)}", where=where, hint=hint)


def _explained(error: csv.Error) -> str:
    """Translate an error of the CSV reader into an understandable reason."""
    text = str(error)
    if "field larger than" in text:
        return f"a field is longer than {MAX_FIELD:,} characters; is a quote not closed?"
    if "unexpected end of data" in text:
        return "a quote is not closed before the end of the file"
    if "expected after" in text:
        return "a quote ends in the middle of a field; double the quotes inside"
    return text
