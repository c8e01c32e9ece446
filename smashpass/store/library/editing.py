"""Edits of stored images: tags, state, attributes. Each returns what really changed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from pyroaring import BitMap
from sqlalchemy import Connection, bindparam, delete, insert, select, update

from smashpass.core.errors import Conflict, NotFound
from smashpass.core.imageset import EMPTY, ImageSet, freeze
from smashpass.core.library.credit import Credit
from smashpass.core.library.stored import ImageState
from smashpass.core.operations.changelog import AttributeEdit, StateEdit, TagEdit, TagEdits
from smashpass.core.tags.names import TagId
from smashpass.core.tags.tagblob import pack, unpack
from smashpass.store.engine.tables import clearance, image, tag
from smashpass.store.library.batch import LIVE, QUARANTINED, STATES
from smashpass.store.library.ids import PAIR, IdCache, chunks


def edit_tags(connection: Connection, edits: Sequence[TagEdit]) -> TagEdits:
    """Give and take tags; the caller holds the library lock.

    Returns:
        The edits without images that had the tag already, lacked it already, or do not exist.

    Cost: about 10 µs an image, and one test for each edit of each image.

    Raises:
        NotFound: A tag does not exist.
    """
    _check_tags(connection, {edit.tag for edit in edits})
    additions = [BitMap() for _ in edits]
    removals = [BitMap() for _ in edits]
    touched = ImageSet.union(EMPTY, *(edit.added | edit.removed for edit in edits))
    for chunk in chunks(touched):
        rows = connection.execute(
            select(image.c.ordinal, image.c.tags).where(image.c.ordinal.in_(chunk))
        ).all()
        rewritten = []
        for ordinal, blob in rows:
            tag_ids = set(unpack(blob))
            for place, edit in enumerate(edits):
                if ordinal in edit.removed:
                    if edit.tag in tag_ids:
                        tag_ids.remove(edit.tag)
                        removals[place].add(ordinal)
                elif ordinal in edit.added and edit.tag not in tag_ids:
                    tag_ids.add(edit.tag)
                    additions[place].add(ordinal)
            new = pack(sorted(tag_ids))
            if new != blob:
                rewritten.append({"at_ordinal": ordinal, "new": new})
        _rewrite(connection, "tags", rewritten)
    real = [
        TagEdit(edit.tag, freeze(additions[place]), freeze(removals[place]))
        for place, edit in enumerate(edits)
        if additions[place] or removals[place]
    ]
    return TagEdits(tuple(real))


def edit_state(
    connection: Connection, images: Iterable[int], state: ImageState, reason: str
) -> StateEdit:
    """Set the state of images; the caller holds the library lock."""
    target_state = STATES.index(state)
    hidden, made_visible = BitMap(), BitMap()
    for chunk in chunks(images):
        others = image.c.ordinal.in_(chunk) & (image.c.state != target_state)
        for ordinal, before in connection.execute(
            select(image.c.ordinal, image.c.state).where(others)
        ):
            if before == 0:
                hidden.add(ordinal)
            elif target_state == 0:
                made_visible.add(ordinal)
        connection.execute(update(image).where(others).values(state=target_state, reason=reason))
    return StateEdit(freeze(hidden), freeze(made_visible))


def release(
    connection: Connection,
    ids: IdCache,
    ordinal: int,
    credit: Credit,
    cleared: Iterable[TagId],
    at: int,
) -> StateEdit:
    """Show an image of the quarantine under a new credit; the caller holds the library lock.

    Args:
        connection: Of the transaction.
        ids: Gives ids to sources and credits.
        ordinal: The image.
        credit: What is stated now.
        cleared: Tags for which the image was reviewed; it stays shown although it has them.
        at: When, in microseconds since 1970.

    Raises:
        Conflict: It is not in quarantine any more.
    """
    ids.ensure_source_ids(connection, [credit.source])
    ids.ensure_credit_ids(connection, [credit])
    statement = update(image).where(image.c.ordinal == ordinal, image.c.state == QUARANTINED)
    values = {"state": LIVE, "reason": "", "credit_id": ids.credits[credit]}
    if connection.execute(statement.values(values)).rowcount != 1:
        raise Conflict("the image is not in quarantine any more")
    connection.execute(delete(clearance).where(clearance.c.ordinal == ordinal))
    rows = [{"ordinal": ordinal, "tag_id": tag_id, "at": at} for tag_id in cleared]
    if rows:
        connection.execute(insert(clearance), rows)
    return StateEdit(EMPTY, ImageSet([ordinal]))


def edit_attribute(
    connection: Connection, name: str, number: int, values: Mapping[int, float | None]
) -> AttributeEdit:
    """Set one attribute, None takes it away; the caller holds the library lock."""
    changed = BitMap()
    for chunk in chunks(values):
        rows = connection.execute(
            select(image.c.ordinal, image.c.attributes).where(image.c.ordinal.in_(chunk))
        ).all()
        rewritten = []
        for ordinal, packed in rows:
            attributes = dict(PAIR.iter_unpack(packed))
            value = values[ordinal]
            if value is None:
                attributes.pop(number, None)
            else:
                attributes[number] = value
            new = b"".join([PAIR.pack(*pair) for pair in sorted(attributes.items())])
            if new != packed:
                rewritten.append({"at_ordinal": ordinal, "new": new})
                changed.add(ordinal)
        _rewrite(connection, "attributes", rewritten)
    return AttributeEdit(name, freeze(changed))


def _rewrite(connection: Connection, column: str, rewritten: list[dict[str, Any]]) -> None:
    """Write new blobs into one column."""
    if rewritten:
        statement = update(image).where(image.c.ordinal == bindparam("at_ordinal"))
        connection.execute(statement.values({column: bindparam("new")}), rewritten)


def _check_tags(connection: Connection, tag_ids: set[Any]) -> None:
    """Raise NotFound if a tag does not exist."""
    existing: set[int] = set()
    for chunk in chunks(tag_ids):
        existing.update(connection.scalars(select(tag.c.id).where(tag.c.id.in_(chunk))))
    missing = sorted(tag_ids - existing)
    if missing:
        raise NotFound(f"there is no tag with the id {missing[0]}")
