"""``/deck``, ``/swipes`` and ``/decisions``: what swiping is made of."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict

from orjson import dumps

from smashpass.bootstrap.installation import Installation
from smashpass.core.errors import BadInput, DatabaseUnavailable, NotPossible
from smashpass.core.imageset import ImageSet
from smashpass.core.library.index import Index
from smashpass.core.timestamps import moment_text, parse_timestamp
from smashpass.services.decisions.record import DecidedImage
from smashpass.services.decks.deal import DEFAULT_ORDER, DEFAULT_SIZE, MAX_SIZE, DeckRequest, serve
from smashpass.services.decks.swipes import SentSwipe, record_swipes
from smashpass.services.rules.book import decide_tags
from smashpass.services.scoring.collect import ImageToScore, decide_images
from smashpass.web.http.lookup import find_image
from smashpass.web.http.problems import RequestRefused
from smashpass.web.http.reading import FLAG, Parameter
from smashpass.web.http.routing import ApiRequest, RouteTable
from smashpass.web.http.schemas import (
    CARD,
    COUNT,
    DECISION,
    EMPTY_RESULT,
    IMAGE,
    MOMENT,
    NAME,
    QUERY,
    TAG,
    TEXT,
    VERDICT,
    listed,
    obj,
)

MAX_SWIPES = 500

table = RouteTable("swiping")

_DECK = obj(
    {
        "deck": obj(
            {
                "query": TEXT,
                "order": TEXT,
                "state": {"type": "string", "enum": ["ok", "widened", "exhausted", "break"]},
                "matched": COUNT,
                "unseen": COUNT,
                "dropped": listed(TEXT),
                "empty": EMPTY_RESULT,
                "until": MOMENT,
            },
            "dropped",
            "empty",
            "until",
        ),
        "library": obj({"images": COUNT, "version": COUNT}),
        "rules": obj({"tree": TEXT, "revision": TEXT}),
        "cards": listed(CARD, MAX_SIZE),
    }
)
_SWIPES = obj(
    {
        "swipes": {
            "type": "array",
            "minItems": 1,
            "maxItems": MAX_SWIPES,
            "items": obj(
                {
                    "id": {"type": "string", "maxLength": 64, "pattern": "^[A-Za-z0-9_-]{1,64}$"},
                    "image": IMAGE,
                    "verdict": VERDICT,
                    "at": MOMENT,
                }
            ),
        }
    }
)
_NUMBER_OR_TEXT = {
    "anyOf": [
        {"type": "number", "minimum": -1e300, "maximum": 1e300},
        {"type": "boolean"},
        {"type": "string", "maxLength": 400},
    ]
}


@table.add(
    "GET",
    "/deck",
    who="viewer",
    parameters=(
        Parameter("q", QUERY, "What to see, in the query language", default=""),
        Parameter("tree", NAME, "Id of the tree that decides; by default the one labelled so"),
        Parameter(
            "order",
            NAME,
            "random, new, popular, tagcount or attr:NAME; -ORDER reverses",
            default=DEFAULT_ORDER,
        ),
        Parameter(
            "n",
            {"type": "integer", "minimum": 1, "maximum": MAX_SIZE},
            "How many cards",
            default=DEFAULT_SIZE,
        ),
        Parameter(
            "seed",
            {"type": "integer", "minimum": -(2**63), "maximum": 2**63 - 1},
            "Of the random order; by default fixed for you",
        ),
        Parameter("explain", FLAG, "1: with path and flip", default=False),
    ),
    answers={200: _DECK},
    problems=(400, 404, 503),
)
def deck(call: ApiRequest) -> dict[str, object]:
    """The next cards: those that match and that you have not swiped."""
    args = call.args
    parts = call.parts
    wish = DeckRequest(
        args["q"], args["tree"], args["order"], args["n"], args["seed"], args["explain"]
    )
    index = parts.library.index
    book = parts.rules.book_of(call.state.viewer.name, wish.tree)
    until = call.state.break_until(parts.clock)
    try:
        return serve(
            wish,
            call.state,
            index=index,
            book=book,
            cards=parts.cards,
            scoring=parts.scoring,
            finder=parts.tag_finder,
            recorder=parts.recorder,
            until=until,
        )
    except DatabaseUnavailable:
        found = serve(
            wish,
            call.state,
            index=index,
            book=book,
            cards=parts.cards,
            scoring=parts.scoring,
            in_memory_only=True,
            until=until,
        )
        if not found["cards"] and until is None:
            raise
        return found


@table.add(
    "POST",
    "/swipes",
    who="viewer",
    body=_SWIPES,
    answers={
        200: obj(
            {
                "accepted": COUNT,
                "duplicates": COUNT,
                "rejected": listed(obj({"index": COUNT, "code": TEXT, "detail": TEXT})),
                "rest": obj({"begin": MOMENT, "until": MOMENT}),
            },
            "rest",
        )
    },
    problems=(400, 503),
)
def swipes(call: ApiRequest) -> dict[str, object]:
    """Keep verdicts. Answered when they are on disk; the same id again changes nothing.

    `rest` is the time without cards that holds now, or will if the swiping goes on.
    """
    sent = []
    for place, one in enumerate(call.body["swipes"]):
        try:
            at = parse_timestamp(one["at"])
        except BadInput as error:
            fault = {"detail": str(error), "pointer": f"/swipes/{place}/at"}
            raise RequestRefused(400, "bad_input", str(error), errors=[fault]) from error
        sent.append(SentSwipe(one["id"], one["image"], one["verdict"], at))
    parts = call.parts
    try:
        book = parts.rules.book_of(call.state.viewer.name)
    except NotPossible:
        book = None
    taken = record_swipes(
        sent,
        call.state,
        parts.swipes,
        now=parts.clock(),
        index=_index_for(sent, parts),
        book=book,
        cards=parts.cards,
        scoring=parts.scoring,
        ids=parts.image_ids,
    )
    answer: dict[str, object] = {
        "accepted": taken.accepted,
        "duplicates": taken.duplicates,
        "rejected": [asdict(one) for one in taken.rejected],
    }
    if taken.rest is not None:
        begin, until = moment_text(taken.rest.begin), moment_text(taken.rest.until)
        answer["rest"] = {"begin": begin, "until": until}
    return answer


@table.add(
    "DELETE",
    "/swipes/{id}",
    who="viewer",
    answers={204: None},
    problems=(404, 503),
)
def undo(call: ApiRequest) -> None:
    """Take a swipe back; the one before it on that image stands again."""
    call.parts.swipes.undo(call.state.viewer.id, call.path["id"][:65])


@table.add(
    "POST",
    "/decisions",
    who="viewer",
    body=obj(
        {
            "image": IMAGE,
            "tags": listed(TAG, 1_000),
            "attrs": obj({}, more=_NUMBER_OR_TEXT) | {"maxProperties": 200},
            "tree": NAME,
            "explain": {"type": "boolean"},
        },
        "image",
        "tags",
        "attrs",
        "tree",
        "explain",
    ),
    answers={200: DECISION},
    problems=(400, 404, 410, 503),
)
def decisions(call: ApiRequest) -> dict[str, object]:
    """Decide one image, or a made-up one."""
    wish, parts, state = call.body, call.parts, call.state
    if ("image" in wish) == ("tags" in wish or "attrs" in wish):
        raise RequestRefused(400, "bad_input", "give either image, or tags and attrs")
    index = parts.library.index
    book = parts.rules.book_of(state.viewer.name, wish.get("tree"))
    explain = wish.get("explain", False)
    if "image" not in wish:
        values = {
            name: float(value) if type(value) is int else value
            for name, value in wish.get("attrs", {}).items()
        }
        return decide_tags(
            book,
            index.vocabulary,
            wish.get("tags", []),
            {**state.values(), **values},
            tree=wish.get("tree"),
            viewer=state.viewer.name,
            explain=explain,
        ).as_json()
    ordinal = find_image(call, wish["image"])
    tree = book.find(wish.get("tree"))
    compiled = book.compiled(tree, index.vocabulary)
    picture = None
    if compiled.asks_plugins:
        picture = next((card.picture for card in parts.cards.of(index, [ordinal])), None)
    given = state.values()
    wanted = [ImageToScore(wish["image"], index.facts(ordinal, given), picture)]
    viewer = state.viewer.name
    scores = parts.scoring.collect(compiled, wanted)
    (decision,) = decide_images(
        compiled, wanted, scores, revision=book.revision, viewer=viewer, explain=explain
    )
    answer = decision.as_json()
    if parts.recorder.enabled:
        numbers = scores[0] if compiled.asks_plugins else None
        made = [DecidedImage(ordinal, wish["image"], dumps(answer), numbers)]
        parts.recorder.note(index, book, tree.id, viewer, given, made)
    return answer


def _index_for(sent: Sequence[SentSwipe], parts: Installation) -> Index:
    """Return the index that knows the images swiped.

    Another process may have dealt one of a library version that this one has yet to look at.
    """
    ordinals = ImageSet(
        ordinal for one in sent if (ordinal := parts.image_ids.decode(one.image)) is not None
    )
    index = parts.library.index
    if ordinals - index.live - index.parts.hidden:
        parts.library.refresh()
    return parts.library.index
