"""Counting swipes by image: what rules read as attributes, and what the order popular goes by."""

from __future__ import annotations

from itertools import islice

from smashpass.core.imageset import Ordinal
from smashpass.core.library.index import Index
from smashpass.core.library.popularity import popularity
from smashpass.services.ports.library import LibraryStore
from smashpass.services.ports.people import SwipeStore

SWIPES, RATE, POPULARITY = "swipes", "smash_rate", "popularity"
AT_ONCE = 5_000
"""Images of one edit: the library is held for some 100 ms."""

_BY, _REASON = "system", "swipes were counted"


def count_swipes(swipes: SwipeStore, catalogue: LibraryStore, index: Index, *, origin: str) -> int:
    """Bring swipes, smash rate and popularity of all images up to date; return how many changed.

    Images whose numbers are what they were are not written. May be repeated, and interrupted:
    the next time does the rest. Costs one scan of the swipes.
    """
    fresh: dict[Ordinal, dict[str, float | None]] = {
        image: {
            SWIPES: float(count),
            RATE: smashes / count,
            POPULARITY: popularity(smashes, count),
        }
        for image, count, smashes in swipes.counts_by_image()
        if image in index.live or image in index.parts.hidden
    }
    changed: set[int] = set()
    for name in (SWIPES, RATE, POPULARITY):
        column = index.column(f"image.{name}")
        edits: dict[int, float | None] = {}
        for image, values in fresh.items():
            if column is None or column.value(image) != values[name]:
                edits[image] = values[name]
        if column is not None:
            edits.update((image, None) for image in column.present if image not in fresh)
        changed.update(edits)
        rest = iter(sorted(edits.items()))
        while part := dict(islice(rest, AT_ONCE)):
            catalogue.set_attribute(name, part, by=_BY, origin=origin, reason=_REASON)
    return len(changed)
