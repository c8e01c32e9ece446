"""Tagging: the tags of one image by hand, merged with what others did in the meantime."""

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
"""New tags that look like others which a message names; of more it gives the number."""
_BETWEEN = re.compile(r"[\s,]+")

pages = PageRoutes("images")


@dataclass(frozen=True, slots=True)
class TaggingOutcome:
    """What saving the tags of an image did, and what others had done since it was shown."""

    change: int
    added: tuple[str, ...]
    removed: tuple[str, ...]
    given: tuple[str, ...]
    taken: tuple[str, ...]
    warnings: tuple[str, ...] = ()

    @property
    def told(self) -> str:
        """The same in words."""
        own = _signed(self.added, self.removed)
        others = _signed(self.given, self.taken)
        said = f"Saved: {own}." if own else "Nothing to save."
        if others:
            said += f" Meanwhile others did: {others}; that is kept."
        return said + "".join(f" Warning: {text}." for text in self.warnings)


@pages.post("/images/<image>/tags", who="editor")
def save(ask: AdminRequest) -> Response:
    """Save the tags of one image."""
    subject = find_image(ask, ask.path["image"])
    try:
        saved = save_tags(ask, subject)
    except (BadInput, StaleVersion) as error:
        status = 409 if isinstance(error, StaleVersion) else 400
        return image_page(ask, subject, status, error=str(error), typed=ask.form.get("tags", ""))
    if ask.wants_json:
        return ask.json({"change": saved.change, "told": saved.told})
    return ask.go(f"/images/{subject.image}", saved.told)


def save_tags(ask: AdminRequest, subject: ImageSubject) -> TaggingOutcome:
    """Save what a form says of the tags of an image: the difference to what it showed.

    So two people who edit the same image both keep what they did.

    Raises:
        BadInput: A text can be no tag, or the reason is none.
        StaleVersion: Others changed the same tags, against this edit.
    """
    parts, form = ask.parts, ask.form
    seen, wanted = ([*map(normalise, _names(form.get(name, "")))] for name in ("seen", "tags"))
    index, ordinal = subject.index, subject.ordinal
    current = set(tag_names(index, index.own_tags(ordinal)))
    names = index.vocabulary
    shown = {
        names.names[tag] if (tag := names.resolve(name)) is not None else name for name in seen
    }
    meant = {
        names.names[tag] if (tag := names.resolve(name)) is not None else name for name in wanted
    }
    add, remove = sorted(meant - shown), sorted(shown - meant)
    change = None
    warnings = new_name_warnings(add, names, MOST_WARNINGS)
    if add or remove:
        change = retag(
            index,
            ordinal,
            parts.catalogue,
            image=subject.image,
            add=add,
            remove=remove,
            base_tags=sorted(shown),
            by=ask.account.name,
            reason=form.get("reason", "").strip() or REASON,
            origin=ORIGIN,
        )
        parts.library.refresh()
    return TaggingOutcome(
        0 if change is None else change.seq,
        tuple(name for name in add if name not in current),
        tuple(name for name in remove if name in current),
        tuple(sorted(current - shown)),
        tuple(sorted(shown - current)),
        tuple(warnings),
    )


def _names(text: str) -> list[str]:
    """Return the names that stand in a field, with blanks or commas between them."""
    return [name for name in _BETWEEN.split(text.strip()) if name]


def _signed(added: tuple[str, ...], removed: tuple[str, ...]) -> str:
    """Return tags with the sign of what became of them."""
    return ", ".join([*(f"+ {name}" for name in added), *(f"− {name}" for name in removed)])
