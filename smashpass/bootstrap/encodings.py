"""Samples of pictures, to compare encodings on: of the library, or of any folder."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TypeVar

from smashpass.bootstrap.installation import Installation
from smashpass.core.pictures.picture import Size
from smashpass.importing.base.walk import PictureEntry, pictures_in
from smashpass.media.derive import QUALITY
from smashpass.media.trials.pool import EncodingTrials
from smashpass.services.pictures.encodings import Comparison, compare_encodings

_Item = TypeVar("_Item")
_SIZES: tuple[Size, ...] = ("large", "small")


@dataclass(frozen=True, slots=True)
class Sample:
    """Files to encode; ``originals`` of them are those that were imported, the others our own."""

    paths: list[str]
    originals: int


@contextmanager
def of_library(installation: Installation, count: int) -> Iterator[Sample]:
    """Lend at most ``count`` pictures that are spread over the library.

    Originals where they can be read; of the others the largest file that is stored.
    """
    live = [*installation.library.index.live]
    pictures = [*installation.catalogue.pictures_of(_spread(live, count)).values()]
    linked = [
        picture for picture in pictures if picture.origin and os.access(picture.origin, os.R_OK)
    ]
    origins = {picture.sha256 for picture in linked}
    names = [
        (picture.sha256, size)
        for picture in pictures
        if picture.sha256 not in origins and (size := _largest(installation, picture.sha256))
    ]
    with installation.media.on_disk(names) as files:
        yield Sample([picture.origin for picture in linked] + [*map(str, files)], len(linked))


def _largest(installation: Installation, sha256: str) -> Size | None:
    """Return the largest size that is stored, None if none is."""
    return next((size for size in _SIZES if installation.media.has(sha256, size)), None)


def of_folder(folder: str, count: int) -> Sample:
    """Return at most ``count`` pictures that are spread over a folder and those in it.

    Raises:
        NotFound: There is no such folder.
        BadInput: It cannot be read.
    """
    paths = [
        f"{folder}/{entry.name}"
        for entry in pictures_in(folder, Counter())
        if isinstance(entry, PictureEntry) and entry.is_file
    ]
    chosen = _spread(paths, count)
    return Sample(chosen, len(chosen))


def compared(sample: Sample, workers: int, progressed: Callable[[], None]) -> Comparison | None:
    """Compare encodings on a sample in some processes; None if no picture can be decoded.

    Raises:
        NotPossible: No process can be started.
    """
    return compare_encodings(sample.paths, EncodingTrials(workers, progressed).try_all, QUALITY)


def _spread(items: Sequence[_Item], count: int) -> list[_Item]:
    """Return at most ``count`` items, evenly spread."""
    taken = min(count, len(items))
    return [items[number * len(items) // taken] for number in range(taken)]
