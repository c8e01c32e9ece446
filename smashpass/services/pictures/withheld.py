"""Pictures of images that are withheld for their tags: their files are not sent to anybody."""

from __future__ import annotations

import threading

from smashpass.core.imageset import EMPTY, Ordinal
from smashpass.core.protection.screening import Withheld
from smashpass.services.ports.library import LibraryStore
from smashpass.services.runtime.library import LiveLibrary


class WithheldPictures:
    """The hashes of pictures that may not be shown. Safe for threads.

    Cost: one comparison of two image sets a call; the database is asked for images that were not
    withheld before.
    """

    def __init__(self, library: LiveLibrary, records: LibraryStore) -> None:
        self._library = library
        self._records = records
        self._images = EMPTY
        self._hash_of: dict[Ordinal, str] = {}
        self._hashes: frozenset[str] = frozenset()
        self._updating = threading.Lock()

    def __contains__(self, sha256: object) -> bool:
        """Tell whether a picture, by its 64 hex digits, belongs to a withheld image."""
        withheld = self._library.withheld
        if withheld.images != self._images:
            self._update(withheld)
        return sha256 in self._hashes

    def _update(self, withheld: Withheld) -> None:
        images = withheld.images
        with self._updating:
            unknown = images - self._images
            hash_of = {image: sha for image, sha in self._hash_of.items() if image in images}
            pictures = self._records.pictures_of(unknown)
            hash_of |= {image: picture.sha256 for image, picture in pictures.items()}
            self._hash_of, self._hashes = hash_of, frozenset(hash_of.values())
            self._images = images
