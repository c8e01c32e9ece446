"""Results: what the swipes of a viewer add up to, and their own swipes searched."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from heapq import nlargest
from typing import Literal

from smashpass.core.decks.order import Permutation
from smashpass.core.decks.results import (
    FEWEST_SWIPES,
    CardTally,
    StandingSwipe,
    TypicalChoice,
    VerdictSets,
    steps,
    telling_tags,
    typical_choices,
)
from smashpass.core.library.imageid import ImageIds
from smashpass.services.decks.deal import seed_of
from smashpass.services.decks.service import DeckService, StoredSwipe
from smashpass.services.decks.viewers import ViewerState
from smashpass.services.ports.people import SwipeStore
from smashpass.services.runtime.library import LiveLibrary
from smashpass.services.search.service import SearchService

SHOWN_CARDS = 12
"""Cards on which viewer and rules differ that a report names."""

Show = Literal["all", "smash", "pass", "differed"]


@dataclass(frozen=True, slots=True)
class FilteredSwipes:
    """One page of the swipes that match.

    Attributes:
        matched: How many match, exactly.
        swipes: Those of this page, last recorded first.
        following: What ``before`` the next page takes, None on the last one.
    """

    matched: int
    swipes: list[StoredSwipe]
    following: int | None


class ResultService:
    """Counts the swipes that stand. Each answer reads them once, some 5 µs a swipe."""

    def __init__(
        self,
        *,
        library: LiveLibrary,
        swipes: SwipeStore,
        decks: DeckService,
        search: SearchService,
        ids: ImageIds,
    ) -> None:
        """Keep what is asked."""
        self._library = library
        self._swipes = swipes
        self._decks = decks
        self._search = search
        self._ids = ids

    def report(self, state: ViewerState) -> dict[str, object]:
        """Return the figures of ``GET /me/taste``: plain counts of the viewer's own swipes.

        Typical choices are only told where swipes may be used for suggestions, and from
        ``FEWEST_SWIPES`` swipes on, as are tags and steps.
        """
        index = self._library.index
        swipes = self._swipes.all_standing(state.viewer.id)
        sets = VerdictSets.of(swipes)
        enough = len(swipes) >= FEWEST_SWIPES
        differing = [row for row in reversed(swipes) if row.differs]
        content: dict[str, object] = {
            "swipes": len(swipes),
            "needed": FEWEST_SWIPES,
            "overall": _counts(sets.tally(sets.swiped)),
            "tags": [],
            "differing": [
                self._choice(row)
                for row in [row for row in differing if row.image in index.live][:SHOWN_CARDS]
            ],
            "typical": None,
            "steps": [],
        }
        if enough:
            content["tags"] = [
                {"tag": index.vocabulary.names[entry.tag], **_counts(entry.tally),
                 "low": round(entry.low, 4), "high": round(entry.high, 4),
                 "certain": entry.certain}
                for entry in telling_tags(sets, index)
            ]  # fmt: skip
            content["steps"] = [
                {"first": first, "last": last, **_counts(tally)}
                for first, last, tally in steps(swipes)
            ]
            taste = self._decks.taste_of(state, index)
            if taste is not None:
                ties = Permutation(seed_of(state.viewer.name))
                most, least = typical_choices(taste, sets, index, ties)
                content["typical"] = {
                    "most": [self._typical(choice) for choice in most],
                    "least": [self._typical(choice) for choice in least],
                }
        return content

    def filtered(
        self,
        state: ViewerState,
        *,
        query: str = "",
        image: str | None = None,
        show: Show = "all",
        before: int | None = None,
        limit: int = 100,
    ) -> FilteredSwipes:
        """Return one page of the swipes that stand, one per image, last recorded first.

        Args:
            state: The viewer.
            query: Which images; an empty one means all, those no longer shown too.
            image: The public id of the only image to look at.
            show: Which verdicts.
            before: ``following`` of the page before.
            limit: Swipes a page.

        Raises:
            BadQuery: The query cannot be read.
        """
        rows = [row for row in self._swipes.all_standing(state.viewer.id) if _is_shown(row, show)]
        if image is not None:
            rows = [row for row in rows if row.image == self._ids.decode(image)]
        if query.strip():
            images = self._search.matching(self._library.index, query, mine=state.mine)
            rows = [row for row in rows if row.image in images]
        numbers = [row.number for row in rows]
        left = numbers if before is None else [number for number in numbers if number < before]
        page = nlargest(limit, left)
        following = page[-1] if len(page) < len(left) else None
        stored = self._decks.stored(self._swipes.numbered(state.viewer.id, page))
        return FilteredSwipes(len(rows), stored, following)

    def _choice(self, row: StandingSwipe) -> dict[str, object]:
        return {
            "image": self._ids.encode(row.image),
            "verdict": _verdict(row.smashed),
            "app_verdict": _verdict(bool(row.app_smashed)),
        }

    def _typical(self, choice: TypicalChoice) -> dict[str, object]:
        return {
            "image": self._ids.encode(choice.image),
            "verdict": _verdict(choice.smashed),
            "likelihood": round(choice.likelihood, 4),
        }


def _is_shown(row: StandingSwipe, show: Show) -> bool:
    if show == "differed":
        return row.differs
    return show == "all" or row.smashed == (show == "smash")


def _verdict(smashed: bool) -> str:
    return "smash" if smashed else "pass"


def _counts(tally: CardTally) -> dict[str, object]:
    return asdict(tally)
