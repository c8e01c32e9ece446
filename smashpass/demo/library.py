"""The demo library as a collection that is imported while it is drawn.

Its pictures go into the store as they are: what is drawn has the size that is shown.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from contextlib import closing
from functools import partial
from pathlib import Path
from secrets import token_hex

from smashpass.core.pictures.picture import Picture, PictureRefusal
from smashpass.demo.drawing import require_extra
from smashpass.demo.journal import Journal, Noted
from smashpass.demo.pool import DrawnPicture, Order
from smashpass.demo.raster import SIDE
from smashpass.demo.recipefile import load_recipe
from smashpass.demo.series import drawn_in_order, generator_name, made_of, name_of, row_of
from smashpass.durable import make_folder
from smashpass.media.readymade import ReadyPicture, ReadyPictures
from smashpass.services.importing.ports import RawRecord
from smashpass.services.importing.tag_knowledge import NO_KNOWLEDGE, TagKnowledge

BATCH_ROWS = 1_000
"""Pictures in one transaction: a few seconds of drawing."""
MANY = 20_000
"""From that many pictures on they are drawn as small as cards on a phone show them."""
SMALL_SIDE = 256

JOURNAL = "drawn.sqlite3"
_ASKED_AT_ONCE = 1_000

KeysLetIn = Callable[[str, Sequence[str]], set[str]]
"""Returns those keys of a source that the library has, past the gate."""


def side_for(count: int) -> int:
    """Return the side in pixels with which a library of that many pictures is drawn."""
    return SIDE if count < MANY else SMALL_SIDE


class DemoLibrary:
    """The first ``count`` pictures of a seed, but for those that a library has.

    Memory does not grow with their number. Two journals cannot be in use at a time: the caller
    holds the lock of imports.
    """

    format = "demo"
    names_files = True
    passed_over: Mapping[str, int] = {}
    knowledge: TagKnowledge = NO_KNOWLEDGE

    def __init__(
        self,
        order: Order,
        folder: Path,
        *,
        count: int,
        workers: int,
        let_in: KeysLetIn,
        store: ReadyPictures,
    ) -> None:
        """Describe what is to be drawn.

        Args:
            order: The recipe, seed and side.
            folder: For the journal; made when the first picture is asked for.
            count: Number of pictures.
            workers: Processes that draw.
            let_in: Knows the pictures that need not be drawn.
            store: Takes the others.

        Raises:
            NotPossible: The extra ``demo`` is absent.
        """
        require_extra()
        self._order, self._folder, self._count = order, folder, count
        self._workers, self._let_in, self._store = workers, let_in, store
        self._recipe = load_recipe(order.folder)
        self._generator = generator_name()
        self._journal: Journal | None = None
        self._pictures: Generator[DrawnPicture, None, None] | None = None
        self._ready: dict[str, ReadyPicture] = {}
        self._done = 0
        self.present = 0
        """Pictures that the library had, and that were not drawn."""
        # A run that was killed is not resumed but followed by one for what is missing.
        self.fingerprint = token_hex(8)

    @property
    def place(self) -> str:
        """The folder of the journal."""
        return str(self._folder.absolute())

    @property
    def folder(self) -> str:
        """The same: nothing is read from there."""
        return self.place

    @property
    def size(self) -> int:
        """Number of pictures, for the progress."""
        return self._count

    def position(self) -> int:
        """Return how many pictures are there or were drawn."""
        return self._done

    def records(self) -> Generator[RawRecord, None, None]:
        """Yield the metadata of each picture that is missing, in the order of their numbers.

        Raises:
            NotPossible: Too few pictures can be drawn, or the journal cannot be kept.
        """
        make_folder(self._folder)
        key = made_of(self._order, self._generator)
        with closing(Journal(self._folder / JOURNAL, key)) as journal:
            self._journal = journal
            again = self._missing(journal)
            pictures = drawn_in_order(self._order, journal, again, self._count, self._workers)
            self._pictures = pictures
            with closing(pictures):
                for picture in pictures:
                    row = row_of(self._recipe, picture, self._order, self._generator)
                    name = str(row["file_name"])
                    assert picture.ready is not None
                    self._ready[name] = picture.ready
                    self._done += 1
                    yield RawRecord(picture.number + 1, row, partial(self._forget, name))
            journal.commit()
            self._journal = None

    def close(self) -> None:
        """End the processes that draw, and close the journal; after a failure nobody else does."""
        if self._pictures is not None:
            self._pictures.close()
        if self._journal is not None:
            self._journal.close()

    def examine(
        self, _folder: str, names: Sequence[str], _source_types: Sequence[str] = ()
    ) -> list[Picture | PictureRefusal]:
        """Return what was drawn under these names; it is in the store afterwards.

        Raises:
            NotPossible: It cannot be written.
        """
        if self._journal is not None:  # else all is drawn, and it is committed
            self._journal.commit()
        return self._store.keep([self._ready[name] for name in names])

    def _forget(self, name: str) -> None:
        """Release a picture that is in the store, or is not wanted."""
        self._ready.pop(name, None)

    def _missing(self, journal: Journal) -> Iterator[Noted]:
        """Yield the pictures that were drawn earlier and are not in the library."""
        known = min(journal.count, self._count)
        for first in range(0, known, _ASKED_AT_ONCE):
            noted = journal.noted(first, min(_ASKED_AT_ONCE, known - first))
            keys: defaultdict[str, list[str]] = defaultdict(list)
            for entry in noted:
                keys[self._recipe.style(entry.style).credit.source].append(self._key(entry))
            present = {key for source in keys for key in self._let_in(source, keys[source])}
            missing = [entry for entry in noted if self._key(entry) not in present]
            self.present += len(noted) - len(missing)
            self._done += len(noted) - len(missing)
            yield from missing

    def _key(self, noted: Noted) -> str:
        """Return what the library calls a picture."""
        return name_of(noted.style, self._order.seed, noted.number)
