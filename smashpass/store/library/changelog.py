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

from smashpass.core.errors import NotFound
from smashpass.core.imageset import EMPTY, ImageSet, Ordinal
from smashpass.core.operations.audit import AuditAction
from smashpass.core.operations.changelog import (
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
    touched_by,
    unpack,
)
from smashpass.core.tags.names import TagId
from smashpass.store.engine import audit_chain
from smashpass.store.engine.database import lock_library, now, reading
from smashpass.store.engine.schema import Blob
from smashpass.store.engine.tables import change, tag

STREAMED_ENTRIES = 100
LOOKED_AT = 5_000
"""Entries that are looked at for one image at once: a tenth of a second."""


def append(
    connection: Connection,
    body: Payload,
    *,
    by: str,
    origin: str,
    reason: str = "",
    action: AuditAction | None = None,
    target: str = "",
) -> Change:
    """Append ``body`` within the caller's transaction, which must be one of ``writing()``.

    With ``action``, the audit entry is written in the same transaction: neither can exist without
    the other. What the program does by itself has none.
    """
    lock_library(connection)
    entry: dict[str, Any] = {
        "at": now(connection),
        "by": by,
        "kind": kind_of(body),
        "origin": origin,
        "reason": reason,
        "images": images_of(body),
        "payload": pack(body),
    }
    seq = cast(int, connection.scalar(insert(change).values(entry).returning(change.c.seq)))
    if action is not None:
        detail = {"change": seq, "origin": origin, "reason": reason}
        audit_chain.note(connection, entry["at"], by, action, target, detail)
    return Change(seq=seq, **entry)


def latest(connection: Connection) -> int:
    """Return the number of the newest entry, 0 for an empty log: the library version."""
    return connection.scalar(select(func.coalesce(func.max(change.c.seq), 0))) or 0


def given_by_hand(connection: Connection) -> dict[TagId, ImageSet]:
    """Return by tag the images to which somebody gave it, and nobody took it since.

    Only people edit tags of stored images one by one or by a query; imports log whole images.
    """
    statement = select(change.c.payload).where(change.c.kind == "tags").order_by(change.c.seq)
    images_by_tag: dict[TagId, ImageSet] = {}
    with connection.execute(statement.execution_options(yield_per=STREAMED_ENTRIES)) as rows:
        for row in rows:
            body = unpack("tags", row.payload)
            assert isinstance(body, TagEdits)
            for edit in body.edits:
                images_by_tag[edit.tag] = (
                    images_by_tag.get(edit.tag, EMPTY) - edit.removed
                ) | edit.added
    return {tag: images for tag, images in images_by_tag.items() if images}


def written_by_runs(connection: Connection) -> dict[int, ImageSet]:
    """Return by number of an import the images that it added or changed."""
    statement = select(change.c.payload).where(change.c.kind == "import").order_by(change.c.seq)
    written: dict[int, ImageSet] = {}
    with connection.execute(statement.execution_options(yield_per=STREAMED_ENTRIES)) as rows:
        for row in rows:
            body = unpack("import", row.payload)
            assert isinstance(body, ImportBatch)
            written[body.run] = written.get(body.run, EMPTY) | body.added | body.changed
    return {run: images for run, images in written.items() if images}


class ChangeReader:
    """Reads the log."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def latest(self) -> int:
        """Return the library version. Cost: one look at the end of an index."""
        with reading(self._engine) as connection:
            return latest(connection)

    def read_after(self, seq: int, limit: int = 1_000) -> list[Change]:
        """Return the entries that follow ``seq``, oldest first, at most ``limit``, whole."""
        statement = select(change).where(change.c.seq > seq).order_by(change.c.seq).limit(limit)
        with reading(self._engine) as connection:
            return [_entry(row) for row in connection.execute(statement)]

    def history(
        self,
        before: int | None = None,
        limit: int = 100,
        *,
        by: str = "",
        kind: str = "",
        origin: str = "",
        since: int = 0,
        whole: bool = False,
    ) -> list[Change]:
        """Return entries from the newest back; ``before`` pages on.

        Args:
            before: Only entries with a smaller number.
            limit: How many at most.
            by: Only those of one person or import; "" for all, as below.
            kind: Only those of one kind.
            origin: Only those that came one way, such as ``job 7``.
            since: Only those from this moment on, in microseconds since 1970.
            whole: Whether their payloads are wanted, too.
        """
        columns = [column for column in change.c if whole or column.name != "payload"]
        nothing = [] if whole else [literal(b"", Blob).label("payload")]
        statement = select(*columns, *nothing).order_by(change.c.seq.desc()).limit(limit)
        for column, value in ((change.c.by, by), (change.c.kind, kind), (change.c.origin, origin)):
            if value:
                statement = statement.where(column == value)
        if since:
            statement = statement.where(change.c.at >= since)
        if before is not None:
            statement = statement.where(change.c.seq < before)
        with reading(self._engine) as connection:
            return [_entry(row) for row in connection.execute(statement)]

    def of_image(
        self, ordinal: Ordinal, *, before: int | None = None, entry_limit: int = LOOKED_AT
    ) -> tuple[list[Change], int | None]:
        """Return the entries that touched one image, newest first, whole.

        The second value is None if all entries were looked at; else those from it on were, and
        it is the ``before`` that goes on. Cost: some 20 µs for each of ``look`` entries.
        """
        kinds = change.c.kind.in_(("tags", "import", "state", "attributes"))
        statement = select(change).where(kinds).order_by(change.c.seq.desc()).limit(entry_limit)
        if before is not None:
            statement = statement.where(change.c.seq < before)
        entries, looked, last = [], 0, None
        streamed = statement.execution_options(yield_per=STREAMED_ENTRIES)
        with reading(self._engine) as connection, connection.execute(streamed) as rows:
            for row in rows:
                entry = _entry(row)
                looked, last = looked + 1, entry.seq
                if ordinal in touched_by(entry.body()):
                    entries.append(entry)
        return entries, last if looked == entry_limit and last != 1 else None

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
        statement = select(change).where(kinds).order_by(change.c.seq)
        statement = statement.execution_options(yield_per=STREAMED_ENTRIES)
        with reading(self._engine) as connection, connection.execute(statement) as rows:
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
        statement = select(change).where(change.c.kind == "import", change.c.by == f"run {run}")
        statement = statement.order_by(change.c.seq).execution_options(yield_per=STREAMED_ENTRIES)
        names: list[str] = []
        with reading(self._engine) as connection, connection.execute(statement) as rows:
            for row in rows:
                body = _entry(row).body()
                assert isinstance(body, ImportBatch)
                names += body.names
        return names

    def vocabulary_edits(self, tags: Collection[TagId], limit: int) -> list[Change]:
        """Return the newest vocabulary edits that touch one of ``tags``, newest first.

        Cost: reads the vocabulary edits back to the last of them, about 20 µs each; of a very large
        one, such as an imported dictionary, only the bytes are searched (10 ms for 100,000 tags).
        """
        entries: list[Change] = []
        statement = frozenset(tags)
        with reading(self._engine) as connection:
            names = connection.scalars(select(tag.c.name).where(tag.c.id.in_(statement))).all()
        marks = [*map(str, statement), *(json.dumps(name)[1:-1] for name in names)]
        marked = re.compile(
            rb"[\[,\"](?:%b)[\],\"]" % b"|".join(re.escape(mark).encode() for mark in marks)
        )
        for entry in self._stream("vocabulary", newest_first=True):
            if not marked.search(entry.payload):
                continue
            body = entry.body() if len(entry.payload) < LARGE_PAYLOAD else None
            assert body is None or isinstance(body, VocabularyEdit)
            if body is None or not statement.isdisjoint(body.touched):
                entries.append(entry)
                if len(entries) == limit:
                    break
        return entries

    def _stream(self, kind: ChangeKind, *, newest_first: bool) -> Iterator[Change]:
        order = change.c.seq.desc() if newest_first else change.c.seq
        statement = select(change).where(change.c.kind == kind).order_by(order)
        statement = statement.execution_options(yield_per=STREAMED_ENTRIES)
        with reading(self._engine) as connection, connection.execute(statement) as rows:
            for row in rows:
                yield _entry(row)


def _entry(row: Any) -> Change:
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
