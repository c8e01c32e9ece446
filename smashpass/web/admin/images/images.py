"""Images: search results page by page, and the page of one image."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from flask import Response
from flask_babel import gettext as _

from smashpass.core.errors import BadInput, BadQuery, NotPossible, SmashpassError
from smashpass.core.imageset import ImageSet
from smashpass.core.library.index import Index
from smashpass.core.library.stored import ImageRecord
from smashpass.core.people.account import role_includes
from smashpass.core.query.facets import as_term
from smashpass.core.query.printing import narrowed
from smashpass.core.rules.explain.plain_language import headline
from smashpass.core.timestamps import moment_text
from smashpass.services.decks.cards import Card
from smashpass.services.decks.images import ImageSubject
from smashpass.services.operations.overview import SUFFICIENT
from smashpass.services.rules.authoring.trace import TreeTrace, trace
from smashpass.services.search.emptiness import Emptiness
from smashpass.services.search.page import SearchPage
from smashpass.services.search.search import tag_names
from smashpass.services.vocabulary.suggest import TagSuggestions
from smashpass.web.admin.lookup import place_of
from smashpass.web.admin.request import AdminRequest, PageRoutes
from smashpass.web.admin.vocabulary.vocabulary import tag_path
from smashpass.web.http.lookup import number_of

SHOWN_TAGS = 12
FACETS = 30
COMPARED_AT_ONCE = 20_000
"""Images up to which near duplicates are looked for whenever an image is shown."""
ALIKE = 8
"""Images in the row of those most like one."""
_NO_PAGE = SearchPage(0, (), None)

pages = PageRoutes("images")


@dataclass(frozen=True, slots=True)
class FacetLink:
    """A tag of the matching images, how many have it, and the queries with and without it."""

    tag: str
    images: int
    narrowed: str
    excluded: str


@pages.get("/images", role="analyst")
def images(request: AdminRequest) -> Response:
    """The images that match a query, a hundred per page."""
    services, args = request.services, request.args
    index = services.library.latest()
    query, hidden = args.get("q", "").strip(), args.get("hidden") == "1"
    order, view = args.get("order", "new"), args.get("view", "grid")
    page, error, facets = _NO_PAGE, None, list[FacetLink]()
    try:
        after = place_of(request, args.get("after", ""))
        page = services.search.page(index, query, order=order, after=after, hidden=hidden)
        if not hidden and view != "list":
            facets = _facets(request, index, query, services.search.matching(index, query))
    except BadInput as refused:
        error = refused
    parameters = {"q": query, "order": order, "view": view, "hidden": "1" if hidden else ""}
    following = page.following
    return request.page(
        "images.html",
        400 if error else 200,
        filters={name: value for name, value in parameters.items() if value},
        query=query,
        order=order,
        orders=_orders(),
        views=(("grid", _("Comfortable")), ("compact", _("Compact")), ("list", _("List"))),
        facets=facets,
        selectable=not hidden and role_includes(request.account.role, "editor"),
        attributes=[name.removeprefix("image.") for name in index.columns()],
        view=view,
        hidden=hidden,
        all_hidden=len(index.parts.hidden),
        matched=page.matched,
        cards=services.images.cards(index, page.ordinals),
        following="" if following is None else services.images.id_of(following),
        first=not args.get("after"),
        error=None if error is None else query_fault(error),
        empty=None if error or page.matched else why_empty(request, query, hidden=hidden),
        fixed=[] if error is None else repairs(query, error),
        shown_tags=SHOWN_TAGS,
        tag_path=tag_path,
    )


@pages.get("/images/<image>", role="analyst")
def image(request: AdminRequest) -> Response:
    """Everything about one image; as JSON what the grid shows of it beside the pointer."""
    subject = request.services.images.find(request.path["image"])
    return _hover_card(request, subject) if request.wants_json else image_page(request, subject)


def image_page(
    request: AdminRequest,
    subject: ImageSubject,
    status: int = 200,
    *,
    error: str = "",
    typed: str | None = None,
) -> Response:
    """Return the page of an image; ``typed`` are tags that could not be saved."""
    services, index, ordinal = request.services, subject.index, subject.ordinal
    before = number_of(request.args.get("before", ""), 0) or None
    record = services.images.find_record(subject.image)
    history = services.tagging.image_history(index, record, before)
    (card,) = services.images.cards(index, [ordinal])
    own_tags = tag_names(index, index.own_tags(ordinal))
    return request.page(
        "image.html",
        status,
        subject=subject,
        card=card,
        record=record,
        withheld=services.library.withheld.reason(ordinal),
        added_at=moment_text(record.added_at) if record.added_at else "",
        groups=history.tags,
        colours=services.vocabulary.category_colours(),
        own=own_tags,
        # A repeated submission is compared with the tags seen first.
        seen=" ".join(own_tags) if status != 400 else request.form.get("seen", " ".join(own_tags)),
        typed=" ".join(own_tags) if typed is None else typed,
        reason=request.form.get("reason", ""),
        values=index.numbers(ordinal),
        traced=_traced(request, subject),
        history=history.events,
        further=history.further,
        before=before,
        suggested=numbered(suggestions(request, subject)),
        error=error,
        tag_path=tag_path,
        alike=_alike(request, subject),
        duplicates=_duplicates(request, subject, record),
        few_swipes=SUFFICIENT,
        headline=headline,
    )


def _alike(request: AdminRequest, subject: ImageSubject) -> dict[str, object] | None:
    """Return the images most like one that is shown, and by what they are compared."""
    services, index = request.services, subject.index
    if subject.hidden:
        return None
    similar = services.similarity.find(index, subject.ordinal, ALIKE)
    cards = services.images.cards(index, [ordinal for ordinal, _ in similar.images])
    return {"cards": cards, "source": similar.source}


def _duplicates(
    request: AdminRequest, subject: ImageSubject, record: ImageRecord
) -> Sequence[Card] | None:
    """Return images with nearly the same picture; None in a large library, unless asked for."""
    index = subject.index
    if len(index.live) > COMPARED_AT_ONCE and request.args.get("near") != "1":
        return None
    duplicates = request.services.images.near_duplicates(index, record, ALIKE)
    return request.services.images.cards(index, duplicates)


def suggestions(request: AdminRequest, subject: ImageSubject) -> TagSuggestions:
    """Suggest tags for an image to the signed-in editor."""
    tagging = request.services.tagging
    return tagging.suggestions(subject.index, subject.ordinal, request.account.name)


def numbered(suggested: TagSuggestions) -> list[tuple[str, list[tuple[str, str]]]]:
    """Return suggestions by kind; the first three of each kind get a key, 1 to 9."""
    kinds = (
        (_("Recently used"), suggested.recent),
        (_("Often together with these"), suggested.together),
        (_("Most common"), suggested.frequent),
    )
    keys = iter("123456789")
    return [
        (title, [(name, next(keys, "") if place < 3 else "") for place, name in enumerate(names)])
        for title, names in kinds
        if names
    ]


def why_empty(request: AdminRequest, query: str, *, hidden: bool = False) -> Emptiness | None:
    """Return why a query matches nothing; None for the empty query."""
    if not query:
        return None
    index = request.services.library.index
    return request.services.search.explain_emptiness(index, query, hidden=hidden)


def repairs(query: str, error: BadInput) -> list[tuple[str, str]]:
    """Return suggested corrections, each with the corrected query."""
    if not isinstance(error, BadQuery):
        return []
    quoted = query[error.position : error.end].startswith(("-", "~"))
    start = error.position + quoted
    return [
        (word, f"{query[:start]}{as_term(word)}{query[error.end :]}")
        for word in error.suggestions[:8]
    ]


def query_fault(error: SmashpassError) -> str:
    """Describe a query's error; corrections are left to the links of ``repairs``."""
    if isinstance(error, BadQuery) and error.suggestions:
        return f"{error.where}: {error.detail}"
    return str(error)


def _orders() -> tuple[tuple[str, str], ...]:
    """Return the orders that are not by an attribute, with their names."""
    return (
        ("new", _("Newest")),
        ("-new", _("Oldest")),
        ("popular", _("Most popular")),
        ("tagcount", _("Most tags")),
        ("-tagcount", _("Fewest tags")),
        ("random", _("Random")),
    )


def _facets(request: AdminRequest, index: Index, query: str, images: ImageSet) -> list[FacetLink]:
    """Return the most telling tags of matching images, with links."""
    names = index.vocabulary.names
    rows = request.services.tagging.telling_tags(index, images, FACETS)
    return [
        FacetLink(
            names[row.tag],
            row.both,
            narrowed(query, names[row.tag]),
            narrowed(query, names[row.tag], exclude=True),
        )
        for row in rows
    ]


def _hover_card(request: AdminRequest, subject: ImageSubject) -> Response:
    """Return the picture, tags, decisions and size of an image as JSON."""
    (card,) = request.services.images.cards(subject.index, [subject.ordinal])
    values = subject.index.numbers(subject.ordinal)
    sides = [values.get(f"image.{side}") for side in ("width", "height")]
    media = card["media"]
    shown = media if isinstance(media, dict) else {}
    return request.json(
        {
            "picture": f"{request.root}{shown['large']}" if shown else None,
            "width": shown.get("width"),
            "height": shown.get("height"),
            "size": " × ".join(f"{side:.0f}" for side in sides if side is not None),
            "tags": ", ".join(tag_names(subject.index, subject.index.own_tags(subject.ordinal))),
            "decisions": [
                {
                    "tree": row.tree.title or row.tree.id,
                    "verdict": row.decision.verdict,
                    "label": request.labels[row.decision.verdict],
                }
                for row in _traced(request, subject)
            ],
        }
    )


def _traced(request: AdminRequest, subject: ImageSubject) -> list[TreeTrace]:
    """Return the decision of every active tree; none if no rules are published."""
    try:
        book = request.services.rules.book
    except NotPossible:
        return []
    index = subject.index
    return trace(book, index.vocabulary, index.facts(subject.ordinal), image=subject.image)
