"""``/images``, ``/search``, ``/tags``, ``/rules``: the library, its tags and rules."""

from __future__ import annotations

from orjson import Fragment

from smashpass.core.errors import BadInput
from smashpass.core.imageset import Ordinal
from smashpass.core.timestamps import moment_text
from smashpass.services.decks.deal import seed_of
from smashpass.services.search.search import DEFAULT_ORDER
from smashpass.services.search.similar import DEFAULT_COUNT, MOST_IMAGES
from smashpass.services.tagging.provenance import origins
from smashpass.services.vocabulary.complete import DEFAULT_LIMIT, MAX_LIMIT
from smashpass.web.http.reading import Parameter
from smashpass.web.http.routing import ApiRequest, RouteTable
from smashpass.web.http.schemas import (
    COMPARED,
    COUNT,
    EMPTY_RESULT,
    IMAGE,
    MOMENT,
    NAME,
    PLAIN_CARD,
    QUERY,
    SIMILAR_CARD,
    TEXT,
    WHOLE_IMAGE,
    listed,
    maybe,
    obj,
)

table = RouteTable("library")

_TREE = obj({"id": TEXT, "title": TEXT, "labels": listed(TEXT)})


@table.add(
    "GET",
    "/search",
    access="viewer",
    parameters=(
        Parameter("q", QUERY, "The query", default=""),
        Parameter(
            "limit",
            {"type": "integer", "minimum": 1, "maximum": 100},
            "Images per page",
            default=20,
        ),
        Parameter("after", NAME, "`next` of the previous page"),
        Parameter("order", NAME, "As for decks", default=DEFAULT_ORDER),
    ),
    answers={
        200: obj(
            {
                "query": TEXT,
                "order": TEXT,
                "matched": COUNT,
                "images": listed(PLAIN_CARD, 100),
                "next": maybe(TEXT),
                "empty": EMPTY_RESULT,
            },
            "empty",
        )
    },
    problems=(400, 403, 503),
)
def search(request: ApiRequest) -> dict[str, object]:
    """Images matching a query; `matched` is exact, and if it is 0, `empty` explains why."""
    args, services, state = request.args, request.services, request.state
    index = services.library.index
    state.check_order(args["order"])
    page = services.search.page(
        index,
        args["q"],
        order=args["order"],
        after=None if args["after"] is None else _last(request, args["after"]),
        limit=args["limit"],
        mine=state.mine,
        seed=seed_of(state.viewer.name),
        taste_of=lambda searched: services.decks.taste_of(state, searched),
    )
    cards = services.images.cached_cards(index, page.ordinals)
    answer: dict[str, object] = {
        "query": args["q"],
        "order": args["order"],
        "matched": page.matched,
        "images": [Fragment(card.written) for card in cards],
        "next": None if page.following is None else services.images.id_of(page.following),
    }
    if not page.matched:
        emptiness = services.search.explain_emptiness(index, args["q"], mine=state.mine)
        answer["empty"] = emptiness.as_json()
    return answer


@table.add(
    "GET",
    "/images/{id}",
    access="viewer",
    answers={200: WHOLE_IMAGE},
    problems=(404, 410, 503),
)
def image(request: ApiRequest) -> dict[str, object]:
    """One image with its attributes and implied tags."""
    services = request.services
    index = services.library.index
    ordinal = services.images.find_shown(request.path["id"])
    (card,) = services.images.cards(index, [ordinal])
    own_tags = index.own_tags(ordinal)
    canonical = {index.vocabulary.canonical(tag) for tag in own_tags}
    implied = index.vocabulary.effective(own_tags) - canonical
    return {
        **card,
        "attributes": {
            name: int(value) if value.is_integer() else value
            for name, value in index.numbers(ordinal).items()
        },
        "implied": sorted(index.vocabulary.names[tag] for tag in implied),
        "origins": [origin.as_json() for origin in origins(index, ordinal)],
    }


@table.add(
    "GET",
    "/images/{id}/similar",
    access="viewer",
    parameters=(
        Parameter(
            "n",
            {"type": "integer", "minimum": 1, "maximum": MOST_IMAGES},
            "Maximum number",
            default=DEFAULT_COUNT,
        ),
    ),
    answers={
        200: obj(
            {
                "image": IMAGE,
                **COMPARED,
                "images": listed(SIMILAR_CARD, MOST_IMAGES),
            },
            "model",
        )
    },
    problems=(400, 404, 410, 503),
)
def similar(request: ApiRequest) -> dict[str, object]:
    """The images most alike to one, by a model's embeddings, or by tags where there are none."""
    services, image_id = request.services, request.path["id"]
    index = services.library.index
    ordinal = services.images.find_shown(image_id)
    alike = services.similarity.find(index, ordinal, request.args["n"])
    similarity_by_ordinal = dict(alike.images)
    cards = services.images.cached_cards(index, list(similarity_by_ordinal))
    return {
        "image": image_id,
        **alike.as_json(),
        "images": [
            {**card.content, "similarity": round(similarity_by_ordinal[card.ordinal], 4)}
            for card in cards
        ],
    }


@table.add(
    "GET",
    "/tags",
    access="viewer",
    parameters=(
        Parameter("prefix", {"type": "string", "maxLength": 400}, "Typed text", default=""),
        Parameter(
            "limit",
            {"type": "integer", "minimum": 1, "maximum": MAX_LIMIT},
            "Maximum number",
            default=DEFAULT_LIMIT,
        ),
    ),
    answers={
        200: listed(
            obj(
                {"name": TEXT, "label": TEXT, "count": COUNT, "category": TEXT, "via": TEXT}, "via"
            ),
            MAX_LIMIT,
        )
    },
)
def tags(request: ApiRequest) -> list[dict[str, object]]:
    """Tags whose name or alias starts with a prefix, most common first, with exact counts."""
    return request.services.vocabulary.complete(request.args["prefix"], request.args["limit"])


@table.add(
    "GET",
    "/rules",
    access="nobody",
    answers={200: obj({"revision": TEXT, "trees": listed(_TREE)})},
    problems=(503,),
)
def rules(request: ApiRequest) -> dict[str, object]:
    """The active trees."""
    book = request.services.rules.book
    trees = [
        {"id": tree.id, "title": tree.title, "labels": list(tree.labels)}
        for tree in book.trees.values()
    ]
    return {"revision": book.revision, "trees": trees}


@table.add(
    "GET",
    "/rules/{revision}",
    access="nobody",
    answers={
        200: obj(
            {
                "revision": TEXT,
                "at": MOMENT,
                "reason": TEXT,
                "active": {"type": "boolean"},
                "trees": listed(_TREE),
                "files": obj({}, more={"type": "string", "maxLength": 1 << 21}),
            }
        )
    },
    problems=(404, 503),
)
def revision(request: ApiRequest) -> dict[str, object]:
    """One revision: why it was published, and its files."""
    service = request.services.rules
    stored = service.find(request.path["revision"])
    return {
        "revision": stored.sha256,
        "at": moment_text(stored.at),
        "reason": stored.reason,
        "active": stored.active,
        "trees": [tree.as_json() for tree in service.trees_of(stored)],
        "files": dict(stored.files),
    }


def _last(request: ApiRequest, cursor: str) -> Ordinal:
    """Return the last image of the previous page; raises BadInput for an invalid cursor."""
    ordinal = request.services.images.ordinal_of(cursor)
    if ordinal is None:
        raise BadInput("after is not the `next` of a previous page")
    return ordinal
