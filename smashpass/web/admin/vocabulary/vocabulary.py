"""The vocabulary: lists of tags, the page of one tag, and previewed actions."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from urllib.parse import quote

from flask import Response

from smashpass.core.errors import BadInput, Conflict, NotFound, SmashpassError
from smashpass.core.library.index import Index
from smashpass.core.operations.changelog import Texts
from smashpass.core.tags.names import TagId, normalise
from smashpass.core.text.reasons import MAX_LENGTH
from smashpass.services.vocabulary.actions import Preview, TagAction, perform, preview
from smashpass.services.vocabulary.browse import browse, neighbours
from smashpass.services.vocabulary.graph import BOX_HEIGHT, BOX_WIDTH, tag_graph
from smashpass.services.vocabulary.history import history_of
from smashpass.services.vocabulary.plans import require_tag
from smashpass.services.vocabulary.tag_details import show_tag
from smashpass.services.vocabulary.texts import LONGEST
from smashpass.web.admin.request import ORIGIN, AdminRequest, PageRoutes
from smashpass.web.http.lookup import number_of

SAMPLES = 12
PROPOSED = 10
NEIGHBOURS = 16
LISTED = 60
"""Number of aliases and implying tags on a page; the vocabulary export has all."""
_ANY = "*"
_FINGERPRINT = 32

pages = PageRoutes("tags")


def tag_path(name: str) -> str:
    """Return the path of a tag's page below ``/admin``.

    No name starts with ``-``, so ``/tags/-/…`` is never a tag. Names that browsers or proxies
    would normalise, such as ``a//b`` and ``..``, go into the query.
    """
    if any(part in ("", ".", "..") for part in name.split("/")):
        return f"/tags/-?name={quote(name, safe='')}"
    return f"/tags/{quote(name, safe='')}"


@pages.get("/tags", role="analyst")
def tags(request: AdminRequest) -> Response:
    """All tags, most common first."""
    index = request.parts.library.index
    completion = request.parts.completion
    prefix = request.args.get("prefix", "").strip()[:400]
    category = request.args.get("category", _ANY)
    listing = browse(
        index,
        completion.ranked(index),
        completion.texts(index),
        prefix=prefix,
        category=None if category == _ANY else category,
        page=number_of(request.args.get("page", "")),
    )
    near = [] if listing.total or not prefix else index.vocabulary.nearest(prefix)
    return request.page(
        "tags.html",
        found=listing,
        prefix=prefix,
        category=category,
        near=near,
        tag_path=tag_path,
    )


@pages.get("/tags/-", role="analyst")
def tag_by_query(request: AdminRequest) -> Response:
    """One tag whose name does not fit into a path."""
    return _tag_page(request, request.args.get("name", ""))


@pages.get("/tags/<path:name>", role="analyst")
def tag(request: AdminRequest) -> Response:
    """Everything about one tag."""
    return _tag_page(request, request.path["name"])


@pages.get("/tags/-/look", role="analyst")
def preview_action(request: AdminRequest) -> Response:
    """The exact effect of an action."""
    return _preview_page(request, _action_of(request.args))


@pages.get("/tags/-/names", role="analyst")
def names(request: AdminRequest) -> Response:
    """Completions of a typed name, for the module."""
    typed = request.args.get("typed", "")[:400]
    completions = request.parts.completion.complete(request.parts.library.index, typed, PROPOSED)
    return request.json({"tags": completions})


@pages.post("/tags/-/act", role="editor")
def apply_action(request: AdminRequest) -> Response:
    """Perform a previewed action, if its effect is unchanged."""
    parts, action = request.parts, _action_of(request.form)
    parts.library.refresh()
    try:
        previewed = preview(parts.library.index, parts.rules.trees, action)
    except (BadInput, Conflict, NotFound) as error:
        return _preview_page(request, action, error)
    if _fingerprint(previewed) != request.form.get("fingerprint"):
        outdated = Conflict("the effect has changed: the library was edited since this preview",
                         hint="preview it again")  # fmt: skip
        return _preview_page(request, action, outdated)
    try:
        change = perform(
            parts.catalogue,
            action,
            by=request.account.name,
            origin=ORIGIN,
            reason=request.form.get("reason", ""),
        )
    except (BadInput, Conflict, NotFound) as error:
        return _preview_page(request, action, error)
    parts.library.refresh()
    name = action.other if action.action in ("rename", "merge") else action.tag
    message = "No change was needed."
    if change is not None:
        message = f"Done: change {change.seq}. It can be undone from the history below."
    return request.go(tag_path(normalise(name)), message)


def _tag_page(request: AdminRequest, requested_name: str) -> Response:
    """Return the page of a tag; an alias redirects to its tag."""
    parts = request.parts
    index = parts.library.index
    vocabulary = index.vocabulary
    name = require_tag(vocabulary, normalise(requested_name))
    number = vocabulary.resolve(name)
    assert number is not None
    canonical = vocabulary.names[number]
    if canonical != name:
        return request.go(tag_path(canonical), f"{name} is an alias of {canonical}.")
    details = show_tag(index, parts.catalogue.tag(canonical))
    return request.page(
        "tag.html",
        shown=details,
        tag=details.tag,
        through=[implied for implied in details.implies_all if implied not in details.implies],
        graph=tag_graph(index, number),
        box_width=BOX_WIDTH,
        box_height=BOX_HEIGHT,
        together=neighbours(index, number, parts.completion.ranked(index), NEIGHBOURS),
        names=vocabulary.names,
        history=history_of(parts.changes, vocabulary, number),
        samples=_samples(request, index, number),
        longest=LONGEST,
        listed=LISTED,
        tag_path=tag_path,
    )


def _samples(request: AdminRequest, index: Index, number: TagId) -> list[dict[str, object]]:
    """Return the cards of the newest images of a tag."""
    images = index.having(number)
    newest = images[max(0, len(images) - SAMPLES) :]
    return [card.content for card in request.parts.cards.of(index, [*newest][::-1])]


def _preview_page(
    request: AdminRequest, action: TagAction, error: SmashpassError | None = None
) -> Response:
    """Return the effect of an action, or why it is impossible."""
    parts = request.parts
    parts.library.refresh()
    index = parts.library.index
    require_tag(index.vocabulary, normalise(action.tag))
    previewed = None
    try:
        previewed = preview(index, parts.rules.trees, action)
    except (BadInput, Conflict, NotFound) as refused:
        error = refused
    kinds = ((BadInput, 400), (NotFound, 404), (Conflict, 409))
    status = next((number for kind, number in kinds if isinstance(error, kind)), 200)
    return request.page(
        "tag_preview.html",
        status,
        edit=action,
        preview=previewed,
        fingerprint="" if previewed is None else _fingerprint(previewed),
        error=error,
        reason=request.form.get("reason", ""),
        longest=LONGEST,
        longest_reason=MAX_LENGTH,
        tag_path=tag_path,
    )


def _fingerprint(previewed: Preview) -> str:
    """Return the digest of a preview, so that only the previewed effect is applied."""
    return hashlib.sha256(previewed.fingerprint.encode()).hexdigest()[:_FINGERPRINT]


def _action_of(fields: Mapping[str, str]) -> TagAction:
    """Parse the action of a form."""
    texts: Texts = (
        fields.get("category", ""),
        fields.get("label", ""),
        fields.get("description", ""),
    )
    return TagAction(fields.get("act", ""), fields.get("tag", ""), fields.get("other", ""), texts)
