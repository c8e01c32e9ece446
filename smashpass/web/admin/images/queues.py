"""Queues: images to be tagged, one after the other, and the way back."""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import urlencode

from flask import Response

from smashpass.core.errors import BadInput, Conflict, NotFound, StaleVersion
from smashpass.core.imageset import Ordinal
from smashpass.services.search.page import SearchPage, search_page
from smashpass.services.search.search import tag_names
from smashpass.services.tagging.revert import revert
from smashpass.web.admin.images.images import numbered, repairs, suggestions
from smashpass.web.admin.images.tagging import save_tags
from smashpass.web.admin.lookup import ImageSubject, cards_of, find_image, place_of
from smashpass.web.admin.request import ORIGIN, AdminRequest, PageRoutes
from smashpass.web.admin.vocabulary.vocabulary import number_of

QUEUES = {
    "untagged": ("tagcount:<3", "Fewer than 3 tags"),
    "bare": ("tagcount:0", "No tags at all"),
}
STEPS = 20
"""Images that can be gone back to."""
_STEP = re.compile(r"([0-9a-z]{1,40})\.([0-9]{1,18})")

pages = PageRoutes("images")


@dataclass(frozen=True, slots=True)
class QueuePosition:
    """Where somebody is in a queue; it travels with the address, so nothing is lost or kept.

    Attributes:
        name: The queue's name; "" for any query.
        query: The query.
        after: The image behind which the next one is looked for.
        done: How many images were saved or skipped.
        total: How many there were at the beginning; 0 before the first.
        back: The images gone through, last first, each with the change that was made of it.
    """

    name: str
    query: str
    after: str = ""
    done: int = 0
    total: int = 0
    back: tuple[tuple[str, int], ...] = ()

    @property
    def address(self) -> str:
        """The path of the page below ``/admin``."""
        wish: dict[str, str | int] = {} if self.name else {"q": self.query}
        if self.done or self.total:
            steps = "-".join(f"{image}.{change}" for image, change in self.back)
            wish |= {"after": self.after, "done": self.done, "of": self.total, "back": steps}
        path = f"/queue/{self.name}" if self.name else "/queue"
        return f"{path}?{urlencode(wish)}" if wish else path

    def beyond(self, image: str, change: int) -> QueuePosition:
        """Return where they are after an image."""
        back = ((image, change), *self.back)[:STEPS]
        return QueuePosition(self.name, self.query, image, self.done + 1, self.total, back)


@pages.get("/queue", who="editor")
def any_queue(ask: AdminRequest) -> Response:
    """The images of any query, one after the other."""
    return _queue_page(ask, _sitting(ask, ""))


@pages.get("/queue/<name>", who="editor")
def queue(ask: AdminRequest) -> Response:
    """The images of a queue, one after the other."""
    return _queue_page(ask, _sitting(ask, ask.path["name"]))


@pages.post("/queue/-/next", who="editor")
def go_on(ask: AdminRequest) -> Response:
    """Save or skip an image, and go on to the next."""
    sitting = _sitting(ask, ask.form.get("queue", ""))
    subject = find_image(ask, ask.form.get("image", ""))
    if ask.form.get("act") == "skip":
        return ask.go(sitting.beyond(subject.image, 0).address)
    try:
        saved = save_tags(ask, subject)
    except (BadInput, StaleVersion) as error:
        status = 409 if isinstance(error, StaleVersion) else 400
        return _queue_page(ask, sitting, status, subject, str(error), ask.form.get("tags", ""))
    return ask.go(sitting.beyond(subject.image, saved.change).address, saved.told)


@pages.post("/queue/-/back", who="editor")
def go_back(ask: AdminRequest) -> Response:
    """Go back to the image before; what was saved of it is undone."""
    sitting = _sitting(ask, ask.form.get("queue", ""))
    if not sitting.back:
        return ask.go(sitting.address, "There is nothing to go back to.")
    (image, change), *rest = sitting.back
    told = "Back at the image that was skipped."
    if change:
        entry = ask.parts.changes.get(change)
        if entry.by != ask.account.name or entry.kind != "tags":
            raise Conflict("this change was not made in this queue", hint="see the change log")
        revert(ask.parts.changes, ask.parts.catalogue, change, by=ask.account.name, origin=ORIGIN)
        told = f"Change {change} is undone."
    before = rest[0][0] if rest else ""
    done = max(0, sitting.done - 1)
    previous = QueuePosition(sitting.name, sitting.query, before, done, sitting.total, tuple(rest))
    return ask.go(f"{previous.address}{'&' if '?' in previous.address else '?'}at={image}", told)


def _queue_page(
    ask: AdminRequest,
    sitting: QueuePosition,
    status: int = 200,
    subject: ImageSubject | None = None,
    error: str = "",
    typed: str | None = None,
) -> Response:
    """Return the next image of a queue with its editor, or word that there is none."""
    parts = ask.parts
    parts.library.refresh()
    index = parts.library.index
    found, fixed = SearchPage(0, (), None), []
    try:
        found = search_page(
            index,
            sitting.query,
            after=place_of(ask, sitting.after),
            limit=2,
            finder=parts.tag_finder,
        )
    except BadInput as refused:
        status, error, fixed = 400, str(refused), repairs(sitting.query, refused)
    if subject is None and ask.args.get("at"):
        subject = find_image(ask, ask.args["at"])
    coming = [each for each in found.ordinals if subject is None or each != subject.ordinal]
    if subject is None and coming:
        first = coming.pop(0)
        subject = ImageSubject(parts.image_ids.encode(first), first, index, hidden=False)
    if not sitting.total:
        sitting = QueuePosition(sitting.name, sitting.query, sitting.after, 0, found.matched)
    own = [] if subject is None else tag_names(index, subject.index.own_tags(subject.ordinal))
    return ask.page(
        "queue.html",
        status,
        sitting=sitting,
        steps="-".join(f"{image}.{change}" for image, change in sitting.back),
        title=QUEUES[sitting.name][1] if sitting.name else sitting.query or "All images",
        subject=subject,
        card=None if subject is None else cards_of(ask, subject.index, [subject.ordinal])[0],
        coming=_picture(ask, coming[:1]),
        own=own,
        # What is sent again must be held against what was seen at first.
        seen=" ".join(own) if status != 400 else ask.form.get("seen", " ".join(own)),
        typed=" ".join(own) if typed is None else typed,
        suggested=[] if subject is None else numbered(suggestions(ask, subject)),
        matched=found.matched,
        error=error,
        fixed=fixed,
        queues=QUEUES,
    )


def _picture(ask: AdminRequest, ordinals: list[Ordinal]) -> str:
    """Return the address of the picture that comes next, so that it is there in time."""
    for card in cards_of(ask, ask.parts.library.index, ordinals):
        media = card["media"]
        if isinstance(media, dict):
            return str(media["large"])
    return ""


def _sitting(ask: AdminRequest, name: str) -> QueuePosition:
    """Return where somebody is, by the fields of an address or a form.

    Raises:
        NotFound: There is no such queue.
    """
    if name and name not in QUEUES:
        raise NotFound(f"there is no queue {name[:40]!r}", hint=f"there are {', '.join(QUEUES)}")
    given = ask.form or ask.args
    query = QUEUES[name][0] if name else given.get("q", "").strip()
    done, total = number_of(given.get("done", ""), 0), number_of(given.get("of", ""), 0)
    steps = _STEP.findall(given.get("back", "")[:2_000])[:STEPS]
    back = tuple((image, int(change)) for image, change in steps)
    return QueuePosition(name, query, given.get("after", "")[:40], done, total, back)
