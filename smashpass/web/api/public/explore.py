"""``/tags/related`` and ``/tags/counts``: what else the images of a query have."""

from __future__ import annotations

from smashpass.services.search.explore import DEFAULT_LIMIT, MAX_LIMIT, related_tags, tag_counts
from smashpass.web.http.reading import Parameter
from smashpass.web.http.routing import ApiRequest, RouteTable
from smashpass.web.http.schemas import COUNT, QUERY, TEXT, listed, obj

table = RouteTable("library")

_SHARE = {"type": "number", "minimum": 0}
_QUERY = Parameter("q", QUERY, "Which images, in the query language", default="")
_LIMIT = Parameter(
    "limit",
    {"type": "integer", "minimum": 1, "maximum": MAX_LIMIT},
    "How many tags at most",
    default=DEFAULT_LIMIT,
)


@table.add(
    "GET",
    "/tags/related",
    who="viewer",
    parameters=(
        _QUERY,
        Parameter(
            "by",
            {"type": "string", "enum": ["jaccard", "cosine", "lift"]},
            "What counts as going together; lift favours rare tags",
            default="cosine",
        ),
        _LIMIT,
    ),
    answers={
        200: obj(
            {
                "query": TEXT,
                "matched": COUNT,
                "tags": listed(
                    obj(
                        {
                            "name": TEXT,
                            "both": COUNT,
                            "count": COUNT,
                            "jaccard": _SHARE,
                            "cosine": _SHARE,
                            "lift": _SHARE,
                        }
                    ),
                    MAX_LIMIT,
                ),
            }
        )
    },
    problems=(400,),
)
def related(call: ApiRequest) -> dict[str, object]:
    """Tags that go together with the images of a query, exactly counted."""
    args, parts = call.args, call.parts
    return related_tags(
        parts.library.index,
        args["q"],
        by=args["by"],
        limit=args["limit"],
        mine=call.state.mine,
        finder=parts.tag_finder,
    ).as_json()


@table.add(
    "GET",
    "/tags/counts",
    who="viewer",
    parameters=(
        _QUERY,
        Parameter(
            "prefix",
            {"type": "string", "maxLength": 400},
            "How the tags begin, such as `hair:`",
            default="",
        ),
        _LIMIT,
    ),
    answers={
        200: obj(
            {
                "query": TEXT,
                "matched": COUNT,
                "tags": listed(obj({"name": TEXT, "both": COUNT}), MAX_LIMIT),
            }
        )
    },
    problems=(400,),
)
def counts(call: ApiRequest) -> dict[str, object]:
    """How many images of a query have each tag of a namespace, most first."""
    args, parts = call.args, call.parts
    return tag_counts(
        parts.library.index,
        args["q"],
        args["prefix"],
        limit=args["limit"],
        mine=call.state.mine,
        finder=parts.tag_finder,
    ).as_json()
