"""The tag search of this installation: builds the word index, and searches the stored one."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from smashpass.core.errors import SmashpassError
from smashpass.core.library.stored import Tag
from smashpass.core.tags.vocabulary import Vocabulary
from smashpass.search.making import changed, digest, make
from smashpass.search.sealed import digest_of, unseal
from smashpass.services.ports.library import Snapshots
from smashpass.services.vocabulary.dictionary import (
    NOTHING_CHANGED,
    DictionaryChanges,
    dictionary_of,
)

if TYPE_CHECKING:
    from smashpass.search.asking import OpenedWords

MOST_FOLLOWED = 1_000
"""Edited words that are put into an opened index, which takes half a second for so many."""

_log = logging.getLogger(__name__)


class WordFinder:
    """Finds tags by meaning. Without an index made by this installation, it finds nothing.

    Tags edited after the snapshot are read from the change log and added to the opened index, so
    that they are found at once, in every process.
    """

    def __init__(
        self,
        secret: Callable[[], bytes],
        tags: Callable[[], Iterable[Tag]],
        snapshots: Snapshots,
        latest: Callable[[], int],
        changed_since: Callable[[int, int], DictionaryChanges | None],
    ) -> None:
        """Connect to the installation.

        Args:
            secret: Returns what derives the key that the index is sealed with.
            tags: Returns the texts of the tags.
            snapshots: Where the index is stored, beside the images.
            latest: Returns the number of the last change of the library.
            changed_since: Returns the words that changed after a version; None if there are more
                than the second number.
        """
        self._secret = secret
        self._tags = tags
        self._snapshots = snapshots
        self._latest, self._changed_since = latest, changed_since
        self._opening = threading.Lock()
        self._version: int | None = -1
        self._files: dict[str, bytes] | None = None
        self._seen = 0
        self._followed = NOTHING_CHANGED
        self._opened: OpenedWords | None = None

    def make(self, vocabulary: Vocabulary) -> bytes:
        """Return the index of all words; the stored one, if no word has changed since."""
        entries = dictionary_of(vocabulary, self._tags())
        key = self._secret()
        stored = self._read()
        if stored is not None and digest_of(stored, key) == digest(entries):
            return stored
        return make(entries, key)

    def find_by_meaning(self, text: str) -> list[str]:
        """Return names of tags that a few words may mean, best first.

        Cost: a look at the end of the change log. The first question after an edit of words puts
        them into the index: some 50 ms, and 0.3 ms for each word since the snapshot.
        """
        opened = self._newest()
        return [] if opened is None else opened.find_by_meaning(text)

    def _newest(self) -> OpenedWords | None:
        """Return the index of the words as they are now; it is opened when it is first asked."""
        version = self._snapshots.newest_version()
        with self._opening:
            if version != self._version:
                self._files = {} if version is None else self._unsealed()
                self._version, self._seen = version, version or 0
                self._followed = NOTHING_CHANGED
                self._opened = _open(self._files)
            if self._files is not None:
                self._follow(self._files)
            return self._opened

    def _follow(self, files: dict[str, bytes]) -> None:
        """Put the words into the index that were edited since it was stored."""
        try:
            latest = self._latest()
            if latest == self._seen:
                return
            changes = self._changed_since(self._version or 0, MOST_FOLLOWED)
        except SmashpassError as error:
            # Queries are answered without the database too.
            _log.warning("edited tags cannot be read", extra={"detail": str(error)})
            return
        self._seen = latest
        if changes is None:
            _log.info("too many tags were edited; the next snapshot will include them")
        elif changes != self._followed:
            self._opened = _open(changed(files, sorted(changes.names), changes.entries))
            self._followed = changes

    def _unsealed(self) -> dict[str, bytes] | None:
        """Return the files of the stored index; None if it is not ours."""
        stored = self._read()
        if not stored:
            return None
        files = unseal(stored, self._secret())
        if files is None:
            _log.warning("the word index was not made by this installation; it is not opened")
        return files

    def _read(self) -> bytes | None:
        try:
            return self._snapshots.newest_word_index()
        except SmashpassError as error:
            # Queries go on without it, and making a snapshot makes it anew.
            _log.warning("the word index cannot be read", extra={"detail": str(error)})
            return None


def _open(files: dict[str, bytes] | None) -> OpenedWords | None:
    """Open the files of an index, if there are any."""
    if not files:
        return None
    from smashpass.search.asking import OpenedWords

    return OpenedWords(dict(files))
