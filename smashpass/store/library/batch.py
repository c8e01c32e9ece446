"""One batch of an import: what happens to each row, worked out before anything is written."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, bindparam, select, text, update

from smashpass.core.imageset import ImageSet
from smashpass.core.library.credit import ImageRow
from smashpass.core.library.stored import ImageState, OnExisting, RowCounts
from smashpass.core.operations.changelog import ImportBatch
from smashpass.core.tags.tagblob import pack, unpack
from smashpass.store.engine.bulk import insert_all
from smashpass.store.engine.tables import image
from smashpass.store.library import pictures
from smashpass.store.library.ids import PAIR, IdCache, chunks, draw
from smashpass.store.library.scores import note_changed_pictures

STATES: tuple[ImageState, ...] = ("live", "quarantined", "hidden", "taken_down")
LIVE, QUARANTINED = 0, 1

Stored = dict[str, Any]
"""A row of the table ``image``, by column."""

_CONTENT = (
    "tags",
    "attributes",
    "label",
    "width",
    "height",
    "credit_id",
    "state",
    "reason",
    "sha256",
)


def write(
    connection: Connection,
    ids: IdCache,
    rows: Sequence[ImageRow],
    *,
    run: int,
    on_existing: OnExisting,
    at: int,
) -> tuple[RowCounts, ImportBatch]:
    """Write ``rows`` and return what became of them; the caller holds the library lock.

    A key that comes twice in one batch is treated as if it came in two. An image in quarantine
    is replaced by a row that passed the gate, whatever ``on_existing`` says: it was never let in.
    A picture that a live or hidden image has already, under a new key, is left out as unchanged.
    """
    ids.ensure_source_ids(connection, (row.credit.source for row in rows))
    stored_images = _known_images(connection, ids, rows, whole=on_existing != "skip")
    doubles = _doubles(connection, ids, rows, stored_images)
    read = _not_left_out(ids, rows, stored_images, doubles, on_existing)
    first_tag, names = ids.ensure_tag_ids(connection, (tag for row in read for tag in row.tags))
    ids.ensure_credit_ids(connection, (row.credit for row in read))
    ids.ensure_attribute_ids(connection, (name for row in read for name, _ in row.attributes))

    merge = {"skip": _kept, "overwrite": _overwritten, "append": _appended}[on_existing]
    pictures_before = {place: old.get("sha256") for place, old in stored_images.items()}
    new: list[Stored] = []
    changed: dict[int, Stored] = {}
    added_count = changed_count = unchanged_count = quarantined_count = 0
    for number, row in enumerate(rows):
        if number in doubles:
            unchanged_count += 1
            continue
        place = _place(ids, row)
        old = stored_images.get(place)
        if old is None:
            stored = _stored(ids, row, run, at)
            stored_images[place] = stored
            new.append(stored)
            outcome = "added"
        else:
            outcome = _merged(merge, ids, old, row, run, changed)
        if row.refusal:
            quarantined_count += 1
        elif outcome == "added":
            added_count += 1
        elif outcome == "changed":
            changed_count += 1
        else:
            unchanged_count += 1

    pictures.record(connection, (row.picture for row in rows if row.picture is not None))
    first = _insert(connection, new)
    _update(connection, list(changed.values()))
    if any(stored_images[place]["sha256"] != sha256 for place, sha256 in pictures_before.items()):
        note_changed_pictures(connection)
    counts = RowCounts(added_count, changed_count, unchanged_count, quarantined_count)
    return counts, ImportBatch(
        run=run,
        added=ImageSet(range(first, first + len(new))),
        changed=ImageSet(changed),
        first_tag=first_tag,
        names=tuple(names),
    )


def _not_left_out(
    ids: IdCache,
    rows: Sequence[ImageRow],
    stored_images: Mapping[tuple[int, str], Stored],
    doubles: Collection[int],
    on_existing: OnExisting,
) -> Sequence[ImageRow]:
    """Return the rows that may bring new tag names: those that change nothing bring none."""
    states = {place: old["state"] for place, old in stored_images.items()}

    def changes_nothing(row: ImageRow) -> bool:
        state = states.get(_place(ids, row))
        if state is None or on_existing == "overwrite":
            return False
        # A row that passed the gate takes the place of one in quarantine, whatever was asked.
        return bool(row.refusal) or (on_existing == "skip" and state != QUARANTINED)

    return [
        row for number, row in enumerate(rows) if number not in doubles and not changes_nothing(row)
    ]


def _place(ids: IdCache, row: ImageRow) -> tuple[int, str]:
    """Return what an image is known by."""
    return ids.sources[row.credit.source], row.key


def _doubles(
    connection: Connection,
    ids: IdCache,
    rows: Sequence[ImageRow],
    stored_images: Mapping[tuple[int, str], Stored],
) -> set[int]:
    """Return which of ``rows`` bring a picture under a new key that an image has already."""
    hashes = {_sha256(row) for row in rows} - {None}
    if not hashes:
        return set()
    hashes_present: set[bytes | None] = {*pictures.images_with(connection, filter(None, hashes))}
    met = set(stored_images)
    doubles = set()
    for number, row in enumerate(rows):
        place, sha256 = _place(ids, row), _sha256(row)
        if sha256 is None or row.refusal:
            # What goes into quarantine is looked at there, and keeps no other row out.
            met.add(place)
            continue
        if sha256 in hashes_present and place not in met:
            doubles.add(number)
            continue
        met.add(place)
        hashes_present.add(sha256)
    return doubles


def _sha256(row: ImageRow) -> bytes | None:
    """Return the hash of the picture that a row brings."""
    return None if row.picture is None else bytes.fromhex(row.picture.sha256)


def _known_images(
    connection: Connection, ids: IdCache, rows: Sequence[ImageRow], *, whole: bool
) -> dict[tuple[int, str], Stored]:
    """Return the images that the library has of ``rows``, ``whole`` or by their place alone."""
    keys: defaultdict[int, list[str]] = defaultdict(list)
    for row in rows:
        keys[ids.sources[row.credit.source]].append(row.key)
    names = ["ordinal", "source_id", "key", *(_CONTENT if whole else ("state", "sha256"))]
    columns = [image.c[name] for name in names]
    stored_images = {}
    for source_id, source_keys in keys.items():
        for chunk in chunks(source_keys):
            statement = select(*columns).where(
                image.c.source_id == source_id, image.c.key.in_(chunk)
            )
            for stored in connection.execute(statement):
                stored_images[source_id, stored.key] = dict(zip(names, stored, strict=True))
    return stored_images


def _stored(ids: IdCache, row: ImageRow, run: int, at: int) -> Stored:
    """Return the row of a new image, without its ordinal."""
    return {
        "source_id": ids.sources[row.credit.source],
        "key": row.key,
        "state": QUARANTINED if row.refusal else LIVE,
        "credit_id": ids.credits[row.credit],
        "added_at": at,
        "run_id": run,
        "line": row.line,
        "width": row.width,
        "height": row.height,
        "tags": _tags(ids, row),
        "attributes": ids.pack_attributes(row.attributes) if row.attributes else b"",
        "label": row.label,
        "reason": row.refusal,
        "sha256": _sha256(row),
    }


def _merged(
    merge: Callable[[IdCache, Stored, ImageRow], Stored],
    ids: IdCache,
    old: Stored,
    row: ImageRow,
    run: int,
    changed: dict[int, Stored],
) -> str:
    """Merge ``row`` into ``old`` in place; note the image if it is in the table."""
    if old["state"] == QUARANTINED and not row.refusal:
        merge = _overwritten
    update_of = merge(ids, old, row)
    if all(old.get(name) == value for name, value in update_of.items()):
        return "unchanged"
    old |= update_of
    old |= {"run_id": run, "line": row.line}
    if "ordinal" in old:
        changed[old["ordinal"]] = old
    return "changed"


def _kept(_numbers: IdCache, _old: Stored, _row: ImageRow) -> Stored:
    """Leave the image as it is."""
    return {}


def _overwritten(ids: IdCache, old: Stored, row: ImageRow) -> Stored:
    """Take everything that the row says. Images out of sight by a person's will stay there."""
    update_of = {
        "tags": _tags(ids, row),
        "attributes": ids.pack_attributes(row.attributes),
        "label": row.label,
        "width": row.width,
        "height": row.height,
        "credit_id": ids.credits[row.credit],
        "sha256": _sha256(row) or old["sha256"],
    }
    if old["state"] in (LIVE, QUARANTINED):
        update_of |= {"state": QUARANTINED if row.refusal else LIVE, "reason": row.refusal}
    return update_of


def _appended(ids: IdCache, old: Stored, row: ImageRow) -> Stored:
    """Add tags, and attributes, size and label where there were none; the credit stays.

    A refused row adds nothing: its statements are not to be trusted.
    """
    if row.refusal:
        return {}
    values: dict[int, float] = dict(PAIR.iter_unpack(old["attributes"]))
    for name, value in row.attributes:
        values.setdefault(ids.attributes[name], value)
    tag_ids = set(unpack(old["tags"])).union(map(ids.tags.__getitem__, row.tags))
    return {
        "tags": pack(sorted(tag_ids)),
        "attributes": b"".join([PAIR.pack(*pair) for pair in sorted(values.items())]),
        "label": old["label"] or row.label,
        "width": row.width if old["width"] is None else old["width"],
        "height": row.height if old["height"] is None else old["height"],
        "sha256": old["sha256"] or _sha256(row),
    }


def _tags(ids: IdCache, row: ImageRow) -> bytes:
    """Return the tag blob of a row."""
    return pack(sorted(set(map(ids.tags.__getitem__, row.tags))))


def _insert(connection: Connection, new: list[Stored]) -> int:
    """Insert new images and return the first ordinal; the others follow without a gap."""
    if not new:
        return 0
    first = draw(connection, "image", len(new))
    for ordinal, stored in enumerate(new, first):
        stored["ordinal"] = ordinal
    insert_all(connection, image, new)
    if connection.dialect.name == "postgresql":
        _keep_estimates(connection, first, first + len(new) - 1)
    return first


def _keep_estimates(connection: Connection, first: int, last: int) -> None:
    """Let PostgreSQL look at the images whenever their number has doubled.

    Without that, until its own housekeeping comes round, it takes a source for a handful of images
    and looks up keys by reading all of them: 1,900 rows/s instead of 16,000 at 60,000 images.
    """
    if first.bit_length() != last.bit_length():
        connection.execute(text("ANALYZE image"))


def _update(connection: Connection, changed: list[Stored]) -> None:
    """Write changed images."""
    if not changed:
        return
    names = (*_CONTENT, "run_id", "line")
    values: dict[str, Any] = {name: bindparam(f"new_{name}") for name in names}
    statement = update(image).where(image.c.ordinal == bindparam("at_ordinal")).values(values)
    parameters = [
        {"at_ordinal": stored["ordinal"]} | {f"new_{name}": stored[name] for name in names}
        for stored in changed
    ]
    connection.execute(statement, parameters)
