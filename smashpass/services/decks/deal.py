"""Dealing decks: query → images − seen → order → decisions → cards. One way, no way back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from hashlib import blake2b
from typing import Literal

from orjson import dumps

from smashpass.core.decks.dealing import deal
from smashpass.core.decks.likeness import ByLikeness
from smashpass.core.decks.taste import ByTaste, Taste
from smashpass.core.errors import BadInput
from smashpass.core.imageset import ImageSet, Ordinal
from smashpass.core.library.index import Index
from smashpass.core.query.bound import atoms
from smashpass.core.query.phrases import Finder
from smashpass.core.rules.compile.compile import CompiledTree
from smashpass.core.rules.decision import Decision
from smashpass.core.timestamps import moment_text
from smashpass.core.values import Value
from smashpass.services.decisions.batch import TASTE, DecidedImage, with_taste
from smashpass.services.decisions.recorder import Recorder
from smashpass.services.decks.cards import CachedCard, CardCache
from smashpass.services.decks.relaxation import RelaxedMatch, relaxed_match
from smashpass.services.decks.tastes import Likes, Tastes, no_likes, tags_of
from smashpass.services.decks.viewers import ViewerState
from smashpass.services.rules.book import RuleBook
from smashpass.services.scoring.collect import Scoring
from smashpass.services.scoring.scores import ImageToScore, Scores, decide_images
from smashpass.services.search.emptiness import explain_emptiness
from smashpass.services.search.search import LikenessTo, find_order
from smashpass.services.search.similar import compared_by
from smashpass.services.search.typed_tags import typed_tags
from smashpass.services.training.collab.dealing import COLLAB

DEFAULT_ORDER = "random"
DEFAULT_SIZE = 20
MAX_SIZE = 100

State = Literal["ok", "widened", "exhausted", "break"]


@dataclass(frozen=True, slots=True)
class DeckRequest:
    """What a viewer asks for. ``seed`` None takes the viewer's own; ``tree`` None the default."""

    query: str = ""
    tree: str | None = None
    order: str = DEFAULT_ORDER
    size: int = DEFAULT_SIZE
    seed: int | None = None
    explain: bool = False


def serve(
    request: DeckRequest,
    state: ViewerState,
    *,
    index: Index,
    book: RuleBook,
    cards: CardCache,
    scoring: Scoring,
    tastes: Tastes,
    finder: Finder | None = None,
    likeness_to: LikenessTo | None = None,
    in_memory_only: bool = False,
    recorder: Recorder | None = None,
    until: int | None = None,
    optional: bool = False,
) -> dict[str, object]:
    """Return the next cards for a viewer in the form of the interface, for ``orjson``.

    Args:
        request: What is asked for.
        state: The viewer, and what was seen.
        index: The library version to answer from.
        book: The rules to decide by.
        cards: Makes the cards.
        scoring: Decides, with the scorers' numbers where the tree asks for them.
        tastes: Knows what the viewer likes, for trees that read ``viewer.taste``.
        finder: Proposes tags for words that are not tag names.
        likeness_to: Finds what the order ``like:`` goes by; without it there is no such order.
        in_memory_only: Deal only images whose cards need no database.
        recorder: Takes a note of what was decided.
        until: The end of the viewer's break, in microseconds; till then there are no cards.
        optional: Whether the viewer may end the break early.

    Raises:
        BadQuery: The query cannot be read.
        NotForAge: Viewers of this age cannot have the order.
        TasteOff: The order is ``taste``, and the viewer switched suggestions off.
        BadInput: There is no such order, or the size is out of range.
        NotFound: There is no such tree.
        NoDefaultTree: None is named, and none is labelled so.
    """
    if not 1 <= request.size <= MAX_SIZE:
        raise BadInput(
            f"n is {request.size}, not 1 to {MAX_SIZE}", hint="ask for fewer cards at once"
        )
    state.check_order(request.order)
    tree = book.find(request.tree)
    seed = seed_of(state.viewer.name) if request.seed is None else request.seed
    order = find_order(
        request.order, index, seed, likeness_to, lambda _index: tastes.of(state, index)
    )
    match = relaxed_match(request.query, index, state.mine, finder)
    swiped = state.verdicts.seen
    matched = len(match.images)
    candidates = match.images & cards.in_memory if in_memory_only else match.images
    dealt: Sequence[CachedCard] = ()
    if until is None:
        dealt = cards.of(index, deal(candidates, swiped, order, request.size))
    compiled = book.compiled(tree, index.vocabulary)
    recording = recorder is not None and recorder.enabled
    decisions = None
    if not request.explain and not recording:
        decisions = _cached_decisions(dealt, compiled, book.revision)
    if decisions is None:
        context: dict[str, Value] = {
            **state.values(),
            "query.terms": float(sum(1 for _ in atoms(match.query))),
            "query.matched": float(matched),
        }
        # What is recorded may be decided again by a canary that asks for it.
        asks_taste = TASTE in compiled.attributes or recording
        likes = tastes.likes(state, index) if asks_taste and dealt else no_likes
        decided_images = decide_cards(
            dealt,
            compiled,
            scoring,
            revision=book.revision,
            viewer=state.viewer.name,
            explain=request.explain,
            index=index,
            context=context,
            likes=likes,
            state=state,
        )
        if compiled.asks_plugins and dealt and not in_memory_only:
            met = swiped | ImageSet(card.ordinal for card in dealt)
            scoring.ask_ahead(
                compiled,
                index,
                lambda: _images(
                    cards.of(index, deal(candidates, met, order, request.size)),
                    index,
                    context,
                    likes,
                ),
            )
        if recorder is not None and recording:
            recorder.note(index, book, tree.id, state.viewer.name, context, decided_images)
        decisions = [image.decision for image in decided_images]
    shows_taste = isinstance(order, ByTaste) or (request.explain and TASTE in compiled.attributes)
    taste = tastes.of(state, index) if shows_taste else None
    deck: dict[str, object] = {
        "query": request.query,
        "order": request.order,
        "state": _state(match, len(dealt)) if until is None else "break",
        "matched": matched,
        "unseen": matched - match.images.intersection_cardinality(swiped),
    }
    if isinstance(order, ByLikeness):
        deck["like"] = compared_by(order.likeness)
    if match.dropped:
        deck["dropped"] = list(match.dropped)
    typed = typed_tags(request.query, index, finder)
    if typed is not None:
        deck["terms"] = [tag.as_json() for tag in typed]
    if not matched:
        deck["empty"] = explain_emptiness(request.query, index, state.mine, finder).as_json()
    if until is not None:
        deck["until"] = moment_text(until)
        if optional:
            deck["optional"] = True
    return {
        "deck": deck,
        "library": {"images": len(index.live), "version": index.version},
        "rules": {"tree": tree.id, "revision": book.revision},
        "cards": [
            card.with_decision(
                decision, None if taste is None else _taste_card(taste, index, card.ordinal)
            )
            for card, decision in zip(dealt, decisions, strict=True)
        ],
    }


def _cached_decisions(
    dealt: Sequence[CachedCard], compiled: CompiledTree, revision: str
) -> list[bytes] | None:
    """Return the decisions that are kept with the cards; None if one is not."""
    decisions = []
    for card in dealt:
        cached = card.cached_decision
        if cached is None or cached[0] is not compiled or cached[1] != revision:
            return None
        decisions.append(cached[2])
    return decisions


def decide_cards(
    dealt: Sequence[CachedCard],
    compiled: CompiledTree,
    scoring: Scoring,
    *,
    revision: str,
    viewer: str,
    explain: bool,
    index: Index,
    context: Mapping[str, Value],
    likes: Likes,
    state: ViewerState,
) -> list[DecidedImage]:
    """Return the decisions; those that are the same for all are kept with their cards."""
    cacheable = compiled.same_for_all and not explain
    decisions_by_image: dict[Ordinal, DecidedImage] = {}
    if cacheable:
        for card in dealt:
            cached = card.cached_decision
            if cached is not None and cached[0] is compiled and cached[1] == revision:
                decisions_by_image[card.ordinal] = DecidedImage(
                    card.ordinal, card.image, cached[2], taste=likes(card.ordinal)
                )
    missing = [card for card in dealt if card.ordinal not in decisions_by_image]
    if missing:
        images = _images(missing, index, context, likes)
        history = state.history(index) if COLLAB in compiled.plugins else None
        scores: Sequence[Scores] = scoring.collect(compiled, images, index.scores, history=history)
        decisions = decide_images(
            compiled, images, scores, revision=revision, viewer=viewer, explain=explain
        )
        if compiled.asks_plugins:
            scoring.count(decisions)
        for card, decision, image_scores in zip(missing, decisions, scores, strict=True):
            if cacheable:
                written = _written(decision)
                card.cached_decision = (compiled, revision, written)
            else:
                written = dumps(decision.as_json())
            numbers = image_scores if compiled.asks_plugins else None
            decisions_by_image[card.ordinal] = DecidedImage(
                card.ordinal, card.image, written, numbers, likes(card.ordinal)
            )
    return [decisions_by_image[card.ordinal] for card in dealt]


def _images(
    cards: Sequence[CachedCard], index: Index, context: Mapping[str, Value], likes: Likes
) -> list[ImageToScore]:
    """Return images with what a tree may read of them."""
    return [
        ImageToScore(
            card.image,
            index.facts(card.ordinal, with_taste(context, likes(card.ordinal))),
            card.picture,
            card.ordinal,
        )
        for card in cards
    ]


def _taste_card(taste: Taste, index: Index, ordinal: Ordinal) -> bytes:
    """Return how likely the viewer smashes an image, and the tags that speak most for it."""
    tags, names = tags_of(index, ordinal), index.vocabulary.names
    because = [
        {"tag": names[reason.tag], "smashed": reason.smashed, "swiped": reason.swiped}
        for reason in taste.because(tags)
    ]
    return dumps({"score": taste.like(tags), "because": because})


@lru_cache(maxsize=1_024)
def _written(decision: Decision) -> bytes:
    """Serialise a decision. Cached: a viewer-independent tree has only as many as leaves."""
    return dumps(decision.as_json())


def seed_of(name: str) -> int:
    """Return the seed of a viewer's own order: the same on every node and every day."""
    return int.from_bytes(blake2b(name.encode(), digest_size=6).digest(), "big")


def _state(match: RelaxedMatch, dealt: int) -> State:
    """Return what a deck says of itself."""
    if not dealt:
        return "exhausted"
    return "widened" if match.dropped else "ok"
