"""Pictures with the same pixels, near ones, and those that were taken down."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import Connection, insert, select

from smashpass.core.pictures.likeness import Likenesses, Near, RemovedPicture
from smashpass.store.engine.tables import image, media, removed_picture
from smashpass.store.library import scores

TAKEN_DOWN = 3


def same_pictures(connection: Connection, sha256: str, pixels: str) -> list[str]:
    """Return the SHA-256 of every picture that shows the same, ``sha256`` itself first.

    ``pixels`` is what it shows; "" to use what the library knows.
    """
    digest = bytes.fromhex(sha256)
    pixel_hash: bytes | None = bytes.fromhex(pixels) or connection.scalar(
        select(media.c.pixels).where(media.c.sha256 == digest)
    )
    if pixel_hash is None:
        return [sha256]
    alike = select(media.c.sha256).where(media.c.pixels == pixel_hash, media.c.sha256 != digest)
    return [sha256, *(key.hex() for key in connection.scalars(alike.order_by(media.c.sha256)))]


def near_pictures(connection: Connection, sha256: str) -> list[Near]:
    """Return the pictures near one, without those taken down; the nearest first.

    Cost: reads all signatures.
    """
    digest = bytes.fromhex(sha256)
    own_signature = connection.scalar(select(media.c.signature).where(media.c.sha256 == digest))
    if own_signature is None:
        return []
    likeness = Likenesses([(sha256, own_signature)])
    in_use = select(image.c.ordinal).where(
        image.c.sha256 == media.c.sha256, image.c.state != TAKEN_DOWN
    )
    others = select(media.c.sha256, media.c.signature).where(
        media.c.signature.is_not(None), media.c.sha256 != digest, in_use.exists()
    )
    near = [
        Near(other.hex(), near_picture.distance)
        for other, signature in connection.execute(others)
        for near_picture in likeness.near(signature)
    ]
    return sorted(near, key=lambda near_picture: (near_picture.distance, near_picture.sha256))


def remove(connection: Connection, pictures: Iterable[str], at: int, reason: str) -> None:
    """Note that pictures are taken down, with what they look like; their scores go.

    A second time is nothing.
    """
    removed_now = list(pictures)
    scores.forget(connection, removed_now)
    for sha256 in removed_now:
        digest = bytes.fromhex(sha256)
        existing = select(removed_picture.c.sha256).where(removed_picture.c.sha256 == digest)
        if connection.scalar(existing) is not None:
            continue
        looks = select(media.c.pixels, media.c.signature).where(media.c.sha256 == digest)
        pixels, signature = connection.execute(looks).one_or_none() or (None, None)
        row = {
            "sha256": digest,
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
