"""Tagging: manual edits of one image, merged with concurrent edits."""

from __future__ import annotations

import re

from flask import Response
from flask_babel import gettext as _

from smashpass.core.errors import BadInput, StaleVersion
from smashpass.services.decks.images import ImageSubject
from smashpass.services.tagging.service import TaggingOutcome
from smashpass.web.admin.images.images import image_page
from smashpass.web.admin.request import ORIGIN, AdminRequest, PageRoutes

REASON = "tagged by hand"
_BETWEEN = re.compile(r"[\s,]+")

pages = PageRoutes("images")


@pages.post("/images/<image>/tags", role="editor")
def save(request: AdminRequest) -> Response:
    """Save the tags of one image."""
    subject = request.services.images.find(request.path["image"])
    try:
        saved = save_tags(request, subject)
    except (BadInput, StaleVersion) as error:
        status = 409 if isinstance(error, StaleVersion) else 400
        return image_page(
            request, subject, status, error=str(error), typed=request.form.get("tags", "")
        )
    if request.wants_json:
        return request.json({"change": change_of(saved), "message": message_of(saved)})
    return request.go(f"/images/{subject.image}", message_of(saved))


def save_tags(request: AdminRequest, subject: ImageSubject) -> TaggingOutcome:
    """Save the difference between the tags a form showed and those it sent.

    Concurrent edits of the same image are thus merged.

    Raises:
        BadInput: A text is not a valid tag name, or the reason is invalid.
        StaleVersion: Others made conflicting changes to the same tags.
    """
    form = request.form
    return request.services.tagging.save(
        subject.index,
        subject.ordinal,
        image=subject.image,
        shown=_names(form.get("seen", "")),
        wanted=_names(form.get("tags", "")),
        by=request.account.name,
        origin=ORIGIN,
        reason=form.get("reason", "").strip() or REASON,
    )


def change_of(saved: TaggingOutcome) -> int:
    """Return the number of the change; 0 if nothing had to be saved."""
    return 0 if saved.change is None else saved.change.seq


def message_of(saved: TaggingOutcome) -> str:
    """Describe what was saved, and what others edited meanwhile."""
    own_edits = _signed(saved.added, saved.removed)
    other_edits = _signed(saved.added_by_others, saved.removed_by_others)
    parts = [_("Saved: %(edits)s.", edits=own_edits) if own_edits else _("Nothing to save.")]
    if other_edits:
        parts.append(_("Others' edits in the meantime were kept: %(edits)s.", edits=other_edits))
    parts += [_("Warning: %(text)s.", text=text) for text in saved.warnings]
    return " ".join(parts)


def _names(text: str) -> list[str]:
    """Split a field at blanks and commas."""
    return [name for name in _BETWEEN.split(text.strip()) if name]


def _signed(added_tags: tuple[str, ...], removed_tags: tuple[str, ...]) -> str:
    """Format added and removed tags with their signs."""
    return ", ".join(
        [*(f"+ {name}" for name in added_tags), *(f"− {name}" for name in removed_tags)]
    )
