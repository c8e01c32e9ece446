"""Columns of the scores in use: built from the store, kept in one file, followed by processes."""

from __future__ import annotations

import logging
import time
from array import array
from collections.abc import Callable, Collection, Hashable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from smashpass.core.errors import NotPossible, SmashpassError, SnapshotDamaged, SnapshotIncompatible
from smashpass.core.imageset import ImageSet
from smashpass.core.library.index import NO_SCORES
from smashpass.core.library.score_column import ScoreColumn
from smashpass.core.rules.attributes import is_number
from smashpass.services.ports.scoring import ScoreStore, ServingEmbeddings, ServingScores

IDLE_S, BUSY_S = 1.0, 10.0
"""Least time between two files, while there is nothing else to do and while there is."""
_REST = 10
"""How many times as long as making a file takes, none is made."""
CHECK_S = 60.0
"""Time between two looks at whether the newest file can be read, and after one cannot be made."""

_log = logging.getLogger(__name__)

Configured = Callable[[], Mapping[str, Collection[str] | None]]
"""The scorers of this installation, with the attributes that each names; None for any."""


@dataclass(frozen=True, slots=True)
class ScoreFiles:
    """The files of columns, by the generation of the scores in them.

    Attributes:
        newest_generation: Returns that of the newest file, None if there is none.
        newest_stamp: Returns what changes with the newest file, None if there is none.
        load_newest: Returns the columns of the newest file, None if there is none.
        save: Writes a file.
    """

    newest_generation: Callable[[], int | None]
    newest_stamp: Callable[[], Hashable | None]
    load_newest: Callable[[], Sequence[ScoreColumn] | None]
    save: Callable[[int, Sequence[ScoreColumn]], None]


@dataclass(frozen=True, slots=True)
class EmbeddingFiles:
    """The files of embeddings.

    Attributes:
        load_newest: Returns the embeddings of the newest file, None if there is none.
        save: Writes a file for a generation; None removes all.
    """

    load_newest: Callable[[], object]
    save: Callable[[int, ServingEmbeddings | None], None]


def columns_of(scores: ServingScores) -> list[ScoreColumn]:
    """Build the columns of one model version, by name.

    Of truth values and texts there are none: an attribute that holds one for any image is not in
    the columns. Cost: about 60 bytes of memory and up to 8 µs for each number.
    """
    known = array("I")
    ordinals: dict[str, array[int]] = {}
    numbers: dict[str, array[float]] = {}
    not_numbers: set[str] = set()
    for ordinal, values in scores.scores:
        known.append(ordinal)
        for name, value in values.items():
            if isinstance(value, int | float) and is_number(value):
                if name not in ordinals:
                    ordinals[name], numbers[name] = array("I"), array("d")
                ordinals[name].append(ordinal)
                numbers[name].append(float(value))
            elif value is not None:
                not_numbers.add(name)
    images = ImageSet(known)
    return [
        ScoreColumn.build(name, scores.source, ordinals[name], numbers[name], images)
        for name in sorted(ordinals.keys() - not_numbers)
    ]


class ColumnFile:
    """Keeps the files of columns and of embeddings up with the store.

    For one process at a time, on one thread.
    """

    def __init__(self, store: ScoreStore, files: ScoreFiles, embeddings: EmbeddingFiles) -> None:
        self._store = store
        self._files = files
        self._embeddings = embeddings
        self._next_at = 0.0
        self._check_at = 0.0

    def is_behind(self) -> bool:
        """Whether the store holds other scores than the newest file, as far as names tell."""
        return self._store.generation() != (self._files.newest_generation() or 0)

    def is_sound(self) -> bool:
        """Whether the newest files, if there are some, can be read."""
        try:
            self._files.load_newest()
            self._embeddings.load_newest()
        except (NotPossible, SnapshotDamaged, SnapshotIncompatible):
            return False
        return True

    def save(self) -> int:
        """Write all columns and the embeddings as files, and return their generation.

        Cost: up to 30 µs a score, so a minute for 2,000,000; nobody waits for it.
        """
        generation = self._store.generation()  # before: what is changed meanwhile makes it behind
        columns = [column for scores in self._store.serving() for column in columns_of(scores)]
        newest = self._files.newest_generation() or 0
        if generation < newest <= self._store.generation() and self.is_sound():
            return newest  # another process was faster
        # First, as the generation of the columns tells that both are written.
        embeddings = self._store.embeddings()  # named, for it must live while one is streamed
        self._embeddings.save(generation, next(embeddings, None))
        self._files.save(generation, columns)
        return generation

    def save_if_due(self, *, busy: bool) -> bool:
        """Make a new file if scores changed and the last one is a while ago; tell whether it did.

        A file that cannot be read is replaced too. Where none can be written, the log says why,
        and it is tried again later: without a file, scores are looked up one by one.

        Args:
            busy: Whether there is other work to do.

        Raises:
            DatabaseUnavailable: The scores cannot be read.
        """
        wait = BUSY_S - IDLE_S if busy else 0.0
        started = time.monotonic()
        if started < self._next_at + wait or not self._is_wanted(started):
            return False
        try:
            self.save()
        except NotPossible as error:
            _log.warning(
                "cannot make score columns", extra={"code": error.code, "detail": str(error)}
            )
            self._next_at = started + CHECK_S
            return False
        ended = time.monotonic()
        self._next_at = ended + max(IDLE_S, _REST * (ended - started))
        return True

    def _is_wanted(self, now: float) -> bool:
        """Tell whether the newest file is behind; from time to time, whether it is damaged too."""
        if self.is_behind():
            return True
        if now < self._check_at:
            return False
        self._check_at = now + CHECK_S
        return not self.is_sound()


class ScoreColumns:
    """The columns that this process answers from; ``refresh`` follows the newest file."""

    def __init__(self, files: ScoreFiles, configured: Configured) -> None:
        """Keep the files; ``configured`` is called only where there is one."""
        self._files = files
        self._configured = configured
        self._stamp: Hashable | None = None
        self._columns: Mapping[str, ScoreColumn] = NO_SCORES

    def refresh(self) -> Mapping[str, ScoreColumn]:
        """Return the columns by attribute; the same mapping while the newest file is the same.

        Without a usable file there are none, and the log says why: scorers are asked instead.
        Cost when nothing changed: a look at the folder.
        """
        stamp = self._files.newest_stamp()
        if stamp != self._stamp:
            self._stamp = stamp
            self._columns = NO_SCORES if stamp is None else self._loaded()
        return self._columns

    def _loaded(self) -> Mapping[str, ScoreColumn]:
        """Return the columns of the newest file that the scorers of this installation fill."""
        try:
            columns = self._files.load_newest() or ()
            configured = self._configured() if columns else {}
        except SmashpassError as error:
            _log.warning(
                "going on without score columns", extra={"code": error.code, "detail": str(error)}
            )
            return NO_SCORES
        chosen = _chosen(columns, configured)
        return MappingProxyType(dict(sorted(chosen.items()))) if chosen else NO_SCORES


def _chosen(
    columns: Sequence[ScoreColumn], configured: Mapping[str, Collection[str] | None]
) -> dict[str, ScoreColumn]:
    """Return one column for each attribute.

    A scorer that names the attribute goes first, else the one that began to serve last.

    Args:
        columns: In the order in which their versions began to serve.
        configured: The scorers, with the attributes that each names; None for any.
    """
    chosen: dict[str, ScoreColumn] = {}
    named: set[str] = set()
    for column in columns:
        attributes = configured.get(column.source.scorer, ())
        if attributes is None:
            if column.name not in named:
                chosen[column.name] = column
        elif column.name in attributes:
            chosen[column.name] = column
            named.add(column.name)
    return chosen
