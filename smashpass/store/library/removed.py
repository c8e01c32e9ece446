"""Pictures with the same pixels, near ones, and those that were taken down."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import Connection, insert, select

from smashpass.core.pictures.likeness import Likenesses, Near, RemovedPicture
from smashpass.store.engine.tables import image, media, removed_picture

TAKEN_DOWN = 3


def same_pictures(connection: Connection, sha256: str, pixels: str) -> list[str]:
    """Return the SHA-256 of every picture that shows the same, ``sha256`` itself first.

    ``pixels`` is what it shows; "" for what the library knows of it.
    """
    own = bytes.fromhex(sha256)
    shown: bytes | None = bytes.fromhex(pixels) or connection.scalar(
        select(media.c.pixels).where(media.c.sha256 == own)
    )
    if shown is None:
        return [sha256]
    alike = select(media.c.sha256).where(media.c.pixels == shown, media.c.sha256 != own)
    return [sha256, *(one.hex() for one in connection.scalars(alike.order_by(media.c.sha256)))]


def near_pictures(connection: Connection, sha256: str) -> list[Near]:
    """Return the pictures near one, without those taken down; the nearest first.

    Cost: reads all signatures.
    """
    own = bytes.fromhex(sha256)
    wanted = connection.scalar(select(media.c.signature).where(media.c.sha256 == own))
    if wanted is None:
        return []
    likeness = Likenesses([(sha256, wanted)])
    held = select(image.c.ordinal).where(
        image.c.sha256 == media.c.sha256, image.c.state != TAKEN_DOWN
    )
    others = select(media.c.sha256, media.c.signature).where(
        media.c.signature.is_not(None), media.c.sha256 != own, held.exists()
    )
    near = [
        Near(other.hex(), one.distance)
        for other, signature in connection.execute(others)
        for one in likeness.near(signature)
    ]
    return sorted(near, key=lambda one: (one.distance, one.sha256))


def remove(connection: Connection, pictures: Iterable[str], at: int, reason: str) -> None:
    """Note that pictures are taken down, with what they look like; a second time is nothing."""
    for sha256 in pictures:
        own = bytes.fromhex(sha256)
        noted = select(removed_picture.c.sha256).where(removed_picture.c.sha256 == own)
        if connection.scalar(noted) is not None:
            continue
        looks = select(media.c.pixels, media.c.signature).where(media.c.sha256 == own)
        pixels, signature = connection.execute(looks).one_or_none() or (None, None)
        row = {
            "sha256": own,
            "pixels": pixels,
            "signature": signature,
            "at": at,
            "reason": reason,
        }
        connection.execute(insert(removed_picture), row)


def removed(connection: Connection) -> list[RemovedPicture]:
    """Return every picture that was taken down."""
    columns = removed_picture.c
    rows = connection.execute(select(columns.sha256, columns.pixels, columns.signature))
    return [
        RemovedPicture(sha256.hex(), (pixels or b"").hex(), signature or b"")
        for sha256, pixels, signature in rows
    ]
