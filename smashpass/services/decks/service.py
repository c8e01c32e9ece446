"""Swiping: viewers, their decks, and their verdicts."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

from smashpass.clock import Clock
from smashpass.core.decks.pace import Pace
from smashpass.core.decks.taste import Taste
from smashpass.core.errors import Conflict, DatabaseUnavailable, NotForAge, NotPossible
from smashpass.core.imageset import ImageSet, Ordinal
from smashpass.core.library.imageid import ImageIds
from smashpass.core.library.index import Index
from smashpass.core.people.swipe import Swipe
from smashpass.core.people.viewer import Viewer
from smashpass.core.protection.minors import protected
from smashpass.core.query.phrases import Finder
from smashpass.core.values import Value
from smashpass.services.decisions.batch import with_taste
from smashpass.services.decisions.recorder import Recorder
from smashpass.services.decks.cards import CardCache
from smashpass.services.decks.daily import serve_daily
from smashpass.services.decks.deal import DeckRequest, serve
from smashpass.services.decks.swipes import SentSwipe, SwipeReceipt, record_swipes
from smashpass.services.decks.tastes import Tastes, tags_named, tags_of
from smashpass.services.decks.viewers import ViewerState, ViewerStates
from smashpass.services.ports.people import SwipeStore, ViewerStore
from smashpass.services.ports.rules import RevisionStore
from smashpass.services.rules.live import LiveRules
from smashpass.services.runtime.library import LiveLibrary
from smashpass.services.scoring.collect import Scoring
from smashpass.services.search.search import LikenessTo
from smashpass.services.training.collab.dealing import SwipeHistory


@dataclass(frozen=True, slots=True)
class StoredSwipe:
    """A recorded swipe with the public names of what it points to.

    Attributes:
        swipe: The swipe.
        image: Public id of the image.
        revision: The sha256 of the rules whose verdict is kept beside; None if none is.
    """

    swipe: Swipe
    image: str
    revision: str | None


class DeckService:
    """Deals decks and records swipes. A request for a deck costs a millisecond, so all is bound."""

    def __init__(
        self,
        *,
        library: LiveLibrary,
        rules: LiveRules,
        cards: CardCache,
        scoring: Scoring,
        finder: Finder,
        likeness_to: LikenessTo,
        recorder: Recorder,
        viewers: ViewerStore,
        states: ViewerStates,
        swipes: SwipeStore,
        revisions: RevisionStore,
        ids: ImageIds,
        clock: Clock,
    ) -> None:
        """Keep what decks are dealt from.

        Args:
            library: The images.
            rules: The rules that this process decides by.
            cards: Makes the cards.
            scoring: Decides, with the scorers' numbers where a tree asks for them.
            finder: Proposes tags for words that are not tag names.
            likeness_to: Finds what the order ``like:`` goes by.
            recorder: Takes notes of decisions.
            viewers: Stores who swipes.
            states: Viewers with their standing verdicts, in memory while fresh.
            swipes: Stores the swipes.
            revisions: The published rule sets.
            ids: Encodes and decodes public image ids.
            clock: Returns the time in microseconds since 1970.
        """
        self._library = library
        self._rules = rules
        self._cards = cards
        self._scoring = scoring
        self._finder = finder
        self._likeness_to = likeness_to
        self._recorder = recorder
        self._viewers = viewers
        self._states = states
        self._swipes = swipes
        self._revisions = revisions
        self._ids = ids
        self._clock = clock
        self._tastes = Tastes()

    def deal(self, request: DeckRequest, state: ViewerState) -> dict[str, object]:
        """Return the next cards for a viewer, as :func:`serve`.

        While the database does not answer, cards that are in memory are dealt.

        Raises:
            BadInput: There is no such order, or the size is out of range.
            BadQuery: The query cannot be read.
            DatabaseUnavailable: No card is in memory.
            NoDefaultTree: No tree is named, and none is labelled so.
            NotForAge: Viewers of this age cannot have the order.
            NotPossible: No rules are published.
            UnknownTree: There is no such tree.
        """
        index = self._library.index
        book = self._rules.book_of(state.viewer.name, request.tree)
        rest = state.rest(self._clock)
        until = None if rest is None else rest.until
        optional = rest is not None and state.may_end(rest)
        try:
            return serve(
                request,
                state,
                index=index,
                book=book,
                cards=self._cards,
                scoring=self._scoring,
                tastes=self._tastes,
                finder=self._finder,
                likeness_to=self._likeness_to,
                recorder=self._recorder,
                until=until,
                optional=optional,
            )
        except DatabaseUnavailable:
            answer = serve(
                request,
                state,
                index=index,
                book=book,
                cards=self._cards,
                scoring=self._scoring,
                tastes=self._tastes,
                likeness_to=self._likeness_to,
                in_memory_only=True,
                until=until,
                optional=optional,
            )
            if not answer["cards"] and until is None:
                raise
            return answer

    def daily(self, state: ViewerState, *, tree: str | None, explain: bool) -> dict[str, object]:
        """Return today's deck for a viewer, as :func:`serve_daily`.

        Raises:
            DatabaseUnavailable: What was answered cannot be read.
            NoDefaultTree: No tree is named, and none is labelled so.
            NotPossible: No rules are published.
            UnknownTree: There is no such tree.
        """
        rest = state.rest(self._clock)
        return serve_daily(
            state,
            tree_id=tree,
            explain=explain,
            now=self._clock(),
            index=self._library.index,
            book=self._rules.book_of(state.viewer.name, tree),
            cards=self._cards,
            scoring=self._scoring,
            tastes=self._tastes,
            swipes=self._swipes,
            recorder=self._recorder,
            ids=self._ids,
            until=None if rest is None else rest.until,
            optional=rest is not None and state.may_end(rest),
        )

    def end_break(self, state: ViewerState) -> None:
        """Let a viewer go on before a break is over; without a break nothing happens.

        Raises:
            Conflict: It is the limit of a day that they set.
            NotForAge: They are under 18.
        """
        rest = state.rest(self._clock)
        if rest is None:
            return
        if not state.may_end(rest):
            if protected(state.viewer.age_band, "break"):
                raise NotForAge("under 18, breaks cannot be ended early", hint="wait for the end")
            raise Conflict(
                "this is your daily limit, not a break", hint="change the limit in your settings"
            )
        self._viewers.restart_pace(state.viewer.id, self._clock())

    def record(self, submitted: Sequence[SentSwipe], state: ViewerState) -> SwipeReceipt:
        """Record swipes, each beside the verdict of the rules if any are published.

        Those that cannot be recorded are reported, and do not stop the others.
        """
        try:
            book = self._rules.book_of(state.viewer.name)
        except NotPossible:
            book = None
        receipt = record_swipes(
            submitted,
            state,
            self._swipes,
            now=self._clock(),
            index=self._index_with(submitted),
            book=book,
            cards=self._cards,
            scoring=self._scoring,
            tastes=self._tastes,
            ids=self._ids,
        )
        rejected = {swipe.index for swipe in receipt.rejected}
        kept = {
            ordinal: swipe.verdict
            for place, swipe in enumerate(submitted)
            if place not in rejected and (ordinal := self._ids.decode(swipe.image)) is not None
        }
        self._states.note(state.viewer.name, kept)
        return receipt

    def taste_of(self, state: ViewerState, index: Index) -> Taste | None:
        """Return what a viewer likes, as :meth:`Tastes.of`."""
        return self._tastes.of(state, index)

    def values_of(
        self, state: ViewerState, image: Ordinal | Collection[str]
    ) -> Mapping[str, Value]:
        """Return the ``viewer.*`` attributes for an image, or for the tags of a made-up one."""
        index = self._library.index
        taste = self._tastes.of(state, index)
        if taste is None:
            return state.values()
        tags = tags_of(index, image) if isinstance(image, int) else tags_named(index, image)
        return with_taste(state.values(), taste.like(tags))

    def history_of(self, state: ViewerState) -> SwipeHistory | None:
        """Return the swipes that suggestions may rest on; None for viewers without suggestions."""
        return state.history(self._library.index)

    def undo(self, viewer: Viewer, swipe: str) -> None:
        """Take a swipe back; an earlier one on that image counts again.

        Raises:
            NotFound: The viewer has no swipe with this id.
        """
        self._swipes.undo(viewer.id, swipe)

    def swipes(
        self, viewer: Viewer, *, before: int | None, limit: int
    ) -> tuple[list[StoredSwipe], int | None]:
        """Return standing swipes, most recent first, and what ``before`` the next page takes."""
        page, following = self._swipes.page(viewer.id, before=before, limit=limit)
        return self.stored([swipe for swipe in page if not swipe.undone]), following

    def stored(self, swipes: Sequence[Swipe]) -> list[StoredSwipe]:
        """Return swipes with the public names of what they point to."""
        hashes = self._hashes()
        return [self._stored(swipe, hashes) for swipe in swipes]

    def all_swipes(self, viewer: Viewer) -> Iterator[StoredSwipe]:
        """Yield every swipe of a viewer in the order recorded, those taken back too."""
        hashes = self._hashes()
        for swipe in self._swipes.of_viewer(viewer.id):
            yield self._stored(swipe, hashes)

    def create_viewer(self, age_band: str) -> Viewer:
        """Create a viewer with a new name."""
        return self._viewers.create(age_band)

    def state_of(self, viewer: str) -> ViewerState | None:
        """Return a viewer by name with the verdicts that stand, or None if there is none.

        Raises:
            DatabaseUnavailable: The database does not answer, and nothing is remembered.
        """
        return self._states.of(viewer)

    def set_limits(self, viewer: Viewer, limits: Mapping[str, bool | int | None]) -> Viewer:
        """Keep what a viewer chose, ``reminder``, ``daily_minutes`` or ``taste``; leave the others.

        Raises:
            NotFound: The viewer is gone.
        """
        return self._viewers.set_limits(viewer.id, limits) if limits else viewer

    def last_seen(self, viewer: Viewer) -> tuple[int, Pace]:
        """Return the day of a viewer's last swipe, since 1970, and how they have been swiping.

        Raises:
            NotFound: The viewer is gone.
        """
        return self._viewers.last_seen(viewer.id)

    def _index_with(self, submitted: Sequence[SentSwipe]) -> Index:
        """Return an index that contains the swiped images.

        Another process may have dealt one from a library version that this one has not loaded yet.
        """
        ordinals = ImageSet(
            ordinal for swipe in submitted if (ordinal := self._ids.decode(swipe.image)) is not None
        )
        index = self._library.index
        if ordinals - index.live - index.parts.hidden:
            self._library.refresh()
        return self._library.index

    def _hashes(self) -> dict[int, str]:
        """Return the sha256 of all revisions by number."""
        return {revision.number: revision.sha256 for revision in self._revisions.list()}

    def _stored(self, swipe: Swipe, hashes: Mapping[int, str]) -> StoredSwipe:
        revision = None if swipe.revision is None else hashes.get(swipe.revision)
        return StoredSwipe(swipe, self._ids.encode(Ordinal(swipe.image)), revision)
