"""Queues: images to tag one by one, with undo."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass
from urllib.parse import urlencode

from flask import Response
from flask_babel import gettext as _
from flask_babel import lazy_gettext

from smashpass.core.errors import BadInput, NotFound, StaleVersion
from smashpass.core.imageset import Ordinal
from smashpass.services.decks.images import ImageSubject
from smashpass.services.operations.overview import UNTAGGED
from smashpass.services.search.page import SearchPage
from smashpass.services.search.search import MAX_LIMIT, tag_names
from smashpass.services.tagging.claims import AT_ONCE
from smashpass.web.admin.images.images import numbered, query_fault, repairs, suggestions
from smashpass.web.admin.images.tagging import change_of, message_of, save_tags
from smashpass.web.admin.lookup import place_of
from smashpass.web.admin.request import ORIGIN, AdminRequest, PageRoutes
from smashpass.web.http.lookup import number_of

QUEUES = {
    "untagged": (UNTAGGED, lazy_gettext("Fewer than 3 tags")),
    "bare": ("tagcount:0", lazy_gettext("No tags at all")),
}
STEPS = 20
"""Steps that can be undone."""
_STEP = re.compile(r"([0-9a-z]{1,40})\.([0-9]{1,18})")

pages = PageRoutes("images")


@dataclass(frozen=True, slots=True)
class QueuePosition:
    """A position in a queue, carried in the address, so the server stores nothing.

    Attributes:
        name: The queue's name; "" for any query.
        query: The query.
        after: The image after which the next one is searched.
        done: Number of images saved or skipped.
        total: Number of images at the start; 0 before the first.
        back: Visited images, most recent first, each with its change; 0 if skipped.
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
        parameters: dict[str, str | int] = {} if self.name else {"q": self.query}
        if self.done or self.total:
            steps = "-".join(f"{image}.{change}" for image, change in self.back)
            parameters |= {"after": self.after, "done": self.done, "of": self.total, "back": steps}
        path = f"/queue/{self.name}" if self.name else "/queue"
        return f"{path}?{urlencode(parameters)}" if parameters else path

    def beyond(self, image: str, change: int) -> QueuePosition:
        """Return the position after an image."""
        back = ((image, change), *self.back)[:STEPS]
        return QueuePosition(self.name, self.query, image, self.done + 1, self.total, back)


@pages.get("/queue", role="editor")
def any_queue(request: AdminRequest) -> Response:
    """The images of any query, one after the other."""
    return _queue_page(request, _sitting(request, ""))


@pages.get("/queue/<name>", role="editor")
def queue(request: AdminRequest) -> Response:
    """The images of a queue, one after the other."""
    return _queue_page(request, _sitting(request, request.path["name"]))


@pages.post("/queue/-/next", role="editor")
def go_on(request: AdminRequest) -> Response:
    """Save or skip an image, and go on to the next."""
    position = _sitting(request, request.form.get("queue", ""))
    subject = request.services.images.find(request.form.get("image", ""))
    if request.form.get("act") == "skip":
        request.services.claims.free(request.account.id, [subject.ordinal])
        if request.wants_json:
            return request.json({"change": 0, "message": ""})
        return request.go(position.beyond(subject.image, 0).address)
    try:
        saved = save_tags(request, subject)
    except (BadInput, StaleVersion) as error:
        if request.wants_json:
            raise
        status = 409 if isinstance(error, StaleVersion) else 400
        return _queue_page(
            request, position, status, subject, str(error), request.form.get("tags", "")
        )
    request.services.claims.saved(request.account.id, subject.ordinal)
    change = change_of(saved)
    if request.wants_json:
        return request.json({"change": change, "message": message_of(saved)})
    return request.go(position.beyond(subject.image, change).address, message_of(saved))


@pages.post("/queue/-/leave", role="editor")
def leave(request: AdminRequest) -> Response:
    """Free the images that a page was at: it was closed or left."""
    ordinals = _ordinals_of_page(request)
    request.services.claims.free(request.account.id, ordinals)
    return request.json({"freed": len(ordinals)})


@pages.post("/queue/-/renew", role="editor")
def renew(request: AdminRequest) -> Response:
    """Keep the images of a page that is still open and visible."""
    claimed = request.services.claims.renew(request.account.id, _ordinals_of_page(request))
    return request.json({"images": [request.services.images.id_of(image) for image in claimed]})


def _ordinals_of_page(request: AdminRequest) -> list[Ordinal]:
    """Return the images that a page names: the one it shows, and the one it has loaded ahead."""
    ids = request.form.getlist("image")[:STEPS]
    ordinals = (request.services.images.ordinal_of(image) for image in ids)
    return [ordinal for ordinal in ordinals if ordinal is not None]


@pages.post("/queue/-/back", role="editor")
def go_back(request: AdminRequest) -> Response:
    """Go back to the previous image and undo its edit."""
    position = _sitting(request, request.form.get("queue", ""))
    if not position.back:
        return request.go(position.address, _("There is nothing to go back to."))
    (image, change), *rest = position.back
    message = _("Back at the skipped image.")
    if change:
        request.services.changes.revert_own(change, by=request.account.name, origin=ORIGIN)
        message = _("Change %(n)s undone.", n=change)
    before = rest[0][0] if rest else ""
    done_count = max(0, position.done - 1)
    previous = QueuePosition(
        position.name, position.query, before, done_count, position.total, tuple(rest)
    )
    return request.go(
        f"{previous.address}{'&' if '?' in previous.address else '?'}at={image}", message
    )


def _queue_page(
    request: AdminRequest,
    position: QueuePosition,
    status: int = 200,
    subject: ImageSubject | None = None,
    error: str = "",
    typed: str | None = None,
) -> Response:
    """Return the next image of a queue with its editor, or the end of the queue."""
    services = request.services
    index = services.library.latest()
    page, corrections = SearchPage(0, (), None), []
    others = services.claims.others(request.account.id)
    held = _held(request)
    free: list[Ordinal] = []
    try:
        after = place_of(request, position.after)
        page, free = _free_images(request, position.query, after, others, len(held) + AT_ONCE + 1)
    except BadInput as refused:
        status, error, corrections = 400, query_fault(refused), repairs(position.query, refused)
    if subject is None and request.args.get("at"):
        subject = services.images.find(request.args["at"])
    if subject is not None:
        held = [*held, subject.ordinal]
    coming = [*services.claims.claim(request.account.id, free, held=held)]
    if subject is None and coming:
        first = coming.pop(0)
        subject = ImageSubject(services.images.id_of(first), first, index, hidden=False)
    if not position.total:
        position = QueuePosition(position.name, position.query, position.after, 0, page.matched)
    card = None
    if subject is not None:
        (card,) = services.images.cards(subject.index, [subject.ordinal])
    own_tags = [] if subject is None else tag_names(index, subject.index.own_tags(subject.ordinal))
    return request.page(
        "queue.html",
        status,
        sitting=position,
        steps="-".join(f"{image}.{change}" for image, change in position.back),
        title=QUEUES[position.name][1] if position.name else position.query or _("All images"),
        subject=subject,
        card=card,
        ahead="" if subject is None else _ahead(position, subject.image),
        coming=_picture(request, coming[:1]),
        # A repeated submission is compared with the tags seen first.
        seen=" ".join(own_tags) if status != 400 else request.form.get("seen", " ".join(own_tags)),
        typed=" ".join(own_tags) if typed is None else typed,
        suggested=[] if subject is None else numbered(suggestions(request, subject)),
        matched=page.matched,
        error=error,
        fixed=corrections,
        queues=QUEUES,
    )


def _free_images(
    request: AdminRequest,
    query: str,
    after: Ordinal | None,
    others: Collection[Ordinal],
    wanted: int,
) -> tuple[SearchPage, list[Ordinal]]:
    """Return the first page of a queue, and its next images that nobody else is at.

    As many as ``wanted``, or all there are: images of others are passed over, however many.

    Raises:
        BadInput: The query cannot be read.
    """
    index, search = request.services.library.latest(), request.services.search
    limit = min(MAX_LIMIT, wanted + len(others))
    page = first = search.page(index, query, after=after, limit=limit)
    free = [ordinal for ordinal in page.ordinals if ordinal not in others]
    while len(free) < wanted and page.following is not None:
        page = search.page(index, query, after=page.following, limit=limit)
        free += [ordinal for ordinal in page.ordinals if ordinal not in others]
    return first, free[:wanted]


def _held(request: AdminRequest) -> list[Ordinal]:
    """Return the image that is on the page which loads this one ahead; it stays claimed."""
    shown = request.args.get("held", "")
    ordinal = request.services.images.ordinal_of(shown) if shown else None
    return [] if ordinal is None else [ordinal]


def _ahead(position: QueuePosition, image: str) -> str:
    """Return the path from which a module loads the next image while this one is shown."""
    return f"{position.beyond(image, 0).address}&held={image}"


def _picture(request: AdminRequest, ordinals: list[Ordinal]) -> str:
    """Return the address of the next picture, for prefetching."""
    index = request.services.library.index
    for card in request.services.images.cards(index, ordinals):
        media = card["media"]
        if isinstance(media, dict):
            return str(media["large"])
    return ""


def _sitting(request: AdminRequest, name: str) -> QueuePosition:
    """Parse the position in an address or a form.

    Raises:
        NotFound: There is no such queue.
    """
    if name and name not in QUEUES:
        raise NotFound(f"there is no queue {name[:40]!r}", hint=f"there are {', '.join(QUEUES)}")
    fields = request.form or request.args
    query = QUEUES[name][0] if name else fields.get("q", "").strip()
    done_count, total = number_of(fields.get("done", ""), 0), number_of(fields.get("of", ""), 0)
    steps = _STEP.findall(fields.get("back", "")[:2_000])[:STEPS]
    back = tuple((image, int(change)) for image, change in steps)
    return QueuePosition(name, query, fields.get("after", "")[:40], done_count, total, back)
