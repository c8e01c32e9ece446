"""``/admin/quarantine``: what the gate kept out of sight, and letting it out."""

from __future__ import annotations

from smashpass.core.errors import NotFound
from smashpass.services.releasing import Wish, release
from smashpass.web.api.schemas import COUNT, IMAGE, REASON, TEXT, listed, maybe, obj
from smashpass.web.reading import Parameter
from smashpass.web.routing import Call, Table

table = Table("quarantine")

_STATED = {"type": "string", "maxLength": 1_000}
_NAMES = ("licence", "digital_source_type", "real_person", "depicts", "author", "generator",
          "consent")  # fmt: skip


@table.add(
    "GET",
    "/admin/quarantine",
    who="moderator",
    parameters=(
        Parameter(
            "limit",
            {"type": "integer", "minimum": 1, "maximum": 500},
            "How many at most",
            default=100,
        ),
        Parameter(
            "after",
            {"type": "string", "maxLength": 18, "pattern": "^[0-9]+$"},
            "`next` of the page before",
        ),
    ),
    answers={
        200: obj(
            {
                "images": listed(
                    obj(
                        {
                            "image": IMAGE,
                            "source": TEXT,
                            "key": TEXT,
                            "reason": TEXT,
                            "run": maybe(COUNT),
                            "line": maybe(COUNT),
                        }
                    )
                ),
                "next": maybe(TEXT),
            }
        )
    },
)
def waiting(call: Call) -> dict[str, object]:
    """Images in quarantine, each with the reason."""
    after, limit = call.args["after"], call.args["limit"]
    page = call.parts.catalogue.quarantined(0 if after is None else int(after), limit)
    images = [
        {
            "image": call.parts.image_ids.encode(one.ordinal),
            "source": one.credit.source,
            "key": one.key,
            "reason": one.reason,
            "run": one.run,
            "line": one.line,
        }
        for one in page
    ]
    following = str(int(page[-1].ordinal)) if len(page) == limit else None
    return {"images": images, "next": following}


@table.add(
    "POST",
    "/admin/quarantine/{id}/release",
    who="moderator",
    body=obj(dict.fromkeys(_NAMES, _STATED) | {"reason": REASON}, *_NAMES),
    answers={200: obj({"released": {"type": "boolean"}, "change": maybe(COUNT)})},
    problems=(404, 409),
)
def release_image(call: Call) -> dict[str, object]:
    """State what was missing; who is shown has to be stated by two people."""
    parts, given = call.parts, dict(call.body)
    ordinal = parts.image_ids.decode(call.path["id"][:65])
    if ordinal is None:
        raise NotFound("there is no such image")
    reason = given.pop("reason")
    done = release(
        parts.catalogue,
        parts.audit,
        ordinal,
        Wish(**given),
        screening=parts.screening,
        by=call.admin,
        origin="api",
        reason=reason,
    )
    parts.library.refresh()
    change = None if done.change is None else done.change.seq
    return {"released": change is not None, "change": change}
