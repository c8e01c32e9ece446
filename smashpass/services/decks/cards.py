"""Cards: what is shown of an image, kept in memory for one library version."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass, field

from orjson import Fragment, dumps, loads

from smashpass.core.errors import DatabaseUnavailable
from smashpass.core.imageset import ImageSet, Ordinal
from smashpass.core.library.imageid import ImageIds
from smashpass.core.library.index import Index
from smashpass.core.pictures.picture import Picture, Size, shown_size, stored_size
from smashpass.core.rules.compile.compile import CompiledTree
from smashpass.services.ports.library import LibraryStore
from smashpass.services.search.search import credit_card, tag_names

Card = dict[str, object]

REMEMBERED = 65_536
"""Cards kept in memory, about 800 bytes each."""


@dataclass(slots=True)
class CachedCard:
    """What is shown of one image.

    Attributes:
        ordinal: The image.
        version: The library version that this is right for.
        image: Its public id.
        written: The card without its decision, as JSON.
        picture: Its picture, None if it has none.
        cached_decision: A tree, a revision and their decision as JSON, where it depends on nothing
            but the image; the last one asked for.
    """

    ordinal: Ordinal
    version: int
    image: str
    written: bytes
    picture: Picture | None
    cached_decision: tuple[CompiledTree, str, bytes] | None = field(default=None, compare=False)

    @property
    def content(self) -> Card:
        """The card without its decision, in the form of the interface."""
        card: Card = loads(self.written)
        return card

    def with_decision(self, decision: bytes, taste: bytes | None = None) -> Fragment:
        """Return the card with a decision, and with the viewer's taste if wanted, as JSON."""
        more = b"" if taste is None else b',"taste":%b' % taste
        return Fragment(b'%b,"decision":%b%b}' % (self.written[:-1], decision, more))


class CardCache:
    """Makes cards. Safe for threads."""

    def __init__(
        self,
        source: LibraryStore,
        ids: ImageIds,
        capacity: int = REMEMBERED,
    ) -> None:
        """Create an empty cache.

        Args:
            source: Reads credits and pictures.
            ids: Encodes public image ids.
            capacity: How many cards are kept in memory.
        """
        self._source = source
        self._ids = ids
        self._capacity = capacity
        # Read without the lock, twenty times a deck: a cachetools cache takes twice as long.
        self._cached: OrderedDict[Ordinal, CachedCard] = OrderedDict()
        self._lock = threading.Lock()

    def of(self, index: Index, ordinals: Sequence[Ordinal]) -> list[CachedCard]:
        """Return the card of each image. Images that are gone are left out.

        Raises:
            DatabaseUnavailable: The database does not answer, and a card is not in memory.
        """
        cards: dict[Ordinal, CachedCard] = {}
        missing = []
        for ordinal in ordinals:
            cached = self._cached.get(ordinal)
            if cached is not None and cached.version == index.version:
                cards[ordinal] = cached
            else:
                missing.append(ordinal)
        if missing:
            cards |= self._make(index, missing)
        return [cards[ordinal] for ordinal in ordinals if ordinal in cards]

    @property
    def in_memory(self) -> ImageSet:
        """The images whose cards can be shown without the database."""
        with self._lock:
            return ImageSet(self._cached)

    def _make(self, index: Index, ordinals: Sequence[Ordinal]) -> dict[Ordinal, CachedCard]:
        """Make cards and keep them."""
        try:
            details = self._source.card_details(ordinals)
        except DatabaseUnavailable:
            return {ordinal: self._make_stale(index, ordinal) for ordinal in ordinals}
        cards: dict[Ordinal, CachedCard] = {}
        for ordinal in ordinals:
            if ordinal in details:
                credit, picture = details[ordinal]
                image = self._ids.encode(ordinal)
                content: Card = {
                    "image": image,
                    "media": None if picture is None else _media(picture),
                    "credit": credit_card(credit),
                    **_tags(index, ordinal),
                }
                cards[ordinal] = CachedCard(
                    ordinal, index.version, image, _written(content), picture
                )
        with self._lock:
            for ordinal, new_card in cards.items():
                self._cached[ordinal] = new_card
                self._cached.move_to_end(ordinal)
            while len(self._cached) > self._capacity:
                self._cached.popitem(last=False)
        return cards

    def _make_stale(self, index: Index, ordinal: Ordinal) -> CachedCard:
        """Return a card of another version with the tags of this one; credits hardly change."""
        cached = self._cached.get(ordinal)
        if cached is None:
            raise DatabaseUnavailable("the database does not answer", hint="try again soon")
        content = cached.content
        content.pop("parents", None)
        content |= _tags(index, ordinal)
        return CachedCard(ordinal, index.version, cached.image, _written(content), cached.picture)


def _tags(index: Index, ordinal: Ordinal) -> Card:
    """Return ``tags`` of a card, and ``parents``: those that its other own tags imply."""
    vocabulary = index.vocabulary
    raw_tags = index.own_tags(ordinal)
    content: Card = {"tags": tag_names(index, raw_tags)}
    if vocabulary.implications:
        own_tags = {vocabulary.aliases.get(tag, tag) for tag in raw_tags}
        parents = [
            tag
            for tag in own_tags
            if any(tag in vocabulary.effective((other,)) for other in own_tags if other != tag)
        ]
        if parents:
            content["parents"] = tag_names(index, parents)
    return content


def address_of(sha256: str, size: Size) -> str:
    """Return the path of a picture's address."""
    return f"/media/{sha256}-{size}.webp"


def _written(card: Card) -> bytes:
    """Return a card as JSON, copied: what orjson returns takes 2 kB, however short it is."""
    return bytes(memoryview(dumps(card)))


def _media(picture: Picture) -> dict[str, object]:
    """Return where the picture of a card is found, and what to show until it is there."""
    width, height = shown_size(picture.width, picture.height, "large")
    return {
        "small": address_of(picture.sha256, "small"),
        "large": address_of(picture.sha256, stored_size(picture.width, picture.height, "large")),
        "width": width,
        "height": height,
        "placeholder": picture.placeholder,
    }
