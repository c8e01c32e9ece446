"""Which pictures may be sent: those that an image has which passed the gate and is not withheld."""

from __future__ import annotations

import threading
from collections.abc import Container
from typing import Literal

from smashpass.core.imageset import EMPTY, Ordinal
from smashpass.core.protection.screening import Withheld
from smashpass.services.ports.library import LibraryStore
from smashpass.services.runtime.library import LiveLibrary

Standing = Literal["public", "held", "gone"]
"""May be sent; waits in quarantine or is withheld; belongs to no image any more."""

REMEMBERED = 100_000
"""Pictures whose standing is kept in memory, about 200 bytes each."""


class PublicPictures:
    """Tells the standing of pictures. Safe for threads.

    The state of images in the database decides, not where a file lies: what an import leaves
    behind when it is killed, and what waits in quarantine, is public in no moment, and a release
    makes it so by its one transaction.

    Cost: one indexed statement for each picture and library version, else two
    look-ups in memory.
    """

    def __init__(
        self, library: LiveLibrary, records: LibraryStore, withheld: Container[str]
    ) -> None:
        self._library = library
        self._records = records
        self._withheld = withheld
        self._remembered: tuple[int, dict[str, Standing]] = (-1, {})

    def standing(self, sha256: str) -> Standing:
        """Return the standing of a picture, by its 64 hex digits."""
        # The version is read first: what the database says then is of that version or a later one.
        version = self._library.index.version
        of_version, standings = self._remembered
        if of_version != version or len(standings) >= REMEMBERED:
            standings = {}
            self._remembered = (version, standings)
        standing = standings.get(sha256)
        if standing is None:
            standing = standings[sha256] = self._looked_up(sha256)
        return "held" if standing == "public" and sha256 in self._withheld else standing

    def _looked_up(self, sha256: str) -> Standing:
        states = self._records.states_with(sha256)
        if "live" in states or "hidden" in states:
            return "public"
        return "held" if "quarantined" in states else "gone"


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
