"""Loading a library into a peer, within a time: a size it cannot reach is never made up for."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from itertools import islice

from bench.library import Picture, images

_BATCH = 10_000


def load(count: int, seed: int, limit_s: float, add: Callable[[Sequence[Picture]], object]) -> int:
    """Feed batches of images to ``add`` until all are in, or the time is over.

    Returns:
        How many are in; the ordinals are 1 to that.
    """
    end = time.monotonic() + limit_s
    source = images(count, seed)
    loaded = 0
    while loaded < count and (loaded == 0 or time.monotonic() < end):
        batch = list(islice(source, _BATCH))
        add(batch)
        loaded += len(batch)
    return loaded
