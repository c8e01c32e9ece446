"""Quarantined images: inspection, release agreed by two people, rejection."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path, PurePosixPath

from flask import Response

from smashpass.bootstrap.inspection import private_picture
from smashpass.core.errors import BadInput, Conflict, NotFound, SmashpassError
from smashpass.core.library.stored import ImageRecord
from smashpass.core.operations.audit import AuditAction
from smashpass.core.pictures.source_types import SOURCE_TYPES
from smashpass.core.text.reasons import MAX_LENGTH
from smashpass.services.importing.terms import DEPICTS
from smashpass.services.moderation.quarantine import ReleaseStatement, reject, release
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
    images = request.parts.catalogue.quarantined(start, PAGE)
    following = int(images[-1].ordinal) if len(images) == PAGE else None
    encode = request.parts.image_ids.encode
    return request.page(
        "quarantine.html",
        images=[(encode(image.ordinal), image) for image in images],
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
    content = _picture(request, _record(request))
    if not content:
        raise NotFound(
            "the picture cannot be shown",
            hint="its collection is no longer on this machine",
        )
    return Response(content, content_type="image/webp")


@pages.post("/quarantine/<image>/release", role="moderator")
def let_out(request: AdminRequest) -> Response:
    """State what is missing; two people must agree on who is shown."""
    parts, form = request.parts, request.form
    record = _record(request)
    statements = {
        field.name: form.get(field.name, "")[:_LONGEST] for field in fields(ReleaseStatement)
    }
    try:
        outcome = release(
            parts.catalogue,
            parts.audit,
            record.ordinal,
            ReleaseStatement(**statements),
            screening=parts.screening,
            by=request.account.name,
            origin=ORIGIN,
            reason=form.get("reason", ""),
        )
    except (BadInput, Conflict) as error:
        return _page(request, record, error)
    parts.library.refresh()
    image = request.path["image"]
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
    parts, record = request.parts, _record(request)
    try:
        reject(
            parts.catalogue,
            parts.media,
            parts.audit,
            record.ordinal,
            by=request.account.name,
            origin=ORIGIN,
            reason=request.form.get("reason", ""),
        )
    except (BadInput, Conflict) as error:
        return _page(request, record, error)
    parts.library.refresh()
    return request.go(
        "/quarantine", f"Image {request.path['image']} rejected; no import will bring it back."
    )


def _record(request: AdminRequest) -> ImageRecord:
    """Return the quarantined image in the address."""
    ordinal = request.parts.image_ids.decode(request.path["image"][:65])
    records = [] if ordinal is None else request.parts.catalogue.images([ordinal])
    if not records or records[0].state != "quarantined":
        raise NotFound("there is no such image in quarantine")
    return records[0]


def _page(
    request: AdminRequest, record: ImageRecord, error: SmashpassError | None = None
) -> Response:
    """Return the page of an image, with typed input after an error."""
    parts = request.parts
    statements = parts.audit.about(AuditAction.QUARANTINE_STATE, str(int(record.ordinal)))
    return request.page(
        "held_back.html",
        200 if error is None else 400 if isinstance(error, BadInput) else 409,
        image=request.path["image"],
        record=record,
        tags=tag_names(parts.library.index, record.tags),
        pictured=bool(_original(request, record)) or bool(record.sha256),
        stated=[(choice.actor, choice.at, choice.detail) for choice in statements],
        error=error,
        typed=request.form,
        source_types=[(choice, choice) for choice in sorted(SOURCE_TYPES)],
        depicted=[(choice, choice) for choice in sorted(DEPICTS)],
        longest=_LONGEST,
        longest_reason=MAX_LENGTH,
    )


def _picture(request: AdminRequest, record: ImageRecord) -> bytes:
    """Return the stored picture, else one made from the original."""
    stored = request.parts.media.largest_file(record.sha256) if record.sha256 else b""
    folder = _original(request, record)
    if stored or not folder:
        return stored
    return private_picture(request.parts, folder, record.key)


def _original(request: AdminRequest, record: ImageRecord) -> str:
    """Return the collection folder if it contains the file of the image, else ""."""
    name = PurePosixPath(record.key)
    if record.run is None or name.is_absolute() or ".." in name.parts:
        return ""
    source = Path(request.parts.runs.get(record.run).source)
    folder = source if source.is_dir() else source.parent
    try:
        exists = (folder / record.key).is_file()
    except (OSError, ValueError):  # not a possible file name
        return ""
    return str(folder) if exists else ""
