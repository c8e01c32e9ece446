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
    """Give and take tags; the caller holds the library.

    Returns:
        The edits without images that had the tag already, lacked it already, or do not exist.

    Cost: about 10 µs an image, and one test for each edit of each image.

    Raises:
        NotFound: A tag does not exist.
    """
    _check_tags(connection, {edit.tag for edit in edits})
    added = [BitMap() for _ in edits]
    removed = [BitMap() for _ in edits]
    touched = ImageSet.union(EMPTY, *(edit.added | edit.removed for edit in edits))
    for chunk in chunks(touched):
        rows = connection.execute(
            select(image.c.ordinal, image.c.tags).where(image.c.ordinal.in_(chunk))
        ).all()
        rewritten = []
        for ordinal, blob in rows:
            own = set(unpack(blob))
            for place, edit in enumerate(edits):
                if ordinal in edit.removed:
                    if edit.tag in own:
                        own.remove(edit.tag)
                        removed[place].add(ordinal)
                elif ordinal in edit.added and edit.tag not in own:
                    own.add(edit.tag)
                    added[place].add(ordinal)
            new = pack(sorted(own))
            if new != blob:
                rewritten.append({"at_ordinal": ordinal, "new": new})
        _rewrite(connection, "tags", rewritten)
    real = [
        TagEdit(edit.tag, freeze(added[place]), freeze(removed[place]))
        for place, edit in enumerate(edits)
        if added[place] or removed[place]
    ]
    return TagEdits(tuple(real))


def edit_state(
    connection: Connection, images: Iterable[int], state: ImageState, reason: str
) -> StateEdit:
    """Set the state of images; the caller holds the library."""
    wanted = STATES.index(state)
    hidden, shown = BitMap(), BitMap()
    for chunk in chunks(images):
        others = image.c.ordinal.in_(chunk) & (image.c.state != wanted)
        for ordinal, before in connection.execute(
            select(image.c.ordinal, image.c.state).where(others)
        ):
            if before == 0:
                hidden.add(ordinal)
            elif wanted == 0:
                shown.add(ordinal)
        connection.execute(update(image).where(others).values(state=wanted, reason=reason))
    return StateEdit(freeze(hidden), freeze(shown))


def release(
    connection: Connection,
    numbers: IdCache,
    ordinal: int,
    credit: Credit,
    cleared: Iterable[TagId],
    at: int,
) -> StateEdit:
    """Show an image of the quarantine under a new credit; the caller holds the library.

    Args:
        connection: Of the transaction.
        numbers: Gives ids to sources and credits.
        ordinal: The image.
        credit: What is stated now.
        cleared: Tags for which the image was reviewed; it stays shown although it has them.
        at: When, in microseconds since 1970.

    Raises:
        Conflict: It is not in quarantine any more.
    """
    numbers.learn_sources(connection, [credit.source])
    numbers.learn_credits(connection, [credit])
    wanted = update(image).where(image.c.ordinal == ordinal, image.c.state == QUARANTINED)
    values = {"state": LIVE, "reason": "", "credit_id": numbers.credits[credit]}
    if connection.execute(wanted.values(values)).rowcount != 1:
        raise Conflict("the image is not in quarantine any more")
    connection.execute(delete(clearance).where(clearance.c.ordinal == ordinal))
    rows = [{"ordinal": ordinal, "tag_id": tag_id, "at": at} for tag_id in cleared]
    if rows:
        connection.execute(insert(clearance), rows)
    return StateEdit(EMPTY, ImageSet([ordinal]))


def edit_attribute(
    connection: Connection, name: str, number: int, values: Mapping[int, float | None]
) -> AttributeEdit:
    """Set one attribute, None takes it away; the caller holds the library."""
    changed = BitMap()
    for chunk in chunks(values):
        rows = connection.execute(
            select(image.c.ordinal, image.c.attributes).where(image.c.ordinal.in_(chunk))
        ).all()
        rewritten = []
        for ordinal, packed in rows:
            own = dict(PAIR.iter_unpack(packed))
            value = values[ordinal]
            if value is None:
                own.pop(number, None)
            else:
                own[number] = value
            new = b"".join([PAIR.pack(*pair) for pair in sorted(own.items())])
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


def _check_tags(connection: Connection, wanted: set[Any]) -> None:
    """Raise NotFound if a tag does not exist."""
    known: set[int] = set()
    for chunk in chunks(wanted):
        known.update(connection.scalars(select(tag.c.id).where(tag.c.id.in_(chunk))))
    missing = sorted(wanted - known)
    if missing:
        raise NotFound(f"there is no tag with the number {missing[0]}")
