"""The content of the library as plain values: stored images, named tags, counts of a batch.

Times in the whole program are integers: microseconds since 1970 in UTC. Only ``image.added``,
which people search by, is in seconds.
"""

from __future__ import annotations

from array import array
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, NamedTuple

from smashpass.core.imageset import Ordinal
from smashpass.core.library.credit import Credit
from smashpass.core.tags.names import TagId

OnExisting = Literal["skip", "overwrite", "append"]
"""What an import does with an image it knows: leave it, replace what it says, or add to it."""

ImageState = Literal["live", "quarantined", "hidden", "taken_down"]
"""Only ``live`` images are served; ``quarantined`` ones were refused by the gate."""


class StoredImage(NamedTuple):
    """One image as an index needs it. A tuple, because millions are made in one go.

    Attributes:
        ordinal: Its key and place in every image set.
        tags: The raw tag ids it carries, ascending; aliases not resolved.
        attributes: Numbers by full name (``image.score``), with ``image.width``,
            ``image.height`` and ``image.added`` (seconds since 1970, UTC); absent ones left out.
        licence: SPDX id or URL of its credit.
        source: Name of the collection it is from.
        live: Whether it may be served.
    """

    ordinal: Ordinal
    tags: array[int]
    attributes: dict[str, float]
    licence: str
    source: str
    live: bool


@dataclass(frozen=True, slots=True)
class ImageRecord:
    """One image with everything that is stored about it. ``sha256`` is hex, "" if unknown."""

    ordinal: Ordinal
    key: str
    tags: tuple[TagId, ...]
    credit: Credit
    state: ImageState
    attributes: Mapping[str, float]
    width: int | None = None
    height: int | None = None
    label: str = ""
    reason: str = ""
    sha256: str = ""
    added_at: int = 0
    run: int | None = None
    line: int | None = None


@dataclass(frozen=True, slots=True)
class RowCounts:
    """The results of the rows of a batch; every row is counted once.

    ``quarantined`` rows were refused by the gate and are kept out of sight.
    """

    added: int = 0
    changed: int = 0
    unchanged: int = 0
    quarantined: int = 0

    def __add__(self, other: RowCounts) -> RowCounts:
        """Return the counts of both batches together."""
        return RowCounts(
            self.added + other.added,
            self.changed + other.changed,
            self.unchanged + other.unchanged,
            self.quarantined + other.quarantined,
        )


@dataclass(frozen=True, slots=True)
class Tag:
    """One tag name as the vocabulary keeps it; alias names are tags too.

    ``labels`` are those in other languages, as pairs of language and label.
    """

    id: TagId
    name: str
    category: str = ""
    label: str = ""
    description: str = ""
    deprecated: bool = False
    labels: tuple[tuple[str, str], ...] = ()
