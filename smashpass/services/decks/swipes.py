"""Swiping: verdicts of viewers, kept before they are answered, each beside the app's own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from smashpass.core.decks.pace import Rest, next_rest
from smashpass.core.imageset import Ordinal
from smashpass.core.library.imageid import ImageIds
from smashpass.core.library.index import Index
from smashpass.core.people.swipe import Swipe
from smashpass.core.values import Verdict
from smashpass.services.decisions.batch import TASTE, with_taste
from smashpass.services.decks.cards import CardCache
from smashpass.services.decks.tastes import Tastes, no_likes
from smashpass.services.decks.viewers import ViewerState
from smashpass.services.ports.people import SwipeStore
from smashpass.services.rules.book import NoDefaultTree, RuleBook
from smashpass.services.scoring.collect import Scoring
from smashpass.services.scoring.scores import ImageToScore
from smashpass.services.training.collab.dealing import COLLAB

AHEAD_US = 300_000_000
"""How far a client's clock may be ahead of ours, in microseconds: five minutes."""


@dataclass(frozen=True, slots=True)
class SentSwipe:
    """A swipe as a client sent it; ``at`` in microseconds since 1970, UTC."""

    id: str
    image: str
    verdict: Verdict
    at: int


@dataclass(frozen=True, slots=True)
class RejectedSwipe:
    """A swipe that was refused: its place in the request, from 0, and why."""

    index: int
    code: str
    detail: str


@dataclass(frozen=True, slots=True)
class SwipeReceipt:
    """What became of a request. ``rest`` is the time without cards that follows, if one does."""

    accepted: int
    duplicates: int
    rejected: tuple[RejectedSwipe, ...]
    rest: Rest | None = None


def record_swipes(
    submitted: Sequence[SentSwipe],
    state: ViewerState,
    swipes: SwipeStore,
    *,
    now: int,
    index: Index,
    book: RuleBook | None,
    cards: CardCache,
    scoring: Scoring,
    tastes: Tastes,
    ids: ImageIds,
) -> SwipeReceipt:
    """Record swipes; those that cannot be recorded are reported, and do not stop the others.

    Args:
        submitted: What the client sent.
        state: Who swipes.
        swipes: Keeps them.
        now: Our time in microseconds.
        index: The library version that knows the images.
        book: The rules whose verdict is kept beside the viewer's; None if there are none.
        cards: Knows the pictures, for rules that ask a model.
        scoring: Decides.
        tastes: Knows what the viewer likes.
        ids: Reads the public ids.
    """
    rejected: list[RejectedSwipe] = []
    places: list[int] = []
    accepted: list[tuple[SentSwipe, Ordinal]] = []
    for place, swipe in enumerate(submitted):
        ordinal = ids.decode(swipe.image)
        if ordinal is None or not (ordinal in index.live or ordinal in index.parts.hidden):
            rejected.append(
                RejectedSwipe(place, "unknown_image", f"there is no image {swipe.image!r}")
            )
        elif swipe.at > now + AHEAD_US:
            rejected.append(RejectedSwipe(place, "future_at", "the timestamp lies in the future"))
        else:
            accepted.append((swipe, ordinal))
            places.append(place)
    if not accepted:
        return SwipeReceipt(0, 0, tuple(rejected))
    verdicts = _app_verdicts(
        [ordinal for _, ordinal in accepted],
        state,
        index=index,
        book=book,
        cards=cards,
        scoring=scoring,
        tastes=tastes,
        ids=ids,
    )
    number = book.number if book is not None and verdicts else None
    outcome = swipes.record(
        state.viewer.id,
        [
            Swipe(swipe.id, ordinal, swipe.verdict, swipe.at, verdicts.get(ordinal), number)
            for swipe, ordinal in accepted
        ],
        now=now,
    )
    for conflict in outcome.conflicts:
        detail = f"another swipe has the id {accepted[conflict][0].id!r}"
        rejected.append(RejectedSwipe(places[conflict], "id_conflict", detail))
    rejected.sort(key=lambda swipe: swipe.index)
    limits = state.viewer.limits
    ahead = next_rest(limits, outcome.pace, now) if limits.any else None
    return SwipeReceipt(outcome.accepted, outcome.duplicates, tuple(rejected), ahead)


def _app_verdicts(
    ordinals: Sequence[Ordinal],
    state: ViewerState,
    *,
    index: Index,
    book: RuleBook | None,
    cards: CardCache,
    scoring: Scoring,
    tastes: Tastes,
    ids: ImageIds,
) -> dict[Ordinal, Verdict]:
    """Return what the default tree says of the images that can be served at this moment."""
    if book is None:
        return {}
    try:
        tree = book.find(None)
    except NoDefaultTree:
        return {}
    compiled = book.compiled(tree, index.vocabulary)
    served = [ordinal for ordinal in dict.fromkeys(ordinals) if ordinal in index.live]
    pictures = (
        {card.ordinal: card.picture for card in cards.of(index, served)}
        if compiled.asks_plugins
        else {}
    )
    context = state.values()
    likes = tastes.likes(state, index) if TASTE in compiled.attributes else no_likes
    images = [
        ImageToScore(
            ids.encode(ordinal),
            index.facts(ordinal, with_taste(context, likes(ordinal))),
            pictures.get(ordinal),
            ordinal,
        )
        for ordinal in served
    ]
    # What was shown was scored before: nobody who swipes waits for a scorer.
    decisions = scoring.decisions(
        compiled,
        images,
        revision=book.revision,
        viewer=state.viewer.name,
        columns=index.scores,
        wait=False,
        history=state.history(index) if COLLAB in compiled.plugins else None,
    )
    return {ordinal: decision.verdict for ordinal, decision in zip(served, decisions, strict=True)}
