"""Quarantined images: inspection, release agreed by two people, rejection."""

from __future__ import annotations

from dataclasses import fields

from flask import Response

from smashpass.core.errors import BadInput, Conflict, NotFound, SmashpassError
from smashpass.core.library.stored import ImageRecord
from smashpass.core.pictures.source_types import SOURCE_TYPES
from smashpass.core.text.reasons import MAX_LENGTH
from smashpass.services.importing.rows.terms import DEPICTS
from smashpass.services.moderation.quarantine import ReleaseStatement
from smashpass.services.search.search import tag_names
from smashpass.web.admin.request import ORIGIN, AdminRequest, PageRoutes

PAGE = 100
_LONGEST = 1_000

pages = PageRoutes("moderation")


@pages.get("/quarantine", role="moderator")
def waiting(request: AdminRequest) -> Response:
    """Quarantined images with their reasons."""
    after = request.args.get("after", "")
    start = int(after) if after.isascii() and after.isdigit() and len(after) < 19 else 0
    images = request.services.moderation.quarantined(start, PAGE)
    following = int(images[-1].ordinal) if len(images) == PAGE else None
    id_of = request.services.images.id_of
    return request.page(
        "quarantine.html",
        images=[(id_of(image.ordinal), image) for image in images],
        after=start,
        following=following,
    )


@pages.get("/quarantine/<image>", role="moderator")
def held_back(request: AdminRequest) -> Response:
    """One image with its statements, and what is missing."""
    return _page(request, _record(request))


@pages.get("/quarantine/<image>/picture", role="moderator")
def picture(request: AdminRequest) -> Response:
    """The picture, for signed-in moderators only; never cached."""
    content = request.services.moderation.private_picture(_record(request))
    if not content:
        raise NotFound(
            "the picture cannot be shown",
            hint="its collection is no longer on this machine",
        )
    return Response(content, content_type="image/webp")


@pages.post("/quarantine/<image>/release", role="moderator")
def let_out(request: AdminRequest) -> Response:
    """State what is missing; two people must agree on who is shown."""
    form, image = request.form, request.path["image"]
    record = _record(request)
    statements = {
        field.name: form.get(field.name, "")[:_LONGEST] for field in fields(ReleaseStatement)
    }
    try:
        outcome = request.services.moderation.release(
            image,
            ReleaseStatement(**statements),
            by=request.account.name,
            origin=ORIGIN,
            reason=form.get("reason", ""),
        )
    except (BadInput, Conflict) as error:
        return _page(request, record, error)
    if outcome.change is None:
        message = (
            "Recorded. A second person must make the same statement before the image is released."
        )
        return request.go(f"/quarantine/{image}", message)
    message = f"Image {image} released: change {outcome.change.seq}."
    return request.go("/quarantine", message)


@pages.post("/quarantine/<image>/reject", role="moderator")
def turn_away(request: AdminRequest) -> Response:
    """Permanently reject an image."""
    record = _record(request)
    try:
        request.services.moderation.reject(
            request.path["image"],
            by=request.account.name,
            origin=ORIGIN,
            reason=request.form.get("reason", ""),
        )
    except (BadInput, Conflict) as error:
        return _page(request, record, error)
    return request.go(
        "/quarantine", f"Image {request.path['image']} rejected; no import will bring it back."
    )


def _record(request: AdminRequest) -> ImageRecord:
    """Return the quarantined image in the address."""
    return request.services.moderation.find_quarantined(request.path["image"])


def _page(
    request: AdminRequest, record: ImageRecord, error: SmashpassError | None = None
) -> Response:
    """Return the page of an image, with typed input after an error."""
    moderation = request.services.moderation
    return request.page(
        "held_back.html",
        200 if error is None else 400 if isinstance(error, BadInput) else 409,
        image=request.path["image"],
        record=record,
        tags=tag_names(request.services.library.index, record.tags),
        pictured=moderation.has_picture(record),
        stated=[
            (entry.actor, entry.at, entry.detail) for entry in moderation.statements(record.ordinal)
        ],
        error=error,
        typed=request.form,
        source_types=[(choice, choice) for choice in sorted(SOURCE_TYPES)],
        depicted=[(choice, choice) for choice in sorted(DEPICTS)],
        longest=_LONGEST,
        longest_reason=MAX_LENGTH,
    )
