"""Looks up images, hidden or not, and their cards."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from smashpass.core.errors import BadInput, NotFound
from smashpass.core.imageset import Ordinal
from smashpass.core.library.index import Index
from smashpass.services.search.page import view_of
from smashpass.web.admin.request import AdminRequest

LONGEST_ID = 40


@dataclass(frozen=True, slots=True)
class ImageSubject:
    """One image: its public id, its ordinal, and the index that contains it."""

    image: str
    ordinal: Ordinal
    index: Index
    hidden: bool


def find_image(request: AdminRequest, image: str) -> ImageSubject:
    """Return the image with a public id, hidden or not, in the current library.

    Raises:
        NotFound: There is none.
    """
    parts = request.parts
    parts.library.refresh()
    ordinal = parts.image_ids.decode(image)
    index = None if ordinal is None else view_of(parts.library.index, ordinal)
    if ordinal is None or index is None:
        raise NotFound(f"there is no image {image[:LONGEST_ID]!r}")
    return ImageSubject(image, ordinal, index, ordinal in parts.library.index.parts.hidden)


def place_of(request: AdminRequest, cursor: str) -> Ordinal | None:
    """Return the image after which a page starts; None for the first page.

    Raises:
        BadInput: The cursor is invalid.
    """
    if not cursor:
        return None
    ordinal = request.parts.image_ids.decode(cursor)
    if ordinal is None:
        raise BadInput("the address of this page is incomplete", hint="start at the first page")
    return ordinal


def cards_of(
    request: AdminRequest, index: Index, ordinals: Sequence[Ordinal]
) -> list[dict[str, object]]:
    """Return the cards of images."""
    return [card.content for card in request.parts.cards.of(index, ordinals)]
