"""Numbers for what repeats: tag names, sources, credits and attribute names.

A number never changes its meaning and is never taken back, so a process remembers those it met.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from hashlib import blake2b
from itertools import islice
from struct import Struct
from typing import Any, TypeVar

from sqlalchemy import Connection, Table, insert, select, update

from smashpass.core.errors import NotPossible
from smashpass.core.library.credit import Credit
from smashpass.store.engine.tables import attribute, counter, credit, source, tag

CHUNK = 500
MAX_ATTRIBUTES = 1 << 16
_REMEMBERED_CREDITS = 200_000
_LIMITS = {"image": 1 << 32, "tag": 1 << 32}

Item = TypeVar("Item")

PAIR = Struct("<Hd")
"""One attribute of an image as stored: its number, its value."""


def chunks(items: Iterable[Item], size: int = CHUNK) -> Iterator[list[Item]]:
    """Yield ``items`` in lists of at most ``size``, as many as one statement may carry."""
    rest = iter(items)
    while chunk := list(islice(rest, size)):
        yield chunk


def draw(connection: Connection, name: str, count: int) -> int:
    """Return the first of ``count`` new numbers; the caller holds the library lock.

    Raises:
        NotPossible: The numbers are used up.
    """
    drawn = update(counter).where(counter.c.name == name).values(value=counter.c.value + count)
    last = int(connection.scalar(drawn.returning(counter.c.value)) or 0)
    if last >= _LIMITS[name]:
        raise NotPossible(f"the library cannot number another {name}: 2^32 are used")
    return last - count + 1


@dataclass(slots=True)
class IdCache:
    """What this process knows. To be used under the library lock, by one thread at a time.

    After a transaction that was rolled back :meth:`forget` must be called: numbers given in it
    do not exist.
    """

    tags: dict[str, int] = field(default_factory=dict)
    sources: dict[str, int] = field(default_factory=dict)
    credits: dict[Credit, int] = field(default_factory=dict)
    attributes: dict[str, int] = field(default_factory=dict)

    def forget(self) -> None:
        """Forget everything; it is read again when it is needed."""
        for cache in (self.tags, self.sources, self.credits, self.attributes):
            cache.clear()

    def ensure_tag_ids(self, connection: Connection, names: Iterable[str]) -> tuple[int, list[str]]:
        """Know the ids of all ``names``; return the first new id and the names that got new ones.

        New names get consecutive ids in the order given.
        """
        missing = [name for name in dict.fromkeys(names) if name not in self.tags]
        _look_up(connection, tag, "name", missing, self.tags)
        new = [name for name in missing if name not in self.tags]
        if not new:
            return 0, []
        first = draw(connection, "tag", len(new))
        ids = {name: first + place for place, name in enumerate(new)}
        connection.execute(insert(tag), [{"id": ids[name], "name": name} for name in new])
        self.tags.update(ids)
        return first, new

    def ensure_source_ids(self, connection: Connection, names: Iterable[str]) -> None:
        """Know the ids of all ``names``."""
        _learn(connection, source, names, self.sources)

    def ensure_attribute_ids(self, connection: Connection, names: Iterable[str]) -> None:
        """Know the ids of all ``names``.

        Raises:
            NotPossible: The library has more than 65,535 attribute names.
        """
        _learn(connection, attribute, names, self.attributes)
        if max(self.attributes.values(), default=0) >= MAX_ATTRIBUTES:
            raise NotPossible(
                "the library has too many attribute names",
                hint=f"import fewer numeric columns; {MAX_ATTRIBUTES - 1} names are possible",
            )

    def ensure_credit_ids(self, connection: Connection, credits: Iterable[Credit]) -> None:
        """Know the ids of all ``credits``; their sources must be known."""
        if len(self.credits) > _REMEMBERED_CREDITS:
            self.credits.clear()
        # In the order of reading, not of a set's hashes: the same rows get the same numbers.
        missing = {
            _digest(missing_credit): missing_credit
            for missing_credit in dict.fromkeys(credits)
            if missing_credit not in self.credits
        }
        ids_by_digest: dict[bytes, int] = {}
        _look_up(connection, credit, "digest", list(missing), ids_by_digest)
        new = [digest for digest in missing if digest not in ids_by_digest]
        if new:
            rows = [self._credit_row(digest, missing[digest]) for digest in new]
            connection.execute(insert(credit), rows)
            _look_up(connection, credit, "digest", new, ids_by_digest)
        self.credits.update((missing[digest], number) for digest, number in ids_by_digest.items())

    def pack_attributes(self, values: Iterable[tuple[str, float]]) -> bytes:
        """Return known attributes as they are stored, in the order of their numbers."""
        ids = self.attributes
        pairs = sorted((ids[name], value) for name, value in dict(values).items())
        return b"".join([PAIR.pack(*pair) for pair in pairs])

    def _credit_row(self, digest: bytes, content: Credit) -> dict[str, Any]:
        """Return the row of a new credit."""
        return {
            "digest": digest,
            "source_id": self.sources[content.source],
            "licence": content.licence,
            "digital_source_type": content.digital_source_type,
            "real_person": content.real_person,
            "depicts": content.depicts,
            "author": content.author,
            "generator": content.generator,
            "consent": content.consent,
        }


def _learn(connection: Connection, table: Table, names: Iterable[str], ids: dict[str, int]) -> None:
    """Fill ``ids`` with the ids of ``names``, making the rows that are missing."""
    missing = [name for name in dict.fromkeys(names) if name not in ids]
    _look_up(connection, table, "name", missing, ids)
    new = [name for name in missing if name not in ids]
    if new:
        connection.execute(insert(table), [{"name": name} for name in new])
        _look_up(connection, table, "name", new, ids)


def _look_up(
    connection: Connection, table: Table, column: str, values: Sequence[Any], ids: dict[Any, int]
) -> None:
    """Add to ``ids`` what the table has of ``values``."""
    name = table.c[column]
    for chunk in chunks(values):
        rows = connection.execute(select(name, table.c.id).where(name.in_(chunk)))
        ids.update((row[0], row[1]) for row in rows)


def _digest(content: Credit) -> bytes:
    """Return 16 bytes that stand for all fields of a credit."""
    fields = [
        content.source,
        content.licence,
        content.digital_source_type,
        content.real_person,
        content.depicts,
        content.author,
        content.generator,
        content.consent,
    ]
    return blake2b(json.dumps(fields).encode(), digest_size=16).digest()
