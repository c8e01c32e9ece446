"""The records of a collection in batches, each row judged by the gate."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass, field, replace
from itertools import islice

from smashpass.core.library.credit import ImageRow
from smashpass.services.importing.gate import Gate, Refusal
from smashpass.services.importing.ports import RawRecord, Reader, Unreadable
from smashpass.services.importing.rows.omissions import DroppedTag

BATCH_ROWS = 5_000
"""Rows in one transaction: about 0.4 s, so that other writers get their turn."""


@dataclass(slots=True)
class Batch:
    """Some records in their order.

    Attributes:
        rows: What is stored, quarantined rows included.
        position: How many records of the collection were read when this batch ended.
        left_out: How many records were refused and are not among ``rows``.
    """

    rows: list[ImageRow] = field(default_factory=list)
    position: int = 0
    left_out: int = 0


def batches(
    reader: Reader,
    gate: Gate,
    refused: Callable[[Refusal], None],
    *,
    after: int = 0,
    lines: Collection[int] | None = None,
    size: int = BATCH_ROWS,
    hold_pictures: bool = False,
    dropped: Callable[[int, DroppedTag], None] | None = None,
    pictures_settle: bool = False,
) -> Iterator[Batch]:
    """Yield the batches of a collection.

    Where one ends depends on the collection alone, so a run that was killed and resumed makes
    the same batches as one that was not.

    Args:
        reader: The collection.
        gate: Who judges.
        refused: Called for each refused row, in order, before its batch is yielded.
        after: How many records to pass over: they are done.
        lines: If given, only the records of these lines count at all.
        size: Records in a batch.
        hold_pictures: Whether pictures that the reader unpacked are there until the next batch
            is asked for; else none is there.
        dropped: Called for each illegal tag with the number of its record, from 1, in order,
            before its batch is yielded.
        pictures_settle: Whether rows that lack only what their picture may state are let through;
            who asks looks at the pictures and refuses those that do not.
    """
    with closing(reader.records()) as stream:
        records: Iterator[RawRecord | Unreadable] = stream
        if lines is not None:
            records = _of_lines(records, lines)
        for passed in islice(records, after):
            _release([passed])
        position = after
        while part := list(islice(records, size)):
            first = position + 1
            position += len(part)
            batch = Batch(position=position)
            try:
                for row, record in enumerate(part, first):
                    _judge(record, gate, batch, refused, pictures_settle)
                    if dropped is not None:
                        for tag in gate.dropped:
                            dropped(row, tag)
                if hold_pictures:
                    yield batch
            finally:
                _release(part)
            if not hold_pictures:
                yield batch


def _judge(
    record: RawRecord | Unreadable,
    gate: Gate,
    batch: Batch,
    refused: Callable[[Refusal], None],
    pictures_settle: bool,
) -> None:
    """Put what the gate makes of a record into its batch."""
    judged = gate.judge(record)
    if isinstance(judged, ImageRow):
        batch.rows.append(judged)
        return
    if pictures_settle and judged.picture_may_settle and judged.row is not None:
        batch.rows.append(replace(judged.row, refusal=""))
        return
    refused(judged)
    if judged.row is not None:
        batch.rows.append(judged.row)
    else:
        batch.left_out += 1


def _of_lines(
    records: Iterator[RawRecord | Unreadable], lines: Collection[int]
) -> Iterator[RawRecord | Unreadable]:
    """Yield the records of ``lines``; the pictures of all others are released at once."""
    for record in records:
        if record.line in lines:
            yield record
        else:
            _release([record])


def _release(records: Iterable[RawRecord | Unreadable]) -> None:
    """Remove the pictures that the reader unpacked for ``records``."""
    for record in records:
        if isinstance(record, RawRecord):
            record.release()
