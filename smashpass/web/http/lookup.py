"""Looks up the image named by a request."""

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
