"""Reads where a page of images starts."""

from __future__ import annotations

from smashpass.core.errors import BadInput
from smashpass.core.imageset import Ordinal
from smashpass.web.admin.request import AdminRequest


def place_of(request: AdminRequest, cursor: str) -> Ordinal | None:
    """Return the image after which a page starts; None for the first page.

    Raises:
        BadInput: The cursor is invalid.
    """
    if not cursor:
        return None
    ordinal = request.services.images.ordinal_of(cursor)
    if ordinal is None:
        raise BadInput("the address of this page is incomplete", hint="start at the first page")
    return ordinal
