"""``/admin/quarantine``: what the gate kept out of sight, released or rejected; takedowns."""

from __future__ import annotations

from smashpass.core.errors import NotFound
from smashpass.core.imageset import Ordinal
from smashpass.services.moderation.quarantine import ReleaseStatement, release
from smashpass.services.moderation.rejection import reject
from smashpass.web.api.admin.edits import ORIGIN
from smashpass.web.http.reading import Parameter
from smashpass.web.http.routing import ApiRequest, RouteTable
from smashpass.web.http.schemas import COUNT, IMAGE, REASON, TEXT, listed, maybe, obj

table = RouteTable("quarantine")

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
def waiting(call: ApiRequest) -> dict[str, object]:
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
def release_image(call: ApiRequest) -> dict[str, object]:
    """State what was missing; who is shown has to be stated by two people."""
    parts, given = call.parts, dict(call.body)
    ordinal = _ordinal(call)
    reason = given.pop("reason")
    done = release(
        parts.catalogue,
        parts.audit,
        ordinal,
        ReleaseStatement(**given),
        screening=parts.screening,
        by=call.admin,
        origin=ORIGIN,
        reason=reason,
    )
    parts.library.refresh()
    change = None if done.change is None else done.change.seq
    return {"released": change is not None, "change": change}


@table.add(
    "POST",
    "/admin/quarantine/{id}/reject",
    who="moderator",
    body=obj({"reason": REASON}),
    answers={200: obj({"image": IMAGE, "state": TEXT})},
    problems=(404, 409),
)
def reject_image(call: ApiRequest) -> dict[str, object]:
    """Keep an image out of sight for good: no import changes that, and its files go."""
    parts = call.parts
    reject(
        parts.catalogue,
        parts.media,
        parts.audit,
        _ordinal(call),
        by=call.admin,
        origin=ORIGIN,
        reason=call.body["reason"],
    )
    parts.library.refresh()
    return {"image": call.path["id"], "state": "taken_down"}


@table.add(
    "POST",
    "/admin/images/{id}/takedown",
    who="moderator",
    body=obj({"reason": REASON}),
    answers={
        200: obj(
            {
                "images": listed(IMAGE),
                "near": listed(obj({"image": IMAGE, "distance": {"type": "number"}})),
            }
        )
    },
    problems=(404,),
)
def take_down(call: ApiRequest) -> dict[str, object]:
    """Take an image down with every image of the same pixels; those that look alike are listed."""
    taken = call.parts.takedown.image(
        _ordinal(call), by=call.admin, origin=ORIGIN, reason=call.body["reason"]
    )
    call.parts.library.refresh()
    return {"images": [*taken.images], "near": [alike.as_json() for alike in taken.near]}


def _ordinal(call: ApiRequest) -> Ordinal:
    """Return the image that the path names, whatever its state.

    Raises:
        NotFound: The id is not one of an image.
    """
    ordinal = call.parts.image_ids.decode(call.path["id"][:65])
    if ordinal is None:
        raise NotFound("there is no such image")
    return ordinal
