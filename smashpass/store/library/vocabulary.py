"""Edits of the vocabulary: names, aliases, implications. No image is rewritten by any of them.

Whether an edit makes sense (no chains, no circles, nothing redundant) is the caller's to check;
the tables only refuse two targets for one alias and a tag that stands for itself.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from sqlalchemy import Connection, Table, bindparam, delete, insert, select, update

from smashpass.core.errors import Conflict, NotFound
from smashpass.core.operations.changelog import Texts, VocabularyEdit, VocabularyPlan
from smashpass.core.tags.names import TagId
from smashpass.store.engine.tables import alias, implication, tag, tag_label
from smashpass.store.library.ids import IdCache, chunks

Pair = tuple[TagId, TagId]
_TEXTS = ("category", "label", "description")


def edit_vocabulary(
    connection: Connection, id_cache: IdCache, plan: VocabularyPlan
) -> VocabularyEdit:
    """Apply ``plan``; the caller holds the library lock.

    Returns:
        What really changed: wishes that are fulfilled already are left out.

    Raises:
        NotFound: Something is to be taken away that does not exist.
        Conflict: A name is an alias of another tag already, or of itself.
    """
    gone = [name for pair in (*plan.unaliased, *plan.unimplied) for name in pair]
    _check_names(connection, gone)
    new_names = [name for pair in (*plan.aliased, *plan.implied) for name in pair]
    first_tag, names = id_cache.ensure_tag_ids(connection, [*plan.names, *new_names])
    labelled = {name for name, _, _ in plan.labelled}
    marked = [*plan.deprecated, *plan.restored]
    # Only now: the edit may say something of the names that it makes.
    _check_names(connection, [*marked, *dict(plan.described), *labelled])
    id_cache.ensure_tag_ids(connection, [*gone, *marked, *labelled])

    def ids(pairs: Iterable[tuple[str, str]]) -> list[Pair]:
        tag_ids = id_cache.tags
        return [(TagId(tag_ids[first]), TagId(tag_ids[second])) for first, second in pairs]

    unaliased = _take_away(connection, alias, ids(plan.unaliased))
    unimplied = _take_away(connection, implication, ids(plan.unimplied))
    return VocabularyEdit(
        first_tag=first_tag,
        names=tuple(names),
        aliased=_give_aliases(connection, ids(plan.aliased)),
        unaliased=unaliased,
        implied=_give(connection, implication, ids(plan.implied)),
        unimplied=unimplied,
        deprecated=_mark(connection, plan.deprecated, deprecated=True),
        restored=_mark(connection, plan.restored, deprecated=False),
        described=_describe(connection, dict(plan.described)),
        labelled=_label(
            connection,
            {(TagId(id_cache.tags[name]), lang): label for name, lang, label in plan.labelled},
        ),
    )


def _label(
    connection: Connection, labels: Mapping[tuple[TagId, str], str]
) -> tuple[tuple[TagId, str, str, str], ...]:
    """Set labels in other languages and return those that are new, with what was there before."""
    labels_before: dict[tuple[TagId, str], str] = {}
    for chunk in chunks({number for number, _ in labels}):
        rows = connection.execute(select(tag_label).where(tag_label.c.tag_id.in_(chunk)))
        labels_before.update({(TagId(row.tag_id), row.language): row.label for row in rows})
    changed = [
        (number, language, before, after)
        for (number, language), after in sorted(labels.items())
        if (before := labels_before.get((number, language), "")) != after
    ]
    for number, language, before, _ in changed:
        if before:
            at = (tag_label.c.tag_id == number) & (tag_label.c.language == language)
            connection.execute(delete(tag_label).where(at))
    new = [
        {"tag_id": number, "language": language, "label": after}
        for number, language, _, after in changed
        if after
    ]
    if new:
        connection.execute(insert(tag_label), new)
    return tuple(changed)


def _describe(
    connection: Connection, texts: Mapping[str, Texts]
) -> tuple[tuple[TagId, Texts, Texts], ...]:
    """Set the texts of tags and return those that are new, with what stood there before."""
    described: list[tuple[TagId, Texts, Texts]] = []
    for chunk in chunks(texts):
        rows = connection.execute(select(tag).where(tag.c.name.in_(chunk)).order_by(tag.c.id))
        for row in rows:
            before, after = (row.category, row.label, row.description), texts[row.name]
            if before != after:
                described.append((TagId(row.id), before, after))
    if described:
        statement = update(tag).where(tag.c.id == bindparam("at_id"))
        connection.execute(
            statement.values({name: bindparam(f"new_{name}") for name in _TEXTS}),
            [
                {"at_id": number}
                | {f"new_{name}": text for name, text in zip(_TEXTS, after, strict=True)}
                for number, _, after in described
            ],
        )
    return tuple(described)


def _give_aliases(connection: Connection, pairs: Sequence[Pair]) -> tuple[Pair, ...]:
    """Add aliases; each name may stand for one tag only."""
    target_of: dict[int, int] = {}
    for chunk in chunks(alias_id for alias_id, _ in pairs):
        rows = connection.execute(select(alias).where(alias.c.tag_id.in_(chunk)))
        target_of.update((row.tag_id, row.target_id) for row in rows)
    for alias_id, target_id in pairs:
        if target_of.setdefault(alias_id, target_id) != target_id:
            name = connection.scalar(select(tag.c.name).where(tag.c.id == alias_id))
            raise Conflict(
                f"{name!r} is an alias of another tag already", hint="remove that alias first"
            )
    return _give(connection, alias, pairs)


def _give(connection: Connection, table: Table, pairs: Sequence[Pair]) -> tuple[Pair, ...]:
    """Add the pairs that the table lacks and return them."""
    first_column, second_column = table.c
    if any(first == second for first, second in pairs):
        raise Conflict("a tag cannot stand for itself", hint="name two different tags")
    existing = _present(connection, table, pairs)
    new = [pair for pair in dict.fromkeys(pairs) if pair not in existing]
    if new:
        connection.execute(
            insert(table), [{first_column.name: a, second_column.name: b} for a, b in new]
        )
    return tuple(new)


def _take_away(connection: Connection, table: Table, pairs: Sequence[Pair]) -> tuple[Pair, ...]:
    """Remove pairs; every one must be there."""
    first_column, second_column = table.c
    missing = [pair for pair in pairs if pair not in _present(connection, table, pairs)]
    if missing:
        rows = connection.execute(select(tag.c.id, tag.c.name).where(tag.c.id.in_(missing[0])))
        names = {row.id: row.name for row in rows}
        first, second = (names[number] for number in missing[0])
        raise NotFound(f"there is no {table.name} {first!r} → {second!r}")
    for a, b in pairs:
        connection.execute(delete(table).where(first_column == a, second_column == b))
    return tuple(dict.fromkeys(pairs))


def _present(connection: Connection, table: Table, pairs: Sequence[Pair]) -> set[Pair]:
    """Return those of ``pairs`` that the table has."""
    first_column, second_column = table.c
    pairs_found: set[Pair] = set()
    for chunk in chunks({first for first, _ in pairs}):
        rows = connection.execute(
            select(first_column, second_column).where(first_column.in_(chunk))
        )
        pairs_found.update((TagId(row[0]), TagId(row[1])) for row in rows)
    return pairs_found.intersection(pairs)


def _mark(connection: Connection, names: Sequence[str], *, deprecated: bool) -> tuple[TagId, ...]:
    """Set whether tags are deprecated and return those that were not so before."""
    marked: list[TagId] = []
    for chunk in chunks(names):
        others = tag.c.name.in_(chunk) & (tag.c.deprecated != deprecated)
        marked.extend(map(TagId, connection.scalars(select(tag.c.id).where(others))))
        connection.execute(update(tag).where(others).values(deprecated=deprecated))
    return tuple(sorted(marked))


def _check_names(connection: Connection, names: Sequence[str]) -> None:
    """Raise NotFound if a name is not a tag."""
    existing: set[str] = set()
    for chunk in chunks(names):
        existing.update(connection.scalars(select(tag.c.name).where(tag.c.name.in_(chunk))))
    for name in names:
        if name not in existing:
            raise NotFound(f"there is no tag {name!r}")
