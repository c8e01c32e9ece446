"""Viewers as a request needs them: who it is, and which verdicts stand, in memory while fresh."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass, replace

from cachetools import FIFOCache

from smashpass.clock import Clock
from smashpass.core.decks.pace import NO_PACE, Pace, Rest, next_rest
from smashpass.core.errors import DatabaseUnavailable, NotForAge, TasteOff
from smashpass.core.imageset import ImageSet, Ordinal
from smashpass.core.library.index import Index
from smashpass.core.people.swipe import CurrentVerdicts, ViewerDelta
from smashpass.core.people.viewer import Viewer
from smashpass.core.protection.minors import protected
from smashpass.core.query.evaluate import MySets
from smashpass.core.values import Value, Verdict
from smashpass.services.ports.people import SwipeStore, ViewerStore
from smashpass.services.training.collab.dealing import SwipeHistory

REMEMBERED = 20_000
"""Viewers kept in memory; a few hundred bytes each, more for those who swiped thousands."""


@dataclass(frozen=True, slots=True)
class ViewerState:
    """One viewer at one moment. ``number`` is that of the last swipe or undo."""

    viewer: Viewer
    number: int
    verdicts: CurrentVerdicts
    pace: Pace = NO_PACE

    def rest(self, clock: Clock) -> Rest | None:
        """Return the break that holds now, None if there is none."""
        if self.pace is NO_PACE:
            return None
        now = clock()
        rest = next_rest(self.viewer.limits, self.pace, now)
        return rest if rest is not None and rest.holds(now) else None

    def after(self, swipes: Mapping[Ordinal, Verdict]) -> ViewerState:
        """Return the state with further verdicts, which are newer than those known."""
        smashed = ImageSet([image for image, verdict in swipes.items() if verdict == "smash"])
        passed = ImageSet(swipes) - smashed
        known = self.verdicts
        verdicts = CurrentVerdicts(
            (known.smashed - passed) | smashed, (known.passed - smashed) | passed
        )
        return replace(self, verdicts=verdicts)

    def may_end(self, rest: Rest) -> bool:
        """Whether this viewer may go on before ``rest`` is over."""
        return not rest.daily and not protected(self.viewer.age_band, "break")

    def check_order(self, name: str) -> None:
        """Refuse an order that uses what this viewer swiped, unless it may be used for that.

        Raises:
            NotForAge: The order is ``taste``, and the viewer is under 18.
            TasteOff: It is, and they switched suggestions off.
        """
        if name.strip().removeprefix("-").casefold() != "taste" or self.viewer.has_suggestions:
            return
        if protected(self.viewer.age_band, "no_taste"):
            raise NotForAge(
                "under 18, cards cannot be ordered by taste", hint="use random, new or popular"
            )
        raise TasteOff(
            "your swipes are not used for suggestions, so cards cannot be ordered by taste",
            hint="switch suggestions on in your settings, or use random, new or popular",
        )

    @property
    def mine(self) -> MySets:
        """The sets that ``my:`` in a query asks for."""
        return MySets(self.verdicts.smashed, self.verdicts.passed)

    def history(self, index: Index) -> SwipeHistory | None:
        """Return the swipes that suggestions may rest on; None for viewers without suggestions.

        Images that may not be served any more are left out.
        """
        if not self.viewer.has_suggestions:
            return None
        return SwipeHistory(
            self.viewer.name,
            (self.viewer.id, self.number, index.version),
            self.verdicts.smashed & index.live,
            self.verdicts.passed & index.live,
        )

    def values(self) -> dict[str, Value]:
        """Return the ``viewer.*`` attributes; the rate is missing before the first swipe.

        None of a viewer under 18: the trees say what holds without them.
        """
        if protected(self.viewer.age_band, "no_history"):
            return {}
        smashed, passed = len(self.verdicts.smashed), len(self.verdicts.passed)
        swiped = smashed + passed
        values: dict[str, Value] = {"viewer.swipes": float(swiped)}
        if swiped:
            values["viewer.smash_rate"] = smashed / swiped
        return values


class ViewerStates:
    """The states of viewers, read afresh where anything happened. Safe for threads."""

    def __init__(
        self, viewers: ViewerStore, swipes: SwipeStore, capacity: int = REMEMBERED
    ) -> None:
        self._viewers = viewers
        self._swipes = swipes
        self._states: FIFOCache[str, ViewerState] = FIFOCache(capacity)
        self._unread: FIFOCache[str, dict[Ordinal, Verdict]] = FIFOCache(capacity)
        self._lock = threading.Lock()

    def of(self, name: str) -> ViewerState | None:
        """Return the state of a viewer, or None if there is none of this name.

        Costs one small read, which sees what other processes did; where the database does not
        answer, the state of last time, with the swipes that this process kept since.

        Raises:
            DatabaseUnavailable: The database does not answer, and nothing is remembered.
        """
        with self._lock:
            cached, unread = self._states.get(name), self._unread.get(name)
        try:
            delta = self._viewers.delta(name, 0 if cached is None else cached.number)
            if delta is None:
                self.forget(name)
                return None
            if (
                cached is not None
                and cached.number == delta.number
                and cached.viewer == delta.viewer
                and cached.pace == delta.pace
            ):
                state = cached
            else:
                standing = self._standing(cached, delta)
                state = ViewerState(delta.viewer, delta.number, standing, delta.pace)
        except DatabaseUnavailable:
            if cached is None:
                raise
            return cached.after(unread) if unread else cached
        with self._lock:
            if state is not cached:
                self._states[name] = state
            # What came while this was read, and only that, may be missing in it.
            if unread is not None and self._unread.get(name) is unread:
                del self._unread[name]
        return state

    def note(self, name: str, kept: Mapping[Ordinal, Verdict]) -> None:
        """Remember swipes that were just kept, until they are read: the database may go before."""
        with self._lock:
            self._unread[name] = {**self._unread.get(name, {}), **kept}

    def forget(self, name: str) -> None:
        """Forget a viewer who is gone."""
        with self._lock:
            self._states.pop(name, None)
            self._unread.pop(name, None)

    def _standing(self, cached: ViewerState | None, delta: ViewerDelta) -> CurrentVerdicts:
        """Return the verdicts that stand now, from those known where that can be."""
        before = CurrentVerdicts() if cached is None else cached.verdicts
        same = cached is None or cached.viewer.id == delta.viewer.id
        if same and delta.is_append_only and before.seen.isdisjoint(delta.swiped.seen):
            smashed, passed = delta.swiped.smashed, delta.swiped.passed
            return CurrentVerdicts(before.smashed | smashed, before.passed | passed)
        return self._swipes.current_verdicts(delta.viewer.id)
