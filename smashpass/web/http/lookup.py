"""Looks up the image named by a request, and reads ids and numbers in addresses."""

from __future__ import annotations

from smashpass.core.errors import Gone, NotFound
from smashpass.core.imageset import Ordinal
from smashpass.web.http.routing import ApiRequest


def find_image(request: ApiRequest, text: str) -> Ordinal:
    """Return the servable image with a public id.

    Raises:
        NotFound: There is none, or it is hidden.
        Gone: It was taken down.
    """
    parts = request.parts
    ordinal = parts.image_ids.decode(text)
    if ordinal is not None and ordinal in parts.library.index.live:
        return ordinal
    records = [] if ordinal is None else parts.catalogue.images([ordinal])
    if any(record.state == "taken_down" for record in records):
        raise Gone("this image was taken down")
    raise NotFound(f"there is no image {text[:40]!r}")


def number_of(text: str, default: int = 1) -> int:
    """Parse a page number or cursor in an address; ``default`` if it is none."""
    return int(text) if is_whole(text, digits=9) else default


def id_of(text: str, noun: str) -> int:
    """Parse the id of a ``noun`` in a path.

    Raises:
        NotFound: It is not a number, or longer than any id.
    """
    if not is_whole(text):
        raise NotFound(f"there is no {noun} {text[:40]!r}")
    return int(text)


def is_whole(text: str, digits: int = 18) -> bool:
    """Return whether a text is a whole number of at most so many digits."""
    return text.isascii() and text.isdigit() and len(text) <= digits
