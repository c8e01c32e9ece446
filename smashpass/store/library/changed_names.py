"""The tags that were edited after a library version, as they are now."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection

from sqlalchemy import Connection, Engine, select

from smashpass.core.operations.changelog import ImportBatch, VocabularyEdit, unpack
from smashpass.core.tags.names import TagId
from smashpass.services.vocabulary.dictionary import DictionaryChanges, DictionaryEntry
from smashpass.store.engine.database import reading, reading_once
from smashpass.store.engine.tables import alias, change, tag, tag_label
from smashpass.store.library.changelog import latest
from smashpass.store.library.ids import chunks


class ChangedWords:
    """Reads the change log and the vocabulary."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def latest(self) -> int:
        """Return the number of the last change, 0 for an empty library."""
        with reading_once(self._engine) as connection:
            return latest(connection)

    def since(self, version: int, most: int) -> DictionaryChanges | None:
        """Return what became of the vocabulary after ``version``, as of one moment.

        None if more than ``most`` tags changed. Cost: about 20 µs a tag, and reading the entries
        of imports and vocabulary edits that follow ``version``.
        """
        with reading(self._engine) as connection:
            touched = _touched(connection, version)
            if len(touched) > most:
                return None
            names: set[str] = set()
            entries = []
            for chunk in chunks(sorted(touched)):
                names |= set(connection.scalars(select(tag.c.name).where(tag.c.id.in_(chunk))))
                entries += _entries(connection, chunk)
            return DictionaryChanges(frozenset(names), tuple(entries))


def _touched(connection: Connection, version: int) -> set[TagId]:
    """Return the tags that vocabulary edits and imports after ``version`` name."""
    kinds = ("import", "vocabulary")
    statement = select(change.c.kind, change.c.payload).where(
        change.c.seq > version, change.c.kind.in_(kinds)
    )
    touched: set[TagId] = set()
    for row in connection.execute(statement):
        body = unpack(row.kind, row.payload)
        if isinstance(body, ImportBatch):
            touched |= set(map(TagId, range(body.first_tag, body.first_tag + len(body.names))))
        else:
            assert isinstance(body, VocabularyEdit)
            touched |= body.touched
    return touched


def _entries(connection: Connection, tags: Collection[TagId]) -> list[DictionaryEntry]:
    """Return those of ``tags`` that are not aliases, without what they imply."""
    labels: defaultdict[int, list[tuple[str, str]]] = defaultdict(list)
    aliases: defaultdict[int, list[str]] = defaultdict(list)
    in_languages = select(tag_label).where(tag_label.c.tag_id.in_(tags))
    for row in connection.execute(in_languages.order_by(tag_label.c.language)):
        labels[row.tag_id].append((row.language, row.label))
    names = select(alias.c.target_id, tag.c.name).join(tag, tag.c.id == alias.c.tag_id)
    for row in connection.execute(names.where(alias.c.target_id.in_(tags)).order_by(tag.c.name)):
        aliases[row.target_id].append(row.name)
    standing_in = select(alias.c.tag_id).where(alias.c.tag_id.in_(tags))
    rows = connection.execute(select(tag).where(tag.c.id.in_(tags), tag.c.id.not_in(standing_in)))
    return [
        DictionaryEntry(
            place=0,
            name=row.name,
            category=row.category,
            label=row.label,
            description=row.description,
            aliases=tuple(aliases[row.id]),
            deprecated=row.deprecated,
            labels=tuple(labels[row.id]),
        )
        for row in rows
    ]
