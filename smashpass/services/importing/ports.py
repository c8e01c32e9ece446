"""What importing needs of the outside: a reader, the library, the runs, the files of a run."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple, Protocol

from smashpass.core.pictures.picture import Picture, PictureRefusal
from smashpass.services.importing.tag_knowledge import TagKnowledge
from smashpass.services.vocabulary.dictionary import DictionaryEntry


def _hold_nothing() -> None:
    """Release nothing: the picture of the record, if it has one, is a file of the collection."""


class RawRecord(NamedTuple):
    """One record as it was written: column → text, number, truth value, list or None.

    ``release`` removes the picture that a reader unpacked for it into a temporary file. Whoever
    takes the record calls it when the picture is no longer wanted.
    """

    line: int
    fields: Mapping[str, object]
    release: Callable[[], None] = _hold_nothing


UNREADABLE_FOLDER = "unreadable_folder"
"""The code of an :class:`Unreadable` that stands for a folder, whatever pictures are in it."""


class Unreadable(NamedTuple):
    """A record that could not be taken apart; the reader goes on after it.

    ``key`` is what it would have been known by, "" where that is not known either; any characters.
    """

    line: int
    code: str
    reason: str
    key: str = ""


class Reader(Protocol):
    """One collection. Reads as a stream: memory does not grow with the collection."""

    @property
    def format(self) -> str:
        """The name of the format, as ``--format`` knows it."""

    @property
    def place(self) -> str:
        """The absolute path of the collection; a run is known by it."""

    @property
    def folder(self) -> str:
        """The absolute path of the folder that the names of pictures start from."""

    @property
    def names_files(self) -> bool:
        """Whether its records say which picture they are about."""

    @property
    def passed_over(self) -> Mapping[str, int]:
        """Pictures that :meth:`records` met and did not read, as their kind is not: ending → count.

        Only collections that are folders or archives have such.
        """

    @property
    def knowledge(self) -> TagKnowledge:
        """What :meth:`records` met of categories, aliases and implications of tags."""

    @property
    def fingerprint(self) -> str:
        """Changes when the collection does: a run is only resumed on the same one."""

    @property
    def size(self) -> int:
        """Bytes to read."""

    def position(self) -> int:
        """Return how many bytes were read so far, about; for progress only."""

    def records(self) -> Generator[RawRecord | Unreadable, None, None]:
        """Yield every record from the start, in an order that is always the same.

        A generator, so that whoever stops in the middle can close it, and the file with it.

        Raises:
            BadInput: The collection as a whole cannot be read on.
        """


class Progress(NamedTuple):
    """How far an import came: rows since the very start of the run, bytes of the collection."""

    read: int
    refused: int
    bytes_read: int
    bytes_total: int


class Listener(Protocol):
    """Who watches an import."""

    def started(self, run: int | None, resumed_at: int) -> None:
        """Hear the number of the run (None: dry), and how many rows it had read before."""

    def refused(self, line: int, key: str, code: str, reason: str) -> None:
        """Hear of a refused row, at once."""

    def progressed(self, progress: Progress) -> None:
        """Hear of every batch that is finished."""

    def indexing(self) -> None:
        """Hear that all rows are written and the snapshot is being built."""

    def warnings(self, texts: Sequence[str]) -> None:
        """Hear at the end what was left out without refusing a row."""


ExaminePictures = Callable[[str, Sequence[str], Sequence[str]], Sequence[Picture | PictureRefusal]]
"""Returns what the files of these names, relative to a folder, are; in their order.

The last argument are the digital source types that are stated for them, "" for none. Raises
NotPossible if no file can be looked at, or nothing be written.
"""


class RunLog(Protocol):
    """What one run leaves out: a file of rows and one of tags, in the order of reading."""

    @property
    def dropped(self) -> int:
        """How many tags are in it."""

    def refuse_row(self, line: int, key: str, code: str, reason: str) -> None:
        """Add a refused row; it is on disk after the next :meth:`sync`."""

    def drop_tag(self, row: int, line: int, key: str, tag: str, reason: str) -> None:
        """Add an illegal tag of the record number ``row``, in the same way."""

    def sync(self) -> None:
        """Return when everything written is on disk."""


@dataclass(frozen=True, slots=True)
class Reason:
    """How many rows were refused for one reason (``code``), and the first few of them.

    An example has line, key, reason and code; that of a dropped tag has a tag.
    """

    code: str
    count: int
    examples: tuple[Mapping[str, Any], ...]


@dataclass(frozen=True, slots=True)
class Reasons:
    """The reasons for which a run left rows or tags out, the most frequent first.

    ``counted`` are the rows or tags looked at; there may be more.
    """

    rows: tuple[Reason, ...] = ()
    counted: int = 0


@dataclass(frozen=True, slots=True)
class ScheduledImport:
    """An import that this machine starts by itself.

    Attributes:
        source: The collection, as the command names it; "" if it cannot be told.
        place: The timer, or the file of the crontab entry.
        when: The times as crontab(5) writes them; "" for a timer.
        last: When it was started last, in microseconds since 1970; None if not known.
        due: When it is started next; None if not known.
    """

    source: str
    place: str
    when: str
    last: int | None
    due: int | None


@dataclass(frozen=True, slots=True)
class Schedule:
    """The scheduled imports, and what could not be read."""

    entries: tuple[ScheduledImport, ...]
    problems: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class RunProgress:
    """The progress of a run: rows, bytes, and the time in seconds since 1970."""

    read: int
    bytes_read: int
    bytes_total: int
    began: float
    at: float


class RunFiles(Protocol):
    """The files of runs."""

    def open(self, run: int, *, refused: int, position: int) -> AbstractContextManager[RunLog]:
        """Open the files of ``run`` with its first refused rows and the tags up to a position."""

    def refused_lines(self, run: int) -> frozenset[int]:
        """Return the lines of the collection that ``run`` refused.

        Raises:
            NotFound: The run refused none, or its file is gone.
        """

    def note(self, run: int, progress: Progress) -> None:
        """Note how far a run is, for whoever looks."""

    def noted(self, run: int) -> RunProgress | None:
        """Return how far a run was when it was noted last, or None."""

    def reasons(self, run: int) -> Reasons:
        """Return for which reasons rows were refused, with examples."""

    def dropped_tags(self, run: int) -> Reasons:
        """Return for which reasons tags were dropped from rows, with examples."""

    def refused_rows(
        self, run: int, start: int, limit: int, code: str = ""
    ) -> Sequence[Mapping[str, Any]]:
        """Return some refused rows in the order of reading, each with line, key, code, reason.

        ``code`` is the reason that is wanted; "" for all.
        """

    def list_new_tags(self, run: int, names: Iterable[str]) -> Path:
        """Write the tags that a run created, one per line, and return the path."""

    def write_dictionary(self, run: int, entries: Sequence[DictionaryEntry]) -> Path:
        """Write tags with their aliases and implications, and return the path."""
