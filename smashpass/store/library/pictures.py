"""What is known of picture files, by the SHA-256 of what they hold."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sqlalchemy import Connection, Engine, bindparam, insert, literal_column, select, update

from smashpass.core.imageset import Ordinal
from smashpass.core.pictures.picture import Picture
from smashpass.store.engine.prepared import Prepared
from smashpass.store.engine.tables import image, media
from smashpass.store.library.ids import chunks

_FACTS = ("sha256", "width", "height", "mime", "colour", "bytes", "origin")
_AT_ONCE = 20  # as many as a deck has
LIVE, QUARANTINED, HIDDEN = 0, 1, 2
_ordinals = [f"o{place}" for place in range(_AT_ONCE)]
_with_credit = Prepared(
    select(image.c.ordinal, image.c.credit_id, *(media.c[name] for name in _FACTS))
    .outerjoin_from(
        image,
        media,
        (media.c.sha256 == image.c.sha256) & (image.c.state != literal_column(str(QUARANTINED))),
    )
    .where(image.c.ordinal.in_([bindparam(name) for name in _ordinals]))
)
_states = Prepared(select(image.c.state).where(image.c.sha256 == bindparam("sha256")))
_facts = [media.c[name] for name in (*_FACTS, "pixels", "signature")]
_linked = (
    update(media)
    .where(media.c.sha256 == bindparam("at"), media.c.origin != "")
    .values(origin=bindparam("now_at"))
)

_looked_at = (
    update(media)
    .where(media.c.sha256 == bindparam("at"), media.c.pixels.is_(None))
    .values(pixels=bindparam("its_pixels"), signature=bindparam("its_signature"))
)


def record(connection: Connection, pictures: Iterable[Picture]) -> None:
    """Note what is known of ``pictures``; the caller holds the library lock.

    A picture that was linked before is noted at its new place, or as copied. One that was copied
    stays so: its files need no original any more.
    """
    by_hash = {bytes.fromhex(picture.sha256): picture for picture in pictures}
    existing: set[bytes] = set()
    for chunk in chunks(by_hash):
        existing.update(connection.scalars(select(media.c.sha256).where(media.c.sha256.in_(chunk))))
    new = [_row(key, picture) for key, picture in by_hash.items() if key not in existing]
    if new:
        connection.execute(insert(media), new)
    if existing:
        moved = [{"at": key, "now_at": by_hash[key].origin} for key in existing]
        connection.execute(_linked, moved)
        record_likeness(connection, [by_hash[key] for key in existing])


def record_likeness(connection: Connection, pictures: Iterable[Picture]) -> None:
    """Note what pictures look like that were known without it."""
    looks = [
        {"at": bytes.fromhex(picture.sha256), "its_pixels": bytes.fromhex(picture.pixels) or None,
         "its_signature": picture.signature}
        for picture in pictures
        if picture.signature
    ]  # fmt: skip
    if looks:
        connection.execute(_looked_at, looks)


def without_signature(connection: Connection) -> list[Picture]:
    """Return the pictures whose look is not known, by hash; reads all of them."""
    unknown = select(*_facts).where(media.c.signature.is_(None)).order_by(media.c.sha256)
    return [_picture(*row) for row in connection.execute(unknown)]


def of_images(connection: Connection, ordinals: Iterable[int]) -> dict[Ordinal, Picture]:
    """Return the pictures of those of ``ordinals`` that have one."""
    result = {}
    pairs = select(image.c.ordinal, *_facts).join(media, media.c.sha256 == image.c.sha256)
    for chunk in chunks(ordinals):
        for row in connection.execute(pairs.where(image.c.ordinal.in_(chunk))):
            result[Ordinal(row[0])] = _picture(*row[1:])
    return result


def with_credits(
    engine: Engine, ordinals: Iterable[int]
) -> dict[Ordinal, tuple[int, Picture | None]]:
    """Return the number of the credit, and the picture if it may be sent, of each image.

    The picture of an image in quarantine may not.
    """
    result: dict[Ordinal, tuple[int, Picture | None]] = {}
    for chunk in chunks(ordinals, _AT_ONCE):
        chunk += [chunk[-1]] * (_AT_ONCE - len(chunk))
        parameters = dict(zip(_ordinals, map(int, chunk), strict=True))
        for ordinal, credit, *facts in _with_credit.rows(engine, parameters):
            result[Ordinal(ordinal)] = (credit, None if facts[0] is None else _picture(*facts))
    return result


def by_sha256(connection: Connection, sha256: str) -> Picture | None:
    """Return what is known of one picture, by 64 hex digits."""
    row = connection.execute(
        select(*_facts).where(media.c.sha256 == bytes.fromhex(sha256))
    ).one_or_none()
    return None if row is None else _picture(*row)


def images_with(connection: Connection, hashes: Iterable[bytes]) -> set[bytes]:
    """Return those of ``hashes`` that an image has which is live or hidden.

    A picture in quarantine, or one that was rejected there, keeps no other image out.
    """
    matching: set[bytes] = set()
    for chunk in chunks(hashes):
        statement = select(image.c.sha256).where(
            image.c.sha256.in_(chunk), image.c.state.in_((LIVE, HIDDEN))
        )
        matching.update(connection.scalars(statement))
    return matching


def states_with(engine: Engine, sha256: str) -> set[int]:
    """Return the numbers of the states of the images that have a picture: one indexed statement."""
    rows = _states.rows(engine, {"sha256": bytes.fromhex(sha256)})
    return {int(state) for (state,) in rows}


def images_of(connection: Connection, sha256: bytes) -> list[Ordinal]:
    """Return the images that have a picture, ascending."""
    statement = select(image.c.ordinal).where(image.c.sha256 == sha256).order_by(image.c.ordinal)
    return [Ordinal(ordinal) for ordinal in connection.scalars(statement)]


def _row(key: bytes, picture: Picture) -> dict[str, Any]:
    return {
        "sha256": key,
        "width": picture.width,
        "height": picture.height,
        "mime": picture.mime,
        "colour": int(picture.placeholder.removeprefix("#"), 16),
        "bytes": picture.size,
        "origin": picture.origin,
        "pixels": bytes.fromhex(picture.pixels) or None,
        "signature": picture.signature or None,
    }


def _picture(
    sha256: bytes,
    width: int,
    height: int,
    mime: str,
    colour: int,
    size: int,
    origin: str,
    pixels: bytes | None = None,
    signature: bytes | None = None,
) -> Picture:
    return Picture(
        sha256.hex(),
        width,
        height,
        mime,
        f"#{colour:06x}",
        size,
        origin,
        (pixels or b"").hex(),
        signature or b"",
    )
