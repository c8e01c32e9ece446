"""``/images``, ``/search``, ``/tags``, ``/rules``: the library and what is thought of it."""

from __future__ import annotations

from orjson import Fragment

from smashpass.core.errors import BadInput
from smashpass.core.imageset import Ordinal
from smashpass.core.timestamps import moment_text
from smashpass.services.decks.deal import seed_of
from smashpass.services.search.emptiness import explain_emptiness
from smashpass.services.search.paging import beyond
from smashpass.services.search.search import DEFAULT_ORDER, find_order, matching, read_query
from smashpass.services.tagging.provenance import origins
from smashpass.services.vocabulary.complete import DEFAULT_LIMIT, MAX_LIMIT
from smashpass.web.http.lookup import find_image
from smashpass.web.http.reading import Parameter
from smashpass.web.http.routing import ApiRequest, RouteTable
from smashpass.web.http.schemas import (
    COUNT,
    EMPTY_RESULT,
    MOMENT,
    NAME,
    PLAIN_CARD,
    QUERY,
    TEXT,
    WHOLE_IMAGE,
    listed,
    maybe,
    obj,
)

"""How far a search may be paged in the random order, which has no place to go on from."""

table = RouteTable("library")

_TREE = obj({"id": TEXT, "title": TEXT, "labels": listed(TEXT)})


@table.add(
    "GET",
    "/search",
    who="viewer",
    parameters=(
        Parameter("q", QUERY, "The query", default=""),
        Parameter(
            "limit", {"type": "integer", "minimum": 1, "maximum": 100}, "Images a page", default=20
        ),
        Parameter("after", NAME, "`next` of the page before"),
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
    problems=(400, 503),
)
def search(call: ApiRequest) -> dict[str, object]:
    """Images by the query language; `matched` is exact, and where it is 0, `empty` says why."""
    args, parts = call.args, call.parts
    index = parts.library.index
    call.state.check_order(args["order"])
    by = find_order(args["order"], index, seed_of(call.state.viewer.name))
    found = matching(read_query(args["q"], index, parts.tag_finder), index, call.state.mine)
    limit, after = args["limit"], args["after"]
    rest = found if after is None else beyond(found, by, _last(call, after))
    ordinals = by.first(rest, limit)
    following = None
    if len(rest) > len(ordinals) > 0:
        following = parts.image_ids.encode(ordinals[-1])
    answer: dict[str, object] = {
        "query": args["q"],
        "order": args["order"],
        "matched": len(found),
        "images": [Fragment(card.written) for card in parts.cards.of(index, ordinals)],
        "next": following,
    }
    if not found:
        answer["empty"] = explain_emptiness(
            args["q"], index, call.state.mine, parts.tag_finder
        ).as_json()
    return answer


@table.add(
    "GET",
    "/images/{id}",
    who="viewer",
    answers={200: WHOLE_IMAGE},
    problems=(404, 410, 503),
)
def image(call: ApiRequest) -> dict[str, object]:
    """One image with its attributes and the tags that its own ones imply."""
    parts = call.parts
    index = parts.library.index
    ordinal = find_image(call, call.path["id"])
    (card,) = parts.cards.of(index, [ordinal])
    own = index.own_tags(ordinal)
    canonical = {index.vocabulary.canonical(tag) for tag in own}
    implied = index.vocabulary.effective(own) - canonical
    return {
        **card.content,
        "attributes": {
            name: int(value) if value.is_integer() else value
            for name, value in index.numbers(ordinal).items()
        },
        "implied": sorted(index.vocabulary.names[tag] for tag in implied),
        "origins": [origin.as_json() for origin in origins(index, ordinal)],
    }


@table.add(
    "GET",
    "/tags",
    who="viewer",
    parameters=(
        Parameter("prefix", {"type": "string", "maxLength": 400}, "What is typed", default=""),
        Parameter(
            "limit",
            {"type": "integer", "minimum": 1, "maximum": MAX_LIMIT},
            "How many at most",
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
def tags(call: ApiRequest) -> list[dict[str, object]]:
    """Tags whose name or alias begins so; common ones first, counts are exact."""
    index = call.parts.library.index
    return call.parts.completion.complete(index, call.args["prefix"], call.args["limit"])


@table.add(
    "GET",
    "/rules",
    who="nobody",
    answers={200: obj({"revision": TEXT, "trees": listed(_TREE)})},
    problems=(503,),
)
def rules(call: ApiRequest) -> dict[str, object]:
    """The trees that decide."""
    book = call.parts.rules.book
    trees = [
        {"id": tree.id, "title": tree.title, "labels": list(tree.labels)}
        for tree in book.trees.values()
    ]
    return {"revision": book.revision, "trees": trees}


@table.add(
    "GET",
    "/rules/{revision}",
    who="nobody",
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
def revision(call: ApiRequest) -> dict[str, object]:
    """One revision whole: why it was published, and its files."""
    found = call.parts.publishing.find(call.path["revision"])
    return {
        "revision": found.sha256,
        "at": moment_text(found.at),
        "reason": found.reason,
        "active": found.active,
        "trees": [tree.as_json() for tree in call.parts.publishing.trees_of(found)],
        "files": dict(found.files),
    }


def _last(call: ApiRequest, cursor: str) -> Ordinal:
    """Return the last image of the page before; BadInput for a text that names none."""
    ordinal = call.parts.image_ids.decode(cursor)
    if ordinal is None:
        raise BadInput("after is not the `next` of a page before")
    return ordinal
