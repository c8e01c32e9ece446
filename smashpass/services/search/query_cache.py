"""What searches remember: texts that were read, and answers of one library version."""

from __future__ import annotations

import threading
from collections.abc import Callable
from functools import lru_cache
from typing import Generic, TypeVar

from cachetools import LRUCache

from smashpass.core.imageset import ImageSet
from smashpass.core.library.index import Index
from smashpass.core.query.bind import bind
from smashpass.core.query.bound import Query, atoms
from smashpass.core.query.normal import normalise
from smashpass.core.query.parser import parse
from smashpass.core.query.phrases import Finder
from smashpass.core.query.syntax import Mine, Syntax

Read = TypeVar("Read")

TEXTS = 2_048
"""Query texts that are remembered; one takes up to some 10 kB, mostly far less."""

BYTES = 32 << 20
"""Size of all image sets that are remembered."""

_BITS_A_BYTE = 8
_SMALLEST = 256


@lru_cache(maxsize=TEXTS)
def syntax_of(text: str) -> Syntax:
    """Return what ``text`` says, from memory if it was read lately; refusals are not kept."""
    return parse(text)


class TextCache(Generic[Read]):
    """What was read from query texts, against one index. Threads may share it.

    The first question about another index forgets all, and what a finder helped to find is not
    kept: it may know more tomorrow.
    """

    def __init__(self, texts: int = TEXTS) -> None:
        self._lock = threading.Lock()
        self._index: Index | None = None
        self._by_text: LRUCache[str, Read] = LRUCache(texts)

    def get(self, text: str, index: Index, finder: Finder | None, read: Callable[[], Read]) -> Read:
        """Return what ``read`` makes of a text; it is called where that is not remembered."""
        with self._lock:
            if self._index is not index:
                self._index = index
                self._by_text.clear()
            elif text in self._by_text:
                return self._by_text[text]
        result = read()
        if finder is None or "~" not in text:
            with self._lock:
                if self._index is index:
                    self._by_text[text] = result
        return result


class QueryCache:
    """Normal forms by text and image sets by normal form, of one index. Threads may share it.

    The first question about another index forgets all: an edit of the library can change any
    answer. Nothing here is needed for an answer to be right; it is only found sooner.
    """

    def __init__(self, texts: int = TEXTS, most_bytes: int = BYTES) -> None:
        self._lock = threading.Lock()
        self._index: Index | None = None
        self._forms: TextCache[Query] = TextCache(texts)
        self._sets: LRUCache[Query, ImageSet] = LRUCache(most_bytes, getsizeof=_size)

    def form(self, text: str, index: Index, finder: Finder | None = None) -> Query:
        """Return the normal form of a text against the vocabulary of ``index``.

        What was found with a finder's help is not kept: the finder may know more tomorrow.

        Raises:
            BadQuery: The text cannot be parsed, or a word is not a tag name.
        """
        return self._forms.get(
            text,
            index,
            finder,
            lambda: normalise(
                bind(
                    syntax_of(text),
                    index.vocabulary,
                    columns=index.columns(),
                    facets=index,
                    finder=finder,
                )
            ),
        )

    def images(self, form: Query, index: Index, make: Callable[[], ImageSet]) -> ImageSet:
        """Return the images of a normal form; ``make`` finds them if they are not remembered.

        What depends on one's own swipes is never remembered.
        """
        cached = self.cached_images(form, index)
        if cached is not None:
            return cached
        image_set = make()
        if not any(isinstance(atom, Mine) for atom in atoms(form)):
            with self._lock:
                if self._index is index and _size(image_set) <= self._sets.maxsize:
                    self._sets[form] = image_set
        return image_set

    def cached_images(self, form: Query, index: Index) -> ImageSet | None:
        """Return the images of a normal form if they are remembered."""
        with self._lock:
            self._turn_to(index)
            return self._sets.get(form)

    def _turn_to(self, index: Index) -> None:
        """Forget what was found in another index."""
        if self._index is not index:
            self._index = index
            self._sets.clear()


def _size(images: ImageSet) -> int:
    """Return about how many bytes a set takes, at most: two an image, or a bit a place."""
    if not images:
        return _SMALLEST
    return _SMALLEST + min(2 * len(images), images.max() // _BITS_A_BYTE)
