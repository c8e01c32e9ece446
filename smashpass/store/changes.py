"""The change log: what was edited, by whom, in an order that readers can trust.

A sequence number is drawn only while the one lock of the library's writers is held, and the lock
ends with the transaction. So numbers become visible in their order: a reader that has seen N will
never find a smaller one later. (A plain sequence of PostgreSQL does not promise that.)
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterator
from typing import Any, cast

from sqlalchemy import Connection, Engine, func, insert, literal, select

from smashpass.core.change import (
    LARGE_PAYLOAD,
    Change,
    ChangeKind,
    ImportBatch,
    Payload,
    TagEdits,
    VocabularyEdit,
    images_of,
    kind_of,
    names_of,
    pack,
    unpack,
)
from smashpass.core.errors import NotFound
from smashpass.core.imageset import EMPTY, ImageSet, Ordinal
from smashpass.core.tags import TagId
from smashpass.store.database import hold_library, now, reading
from smashpass.store.tables import Blob, change, tag

STREAMED_ENTRIES = 100


def append(
    connection: Connection, body: Payload, *, by: str, origin: str, reason: str = ""
) -> Change:
    """Append ``body`` within the caller's transaction, which must be one of ``writing()``."""
    hold_library(connection)
    entry: dict[str, Any] = {
        "at": now(),
        "by": by,
        "kind": kind_of(body),
        "origin": origin,
        "reason": reason,
        "images": images_of(body),
        "payload": pack(body),
    }
    seq = connection.scalar(insert(change).values(entry).returning(change.c.seq))
    return Change(seq=cast(int, seq), **entry)


def latest(connection: Connection) -> int:
    """Return the number of the newest entry, 0 for an empty log: the library version."""
    return connection.scalar(select(func.coalesce(func.max(change.c.seq), 0))) or 0


def given_by_hand(connection: Connection) -> dict[TagId, ImageSet]:
    """Return by tag the images to which somebody gave it, and nobody took it since.

    Only people edit tags of stored images one by one or by a query; imports log whole images.
    """
    wanted = select(change.c.payload).where(change.c.kind == "tags").order_by(change.c.seq)
    given: dict[TagId, ImageSet] = {}
    with connection.execute(wanted.execution_options(yield_per=STREAMED_ENTRIES)) as rows:
        for row in rows:
            body = unpack("tags", row.payload)
            assert isinstance(body, TagEdits)
            for edit in body.edits:
                given[edit.tag] = (given.get(edit.tag, EMPTY) - edit.removed) | edit.added
    return {tag: images for tag, images in given.items() if images}


class Changes:
    """Reads the log."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def latest(self) -> int:
        """Return the library version. Cost: one look at the end of an index."""
        with reading(self._engine) as connection:
            return latest(connection)

    def read_after(self, seq: int, limit: int = 1_000) -> list[Change]:
        """Return the entries that follow ``seq``, oldest first, at most ``limit``, whole."""
        wanted = select(change).where(change.c.seq > seq).order_by(change.c.seq).limit(limit)
        with reading(self._engine) as connection:
            return [_entry(row) for row in connection.execute(wanted)]

    def history(self, before: int | None = None, limit: int = 100) -> list[Change]:
        """Return entries from the newest back, without payloads; ``before`` pages on."""
        columns = [column for column in change.c if column.name != "payload"]
        wanted = select(*columns, literal(b"", Blob).label("payload"))
        wanted = wanted.order_by(change.c.seq.desc()).limit(limit)
        if before is not None:
            wanted = wanted.where(change.c.seq < before)
        with reading(self._engine) as connection:
            return [_entry(row) for row in connection.execute(wanted)]

    def get(self, seq: int) -> Change:
        """Return one entry, whole.

        Raises:
            NotFound: There is no entry of this number.
        """
        with reading(self._engine) as connection:
            row = connection.execute(select(change).where(change.c.seq == seq)).one_or_none()
        if row is None:
            raise NotFound(f"there is no change {seq}", hint="list them with GET /admin/changes")
        return _entry(row)

    def first_with_tag(self, tag: TagId) -> Change | None:
        """Return the entry that brought a tag name into the library, None if none tells.

        Cost: reads the entries up to it, about 20 µs each: ids are given in the order of the log.
        """
        kinds = change.c.kind.in_(("import", "vocabulary"))
        wanted = select(change).where(kinds).order_by(change.c.seq)
        wanted = wanted.execution_options(yield_per=STREAMED_ENTRIES)
        with reading(self._engine) as connection, connection.execute(wanted) as rows:
            for row in rows:
                first, count = names_of(row.payload)
                if first <= tag < first + count:
                    return _entry(row)
        return None

    def gave(self, ordinal: Ordinal, tag: TagId) -> Change | None:
        """Return the newest entry by which somebody gave a tag to an image, None if none did.

        Cost: reads the edits of tags back to it, about 20 µs each.
        """
        for entry in self._stream("tags", newest_first=True):
            body = entry.body()
            assert isinstance(body, TagEdits)
            if any(edit.tag == tag and ordinal in edit.added for edit in body.edits):
                return entry
        return None

    def runs_of(self, ordinal: Ordinal) -> list[int]:
        """Return the numbers of the imports that wrote an image, oldest first.

        Cost: reads all entries of imports, about 20 µs each.
        """
        runs: dict[int, None] = {}
        for entry in self._stream("import", newest_first=False):
            body = entry.body()
            assert isinstance(body, ImportBatch)
            if ordinal in body.added or ordinal in body.changed:
                runs[body.run] = None
        return list(runs)

    def names_brought_by(self, run: int) -> list[str]:
        """Return the tag names that an import made, in the order of their numbers.

        Cost: reads the entries of the run, about 20 µs each.
        """
        wanted = select(change).where(change.c.kind == "import", change.c.by == f"run {run}")
        wanted = wanted.order_by(change.c.seq).execution_options(yield_per=STREAMED_ENTRIES)
        names: list[str] = []
        with reading(self._engine) as connection, connection.execute(wanted) as rows:
            for row in rows:
                body = _entry(row).body()
                assert isinstance(body, ImportBatch)
                names += body.names
        return names

    def of_words(self, tags: Collection[TagId], limit: int) -> list[Change]:
        """Return the newest edits of words that touch one of ``tags``, newest first.

        Cost: reads the edits of words back to the last of them, about 20 µs each; of a very large
        one, such as a file of words, only the bytes are searched (10 ms for 100,000 words).
        """
        found: list[Change] = []
        wanted = frozenset(tags)
        with reading(self._engine) as connection:
            names = connection.scalars(select(tag.c.name).where(tag.c.id.in_(wanted))).all()
        marks = [*map(str, wanted), *(json.dumps(name)[1:-1] for name in names)]
        marked = re.compile(
            rb"[\[,\"](?:%b)[\],\"]" % b"|".join(re.escape(one).encode() for one in marks)
        )
        for entry in self._stream("vocabulary", newest_first=True):
            if not marked.search(entry.payload):
                continue
            body = entry.body() if len(entry.payload) < LARGE_PAYLOAD else None
            assert body is None or isinstance(body, VocabularyEdit)
            if body is None or not wanted.isdisjoint(body.touched):
                found.append(entry)
                if len(found) == limit:
                    break
        return found

    def _stream(self, kind: ChangeKind, *, newest_first: bool) -> Iterator[Change]:
        order = change.c.seq.desc() if newest_first else change.c.seq
        wanted = select(change).where(change.c.kind == kind).order_by(order)
        wanted = wanted.execution_options(yield_per=STREAMED_ENTRIES)
        with reading(self._engine) as connection, connection.execute(wanted) as rows:
            for row in rows:
                yield _entry(row)


def _entry(row: Any) -> Change:
    """Return a row of the table as a value."""
    return Change(
        seq=row.seq,
        at=row.at,
        by=row.by,
        kind=cast(ChangeKind, row.kind),
        origin=row.origin,
        reason=row.reason,
        images=row.images,
        payload=row.payload,
    )
