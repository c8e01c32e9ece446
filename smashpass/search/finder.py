"""The finder of this installation: makes the index of words, and asks the one that is stored."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Protocol

from smashpass.core.errors import SmashpassError
from smashpass.core.library import Tag
from smashpass.core.vocabulary import Vocabulary
from smashpass.search.making import digest, make
from smashpass.search.sealed import derived_key, digest_of, unseal
from smashpass.services.dictionary import words_of

if TYPE_CHECKING:
    from smashpass.search.asking import OpenedWords

_log = logging.getLogger(__name__)


class Stored(Protocol):
    """Where the index is kept: beside the images, in the snapshot."""

    def newest_version(self) -> int | None:
        """Return the library version of the newest snapshot, None if there is none."""

    def newest_words(self) -> bytes | None:
        """Return what was saved as its words, checked; None if there is nothing."""


class WordFinder:
    """Finds tags by meaning. Where there is no index that is ours, it finds nothing."""

    def __init__(
        self, secret: Callable[[], bytes], tags: Callable[[], Iterable[Tag]], stored: Stored
    ) -> None:
        """Take who knows the secret of the installation, the texts of the tags, and the store."""
        self._secret = secret
        self._tags = tags
        self._stored = stored
        self._opening = threading.Lock()
        self._version: int | None = None
        self._opened: OpenedWords | None = None

    def make(self, vocabulary: Vocabulary) -> bytes:
        """Return the index of all words; the stored one, if no word has changed since."""
        words = words_of(vocabulary, self._tags())
        key = derived_key(self._secret())
        stored = self._read()
        if stored is not None and digest_of(stored, key) == digest(words):
            return stored
        return make(words, key)

    def meant(self, text: str) -> list[str]:
        """Return names of tags that a few words may mean, best first."""
        opened = self._newest()
        return [] if opened is None else opened.meant(text)

    def _newest(self) -> OpenedWords | None:
        """Return the index of the newest snapshot; it is opened when it is first asked for."""
        version = self._stored.newest_version()
        with self._opening:
            if version != self._version:
                self._opened = self._open()
                self._version = version
            return self._opened

    def _open(self) -> OpenedWords | None:
        stored = self._read()
        if not stored:
            return None
        files = unseal(stored, derived_key(self._secret()))
        if files is None:
            _log.warning("the index of words was not made by this installation; it is not opened")
            return None
        from smashpass.search.asking import OpenedWords

        return OpenedWords(files)

    def _read(self) -> bytes | None:
        try:
            return self._stored.newest_words()
        except SmashpassError as error:
            # Queries go on without it, and making a snapshot makes it anew.
            _log.warning("the index of words cannot be read", extra={"detail": str(error)})
            return None
