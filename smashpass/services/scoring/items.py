"""Images as scorers see them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from smashpass.core.tags.names import TagId
from smashpass.services.scoring.ports import Item, PictureBytes

MIME = "image/webp"


def item_of(
    image: str,
    sha256: str,
    tags: Iterable[TagId],
    names: Sequence[str],
    pictures: PictureBytes,
) -> Item:
    """Return an image as scorers see it.

    Args:
        image: Its public id.
        sha256: Of its picture, hex; "" if it has none.
        tags: Its tags with all that follows from them.
        names: The names of tags by id.
        pictures: Reads the files of pictures.
    """
    shown_tags = tuple(sorted(names[tag] for tag in tags))
    if not sha256:
        return Item(image, "", "", shown_tags, bytes)
    return Item(image, sha256, MIME, shown_tags, lambda: pictures(sha256))
