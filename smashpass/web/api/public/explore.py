"""``/tags/related``, ``/tags/counts``: tags of the images of a query; ``/prompt``: of a text."""

from __future__ import annotations

from smashpass.core.explore.prompt import MAX_PROMPT, MOST_TAGS
from smashpass.services.search.explore import DEFAULT_LIMIT, MAX_LIMIT
from smashpass.web.http.reading import Parameter
from smashpass.web.http.routing import ApiRequest, RouteTable
from smashpass.web.http.schemas import COUNT, QUERY, TEXT, listed, obj

table = RouteTable("library")

_SHARE = {"type": "number", "minimum": 0}
_QUERY = Parameter("q", QUERY, "Which images, in the query language", default="")
_LIMIT = Parameter(
    "limit",
    {"type": "integer", "minimum": 1, "maximum": MAX_LIMIT},
    "Maximum number of tags",
    default=DEFAULT_LIMIT,
)


@table.add(
    "GET",
    "/tags/related",
    access="viewer",
    parameters=(
        _QUERY,
        Parameter(
            "by",
            {"type": "string", "enum": ["jaccard", "cosine", "lift"]},
            "Measure of association; lift favours rare tags",
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
def related(request: ApiRequest) -> dict[str, object]:
    """Tags associated with the images of a query, with exact counts."""
    args, services = request.args, request.services
    return services.search.related_tags(
        services.library.index,
        args["q"],
        by=args["by"],
        limit=args["limit"],
        mine=request.state.mine,
    ).as_json()


@table.add(
    "GET",
    "/tags/counts",
    access="viewer",
    parameters=(
        _QUERY,
        Parameter(
            "prefix",
            {"type": "string", "maxLength": 400},
            "Prefix of the tags, such as `hair:`",
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
def counts(request: ApiRequest) -> dict[str, object]:
    """Number of images of a query by tag, most common first."""
    args, services = request.args, request.services
    return services.search.tag_counts(
        services.library.index,
        args["q"],
        args["prefix"],
        limit=args["limit"],
        mine=request.state.mine,
    ).as_json()


@table.add(
    "GET",
    "/prompt",
    access="viewer",
    parameters=(
        Parameter(
            "text",
            {"type": "string", "minLength": 1, "maxLength": MAX_PROMPT},
            'A description in plain words, such as "someone with curly hair, no hat"',
            required=True,
        ),
    ),
    answers={
        200: obj(
            {
                "text": TEXT,
                "query": QUERY,
                "matched": COUNT,
                "tags": listed(
                    obj(
                        {
                            "name": TEXT,
                            "label": TEXT,
                            "negated": {"type": "boolean"},
                            "phrase": TEXT,
                            "how": {
                                "type": "string",
                                "enum": ["name", "alias", "label", "search", "embedding"],
                            },
                            "score": {"type": "number", "minimum": 0, "maximum": 1},
                        }
                    ),
                    MOST_TAGS,
                ),
                "unused": listed(TEXT, MAX_PROMPT),
                "embeddings": {"type": "string", "enum": ["on", "off", "loading"]},
            }
        )
    },
    problems=(400,),
)
def prompt(request: ApiRequest) -> dict[str, object]:
    """A description as tags and as a query; words that were not understood are in `unused`."""
    services = request.services
    return services.prompts.understand(services.library.index, request.args["text"]).as_json()
