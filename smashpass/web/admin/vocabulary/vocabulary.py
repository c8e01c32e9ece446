"""The vocabulary: lists of tags, the page of one tag, and previewed actions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from urllib.parse import quote

from flask import Response
from flask_babel import gettext as _

from smashpass.core.errors import BadInput, Conflict, NotFound, SmashpassError
from smashpass.core.imageset import Ordinal
from smashpass.core.operations.changelog import Texts
from smashpass.core.tags.names import namespace_of, normalise
from smashpass.core.text.reasons import MAX_LENGTH
from smashpass.services.vocabulary.actions import TagAction
from smashpass.services.vocabulary.graph import BOX_HEIGHT, BOX_WIDTH, tag_graph
from smashpass.services.vocabulary.service import NamedTag
from smashpass.services.vocabulary.tag_details import ListedTag
from smashpass.services.vocabulary.texts import LONGEST
from smashpass.web.admin.request import ORIGIN, AdminRequest, PageRoutes
from smashpass.web.http.lookup import number_of

SAMPLES = 12
PROPOSED = 10
NEIGHBOURS = 16
SUGGESTED = 5
LISTED = 60
"""Number of aliases and implying tags on a page; the vocabulary export has all."""
_ANY = "*"

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
    prefix = request.args.get("prefix", "").strip()[:400]
    category = request.args.get("category", _ANY)[:400]
    namespace = request.args.get("namespace", _ANY)[:400]
    listing = request.services.vocabulary.browse(
        prefix=prefix,
        category=None if category == _ANY else category,
        namespace=None if namespace == _ANY else namespace,
        page=number_of(request.args.get("page", "")),
    )
    vocabulary = request.services.library.index.vocabulary
    near = [] if listing.total or not prefix else vocabulary.nearest(prefix)
    return request.page(
        "tags.html",
        found=listing,
        prefix=prefix,
        category=category,
        namespace=namespace,
        groups=_by_namespace(listing.tags),
        largest=max((tag.count for tag in listing.tags), default=0),
        near=near,
        colours=request.services.vocabulary.category_colours(),
        tag_path=tag_path,
    )


def _by_namespace(tags: Sequence[ListedTag]) -> dict[str, list[ListedTag]]:
    """Group the tags of a page; the namespace of the commonest tag comes first."""
    groups: dict[str, list[ListedTag]] = {}
    for tag in tags:
        groups.setdefault(namespace_of(tag.name), []).append(tag)
    return groups


@pages.get("/tags/-", role="analyst")
def tag_by_query(request: AdminRequest) -> Response:
    """One tag whose name does not fit into a path."""
    return _tag_page(request, request.args.get("name", ""))


@pages.get("/tags/<path:name>", role="analyst")
def tag(request: AdminRequest) -> Response:
    """Everything about one tag."""
    return _tag_page(request, request.path["name"])


@pages.get("/tags/-/preview", role="analyst")
def preview_action(request: AdminRequest) -> Response:
    """The exact effect of an action."""
    return _preview_page(request, _action_of(request.args))


@pages.get("/tags/-/names", role="analyst")
def names(request: AdminRequest) -> Response:
    """Completions of a typed name, for the module."""
    typed = request.args.get("typed", "")[:400]
    return request.json({"tags": request.services.vocabulary.complete(typed, PROPOSED)})


@pages.post("/tags/-/act", role="editor")
def apply_action(request: AdminRequest) -> Response:
    """Perform a previewed action, if its effect is unchanged."""
    action = _action_of(request.form)
    try:
        change = request.services.vocabulary.perform(
            action,
            by=request.account.name,
            origin=ORIGIN,
            reason=request.form.get("reason", ""),
            previewed=request.form.get("fingerprint", ""),
        )
    except (BadInput, Conflict, NotFound) as error:
        return _preview_page(request, action, error)
    name = action.other if action.action in ("rename", "merge") else action.tag
    message = _("No change was needed.")
    if change is not None:
        message = _("Done: change %(n)s. It can be undone from the history below.", n=change.seq)
    return request.go(tag_path(normalise(name)), message)


def _tag_page(request: AdminRequest, requested_name: str) -> Response:
    """Return the page of a tag; an alias redirects to its tag."""
    vocabulary = request.services.vocabulary
    tag = vocabulary.find(requested_name)
    if tag.name != tag.typed:
        message = _("%(alias)s is an alias of %(tag)s.", alias=tag.typed, tag=tag.name)
        return request.go(tag_path(tag.name), message)
    index = request.services.library.index
    details = vocabulary.details(tag)
    return request.page(
        "tag.html",
        shown=details,
        tag=details.tag,
        colours=vocabulary.category_colours(),
        through=[implied for implied in details.implies_all if implied not in details.implies],
        graph=tag_graph(index, tag.id),
        box_width=BOX_WIDTH,
        box_height=BOX_HEIGHT,
        missing=vocabulary.missing_implications(tag, SUGGESTED),
        together=vocabulary.neighbours(tag, NEIGHBOURS),
        names=index.vocabulary.names,
        history=vocabulary.history(tag),
        samples=_samples(request, tag),
        longest=LONGEST,
        listed=LISTED,
        tag_path=tag_path,
    )


def _samples(request: AdminRequest, tag: NamedTag) -> list[dict[str, object]]:
    """Return the cards of the newest images of a tag."""
    index = request.services.library.index
    images = index.having(tag.id)
    newest = images[max(0, len(images) - SAMPLES) :]
    return request.services.images.cards(index, [Ordinal(image) for image in newest][::-1])


def _preview_page(
    request: AdminRequest, action: TagAction, error: SmashpassError | None = None
) -> Response:
    """Return the effect of an action, or why it is impossible."""
    request.services.library.refresh()
    request.services.vocabulary.find(action.tag)
    previewed = None
    try:
        previewed = request.services.vocabulary.preview(action)
    except (BadInput, Conflict, NotFound) as refused:
        error = refused
    kinds = ((BadInput, 400), (NotFound, 404), (Conflict, 409))
    status = next((number for kind, number in kinds if isinstance(error, kind)), 200)
    return request.page(
        "tag_preview.html",
        status,
        edit=action,
        preview=previewed,
        fingerprint="" if previewed is None else previewed.fingerprint,
        error=error,
        reason=request.form.get("reason", ""),
        longest=LONGEST,
        longest_reason=MAX_LENGTH,
        tag_path=tag_path,
    )


def _action_of(fields: Mapping[str, str]) -> TagAction:
    """Parse the action of a form."""
    texts: Texts = (
        fields.get("category", ""),
        fields.get("label", ""),
        fields.get("description", ""),
    )
    return TagAction(fields.get("act", ""), fields.get("tag", ""), fields.get("other", ""), texts)
