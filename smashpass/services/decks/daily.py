"""Today's deck: the same 20 images for everybody, and what the crowd said of those answered."""

from __future__ import annotations

from datetime import UTC, datetime
from hashlib import blake2b

from smashpass.core.decks.order import Permutation
from smashpass.core.decks.pace import DAY_US
from smashpass.core.imageset import EMPTY, Ordinal
from smashpass.core.library.age import ADDED, DAY_S
from smashpass.core.library.imageid import ImageIds
from smashpass.core.library.index import Index
from smashpass.core.timestamps import moment_text
from smashpass.core.values import Value
from smashpass.services.decisions.batch import TASTE
from smashpass.services.decisions.recorder import Recorder
from smashpass.services.decks.cards import CardCache
from smashpass.services.decks.deal import decide_cards
from smashpass.services.decks.tastes import Tastes, no_likes
from smashpass.services.decks.viewers import ViewerState
from smashpass.services.ports.people import SwipeStore
from smashpass.services.rules.book import RuleBook
from smashpass.services.scoring.collect import Scoring

SIZE = 20
MIN_VOTERS = 20
"""Below this the crowd is not shown: a few answers would tell who gave them."""


def daily_images(index: Index, day: int) -> list[Ordinal]:
    """Return the images of a day's deck, in its order: the same wherever the library is the same.

    Only images that came before that day take part, so that an import does not change a deck that
    people are in the middle of; where they are too few, all do. Images without a date count as
    old. A takedown makes the next image move up.

    Args:
        index: The library version.
        day: The day, since 1970 in UTC.
    """
    added = index.column(ADDED)
    newcomers = EMPTY if added is None else added.between(float(day * DAY_S), None)
    images = index.live - newcomers
    if len(images) < SIZE:
        images = index.live
    return Permutation(seed_of(day)).first(images, SIZE)


def seed_of(day: int) -> int:
    """Return the seed of a day's deck, made of its date alone."""
    date = datetime.fromtimestamp(day * DAY_S, UTC).date().isoformat()
    return int.from_bytes(blake2b(date.encode(), digest_size=6).digest(), "big")


def serve_daily(
    state: ViewerState,
    *,
    tree_id: str | None,
    explain: bool,
    now: int,
    index: Index,
    book: RuleBook,
    cards: CardCache,
    scoring: Scoring,
    tastes: Tastes,
    swipes: SwipeStore,
    recorder: Recorder,
    ids: ImageIds,
    until: int | None,
    optional: bool,
) -> dict[str, object]:
    """Return today's deck for a viewer in the form of the interface, for ``orjson``.

    All its images are dealt, those swiped before too. Costs one read of the viewer's own answers,
    and one of all swipes on the images answered: some microseconds for each of those.

    Args:
        state: The viewer.
        tree_id: The deciding tree; None for the default one.
        explain: Whether decisions come with path and flips.
        now: The time in microseconds.
        index: The library version to answer from.
        book: The rules to decide by.
        cards: Makes the cards.
        scoring: Decides, with the scorers' numbers where the tree asks for them.
        tastes: Knows what the viewer likes, for trees that read ``viewer.taste``.
        swipes: Knows what was answered.
        recorder: Takes a note of what was decided.
        ids: Encodes public image ids.
        until: The end of the viewer's break, in microseconds; till then there are no cards.
        optional: Whether the viewer may end the break early.

    Raises:
        DatabaseUnavailable: What was answered cannot be read.
        NotFound: There is no such tree.
        NoDefaultTree: None is named, and none is labelled so.
    """
    day = now // DAY_US
    tree = book.find(tree_id)
    images = daily_images(index, day)
    dealt = cards.of(index, images) if until is None else []
    compiled = book.compiled(tree, index.vocabulary)
    context: dict[str, Value] = {
        **state.values(),
        "query.terms": 0.0,
        "query.matched": float(len(index.live)),
    }
    # What is recorded may be decided again by a canary that asks for it.
    asks_taste = TASTE in compiled.attributes or recorder.enabled
    decided_images = decide_cards(
        dealt,
        compiled,
        scoring,
        revision=book.revision,
        viewer=state.viewer.name,
        explain=explain,
        index=index,
        context=context,
        likes=tastes.likes(state, index) if asks_taste and dealt else no_likes,
        state=state,
    )
    if recorder.enabled:
        recorder.note(index, book, tree.id, state.viewer.name, context, decided_images)
    deck: dict[str, object] = {"state": "ok" if dealt else "exhausted"}
    if until is not None:
        deck = {"state": "break", "until": moment_text(until)}
        if optional:
            deck["optional"] = True
    return {
        "date": datetime.fromtimestamp(day * DAY_S, UTC).date().isoformat(),
        "until": moment_text((day + 1) * DAY_US),
        "deck": deck,
        "library": {"images": len(index.live), "version": index.version},
        "rules": {"tree": tree.id, "revision": book.revision},
        "cards": [
            card.with_decision(image.decision)
            for card, image in zip(dealt, decided_images, strict=True)
        ],
        "answers": _answers(state, images, day, swipes, ids),
    }


def _answers(
    state: ViewerState, images: list[Ordinal], day: int, swipes: SwipeStore, ids: ImageIds
) -> list[dict[str, object]]:
    """Return what the viewer answered today, each beside the crowd, which nobody sees before."""
    standing = swipes.standing(state.viewer.id, images)
    today = {image: own for image, own in standing.items() if own.at // DAY_US == day}
    answered = [image for image in images if image in today]
    counts = swipes.counts_of(answered)
    answers: list[dict[str, object]] = []
    for image in answered:
        voters, smashes = counts.get(image, (0, 0))
        crowd = {"voters": voters, "smash": smashes} if voters >= MIN_VOTERS else None
        answers.append(
            {"image": ids.encode(image), "verdict": today[image].verdict, "crowd": crowd}
        )
    return answers
