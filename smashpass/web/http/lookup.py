"""Finding the image that a request names."""

from __future__ import annotations

from smashpass.core.errors import Gone, NotFound
from smashpass.core.imageset import Ordinal
from smashpass.web.http.routing import ApiRequest


def find_image(call: ApiRequest, text: str) -> Ordinal:
    """Return the image of a public id that may be served.

    Raises:
        NotFound: There is none, or it is hidden.
        Gone: It was taken down.
    """
    parts = call.parts
    ordinal = parts.image_ids.decode(text)
    if ordinal is not None and ordinal in parts.library.index.live:
        return ordinal
    kept = [] if ordinal is None else parts.catalogue.images([ordinal])
    if any(one.state == "taken_down" for one in kept):
        raise Gone("this image was taken down")
    raise NotFound(f"there is no image {text[:40]!r}")
