"""What the gate kept out of sight: looked at by those who may, let out by two, or rejected."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path, PurePosixPath

from flask import Response

from smashpass.core.errors import BadInput, Conflict, NotFound, SmashpassError
from smashpass.core.library.stored import ImageRecord
from smashpass.core.operations.audit import AuditAction
from smashpass.core.pictures.source_types import SOURCE_TYPES
from smashpass.core.text.reasons import MAX_LENGTH
from smashpass.media.private import private_picture
from smashpass.services.importing.terms import DEPICTS
from smashpass.services.moderation.quarantine import ReleaseStatement, release
from smashpass.services.moderation.rejection import reject
from smashpass.services.search.search import tag_names
from smashpass.web.admin.request import ORIGIN, AdminRequest, PageRoutes

PAGE = 100
_LONGEST = 1_000

pages = PageRoutes("moderation")


@pages.get("/quarantine", who="moderator")
def waiting(ask: AdminRequest) -> Response:
    """Images in quarantine, each with the reason."""
    after = ask.args.get("after", "")
    start = int(after) if after.isascii() and after.isdigit() and len(after) < 19 else 0
    found = ask.parts.catalogue.quarantined(start, PAGE)
    following = int(found[-1].ordinal) if len(found) == PAGE else None
    encode = ask.parts.image_ids.encode
    return ask.page(
        "quarantine.html",
        images=[(encode(one.ordinal), one) for one in found],
        after=start,
        following=following,
    )


@pages.get("/quarantine/<image>", who="moderator")
def held_back(ask: AdminRequest) -> Response:
    """One image with what is stated about it, and what is missing."""
    return _page(ask, _record(ask))


@pages.get("/quarantine/<image>/picture", who="moderator")
def picture(ask: AdminRequest) -> Response:
    """The picture, for somebody signed in and for nobody else; it is kept nowhere."""
    content = _picture(ask, _record(ask))
    if not content:
        raise NotFound(
            "the picture cannot be shown",
            hint="the collection that it came with is not on this machine any more",
        )
    return Response(content, content_type="image/webp")


@pages.post("/quarantine/<image>/release", who="moderator")
def let_out(ask: AdminRequest) -> Response:
    """State what was missing; who is shown has to be stated by two people alike."""
    parts, form = ask.parts, ask.form
    record = _record(ask)
    given = {one.name: form.get(one.name, "")[:_LONGEST] for one in fields(ReleaseStatement)}
    try:
        done = release(
            parts.catalogue,
            parts.audit,
            record.ordinal,
            ReleaseStatement(**given),
            screening=parts.screening,
            by=ask.account.name,
            origin=ORIGIN,
            reason=form.get("reason", ""),
        )
    except (BadInput, Conflict) as error:
        return _page(ask, record, error)
    parts.library.refresh()
    image = ask.path["image"]
    if done.change is None:
        told = "It is noted. Somebody else has to state the same before the image is shown."
        return ask.go(f"/quarantine/{image}", told)
    told = f"Image {image} is shown now: change {done.change.seq}."
    return ask.go("/quarantine", told)


@pages.post("/quarantine/<image>/reject", who="moderator")
def turn_away(ask: AdminRequest) -> Response:
    """Keep an image out of sight for good."""
    parts, record = ask.parts, _record(ask)
    try:
        reject(
            parts.catalogue,
            parts.media,
            parts.audit,
            record.ordinal,
            by=ask.account.name,
            origin=ORIGIN,
            reason=ask.form.get("reason", ""),
        )
    except (BadInput, Conflict) as error:
        return _page(ask, record, error)
    parts.library.refresh()
    return ask.go("/quarantine", f"Image {ask.path['image']} is rejected; no import shows it.")


def _record(ask: AdminRequest) -> ImageRecord:
    """Return the image that the address names; only the quarantine is looked into here."""
    ordinal = ask.parts.image_ids.decode(ask.path["image"][:65])
    found = [] if ordinal is None else ask.parts.catalogue.images([ordinal])
    if not found or found[0].state != "quarantined":
        raise NotFound("there is no such image in quarantine")
    return found[0]


def _page(ask: AdminRequest, record: ImageRecord, error: SmashpassError | None = None) -> Response:
    """Return the page of an image, with what was typed if that could not be done."""
    parts = ask.parts
    stated = parts.audit.about(AuditAction.QUARANTINE_STATE, str(int(record.ordinal)))
    return ask.page(
        "held_back.html",
        200 if error is None else 400 if isinstance(error, BadInput) else 409,
        image=ask.path["image"],
        record=record,
        tags=tag_names(parts.library.index, record.tags),
        pictured=bool(_original(ask, record)) or bool(record.sha256),
        stated=[(one.actor, one.at, one.detail) for one in stated],
        error=error,
        typed=ask.form,
        source_types=[(one, one) for one in sorted(SOURCE_TYPES)],
        depicted=[(one, one) for one in sorted(DEPICTS)],
        longest=_LONGEST,
        longest_reason=MAX_LENGTH,
    )


def _picture(ask: AdminRequest, record: ImageRecord) -> bytes:
    """Return the picture: what was kept of it, else made of the original."""
    kept = ask.parts.media.largest_file(record.sha256) if record.sha256 else b""
    folder = _original(ask, record)
    if kept or not folder:
        return kept
    return private_picture(folder, record.key, ask.parts.home)


def _original(ask: AdminRequest, record: ImageRecord) -> str:
    """Return the folder of the collection, if it has a file that is called like the image."""
    name = PurePosixPath(record.key)
    if record.run is None or name.is_absolute() or ".." in name.parts:
        return ""
    source = Path(ask.parts.runs.get(record.run).source)
    folder = source if source.is_dir() else source.parent
    try:
        there = (folder / record.key).is_file()
    except (OSError, ValueError):  # no name that a file could have
        return ""
    return str(folder) if there else ""
