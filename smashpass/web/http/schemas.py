"""Schemas shared by several routes."""

from __future__ import annotations

from typing import Any

from smashpass.web.http.reading import Parameter
from smashpass.web.http.schema import Schema

COUNT: Schema = {"type": "integer", "minimum": 0, "maximum": 2**63 - 1}
TEXT: Schema = {"type": "string", "maxLength": 10_000}
NAME: Schema = {"type": "string", "minLength": 1, "maxLength": 200}
TAG: Schema = {"type": "string", "minLength": 1, "maxLength": 400}
IMAGE: Schema = {"type": "string", "minLength": 1, "maxLength": 64}
QUERY: Schema = {"type": "string", "maxLength": 8_000}
REASON: Schema = {"type": "string", "minLength": 1, "maxLength": 500}
VERDICT: Schema = {"type": "string", "enum": ["smash", "pass"]}
MOMENT: Schema = {"type": "string", "minLength": 1, "maxLength": 64}
NOTHING: Schema = {"type": "null"}


def obj(properties: dict[str, Any], *optional: str, more: Any = False) -> dict[str, Any]:
    """Return the schema of an object; all members except ``optional`` are required."""
    return {
        "type": "object",
        "properties": properties,
        "required": [name for name in properties if name not in optional],
        "additionalProperties": more,
    }


def listed(items: Any, most: int = 100_000) -> dict[str, Any]:
    """Return the schema of a list."""
    return {"type": "array", "items": items, "maxItems": most}


def maybe(schema: Any) -> dict[str, Any]:
    """Return the schema of a value that may be null."""
    return {"anyOf": [schema, NOTHING]}


MEDIA = obj({"small": TEXT, "large": TEXT, "width": COUNT, "height": COUNT, "placeholder": TEXT})
CREDIT = obj(
    {
        "source": TEXT,
        "licence": TEXT,
        "author": TEXT,
        "digital_source_type": TEXT,
        "made": TEXT,
        "ai": {"type": "boolean"},
    }
)
ANYTHING: Schema = {}
DECISION = obj(
    {
        "verdict": VERDICT,
        "weight": {"type": "integer", "minimum": 0, "maximum": 100},
        "leaf": TEXT,
        "reason": TEXT,
        "tree": TEXT,
        "revision": TEXT,
        "engine": {"type": "string", "enum": ["rules", "model", "rules-fallback"]},
        "model": obj(
            {
                "name": TEXT,
                "version": TEXT,
                "model": TEXT,
                "score": ANYTHING,
                "ms": ANYTHING,
                "source": {"type": "string", "enum": ["store", "live"]},
            },
            "model",
        ),
        "fallback": TEXT,
        "path": listed(
            obj({"node": TEXT, "test": TEXT, "result": {"type": "boolean"}, "because": ANYTHING})
        ),
        "flip": listed(obj({"change": TEXT, "verdict": VERDICT, "text": TEXT})),
        "explanation": TEXT,
        "branches": listed(
            obj(
                {
                    "node": TEXT,
                    "ways": listed(
                        obj(
                            {
                                "label": TEXT,
                                "taken": {"type": "boolean"},
                                "verdicts": listed(VERDICT, 2),
                            }
                        )
                    ),
                }
            )
        ),
    },
    "model",
    "fallback",
    "path",
    "flip",
    "explanation",
    "branches",
)
_CARD = {"image": IMAGE, "media": maybe(MEDIA), "tags": listed(TAG), "credit": CREDIT}
PLAIN_CARD = obj(_CARD)
COMPARED = {
    "engine": {"type": "string", "enum": ["embedding", "tags"]},
    "model": obj({"name": TEXT, "model": TEXT, "version": TEXT}),
}
"""What tells alike images from others; ``model`` only for embeddings."""
SIMILAR_CARD = obj(_CARD | {"similarity": {"type": "number"}})
EMPTY_RESULT = obj(
    {
        "cause": TEXT,
        "terms": listed(obj({"term": TEXT, "alone": COUNT, "without": COUNT, "rest": TEXT}), 64),
        "pair": obj({"terms": listed(TEXT, 2), "without": COUNT, "rest": TEXT}),
    },
    "pair",
)
"""Present only if nothing matches: counts for each term alone, and without it."""
_TASTE = obj(
    {
        "score": {"type": "number", "minimum": 0, "maximum": 1},
        "because": listed(obj({"tag": TAG, "smashed": COUNT, "swiped": COUNT}), 3),
    }
)
"""How likely the viewer smashes an image, and the tags that speak most for it."""
CARD = obj(
    _CARD | {"parents": listed(TAG), "decision": DECISION, "taste": _TASTE}, "parents", "taste"
)
_ORIGIN = obj({"tag": TAG, "by": {"enum": ["hand", "import", "implied"]}, "via": TAG}, "via")
WHOLE_IMAGE = obj(
    _CARD | {"attributes": obj({}, more=True), "implied": listed(TAG), "origins": listed(_ORIGIN)}
)
PROBLEM = obj(
    {
        "type": TEXT,
        "title": TEXT,
        "status": {"type": "integer", "minimum": 400, "maximum": 599},
        "detail": TEXT,
        "code": TEXT,
        "errors": listed(obj({"detail": TEXT}, more=True)),
        "request_id": TEXT,
    }
)

PAGING = (
    Parameter(
        "limit",
        {"type": "integer", "minimum": 1, "maximum": 500},
        "Maximum number",
        default=100,
    ),
    Parameter(
        "after",
        {"type": "string", "maxLength": 18, "pattern": "^[0-9]+$"},
        "`next` of the previous page",
    ),
)
"""Parameters of lists that are paged by the number of their last row."""
