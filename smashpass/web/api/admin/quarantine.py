"""``/admin/quarantine``: release and rejection of quarantined images; takedowns."""

from __future__ import annotations

from smashpass.services.moderation.quarantine import ReleaseStatement
from smashpass.web.api.admin.edits import ORIGIN
from smashpass.web.http.routing import ApiRequest, RouteTable
from smashpass.web.http.schemas import COUNT, IMAGE, PAGING, REASON, TEXT, listed, maybe, obj

table = RouteTable("quarantine")

_STATED = {"type": "string", "maxLength": 1_000}
_NAMES = ("licence", "digital_source_type", "real_person", "depicts", "author", "generator",
          "consent")  # fmt: skip


@table.add(
    "GET",
    "/admin/quarantine",
    access="moderator",
    parameters=PAGING,
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
def waiting(request: ApiRequest) -> dict[str, object]:
    """Quarantined images with their reasons."""
    after, limit = request.args["after"], request.args["limit"]
    page = request.services.moderation.quarantined(0 if after is None else int(after), limit)
    images = [
        {
            "image": request.services.images.id_of(image.ordinal),
            "source": image.credit.source,
            "key": image.key,
            "reason": image.reason,
            "run": image.run,
            "line": image.line,
        }
        for image in page
    ]
    following = str(int(page[-1].ordinal)) if len(page) == limit else None
    return {"images": images, "next": following}


@table.add(
    "POST",
    "/admin/quarantine/{id}/release",
    access="moderator",
    body=obj(dict.fromkeys(_NAMES, _STATED) | {"reason": REASON}, *_NAMES),
    answers={200: obj({"released": {"type": "boolean"}, "change": maybe(COUNT)})},
    problems=(404, 409),
)
def release_image(request: ApiRequest) -> dict[str, object]:
    """State what is missing; two people must agree on who is shown."""
    statements = dict(request.body)
    reason = statements.pop("reason")
    outcome = request.services.moderation.release(
        request.path["id"],
        ReleaseStatement(**statements),
        by=request.admin,
        origin=ORIGIN,
        reason=reason,
    )
    change = None if outcome.change is None else outcome.change.seq
    return {"released": change is not None, "change": change}


@table.add(
    "POST",
    "/admin/quarantine/{id}/reject",
    access="moderator",
    body=obj({"reason": REASON}),
    answers={200: obj({"image": IMAGE, "state": TEXT})},
    problems=(404, 409),
)
def reject_image(request: ApiRequest) -> dict[str, object]:
    """Permanently reject an image: its files are removed, and no import brings it back."""
    request.services.moderation.reject(
        request.path["id"],
        by=request.admin,
        origin=ORIGIN,
        reason=request.body["reason"],
    )
    return {"image": request.path["id"], "state": "taken_down"}


@table.add(
    "POST",
    "/admin/images/{id}/takedown",
    access="moderator",
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
def take_down(request: ApiRequest) -> dict[str, object]:
    """Take down an image and all with the same pixels; similar images are listed."""
    outcome = request.services.moderation.take_down_image(
        request.path["id"], by=request.admin, origin=ORIGIN, reason=request.body["reason"]
    )
    return {"images": [*outcome.images], "near": [alike.as_json() for alike in outcome.near]}
