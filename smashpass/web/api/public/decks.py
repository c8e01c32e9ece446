"""``/deck``, ``/swipes`` and ``/decisions``: the swiping API."""

from __future__ import annotations

from dataclasses import asdict

from smashpass.core.errors import BadInput
from smashpass.core.timestamps import moment_text, parse_timestamp
from smashpass.services.decks.daily import SIZE as DAILY_SIZE
from smashpass.services.decks.deal import DEFAULT_ORDER, DEFAULT_SIZE, MAX_SIZE, DeckRequest
from smashpass.services.decks.swipes import SentSwipe
from smashpass.web.http.problems import RequestRefused
from smashpass.web.http.reading import FLAG, Parameter
from smashpass.web.http.routing import ApiRequest, RouteTable
from smashpass.web.http.schemas import (
    CARD,
    COMPARED,
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
    maybe,
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
                "like": obj(COMPARED, "model"),
                "dropped": listed(TEXT),
                "terms": listed(obj({"tag": TAG, "not": {"const": True}}, "not"), 64),
                "empty": EMPTY_RESULT,
                "until": MOMENT,
                "optional": {"const": True},
            },
            "like",
            "dropped",
            "terms",
            "empty",
            "until",
            "optional",
        ),
        "library": obj({"images": COUNT, "version": COUNT}),
        "rules": obj({"tree": TEXT, "revision": TEXT}),
        "cards": listed(CARD, MAX_SIZE),
    }
)
_DAILY = obj(
    {
        "date": {"type": "string", "maxLength": 10, "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}$"},
        "until": MOMENT,
        "deck": obj(
            {
                "state": {"type": "string", "enum": ["ok", "exhausted", "break"]},
                "until": MOMENT,
                "optional": {"const": True},
            },
            "until",
            "optional",
        ),
        "library": obj({"images": COUNT, "version": COUNT}),
        "rules": obj({"tree": TEXT, "revision": TEXT}),
        "cards": listed(CARD, DAILY_SIZE),
        "answers": listed(
            obj(
                {
                    "image": IMAGE,
                    "verdict": VERDICT,
                    "crowd": maybe(obj({"voters": COUNT, "smash": COUNT})),
                }
            ),
            DAILY_SIZE,
        ),
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
    access="viewer",
    parameters=(
        Parameter("q", QUERY, "Which images, in the query language", default=""),
        Parameter("tree", NAME, "Id of the deciding tree; by default the one labelled default"),
        Parameter(
            "order",
            NAME,
            "random, new, popular, taste, tagcount, attr:NAME or like:ID; -ORDER reverses",
            default=DEFAULT_ORDER,
        ),
        Parameter(
            "n",
            {"type": "integer", "minimum": 1, "maximum": MAX_SIZE},
            "Number of cards",
            default=DEFAULT_SIZE,
        ),
        Parameter(
            "seed",
            {"type": "integer", "minimum": -(2**63), "maximum": 2**63 - 1},
            "Seed of the random order; by default fixed for you",
        ),
        Parameter("explain", FLAG, "1: with path and flip", default=False),
    ),
    answers={200: _DECK},
    problems=(400, 403, 404, 503),
)
def deck(request: ApiRequest) -> dict[str, object]:
    """The next matching cards that you have not swiped."""
    args = request.args
    deck_request = DeckRequest(
        args["q"], args["tree"], args["order"], args["n"], args["seed"], args["explain"]
    )
    return request.services.decks.deal(deck_request, request.state)


@table.add(
    "GET",
    "/daily",
    access="viewer",
    parameters=(
        Parameter("tree", NAME, "Id of the deciding tree; by default the one labelled default"),
        Parameter("explain", FLAG, "1: with path and flip", default=False),
    ),
    answers={200: _DAILY},
    problems=(400, 404, 503),
)
def daily(request: ApiRequest) -> dict[str, object]:
    """Today's cards, the same for everybody until `until`, those that you have swiped too.

    `answers` are yours of today; `crowd` counts everybody's on that image, null below 20 people.
    """
    args = request.args
    return request.services.decks.daily(request.state, tree=args["tree"], explain=args["explain"])


@table.add(
    "POST",
    "/swipes",
    access="viewer",
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
def swipes(request: ApiRequest) -> dict[str, object]:
    """Record verdicts. Answered once they are on disk; repeating an id changes nothing.

    `rest` is the current or upcoming period without cards.
    """
    sent_swipes = []
    for place, swipe in enumerate(request.body["swipes"]):
        try:
            at = parse_timestamp(swipe["at"])
        except BadInput as error:
            fault = {"detail": str(error), "pointer": f"/swipes/{place}/at"}
            raise RequestRefused(400, "bad_input", str(error), errors=[fault]) from error
        sent_swipes.append(SentSwipe(swipe["id"], swipe["image"], swipe["verdict"], at))
    outcome = request.services.decks.record(sent_swipes, request.state)
    answer: dict[str, object] = {
        "accepted": outcome.accepted,
        "duplicates": outcome.duplicates,
        "rejected": [asdict(swipe) for swipe in outcome.rejected],
    }
    if outcome.rest is not None:
        begin, until = moment_text(outcome.rest.begin), moment_text(outcome.rest.until)
        answer["rest"] = {"begin": begin, "until": until}
    return answer


@table.add(
    "DELETE",
    "/swipes/{id}",
    access="viewer",
    answers={204: None},
    problems=(404, 503),
)
def undo(request: ApiRequest) -> None:
    """Undo a swipe; an earlier one on that image counts again."""
    request.services.decks.undo(request.state.viewer, request.path["id"][:65])


@table.add(
    "POST",
    "/decisions",
    access="viewer",
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
def decisions(request: ApiRequest) -> dict[str, object]:
    """Decide one image, or a hypothetical one."""
    body, service, state = request.body, request.services.decisions, request.state
    decks = request.services.decks
    if ("image" in body) == ("tags" in body or "attrs" in body):
        raise RequestRefused(400, "bad_input", "give either image, or tags and attrs")
    if "image" not in body:
        values = {
            name: float(value) if type(value) is int else value
            for name, value in body.get("attrs", {}).items()
        }
        return service.decide_tags(
            body.get("tags", []),
            {**decks.values_of(state, body.get("tags", [])), **values},
            tree=body.get("tree"),
            viewer=state.viewer.name,
            explain=body.get("explain", False),
        ).as_json()
    ordinal = request.services.images.find_shown(body["image"])
    return service.decide(
        ordinal,
        body["image"],
        decks.values_of(state, ordinal),
        tree=body.get("tree"),
        viewer=state.viewer.name,
        explain=body.get("explain", False),
        record=True,
        history=decks.history_of(state),
    ).as_json()
