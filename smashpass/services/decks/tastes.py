"""What viewers like, from their own swipes: kept in memory, brought up to date by each swipe."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from typing import NamedTuple

from cachetools import FIFOCache

from smashpass.core.decks.taste import NO_COUNTS, PopulationRates, Taste, taste_of
from smashpass.core.imageset import Ordinal
from smashpass.core.library.index import Index
from smashpass.core.tags.names import TagId
from smashpass.services.decks.viewers import ViewerState

REMEMBERED = 5_000
"""Viewers whose taste is kept in memory; some 30 kB each."""

Likes = Callable[[Ordinal], float | None]
"""Returns how likely a viewer smashes an image; None where that is not known or not asked."""


class _Kept(NamedTuple):
    """A taste, and the rates that it was made from, which stand for the library version."""

    rates: PopulationRates
    taste: Taste


class Tastes:
    """The tastes of viewers. Safe for threads."""

    def __init__(self, capacity: int = REMEMBERED) -> None:
        """Start with nothing in memory: all of it can be made again from the verdicts."""
        self._kept: FIFOCache[str, _Kept] = FIFOCache(capacity)
        self._rates: PopulationRates | None = None
        self._lock = threading.Lock()

    def of(self, state: ViewerState, index: Index) -> Taste | None:
        """Return the taste of a viewer.

        None for viewers without suggestions (under 18, or switched off) and before the first
        swipe. Costs some 5 µs for each swipe since the last call, and after one as much for each
        tag swiped; all swipes are counted again after an edit of the library.
        """
        name = state.viewer.name
        if not state.viewer.has_suggestions:
            with self._lock:
                self._kept.pop(name, None)
            return None
        rates = self._rates_of(index)
        with self._lock:
            kept = self._kept.get(name)
        before = NO_COUNTS if kept is None or kept.rates is not rates else kept.taste.counts
        counts = before.with_verdicts(index, state.verdicts.smashed, state.verdicts.passed)
        if kept is not None and counts is kept.taste.counts:
            return kept.taste
        taste = taste_of(counts, index, rates)
        with self._lock:
            if taste is None:
                self._kept.pop(name, None)
            else:
                self._kept[name] = _Kept(rates, taste)
        return taste

    def likes(self, state: ViewerState, index: Index) -> Likes:
        """Return what gives ``viewer.taste`` for an image; some 5 µs a call."""
        taste = self.of(state, index)

        def like(ordinal: Ordinal) -> float | None:
            return None if taste is None else taste.like(tags_of(index, ordinal))

        return like

    def _rates_of(self, index: Index) -> PopulationRates:
        """The rates of this library version, which all viewers share."""
        rates = self._rates
        if rates is None or not rates.fits(index):
            rates = self._rates = PopulationRates(index)
        return rates


def no_likes(_ordinal: Ordinal) -> None:
    """Return nothing: what is used where no tree asks for ``viewer.taste``."""


def tags_of(index: Index, ordinal: Ordinal) -> frozenset[TagId]:
    """Return the tags of an image that count: aliases resolved, implied ones included."""
    return index.vocabulary.effective(index.own_tags(ordinal))


def tags_named(index: Index, names: Iterable[str]) -> frozenset[TagId]:
    """Return the same for an image that need not exist; names that are no tag are left out."""
    resolved = (index.vocabulary.resolve(name) for name in names)
    return index.vocabulary.effective(tag for tag in resolved if tag is not None)
