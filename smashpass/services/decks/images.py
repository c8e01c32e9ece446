"""Images by their public ids: what is shown and known of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from smashpass.core.errors import Gone, NotFound
from smashpass.core.imageset import Ordinal
from smashpass.core.library.imageid import ImageIds
from smashpass.core.library.index import Index
from smashpass.core.library.stored import ImageRecord
from smashpass.services.decks.cards import CachedCard, Card, CardCache
from smashpass.services.ports.library import LibraryStore
from smashpass.services.runtime.library import LiveLibrary
from smashpass.services.search.page import view_of

_QUOTED = 40
"""Characters of an unknown id that a message repeats."""


@dataclass(frozen=True, slots=True)
class ImageSubject:
    """One image: its public id, its ordinal, and the index in which it can be seen."""

    image: str
    ordinal: Ordinal
    index: Index
    hidden: bool


class ImageService:
    """Looks images up by public id, and shows them as cards."""

    def __init__(
        self, *, library: LiveLibrary, ids: ImageIds, cards: CardCache, store: LibraryStore
    ) -> None:
        """Keep what is asked."""
        self._library = library
        self._cards = cards
        self._store = store
        self.id_of = ids.encode
        self.ordinal_of = ids.decode

    def find(self, image: str) -> ImageSubject:
        """Return an image of the current library, hidden or not.

        Raises:
            NotFound: There is none.
        """
        current = self._library.latest()
        ordinal = self.ordinal_of(image)
        index = None if ordinal is None else view_of(current, ordinal)
        if ordinal is None or index is None:
            raise NotFound(f"there is no image {image[:_QUOTED]!r}")
        return ImageSubject(image, ordinal, index, ordinal in current.parts.hidden)

    def find_shown(self, image: str) -> Ordinal:
        """Return an image that viewers may see.

        Raises:
            NotFound: There is none, or it is hidden.
            Gone: It was taken down.
        """
        ordinal = self.ordinal_of(image)
        if ordinal is not None and ordinal in self._library.index.live:
            return ordinal
        records = [] if ordinal is None else self._store.images([ordinal])
        if any(record.state == "taken_down" for record in records):
            raise Gone("this image was taken down")
        raise NotFound(f"there is no image {image[:_QUOTED]!r}")

    def find_record(self, image: str) -> ImageRecord:
        """Return what the database has of an image, in whatever state it is.

        Raises:
            NotFound: There is none.
        """
        ordinal = self.ordinal_of(image)
        records = [] if ordinal is None else self._store.images([ordinal])
        if not records:
            raise NotFound("there is no such image")
        return records[0]

    def near_duplicates(self, index: Index, record: ImageRecord, most: int) -> list[Ordinal]:
        """Return up to ``most`` live images whose picture is the same as that of one, or near it.

        The nearest are first. Cost: reads the signatures of all pictures.
        """
        if not record.sha256:
            return []
        pictures = [
            record.sha256,
            *(near.sha256 for near in self._store.near_pictures(record.sha256)),
        ]
        duplicates: list[Ordinal] = []
        for picture in pictures:
            for ordinal in self._store.with_picture(picture):
                if ordinal in index.live and ordinal != record.ordinal:
                    duplicates.append(ordinal)
            if len(duplicates) >= most:
                break
        return duplicates[:most]

    def cached_cards(self, index: Index, ordinals: Sequence[Ordinal]) -> list[CachedCard]:
        """Return the cards of images, as JSON already; images that are gone are left out."""
        return self._cards.of(index, ordinals)

    def cards(self, index: Index, ordinals: Sequence[Ordinal]) -> list[Card]:
        """Return the cards of images; images that are gone are left out."""
        return [card.content for card in self._cards.of(index, ordinals)]
