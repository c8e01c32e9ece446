"""Finding what an address names: an image, hidden or not, and what is shown of many."""

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
    """One image: its public id, its number, and the index in which it can be seen."""

    image: str
    ordinal: Ordinal
    index: Index
    hidden: bool


def find_image(ask: AdminRequest, image: str) -> ImageSubject:
    """Return the image of a public id, also a hidden one, in the library as it is now.

    Raises:
        NotFound: There is none.
    """
    parts = ask.parts
    parts.library.refresh()
    ordinal = parts.image_ids.decode(image)
    index = None if ordinal is None else view_of(parts.library.index, ordinal)
    if ordinal is None or index is None:
        raise NotFound(f"there is no image {image[:LONGEST_ID]!r}")
    return ImageSubject(image, ordinal, index, ordinal in parts.library.index.parts.hidden)


def place_of(ask: AdminRequest, cursor: str) -> Ordinal | None:
    """Return the image behind which a page begins; None for the first page.

    Raises:
        BadInput: The text names no image.
    """
    if not cursor:
        return None
    ordinal = ask.parts.image_ids.decode(cursor)
    if ordinal is None:
        raise BadInput("the address of this page is not complete", hint="begin at the first page")
    return ordinal


def cards_of(
    ask: AdminRequest, index: Index, ordinals: Sequence[Ordinal]
) -> list[dict[str, object]]:
    """Return what is shown of images."""
    return [one.content for one in ask.parts.cards.of(index, ordinals)]
