"""Tagging: manual edits of one image, merged with concurrent edits."""

from __future__ import annotations

import re
from dataclasses import dataclass

from flask import Response

from smashpass.core.errors import BadInput, StaleVersion
from smashpass.core.tags.lookalikes import new_name_warnings
from smashpass.core.tags.names import normalise
from smashpass.services.search.search import tag_names
from smashpass.services.tagging.edit import retag
from smashpass.web.admin.images.images import image_page
from smashpass.web.admin.lookup import ImageSubject, find_image
from smashpass.web.admin.request import ORIGIN, AdminRequest, PageRoutes

REASON = "tagged by hand"
MOST_WARNINGS = 2
"""Look-alike warnings listed in a message; further ones are counted."""
_BETWEEN = re.compile(r"[\s,]+")

pages = PageRoutes("images")


@dataclass(frozen=True, slots=True)
class TaggingOutcome:
    """The outcome of saving tags, with concurrent edits of others."""

    change: int
    added: tuple[str, ...]
    removed: tuple[str, ...]
    added_by_others: tuple[str, ...]
    removed_by_others: tuple[str, ...]
    warnings: tuple[str, ...] = ()

    @property
    def message(self) -> str:
        """The outcome as a message."""
        own_edits = _signed(self.added, self.removed)
        other_edits = _signed(self.added_by_others, self.removed_by_others)
        outcome = f"Saved: {own_edits}." if own_edits else "Nothing to save."
        if other_edits:
            outcome += f" Others' edits in the meantime were kept: {other_edits}."
        return outcome + "".join(f" Warning: {text}." for text in self.warnings)


@pages.post("/images/<image>/tags", role="editor")
def save(request: AdminRequest) -> Response:
    """Save the tags of one image."""
    subject = find_image(request, request.path["image"])
    try:
        saved = save_tags(request, subject)
    except (BadInput, StaleVersion) as error:
        status = 409 if isinstance(error, StaleVersion) else 400
        return image_page(
            request, subject, status, error=str(error), typed=request.form.get("tags", "")
        )
    if request.wants_json:
        return request.json({"change": saved.change, "message": saved.message})
    return request.go(f"/images/{subject.image}", saved.message)


def save_tags(request: AdminRequest, subject: ImageSubject) -> TaggingOutcome:
    """Save the difference between the tags a form showed and those it sent.

    Concurrent edits of the same image are thus merged.

    Raises:
        BadInput: A text is not a valid tag name, or the reason is invalid.
        StaleVersion: Others made conflicting changes to the same tags.
    """
    parts, form = request.parts, request.form
    seen_names, wanted_names = (
        [*map(normalise, _names(form.get(name, "")))] for name in ("seen", "tags")
    )
    index, ordinal = subject.index, subject.ordinal
    current = set(tag_names(index, index.own_tags(ordinal)))
    vocabulary = index.vocabulary
    seen_tags = {
        vocabulary.names[tag] if (tag := vocabulary.resolve(name)) is not None else name
        for name in seen_names
    }
    wanted_tags = {
        vocabulary.names[tag] if (tag := vocabulary.resolve(name)) is not None else name
        for name in wanted_names
    }
    add, remove = sorted(wanted_tags - seen_tags), sorted(seen_tags - wanted_tags)
    change = None
    warnings = new_name_warnings(add, vocabulary, MOST_WARNINGS)
    if add or remove:
        change = retag(
            index,
            ordinal,
            parts.catalogue,
            image=subject.image,
            add=add,
            remove=remove,
            base_tags=sorted(seen_tags),
            by=request.account.name,
            reason=form.get("reason", "").strip() or REASON,
            origin=ORIGIN,
        )
        parts.library.refresh()
    return TaggingOutcome(
        0 if change is None else change.seq,
        tuple(name for name in add if name not in current),
        tuple(name for name in remove if name in current),
        tuple(sorted(current - seen_tags)),
        tuple(sorted(seen_tags - current)),
        tuple(warnings),
    )


def _names(text: str) -> list[str]:
    """Split a field at blanks and commas."""
    return [name for name in _BETWEEN.split(text.strip()) if name]


def _signed(added_tags: tuple[str, ...], removed_tags: tuple[str, ...]) -> str:
    """Format added and removed tags with their signs."""
    return ", ".join(
        [*(f"+ {name}" for name in added_tags), *(f"− {name}" for name in removed_tags)]
    )
